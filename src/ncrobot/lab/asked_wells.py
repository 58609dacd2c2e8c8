"""Between a campaign's wells and plans and runs: what is deliverable, delivered, measured."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from ncrobot.campaigns import Campaign, Given, Spectrum, WellRun, executed_values
from ncrobot.compiler import compile_plan
from ncrobot.deck import DeckLayout
from ncrobot.errors import UserError
from ncrobot.optimizers import Asked, Suggestion
from ncrobot.optimizers.checking import Undeliverable
from ncrobot.plan import Plan, Transfer
from ncrobot.protocol import ProtocolSource, read_conditions
from ncrobot.searchspace import Continuous, Value
from ncrobot.state import RunState

_NEAR = 0.03
"""A dose that is rounded by less is told as executed afterwards, not changed before."""


def delivering(
    values: Mapping[str, Value], campaign: Campaign, source: ProtocolSource, deck: DeckLayout
) -> Mapping[str, Value] | Undeliverable:
    """What the deck makes of conditions: a plan of one well tells."""
    try:
        table = read_conditions(_one_row(campaign, values), source, format="csv")
        plan = compile_plan(source, table, deck)
    except UserError as error:
        first = error.diagnostics[0]
        return Undeliverable(first.message, first.quantity, first.found, first.allowed, first.fix)
    well = plan.wells[0].well
    asked = Suggestion(id="asked", values=dict(values))
    given = [item for place, item in _planned(plan) if place == well]
    snapped = executed_values(asked, given, campaign.executed, campaign.search)
    return {name: _near(values[name], snapped[name], campaign, name) for name in values}


def numbered(item: Suggestion, number: int) -> dict[str, object]:
    """A suggestion with the number of its round in its id, so that ids never meet."""
    prefix = f"r{number:02d}-"
    name = item.id if item.id.startswith(prefix) else f"{prefix}{item.id}"
    return item.model_copy(update={"id": name}).model_dump(mode="json")


def infeasible(asked: Asked, number: int, names: Iterable[str]) -> list[dict[str, object]]:
    """What can't be made, as the optimizers of later rounds are told: with no figure."""
    names = tuple(names)
    found = [item.failure(names) for item in asked.refused]
    return [
        item.model_copy(update={"id": f"r{number:02d}-x{place:03d}"}).model_dump(mode="json")
        for place, item in enumerate(found, start=1)
        if item is not None and item.teaches
    ]


def _near(asked: Value, given: Value, campaign: Campaign, name: str) -> Value:
    """The asked value unless the deck gives clearly another one, which is kept in the range."""
    parameter = campaign.search.parameters[name]
    if not isinstance(parameter, Continuous) or isinstance(asked, str) or isinstance(given, str):
        return asked
    if abs(given - asked) <= _NEAR * max(abs(asked), 1e-12):
        return asked
    return min(max(given, parameter.low), parameter.high)


def _one_row(campaign: Campaign, values: Mapping[str, Value]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    parameters = campaign.search.parameters
    writer.writerow(
        f"{name} [{item.unit}]" if isinstance(item, Continuous) and item.unit else name
        for name, item in parameters.items()
    )
    writer.writerow(
        value if isinstance(value, str) else repr(value)
        for value in (values[name] for name in parameters)
    )
    return out.getvalue()


def _planned(plan: Plan) -> Iterator[tuple[str, Given]]:
    """Each planned delivery into a reaction well."""
    stocks = {use.stock: use.umol_per_ul for use in plan.stocks}
    for operation in plan.operations:
        if not isinstance(operation, Transfer) or operation.purpose != "dose":
            continue
        density = stocks.get(operation.stock or "", {})
        for leg in operation.legs:
            labware, well = leg.destination.split("/")
            if labware == plan.vessel_labware:
                umol = {name: leg.volume_ul * share for name, share in density.items()}
                yield (
                    well,
                    Given(step=operation.step, portion=operation.portion, umol=umol, at_s=None),
                )


def as_run(state: RunState, plan: Plan) -> dict[str, WellRun]:
    """What each reaction well really got, and what went wrong with it."""
    steps = {operation.id: operation.step for operation in plan.operations}
    given: dict[str, list[Given]] = {}
    for delivery in state.deliveries:
        labware, _, well = delivery.destination.partition("/")
        if labware != plan.vessel_labware or delivery.purpose != "dose":
            continue
        active = delivery.active_fraction
        given.setdefault(well, []).append(
            Given(
                step=steps.get(delivery.operation, ""),
                portion=delivery.portion,
                umol=delivery.umol,
                at_s=delivery.delivered_s,
                active=1.0 if active is None else active,
            )
        )
    runs = {}
    for name in (item.well for item in plan.wells):
        found = state.wells.get(name)
        runs[name] = WellRun(
            given=tuple(given.get(name, ())),
            flags=tuple(found.reasons) if found else (),
            abandoned=bool(found and found.status == "abandoned"),
        )
    return runs


def spectra_of(state: RunState, plan: Plan) -> dict[str, Spectrum]:
    """The last spectrum of each reaction well: read in place, or of the sample taken from it."""
    origin: dict[str, str] = {}
    for delivery in state.deliveries:
        labware, _, well = delivery.source.partition("/")
        if labware == plan.vessel_labware and delivery.purpose == "sample":
            origin[delivery.destination] = well
    found: dict[str, Spectrum] = {}
    for read in state.measured:
        nm = tuple(float(x) for x in read["wavelengths_nm"])
        for place, absorbance in read["absorbance"].items():
            is_direct = read["labware"] == plan.vessel_labware
            taken_from = place if is_direct else origin.get(f"{read['labware']}/{place}")
            if taken_from is not None:
                found[taken_from] = Spectrum(nm=nm, au=tuple(float(x) for x in absorbance))
    return found
