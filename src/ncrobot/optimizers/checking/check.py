"""Suggestions held against the space, the deck and the round: taken, changed, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ncrobot.model import Document
from ncrobot.optimizers.checking.limits import limit_of
from ncrobot.optimizers.checking.placing import place
from ncrobot.optimizers.checking.reading import Offered, read
from ncrobot.optimizers.checking.refusal import Refusal, Undeliverable
from ncrobot.optimizers.grid import Grid
from ncrobot.optimizers.interface import Layout, Reason, Suggestion
from ncrobot.optimizers.telling import faults_of_values
from ncrobot.searchspace import Choice, Never, SearchSpace, Value

Deliver = Callable[[Mapping[str, Value]], Mapping[str, Value] | Undeliverable]
"""What the deck makes of conditions: those that it can deliver, near the asked ones, or a no."""


class Changed(Document):
    """A value that was set to what can be had; the changed one is what is told back."""

    id: str
    name: str
    asked: Value
    given: Value


@dataclass(frozen=True, slots=True)
class Round:
    """The round that is being filled, or why it takes no suggestions, and what to do then."""

    number: int
    closed: str = ""
    fix: str = ""


class Checked(Document):
    """What became of some suggestions: every one of them is in one of the two lists."""

    accepted: tuple[Suggestion, ...] = ()
    refused: tuple[Refusal, ...] = ()
    changed: tuple[Changed, ...] = ()


def check(
    rows: Sequence[Offered],
    space: SearchSpace,
    *,
    layout: Layout | None = None,
    known: Iterable[Mapping[str, Value]] = (),
    deliver: Deliver | None = None,
    round: Round | None = None,  # noqa: A002 - the word that fits; nothing here rounds
) -> Checked:
    """Take what can be taken of some suggestions, in their order, and refuse the rest.

    ``known`` are the conditions that were asked for before. ``deliver`` says what the deck makes of
    conditions. A value between two levels of its parameter is set to the nearer one.
    """
    grid = Grid(space)
    seen = {grid.key(point): "an earlier round" for point in grid.points(list(known))}
    ids: set[str] = set()
    accepted: list[Suggestion] = []
    refused: list[Refusal] = []
    changed: list[Changed] = []
    for row in rows:
        found = _late(row, space, round) or _taken_over(row, grid, deliver)
        if not isinstance(found, Refusal):
            found = _repeated(row, grid, found, seen, ids) or found
        if isinstance(found, Refusal):
            refused.append(found)
            continue
        seen[grid.key(grid.point(found.values))] = found.id
        ids.add(found.id)
        accepted.append(found)
        changed += _changes(row, space, found)
    placed, unplaced = place(accepted, rows, space, layout or Layout())
    kept = {suggestion.id for suggestion in placed}
    return Checked(
        accepted=tuple(placed),
        refused=(*refused, *unplaced),
        changed=tuple(change for change in changed if change.id in kept),
    )


def _late(row: Offered, space: SearchSpace, window: Round | None) -> Refusal | None:
    if window is None:
        return None
    values, _ = read(row, space)
    if window.closed:
        return row.refused(Reason.LATE, window.closed, values=values, fix=window.fix or None)
    if row.round is not None and row.round != window.number:
        return row.refused(
            Reason.LATE,
            f"this is for round {row.round}, but round {window.number} is being filled",
            values=values,
            found=f"round {row.round}",
            allowed=f"round {window.number}",
            fix="take in the newest results, and suggest again",
        )
    return None


def _taken_over(row: Offered, grid: Grid, deliver: Deliver | None) -> Suggestion | Refusal:
    """The suggestion as it can be delivered, with its level values and the deck's word."""
    space = grid.space
    values, refusal = read(row, space)
    if refusal is not None:
        return refusal
    for wanted in (values, grid.values(grid.point(values))):
        forbidden = _forbidden(row, grid, wanted, values)
        if forbidden is not None:
            return forbidden
    values = grid.values(grid.point(values))
    if deliver is None:
        return Suggestion(id=row.id, values=values, by=row.by)
    given = deliver(dict(values))
    if isinstance(given, Undeliverable):
        return row.refused(
            Reason.UNDELIVERABLE,
            given.message,
            values=values,
            quantity=given.quantity,
            found=given.found,
            allowed=given.allowed,
            fix=given.fix,
        )
    return _still_sound(row, grid, values, dict(given))


def _still_sound(
    row: Offered, grid: Grid, values: dict[str, Value], given: dict[str, Value]
) -> Suggestion | Refusal:
    """What the deck would deliver, unless that leaves the space."""
    for fault in faults_of_values(grid.space, row.id, given):
        message = f"the deck would deliver something else: {fault.message}"
        return row.refused(
            Reason.UNDELIVERABLE,
            message,
            values=values,
            quantity=fault.quantity,
            found=fault.found,
        )
    for name, parameter in grid.space.parameters.items():
        if isinstance(parameter, Choice):
            continue
        number = float(given[name])
        room = 1e-9 * max(abs(parameter.low), abs(parameter.high))
        if not parameter.low - room <= number <= parameter.high + room:
            return row.refused(
                Reason.UNDELIVERABLE,
                f"the nearest {name} that the deck can deliver is out of range",
                values=values,
                quantity=name,
                found=parameter.told(number),
                allowed=parameter.allowed,
            )
    broken = grid.broken(given)
    if broken:
        reason = grid.space.constraints[broken[0]].because
        return row.refused(
            Reason.UNDELIVERABLE,
            f"what the deck would deliver breaks constraint {broken[0] + 1}"
            + (f": {reason}" if reason else ""),
            values=values,
        )
    return Suggestion(id=row.id, values=given, by=row.by)


def _forbidden(
    row: Offered, grid: Grid, wanted: Mapping[str, Value], values: dict[str, Value]
) -> Refusal | None:
    broken = grid.broken(wanted)
    if not broken:
        return None
    constraint = grid.space.constraints[broken[0]]
    names = constraint.when if isinstance(constraint, Never) else constraint.of
    told = (f"{name} {grid.space.parameters[name].told(wanted[name])}" for name in names)
    return row.refused(
        Reason.FORBIDDEN,
        f"constraint {broken[0] + 1} ({constraint.kind}) is broken"
        + (f": {constraint.because}" if constraint.because else ""),
        values=values,
        quantity=", ".join(names),
        found=", ".join(told),
        allowed=limit_of(constraint),
        fix=f"give {' or '.join(names)} another value",
    )


def _repeated(
    row: Offered, grid: Grid, found: Suggestion, seen: Mapping[bytes, str], ids: set[str]
) -> Refusal | None:
    if found.id in ids:
        fix = "give every suggestion an id of its own"
        message = f"the id {found.id} stands twice"
        return row.refused(Reason.DUPLICATE, message, values=found.values, fix=fix)
    before = seen.get(grid.key(grid.point(found.values)))
    if before is not None:
        return row.refused(
            Reason.DUPLICATE,
            f"these conditions were asked for already, by {before}",
            values=found.values,
            fix="repeat conditions by replicates, not by suggestions",
        )
    return None


def _changes(row: Offered, space: SearchSpace, found: Suggestion) -> list[Changed]:
    asked, _ = read(row, space)
    return [
        Changed(id=found.id, name=name, asked=asked[name], given=value)
        for name, value in found.values.items()
        if asked[name] != value
    ]
