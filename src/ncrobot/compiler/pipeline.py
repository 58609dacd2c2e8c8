"""The pipeline: the passes in a row, each with the findings of those before it told first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version

from ncrobot.compiler.arm_limits import check_arm_limits
from ncrobot.compiler.checking import check_volumes
from ncrobot.compiler.delivery import deliver
from ncrobot.compiler.fault_rules import fault_rules
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.interlocks import Planned, check_interlocks
from ncrobot.compiler.layers import draw_from_layers
from ncrobot.compiler.making import Asked, make
from ncrobot.compiler.modes import Setting, handlings_of
from ncrobot.compiler.pricing import step_modes
from ncrobot.compiler.promises import warn_of_promises
from ncrobot.compiler.safety import check_safety, hydrogen_by_well
from ncrobot.compiler.sample_uses import sample_uses
from ncrobot.compiler.steering import plan_steering
from ncrobot.compiler.stock_uses import stock_uses
from ncrobot.compiler.strengths import resolve_strengths
from ncrobot.compiler.tip_choice import smallest_dose_ul
from ncrobot.compiler.volumes import solve_well
from ncrobot.compiler.well_plans import well_plans
from ncrobot.deck import Deck, DeckLayout
from ncrobot.plan import Plan, Texts, Warned
from ncrobot.protocol import Conditions, Protocol, ProtocolSource, assumptions_of, with_members
from ncrobot.protocol.dosing import Batching


def compile_plan(
    source: ProtocolSource,
    conditions: Conditions,
    layout: DeckLayout,
    *,
    batching: Batching = "auto",
) -> Plan:
    """Compile a protocol and its conditions for a deck into a sealed plan.

    ``batching`` is the mode for steps that leave it to the planner, wherever it is possible.

    Raises:
        PlanError: with every finding of the first pass that has any, each with file, line, row,
            figure, limit and what would mend it.
    """
    written, source = (
        source,
        replace(source, protocol=with_members(source.protocol, conditions.rows)),
    )
    findings = Findings(source)
    deck = Deck(layout)
    protocol = source.protocol
    plate = _reaction_plate(deck, protocol.vessel.labware, conditions, findings)
    warn_of_promises(source, deck, plate, findings)
    strengths = resolve_strengths(protocol, findings)
    findings.stop_if_any()
    tips = tuple(tip for tip in layout.arm.tips if deck.tips(tip.name))
    minimum_ul = smallest_dose_ul(tips)
    doses = [solve_well(protocol, strengths, row, minimum_ul, findings) for row in conditions.rows]
    findings.stop_if_any()
    delivery = deliver(protocol, strengths, doses, tips, findings)
    findings.stop_if_any()
    working = {solution.name: solution.stock for solution in delivery.working.values()}
    setting = Setting(layout, tips, handlings_of(protocol, strengths, working), wish=batching)
    steerings = plan_steering(source, strengths, doses, deck, plate, findings)
    findings.stop_if_any()
    asked = Asked(source, deck, plate, doses, strengths, delivery, setting, steerings)
    made = make(asked, findings)
    placement = made.placement
    operations = draw_from_layers(protocol, made.operations, made.contents, deck, plate, findings)
    check_arm_limits(source, operations, made.contents, deck, findings)
    lags = (*made.cooling.lags, *made.lowered.lags)
    uses = stock_uses(protocol, made.contents, placement, made.preparation, made.cooling.kept_at_c)
    hydrogen = hydrogen_by_well(protocol, doses, strengths)
    hazards = check_safety(source, doses, strengths, deck, plate, placement, hydrogen, findings)
    planned = Planned(
        source, conditions, operations, lags, made.lowered.backgrounds, uses, made.contents,
        made.lowered.peak_ul, deck, plate,
    )  # fmt: skip
    permitted = check_interlocks(planned, findings)
    wells = well_plans(doses, strengths, delivery, made.lowered.peak_ul, hydrogen)
    check_volumes(source, operations, lags, uses, wells, conditions, deck, plate, findings)
    findings.stop_if_any()
    return Plan(
        compiler_version=version("ncrobot"),
        protocol=protocol.name,
        title=protocol.title,
        texts=_texts(source, conditions),
        deck=layout,
        vessel_labware=plate,
        wells=wells,
        stocks=uses,
        operations=operations,
        lags=lags,
        backgrounds=made.lowered.backgrounds,
        modes=step_modes(asked, made),
        samples=sample_uses(source, conditions),
        expected=protocol.expected,
        on_fault=fault_rules(source),
        equal_treatment=protocol.equal_treatment,
        tips_used=dict(made.tips_taken),
        waste_ul=sum(use.dead_volume_ul + use.excess_ul for use in uses),
        warnings=tuple(
            Warned(code=w.code, message=w.message, line=w.line, well=w.well)
            for w in (*source.warnings, *findings.warnings)
        ),
        assumptions=(
            *assumptions_of(written),
            *_layer_assumptions(protocol),
            *_deck_assumptions(layout),
        ),
        hazards=(*permitted, *hazards),
    ).sealed()


def _reaction_plate(deck: Deck, role: str, conditions: Conditions, findings: Findings) -> str:
    """The labware that the vessel's role names; every row's well must exist on it."""
    plates = deck.with_role(role)
    if len(plates) != 1:
        findings.error(
            "reaction-labware",
            f"the protocol runs in one labware with role {role!r}, the deck layout has "
            f"{len(plates)}",
            "vessel",
            fix="give exactly one labware of the layout this role",
        )
        findings.stop()
    wells = set(deck.wells(plates[0].name))
    for row in conditions.rows:
        if row.well not in wells:
            findings.error(
                "no-such-well",
                f"{plates[0].name!r} has no such well",
                row=row.name,
                well=row.well,
                allowed=f"{len(wells)} wells, A1 to {deck.wells(plates[0].name)[-1]}",
            )
    return plates[0].name


def _texts(source: ProtocolSource, conditions: Conditions) -> Texts:
    return Texts(
        protocol=source.text,
        protocol_file=source.file,
        conditions=conditions.text,
        conditions_file=conditions.file,
        conditions_format=conditions.format,
    )


def _layer_assumptions(protocol: Protocol) -> Sequence[str]:
    """What nobody knows of liquids that lie on each other, told wherever a vessel has layers."""
    if not protocol.vessel.layers:
        return []
    return [
        "layers: they have parted and are level when a sample is drawn",
        "layers: amounts in samples, and what is left, are recorded as if wells were one liquid",
    ]


def _deck_assumptions(layout: DeckLayout) -> Sequence[str]:
    found = [f"deck: {text}" for text in layout.assumptions]
    if layout.arm.times.assumed:
        found.append(f"deck: times of the arm: {layout.arm.times.assumed}")
    found += [f"deck: tip {tip.name}: {tip.assumed}" for tip in layout.arm.tips if tip.assumed]
    found += [
        f"deck: {name}: {device.assumed}"
        for name, device in layout.devices.items()
        if device.assumed
    ]
    found += [
        f"deck: {name}: {instrument.assumed}"
        for name, instrument in layout.instruments.items()
        if instrument.assumed
    ]
    found += [f"deck: {item.name}: {item.assumed}" for item in layout.labware if item.assumed]
    return found
