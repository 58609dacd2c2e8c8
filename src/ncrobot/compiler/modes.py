"""Modes: which way of serving a group's wells is the quickest, and what the others would cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ncrobot.compiler.pieces import Refused, Way
from ncrobot.compiler.strengths import Strength
from ncrobot.compiler.trains import ONE_PLACE, pump_way, ways
from ncrobot.deck.layout import DeckLayout, Head, SyringePump, TipType
from ncrobot.liquids.contamination import Handling
from ncrobot.plan import DoseMode, Leg, PumpDose, Transfer, transfer_times_s
from ncrobot.protocol import Protocol
from ncrobot.protocol.dosing import Batching

ALL_MODES: tuple[DoseMode, ...] = ("pump", "column", "multi_dispense", "repeat", "single")
ARM_MODES: tuple[DoseMode, ...] = ("column", "multi_dispense", "repeat", "single")
"""Modes of the arm; of two equally quick ones the earlier is taken."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a choice depends on besides the volumes.

    ``saving_tips``: modes that throw tips away where others keep them are not offered. ``known``
    are the choices that were asked for before. ``wish`` is the mode that is taken wherever a step
    leaves the choice and the mode is possible.
    """

    layout: DeckLayout
    tips: tuple[TipType, ...]
    handlings: Mapping[str, Handling]
    saving_tips: bool = False
    wish: Batching = "auto"
    known: dict[tuple[object, ...], Options] = field(
        default_factory=dict, compare=False, repr=False
    )

    def pump_of(self, stock: str) -> tuple[str, SyringePump] | None:
        """The pump that doses a stock, with its name."""
        for name, device in self.layout.devices.items():
            if isinstance(device, SyringePump) and device.stock == stock:
                return name, device
        return None

    @property
    def heads(self) -> tuple[Head, ...]:
        """The arm's heads."""
        return self.layout.arm.all_heads()


@dataclass(frozen=True, slots=True)
class Priced:
    """A way with its arm seconds for one portion, and when the last well is served after the first.

    ``head`` is the name of the head, or the pump, that does it; ``uses_arm`` tells whether the arm
    is needed.
    """

    way: Way
    duration_s: float
    spread_s: float
    head: str
    uses_arm: bool = True

    @property
    def arm_s(self) -> float:
        """Seconds of the arm."""
        return self.duration_s if self.uses_arm else 0.0


@dataclass(slots=True)
class Options:
    """The quickest way of each mode, and why the other modes are none."""

    possible: dict[DoseMode, Priced] = field(default_factory=dict)
    refused: dict[DoseMode, str] = field(default_factory=dict)

    def best(self, modes: Sequence[DoseMode] = ALL_MODES) -> Priced | None:
        """The one of these modes that takes least of the arm's time, then the quickest."""
        found = [self.possible[mode] for mode in modes if mode in self.possible]
        return min(
            found,
            key=lambda each: (round(each.arm_s, 6), round(each.duration_s, 6)),
            default=None,
        )


def chosen(found: Options, asked: Batching, setting: Setting) -> Priced | None:
    """The way that a step gets: the mode it asks for, else the wished one, else the quickest."""
    if asked != "auto":
        alone = found.best(ARM_MODES) if found.refused.get(asked) == ONE_PLACE else None
        if alone is not None:
            # One place is served in the same way by whatever name.
            return replace(alone, way=replace(alone.way, mode=asked))
        return found.possible.get(asked)
    if setting.wish != "auto" and setting.wish in found.possible:
        return found.possible[setting.wish]
    return found.best()


def handlings_of(
    protocol: Protocol, strengths: Mapping[str, Strength], working: Mapping[str, str]
) -> dict[str, Handling]:
    """What the contamination rules need to know of each stock and working solution.

    ``working`` maps each working solution to its stock, whose care it needs.
    """
    found: dict[str, Handling] = {}
    for name, stock in protocol.stocks.items():
        solvents = {
            protocol.materials[key].name: part
            for key, part in strengths[name].solvent_fraction.items()
        }
        keeps = stock.remake == "never" and stock.decay.model == "none"
        found[name] = Handling(solvents, stock.slurry, stock.tips == "fresh", keeps)
    return found | {name: found[stock] for name, stock in working.items()}


def options(
    volumes_ul: Mapping[str, float],
    setting: Setting,
    handling: Handling,
    *,
    one_source_well: bool = False,
    stock: str | None = None,
) -> Options:
    """Price every mode of the arm for these wells.

    ``one_source_well``: the liquid stands in a single well of a plate, into which the channels of
    a larger head don't fit side by side. ``stock`` is the stock itself, if a pump may hold it.
    """
    key = (
        tuple(volumes_ul.items()), tuple(handling.solvents.items()), handling.slurry,
        handling.fresh_tips, handling.keeps, one_source_well, stock,
    )  # fmt: skip
    if key not in setting.known:
        setting.known[key] = _options(
            volumes_ul, setting, handling, one_source_well=one_source_well
        )
        _offer_pump(setting.known[key], volumes_ul, setting, handling, stock)
    return setting.known[key]


def _options(
    volumes_ul: Mapping[str, float],
    setting: Setting,
    handling: Handling,
    *,
    one_source_well: bool,
) -> Options:
    found = Options()
    for mode in ARM_MODES:
        reasons: list[str] = []
        for head in setting.heads:
            if one_source_well and head.kind == "rigid":
                reasons.append("the working solution stands in one well")
                continue
            tried = ways(mode, volumes_ul, head, setting.tips, handling)
            if isinstance(tried, Refused):
                reasons.append(tried.reason)
                continue
            allowed = [way for way in tried if not (setting.saving_tips and _wastes(way, handling))]
            if not allowed:
                reasons.append("the deck has too few tips to throw them away with their rest")
            for way in allowed:
                _offer(found, _priced(way, head, setting.layout, handling))
        if mode not in found.possible:
            found.refused[mode] = _told(reasons)
    return found


def _offer_pump(
    found: Options,
    volumes_ul: Mapping[str, float],
    setting: Setting,
    handling: Handling,
    stock: str | None,
) -> None:
    """Add what a pump could do, if one holds the stock."""
    pump = setting.pump_of(stock) if stock is not None else None
    if pump is None:
        found.refused["pump"] = "no pump of the deck holds the stock"
        return
    if handling.slurry or handling.fresh_tips:
        found.refused["pump"] = (
            "the stock settles in a line" if handling.slurry else ("the stock asks for fresh tips")
        )
        return
    way = pump_way(volumes_ul, *pump)
    if isinstance(way, Refused):
        found.refused["pump"] = way.reason
        return
    trial = trial_transfer(way, touches=False, pump=pump[0])
    duration_s, served = transfer_times_s(trial, setting.layout)
    spread_s = max(served.values()) - min(served.values())
    found.possible["pump"] = Priced(
        way, duration_s, spread_s, pump[0], uses_arm=pump[1].needle is not None
    )


def _wastes(way: Way, handling: Handling) -> bool:
    return way.fresh and not handling.fresh_tips


def _offer(found: Options, priced: Priced) -> None:
    known = found.possible.get(priced.way.mode)
    if known is None or priced.duration_s < known.duration_s - 1e-9:
        found.possible[priced.way.mode] = priced


def _told(reasons: Sequence[str]) -> str:
    unlike = list(dict.fromkeys(reasons))
    return "; ".join(unlike) if unlike else "the deck has no head for it"


def _priced(way: Way, head: Head, layout: DeckLayout, handling: Handling) -> Priced:
    trial = trial_transfer(way, touches=handling.fresh_tips, resuspend=handling.slurry)
    duration_s, served = transfer_times_s(trial, layout)
    offsets = served.values()
    return Priced(way, duration_s, max(offsets) - min(offsets), head.name)


def trial_transfer(
    way: Way, *, touches: bool, resuspend: bool = False, pump: str | None = None
) -> Transfer:
    """A transfer that takes as long as the way will, with invented places."""
    legs = tuple(
        Leg.model_construct(
            channel=piece.channel,
            tip=f"{piece.tip.name}_{piece.tip_number}/{'ABCDEFGHIJKLMNOP'[piece.channel]}1",
            source="stock/A1",
            destination=f"plate/{piece.well}",
            volume_ul=piece.volume_ul,
            umol={},
            cycle=piece.cycle,
        )
        for piece in way.pieces
    )
    fields: dict[str, Any] = {
        "id": "trial", "step": "trial", "device": "arm", "purpose": "dose", "stock": "stock",
        "legs": legs, "tip_use": "fresh" if way.fresh else "reuse", "touches": touches,
        "mode": way.mode, "excess_ul": way.excess_ul, "excess_to": way.excess_to,
        "resuspend": resuspend,
    }  # fmt: skip
    if pump is not None:
        return PumpDose.model_construct(**fields, pump=pump)
    return Transfer.model_construct(**fields)
