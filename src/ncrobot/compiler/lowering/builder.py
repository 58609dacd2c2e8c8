"""The builder: collects drafts, lags and backgrounds, and keeps each group's chain in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ncrobot.compiler.doses import optional_value
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.grouping import Group
from ncrobot.compiler.lowering.chain import Anchor, Chain, StepAnchors, Waiting
from ncrobot.compiler.lowering.drafts import Draft
from ncrobot.compiler.tip_choice import deliverable
from ncrobot.deck.layout import TipType
from ncrobot.plan import Background, Lag
from ncrobot.protocol import Condition, Late, Protocol, ProtocolSource, Timing, acts, step_ids

LagKind = Literal["order", "hold", "portion", "sample", "timing"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a lag in seconds."""

    min_s: float
    max_s: float | None
    target_s: float | None = None


def timing_bounds(timing: Timing, condition: Condition) -> Bounds:
    """The bounds that a ``timing`` entry states for one row."""
    target = optional_value(timing.target, condition)
    if target is not None:
        tolerance = optional_value(timing.tolerance, condition) or 0.0
        return Bounds(max(0.0, target - tolerance), target + tolerance, target)
    return Bounds(
        optional_value(timing.at_least, condition) or 0.0,
        optional_value(timing.at_most, condition),
    )


@dataclass(slots=True)
class OpenBackground:
    """A shaker that runs, until something ends it."""

    device: str
    labware: str
    speed_rpm: float
    starts_after: list[str]
    step: str
    line: int | None
    for_s: float | None
    ends_before: list[str]


@dataclass
class Builder:
    """Lives for one lowering; the step modules write into it."""

    source: ProtocolSource
    findings: Findings
    chains: list[Chain]
    drafts: list[Draft] = field(default_factory=list)
    lags: list[Lag] = field(default_factory=list)
    backgrounds: list[Background] = field(default_factory=list)
    running: dict[str, OpenBackground] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)
    sampled: dict[str, set[str]] = field(default_factory=dict)
    without_place: list[tuple[int, str, str]] = field(default_factory=list)

    @classmethod
    def start(cls, source: ProtocolSource, findings: Findings, groups: Sequence[Group]) -> Builder:
        """A builder with one empty chain per group."""
        return cls(source, findings, [Chain(group) for group in groups])

    @property
    def protocol(self) -> Protocol:
        """The protocol that is lowered."""
        return self.source.protocol

    def step_id(self, index: int) -> str:
        """The effective id of a step."""
        return step_ids(self.protocol)[index]

    def line(self, index: int) -> int | None:
        """The line of a step in the protocol file."""
        return self.source.line_of("steps", index)

    def new_id(self, wish: str) -> str:
        """A readable id that no other operation has."""
        candidate, number = wish, 1
        while candidate in self._ids:
            number += 1
            candidate = f"{wish}-{number}"
        self._ids.add(candidate)
        return candidate

    def late(self, index: int) -> Late:
        """What happens to a well whose lag at this step was broken."""
        return self.protocol.steps[index].if_late or self.protocol.if_late

    def acts(self, chain: Chain, index: int) -> bool:
        """Whether a step is done in a group; for doses ask its wells, which may differ."""
        return acts(self.protocol.steps[index].only, chain.group.condition.choices)

    def append(self, chain: Chain, index: int, draft: Draft) -> None:
        """Put an operation at the end of a chain; it comes after what the chain waits for."""
        step = self.step_id(index)
        self._lag_from_last(chain, index, draft.id)
        anchors = chain.steps.setdefault(step, StepAnchors())
        first = anchors.start is None
        if anchors.start is None:
            anchors.start = Anchor(draft.id, "start")
        anchors.end = Anchor(draft.id, "end")
        self.drafts.append(draft)
        self._move_on(chain, draft.id)
        if first:
            self.apply_timing(chain, index, draft.id)

    def _lag_from_last(self, chain: Chain, index: int, after: str) -> None:
        waiting = chain.waiting
        if chain.last is None:
            return
        self.lags.append(
            Lag(
                before=chain.last.operation,
                point=chain.last.point,
                after=after,
                min_s=chain.last.offset_s + waiting.min_s,
                max_s=None if waiting.max_s is None else chain.last.offset_s + waiting.max_s,
                kind="hold" if waiting.held else "order",
                line=waiting.line if waiting.held else self.line(index),
                step=waiting.step if waiting.held else self.step_id(index),
                if_late=waiting.if_late if waiting.held else self.late(index),
            )
        )

    def _move_on(self, chain: Chain, operation: str) -> None:
        for ends in chain.backgrounds_to_end:
            ends.append(operation)
        chain.backgrounds_to_end.clear()
        for starts in chain.backgrounds_to_start:
            starts.append(operation)
        chain.backgrounds_to_start.clear()
        chain.last = Anchor(operation, "end")
        chain.waiting = Waiting()

    def barrier(self, index: int, draft: Draft, *, timed: bool | None = None) -> None:
        """Put one operation for the whole plate: after all chains, before whatever comes next.

        The step's ``timing`` holds for its first operation, or for the one that is ``timed``.
        """
        step = self.step_id(index)
        started = [chain for chain in self.chains if chain.last is not None]
        for chain in started:
            self._lag_from_last(chain, index, draft.id)
        self.drafts.append(draft)
        for chain in self.chains:
            first = step not in chain.steps
            anchors = chain.steps.setdefault(step, StepAnchors(start=Anchor(draft.id, "start")))
            anchors.end = Anchor(draft.id, "end")
            if chain in started or chain.last is not None:
                self._move_on(chain, draft.id)
                if first if timed is None else timed:
                    self.apply_timing(chain, index, draft.id)
            else:
                chain.last = Anchor(draft.id, "end")

    def mark(self, chain: Chain, index: int, start: Anchor | None, end: Anchor | None) -> None:
        """Note where a step that has no operation of its own begins and ends."""
        chain.steps[self.step_id(index)] = StepAnchors(start, end)

    def apply_timing(self, chain: Chain, index: int, operation: str) -> None:
        """Turn the ``timing`` of a step into lags to its first operation in this chain."""
        condition = chain.group.condition
        for number, timing in enumerate(self.protocol.steps[index].timing):
            anchor = self.find_anchor(chain, timing.after, timing.of)
            if anchor is None:
                continue
            bounds = timing_bounds(timing, condition)
            self.bounded_lag(
                index,
                anchor,
                operation,
                bounds,
                kind="timing",
                line=self.source.line_of("steps", index, "timing", number),
            )

    def find_anchor(self, chain: Chain, step: str, of: str) -> Anchor | None:
        """The moment of an earlier step that a lag refers to, if the step acts in this chain."""
        anchors = chain.steps.get(step)
        if anchors is None:
            return None
        if of in ("first", "last") and anchors.portions:
            return Anchor(anchors.portions[0 if of == "first" else -1][0], "start")
        return anchors.start if of in ("start", "first") else anchors.end

    def bounded_lag(
        self,
        index: int,
        anchor: Anchor,
        operation: str,
        bounds: Bounds,
        *,
        kind: LagKind,
        line: int | None = None,
    ) -> None:
        """Add a lag from an anchor to an operation's start; the anchor's offset is added."""
        offset = anchor.offset_s
        self.lags.append(
            Lag(
                before=anchor.operation,
                point=anchor.point,
                after=operation,
                min_s=max(0.0, bounds.min_s + offset),
                max_s=None if bounds.max_s is None else bounds.max_s + offset,
                target_s=None if bounds.target_s is None else bounds.target_s + offset,
                kind=kind,
                line=line if line is not None else self.line(index),
                step=self.step_id(index),
                if_late=self.late(index),
            )
        )

    def close_background(self, device: str, ends_before: Sequence[str]) -> None:
        """End the shaking on a device, if there is any, when these operations begin."""
        open_ = self.running.pop(device, None)
        if open_ is None or not open_.starts_after:
            return
        ends = tuple(dict.fromkeys([*open_.ends_before, *ends_before]))
        self.backgrounds.append(
            Background(
                device=open_.device,
                labware=open_.labware,
                speed_rpm=open_.speed_rpm,
                starts_after=tuple(dict.fromkeys(open_.starts_after)),
                ends_before=ends,
                for_s=open_.for_s if not ends else None,
                step=open_.step,
                line=open_.line,
            )
        )

    def after_preparation(self, prepared: Sequence[str], operation: str) -> None:
        """An operation that draws a working solution comes after the solution was prepared."""
        self.lags += [Lag(before=before, after=operation) for before in prepared]

    def check_deliverable(
        self, index: int, volumes_ul: Mapping[str, float], tips: Sequence[TipType]
    ) -> bool:
        """Whether the tips deliver every volume; a finding for each that they don't."""
        good = True
        for well, volume_ul in volumes_ul.items():
            if not deliverable(volume_ul, tips):
                good = False
                self.findings.error(
                    "volume-not-deliverable",
                    "no tip of the deck handles this volume",
                    "steps",
                    index,
                    well=well,
                    found=f"{volume_ul:g} µL",
                    allowed=", ".join(f"{t.name}: {t.min_ul:g}-{t.max_ul:g} µL" for t in tips),
                )
        return good
