"""Devices: their ranges, and the labware that stands on them."""

from __future__ import annotations

from ncrobot.chemistry import is_harmless_gas
from ncrobot.deck.checks.findings import Findings, Path
from ncrobot.deck.layout import (
    Balance,
    Device,
    Gas,
    PhProbe,
    Reader,
    Shaker,
    StopButton,
    SyringePump,
    TemperatureBlock,
)
from ncrobot.errors import nearest_word


def check_ranges(findings: Findings) -> None:
    """Every range goes from low to high."""
    for name, device in findings.layout.devices.items():
        for field, (low, high), unit in _ranges(device):
            path: Path = ("devices", name, field)
            if low > high:
                message = f"the range {field} of {name} runs backwards"
                found = f"{low:g} to {high:g} {unit}"
                fix = f"write [{high:g}, {low:g}]"
                findings.add("inverted-range", message, *path, found=found, fix=fix)
            elif unit != "°C" and low < 0:
                message = f"{field} of {name} can't be negative"
                found = f"{low:g} {unit}"
                findings.add("negative-range", message, *path, found=found, allowed="0 or more")


def check_pumps(findings: Findings) -> None:
    """A pump draws from a position that holds its stock, and its figures fit together."""
    placed = {labware.name: labware for labware in findings.layout.labware}
    for name, device in findings.layout.devices.items():
        if not isinstance(device, SyringePump):
            continue
        path: Path = ("devices", name)
        labware, _, well = device.source.partition("/")
        held = placed[labware].holds.get(well) if labware in placed else None
        if held != device.stock or placed[labware].role != "stocks":
            message = f"{name} draws {device.stock!r} from {device.source}, which doesn't hold it"
            fix = f"give the labware role: stocks and holds: {{{well or 'A1'}: {device.stock}}}"
            found = held or "nothing that is pinned"
            findings.add("pump-source", message, *path, "source", found=found, fix=fix)
        slow, fast = device.rate_ul_per_s
        for field, rate in (
            ("fill_ul_per_s", device.fill_ul_per_s),
            ("dispense_ul_per_s", device.dispense_ul_per_s),
        ):
            if slow <= fast and not slow <= rate <= fast:
                message = f"{name} can't move its plunger at this rate"
                allowed = f"{slow:g} to {fast:g} µL/s"
                found = f"{rate:g} µL/s"
                findings.add("pump-rate", message, *path, field, found=found, allowed=allowed)
        if not device.dead_volume_ul <= device.prime_ul <= device.syringe_ul - device.dose_ul:
            message = f"{name} must be primed with what its line holds, out of one syringe"
            most_ul = device.syringe_ul - device.dose_ul
            allowed = f"{device.dead_volume_ul:g} to {most_ul:g} µL"
            found = f"{device.prime_ul:g} µL"
            findings.add("pump-prime", message, *path, "prime_ul", found=found, allowed=allowed)
        if device.air_gap_ul > 0 and device.needle is None:
            message = f"{name} draws back air, but its outlets are fixed: each would keep its gap"
            fix = "leave out air_gap_ul, or let the arm carry the outlet"
            findings.add("pump-air-gap", message, *path, "air_gap_ul", fix=fix)
        if device.air_gap_ul > device.dead_volume_ul:
            message = f"{name} draws back more air than its line holds"
            found, allowed = f"{device.air_gap_ul:g} µL", f"0 to {device.dead_volume_ul:g} µL"
            findings.add("pump-air-gap", message, *path, "air_gap_ul", found=found, allowed=allowed)
        if device.needle is None and not device.outlets:
            message = f"{name} has no outlet over a well"
            fix = "name the port of the outlet that the arm carries as needle, or fixed outlets"
            findings.add("pump-outlet", message, *path, "kind", fix=fix)


def check_probes(findings: Findings) -> None:
    """A probe is mounted at the outlet of a pump, and dipped into labware that stands there."""
    placed = {labware.name for labware in findings.layout.labware}
    for name, device in findings.layout.devices.items():
        if not isinstance(device, PhProbe):
            continue
        path: Path = ("devices", name)
        pump = findings.layout.devices.get(device.beside)
        if not isinstance(pump, SyringePump):
            message = f"{name} is mounted beside {device.beside!r}, which is no pump of the deck"
            pumps = [n for n, d in findings.layout.devices.items() if isinstance(d, SyringePump)]
            findings.add(
                "probe-nowhere", message, *path, "beside", found=device.beside,
                allowed=", ".join(pumps) or "no pump", fix="name the pump whose outlet it is at",
            )  # fmt: skip
        elif pump.needle is None and len(pump.outlets) > 1:
            message = f"{name} can't stand in all wells that outlets of {device.beside} are over"
            fix = "let the arm carry the outlet, with the probe: name its port as needle"
            findings.add("probe-nowhere", message, *path, "beside", fix=fix)
        if device.rinse is not None and device.rinse.partition("/")[0] not in placed:
            message = f"{name} is rinsed in {device.rinse!r}, which isn't on the deck"
            findings.add("probe-rinse", message, *path, "rinse", found=device.rinse)


def check_stirrers(findings: Findings) -> None:
    """A magnet that turns all the time does so in its range, and never under a reaction."""
    for name, device in findings.layout.devices.items():
        if not isinstance(device, Shaker) or device.turns_rpm is None:
            continue
        path: Path = ("devices", name, "turns_rpm")
        slow, fast = device.speed_rpm
        if slow <= fast and not slow <= device.turns_rpm <= fast:
            found, allowed = f"{device.turns_rpm:g} rpm", f"{slow:g} to {fast:g} rpm"
            message = f"{name} can't turn at this speed"
            findings.add("stirrer-speed", message, *path, found=found, allowed=allowed)
        for placed in findings.layout.labware:
            if placed.on == name and placed.role == "reaction":
                message = f"{name} turns all the time under {placed.name}, whatever a protocol says"
                fix = "leave turns_rpm out: the protocol's stir steps tell when it turns"
                findings.add("stirrer-under-reaction", message, *path, fix=fix)


def check_gases(findings: Findings) -> None:
    """A gas that harms flows in a cabinet with a shut-off of its own; each flows over labware."""
    placed = {labware.name for labware in findings.layout.labware}
    for name, device in findings.layout.devices.items():
        if not isinstance(device, Gas):
            continue
        path: Path = ("devices", name)
        if device.over is not None and device.over not in placed:
            message = f"{name} flows over {device.over!r}, which isn't on the deck"
            findings.add("gas-nowhere", message, *path, "over", found=device.over)
        if device.settle_s >= device.watchdog_s:
            message = f"{name} would be shut by its watchdog before it has opened"
            found, allowed = f"{device.settle_s:g} s", f"less than {device.watchdog_s:g} s"
            findings.add("gas-settling", message, *path, "settle_s", found=found, allowed=allowed)
        unsaid = [field for field in ("cabinet", "shut_off") if getattr(device, field) is None]
        if unsaid and not is_harmless_gas(device.gas):
            findings.add(
                "gas-not-on-deck",
                f"{name}: {device.gas} is no gas for an open deck",
                *path,
                "gas",
                found=f"{device.gas}, without {' and '.join(unsaid)}",
                allowed="nitrogen, argon, helium, air",
                fix="have it done in a gas cabinet: a treat step in the protocol; or, if the whole "
                "deck stands in one, say so in cabinet, and in shut_off what detects the gas and "
                "shuts it off without any software",
            )


def check_carried(findings: Findings) -> None:
    """Labware stands on devices that exist, one on each, at temperatures that they reach."""
    devices = findings.layout.devices
    carried: dict[str, str] = {}
    for index, placed in enumerate(findings.layout.labware):
        if placed.on is None:
            continue
        path: Path = ("labware", index, "on")
        if placed.on not in devices:
            nearest = nearest_word(placed.on, devices)
            message = f"{placed.name} stands on {placed.on!r}, which is no device of this workcell"
            known = ", ".join(devices) or "none"
            fix = f"did you mean {nearest!r}?" if nearest else "add the device under devices"
            findings.add("unknown-device", message, *path, found=placed.on, allowed=known, fix=fix)
            continue
        if placed.on in carried:
            message = f"{placed.name} and {carried[placed.on]} both stand on {placed.on}"
            fix = "a device carries one labware: move one of them"
            findings.add("device-taken", message, *path, found=placed.on, fix=fix)
        carried.setdefault(placed.on, placed.name)
        if isinstance(devices[placed.on], Balance | Gas | PhProbe | StopButton | SyringePump):
            message = f"{placed.on} carries no labware"
            fix = "give the labware a place of its own"
            findings.add("carries-nothing", message, *path, found=placed.on, fix=fix)
            continue
        _check_temperature(findings, index, devices[placed.on])


def _check_temperature(findings: Findings, index: int, device: Device) -> None:
    placed = findings.layout.labware[index]
    if placed.temperature_c is None:
        return
    range_c = device.temperature_c if isinstance(device, Shaker | TemperatureBlock) else None
    # A range that runs backwards is reported of its own: the other way round it may be right.
    if range_c is not None and min(range_c) <= placed.temperature_c <= max(range_c):
        return
    findings.add(
        "temperature-out-of-range",
        f"{placed.on} can't hold {placed.name} at this temperature",
        "labware",
        index,
        "temperature_c",
        found=f"{placed.temperature_c:g} °C",
        allowed=f"{range_c[0]:g} to {range_c[1]:g} °C" if range_c else "no temperature control",
        fix="change temperature_c, or put the labware on another device",
    )


def _ranges(device: Device) -> list[tuple[str, tuple[float, float], str]]:
    if isinstance(device, Reader):
        return [("wavelength_nm", device.wavelength_nm, "nm")]
    if isinstance(device, SyringePump):
        return [("rate_ul_per_s", device.rate_ul_per_s, "µL/s")]
    if isinstance(device, Gas):
        return [("flow_ml_per_min", device.flow_ml_per_min, "mL/min")]
    if isinstance(device, Balance | StopButton | PhProbe):
        return []
    ranges = [("speed_rpm", device.speed_rpm, "rpm")] if isinstance(device, Shaker) else []
    if device.temperature_c is not None:
        ranges.append(("temperature_c", device.temperature_c, "°C"))
    return ranges
