"""The first part of an exported file's run: modules, labware, pipettes and liquids."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping

from ncrobot.deck.layout import DeckLayout, Placed
from ncrobot.exporters.opentrons.device_lines import module_of
from ncrobot.exporters.opentrons.liquid_lines import number
from ncrobot.exporters.opentrons.names import (
    TRASH_SLOT,
    Mounted,
    RobotKind,
    load_name,
    slot_name,
)
from ncrobot.plan import Plan, StockUse
from ncrobot.schedule import Schedule

_TAKEN = {"protocol", "protocol_api", "time", "times", "left", "right", "clock", "run", "print"}
# Far apart in hue, so that neighbours in the app's list can be told apart.
_COLOURS = (
    "#D9A400", "#1F77B4", "#2CA02C", "#D62728", "#9467BD", "#8C564B",
    "#E377C2", "#7F7F7F", "#17BECF", "#BCBD22",
)  # fmt: skip


def variables(layout: DeckLayout) -> Mapping[str, str]:
    """A Python name for every labware and every device that carries some."""
    carrying = [placed.on for placed in layout.labware if placed.on in layout.devices]
    found: dict[str, str] = {}
    for name in dict.fromkeys((*carrying, *(placed.name for placed in layout.labware))):
        if name is not None:
            clash = keyword.iskeyword(name) or name in _TAKEN or name.startswith("liquid_")
            found[name] = f"{name}_" if clash else name
    return found


def modules(layout: DeckLayout) -> Mapping[str, Placed]:
    """The devices that are modules on the deck, with the labware that each carries."""
    return {
        placed.on: placed
        for placed in layout.labware
        if placed.on is not None and placed.on in layout.devices
    }


def deck_lines(layout: DeckLayout, kind: RobotKind, names: Mapping[str, str]) -> Iterator[str]:
    """Modules and labware in their slots."""
    carried = modules(layout)
    for device, placed in carried.items():
        module = module_of(layout, device)
        name, slot = names[device], slot_name(kind, placed.slot or 0)
        yield f'{name} = protocol.load_module("{module.load_name}", "{slot}")'
        if module.api == "heater_shaker":
            yield f"{name}.close_labware_latch()"
        under = name
        if module.adapter is not None:
            under = f"{name}_adapter"
            yield f'{under} = {name}.load_adapter("{module.adapter}")'
        load = load_name(placed.definition)
        yield f'{names[placed.name]} = {under}.load_labware("{load}", "{placed.name}")'
    for placed in layout.labware:
        if placed.on in carried:
            continue
        slot, load = slot_name(kind, placed.slot or 0), load_name(placed.definition)
        yield f'{names[placed.name]} = protocol.load_labware("{load}", "{slot}", "{placed.name}")'
    if kind == "flex":
        yield f'protocol.load_trash_bin("{slot_name(kind, TRASH_SLOT)}")'


def pipette_lines(layout: DeckLayout, pipettes: tuple[Mounted, ...]) -> Iterator[str]:
    """Pipettes with the flow rates of the layout, as far as they reach them."""
    times = layout.arm.times
    for mounted in pipettes:
        mount, pipette = mounted.mount, mounted.pipette
        draw = pipette.flow_rate_ul_per_s(times.aspirate_ul_per_s)
        push = pipette.flow_rate_ul_per_s(times.dispense_ul_per_s)
        yield f'{mount} = protocol.load_instrument("{mounted.load_name}", "{mount}")'
        yield f"{mount}.flow_rate.aspirate = {number(draw)}  # µL/s"
        yield f"{mount}.flow_rate.dispense = {number(push)}"


def liquid_lines(plan: Plan, schedule: Schedule, names: Mapping[str, str]) -> Iterator[str]:
    """What must stand in which well before the start; the app shows it."""
    for index, use in enumerate(plan.stocks):
        loaded = schedule.loaded_ul(use.stock, use.positions_ul)
        filled = {address: ul for address, ul in loaded.items() if ul > 0}
        if not filled:
            continue
        colour = _COLOURS[index % len(_COLOURS)]
        variable = f"liquid_{index + 1}"
        yield (
            f'{variable} = protocol.define_liquid("{use.stock}", {_described(use)!r}, "{colour}")'
        )
        for address, volume_ul in filled.items():
            labware, _, well = address.partition("/")
            yield f'{names[labware]}["{well}"].load_liquid({variable}, {number(volume_ul)})'


def _described(use: StockUse) -> str:
    strengths = ", ".join(
        f"{material} {umol_per_ul * 1000:.4g} mmol/L"
        for material, umol_per_ul in use.umol_per_ul.items()
        if umol_per_ul > 0
    )
    solvents = ", ".join(
        solvent if part > 0.9999 else f"{part:.0%} {solvent}"
        for solvent, part in use.solvent_fraction.items()
    )
    cold = f", kept at {use.keep_at_c:g} °C" if use.keep_at_c is not None else ""
    return (f"{strengths} in {solvents}" if strengths else solvents) + cold
