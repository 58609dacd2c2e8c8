"""What PyLabRobot can do with a Tecan Freedom EVO, and what a layout must not promise beyond it.

Its backend (pylabrobot 0.2.2, EVO_backend.py) works out every height from Tecan's own figures of a
labware, takes all liquid for water in disposable tips, and moves the plunger by three steps a µL.
"""

from __future__ import annotations

from ncrobot.deck.checks.findings import Findings
from ncrobot.deck.layout import Placed, SyringePump
from ncrobot.labware import LabwareDefinition
from ncrobot.labware.decks import EVOS

# PyLabRobot's liquid classes for water in disposable tips.
LEAST_UL = 3.0
MOST_UL = 1000.0
# What its plungers take: 5 to 6000 half steps a second, six of them a µL.
RATES_UL_PER_S = (1.0, 1000.0)
MOST_CHANNELS = 8
CLOSEST_MM = 9.0


def check_evo(findings: Findings) -> None:
    """An EVO's arm, tips and labware are such that PyLabRobot can work with them."""
    if findings.layout.robot not in EVOS:
        _check_others(findings)
        return
    _check_arm(findings)
    _check_tips(findings)
    _check_labware(findings)


def _check_others(findings: Findings) -> None:
    """Tecan's tips fit on no other arm."""
    for index, placed, definition in findings.known_labware():
        if definition.kind == "tip_rack" and definition.level_area_mm2 is not None:
            findings.add(
                "wrong-tips",
                f"{placed.name} ({definition.name}) holds tips for an EVO",
                "labware",
                index,
                "definition",
                fix=f"choose tips for a {findings.layout.robot}",
            )


def _check_arm(findings: Findings) -> None:
    arm = findings.layout.arm
    if arm.gripper:
        findings.add(
            "no-gripper-here",
            "PyLabRobot's gripper of an EVO puts plates down on the carrier that they came from "
            "only, on no device",
            "arm",
            "gripper",
            fix="write gripper: false; people carry the plates then",
        )
    if arm.channels > MOST_CHANNELS or arm.simultaneous not in {1, arm.channels} or arm.heads:
        findings.add(
            "channels-of-evo",
            "the tips of an EVO hang on one bar: all of them act together, or one at a time",
            "arm",
            "simultaneous",
            found=f"{arm.simultaneous} of {arm.channels}" + (", in heads" if arm.heads else ""),
            allowed=f"1 or all, at most {MOST_CHANNELS}; no heads",
            fix=f"write simultaneous: {min(arm.channels, MOST_CHANNELS)}, and no heads",
        )
    least, most = RATES_UL_PER_S
    for name in ("aspirate_ul_per_s", "dispense_ul_per_s"):
        rate = getattr(arm.times, name)
        if not least <= rate <= most:
            findings.add(
                "rate-of-evo",
                "the plungers of an EVO don't run at this rate",
                "arm",
                "times",
                name,
                found=f"{rate:g} µL/s",
                allowed=f"{least:g} to {most:g} µL/s",
            )


def _check_tips(findings: Findings) -> None:
    for index, tip in enumerate(findings.layout.arm.tips):
        path = ("arm", "tips", index)
        if tip.multi_dispense_ul is not None:
            findings.add(
                "no-multi-dispense-here",
                f"tip type {tip.name!r}: PyLabRobot pushes the air of a draw out with its first "
                "dispense on an EVO, so a second one would be wrong",
                *path,
                "multi_dispense_ul",
                fix="delete it",
            )
        if tip.min_ul < LEAST_UL or tip.max_ul > MOST_UL:
            findings.add(
                "tip-beyond-evo",
                f"tip type {tip.name!r} promises volumes that PyLabRobot has no figures for on an "
                "EVO",
                *path,
                found=f"{tip.min_ul:g} to {tip.max_ul:g} µL",
                allowed=f"{LEAST_UL:g} to {MOST_UL:g} µL",
                fix="narrow min_ul and max_ul",
            )


def _check_labware(findings: Findings) -> None:
    """Heights come from Tecan's figures, so nothing else can be reached into, no trough either.

    What only a pump draws from needs none; and wells must be as far apart as the tips at least.
    """
    devices = findings.layout.devices.values()
    pumped = {d.source.partition("/")[0] for d in devices if isinstance(d, SyringePump)}
    for index, placed, definition in findings.known_labware():
        if definition.level_area_mm2 is not None:
            _check_pitch(findings, index, placed, definition)
            continue
        if placed.name in pumped:
            continue
        findings.add(
            "not-for-evo",
            f"PyLabRobot can't work with {placed.name} ({definition.name}) on an EVO",
            "labware",
            index,
            "definition",
            allowed="plates and tip racks of Tecan, such as DeepWell_96_Well, Microplate_96_Well "
            "and DiTi_200ul_SBS_LiHa",
            fix="put stocks into a plate of Tecan, a column of wells each"
            if placed.role == "stocks"
            else "choose one of Tecan's",
        )


def _check_pitch(
    findings: Findings, index: int, placed: Placed, definition: LabwareDefinition
) -> None:
    """PyLabRobot spaces the tips by the size of a well, and they don't come closer than 9 mm."""
    is_rack = definition.kind == "tip_rack"
    wide_mm = definition.well_size_mm[1] if definition.well_size_mm is not None else CLOSEST_MM
    if wide_mm >= CLOSEST_MM and (not is_rack or definition.rows <= MOST_CHANNELS):
        return
    findings.add(
        "too-close-for-evo",
        f"the tips of an EVO don't come as close as the places of {placed.name} "
        f"({definition.name}) are",
        "labware",
        index,
        "definition",
        found=f"{definition.rows} rows" if is_rack else f"{wide_mm:g} mm",
        allowed=f"at least {CLOSEST_MM:g} mm apart",
        fix="choose labware with 96 places or fewer",
    )
