"""The arm: its channels, its tips and the racks that hold them."""

from __future__ import annotations

from ncrobot.deck.checks.findings import Findings
from ncrobot.deck.layout import TipType


def check_arm(findings: Findings) -> None:
    """The arm can do what the layout says of it."""
    arm = findings.layout.arm
    if arm.simultaneous > arm.channels:
        findings.add(
            "too-many-at-once",
            f"{arm.name} can't use more channels at once than it has",
            "arm",
            "simultaneous",
            found=str(arm.simultaneous),
            allowed=f"at most {arm.channels}",
            fix=f"write simultaneous: {min(arm.channels, 8)}",
        )
    _check_heads(findings)
    if arm.gripper and arm.times.move_plate_s is None:
        message = f"{arm.name} has a gripper, but the time of a move isn't told"
        findings.add("missing-time", message, "arm", "times", fix="add move_plate_s")


def _check_heads(findings: Findings) -> None:
    """Every channel hangs on one head, and a head's kind and size fit together."""
    arm = findings.layout.arm
    if not arm.heads:
        return
    owners: dict[int, str] = {}
    for index, head in enumerate(arm.heads):
        for channel in head.channels:
            if channel >= arm.channels or channel in owners:
                findings.add(
                    "head-channel",
                    f"channel {channel} of head {head.name!r} "
                    + (
                        f"hangs on {owners[channel]!r} already"
                        if channel in owners
                        else "isn't one of the arm's"
                    ),
                    "arm",
                    "heads",
                    index,
                    "channels",
                    found=str(channel),
                    allowed=f"each of 0 to {arm.channels - 1} once",
                )
            owners[channel] = head.name
        if (head.kind == "single") != (len(head.channels) == 1):
            findings.add(
                "head-size",
                f"head {head.name!r} is {head.kind} and has {len(head.channels)} channel(s)",
                "arm",
                "heads",
                index,
                "kind",
                found=head.kind,
                allowed="single for one channel, independent or rigid for several",
            )
    missing = sorted(set(range(arm.channels)) - owners.keys())
    most = max(len(head.channels) for head in arm.heads)
    if missing:
        findings.add(
            "head-channel",
            f"channels {missing} of {arm.name} hang on no head",
            "arm",
            "heads",
            fix="add them to a head",
        )
    if most != arm.simultaneous:
        findings.add(
            "too-many-at-once",
            "simultaneous is the number of channels of the largest head",
            "arm",
            "simultaneous",
            found=str(arm.simultaneous),
            allowed=str(most),
            fix=f"write simultaneous: {most}",
        )


def check_tips(findings: Findings) -> None:
    """Tip types are in order, every channel has one, and racks and types belong together."""
    arm = findings.layout.arm
    seen: set[str] = set()
    for index, tip in enumerate(arm.tips):
        if tip.name in seen:
            message = f"two tip types are called {tip.name!r}"
            fix = "choose another name"
            findings.add("duplicate-name", message, "arm", "tips", index, "name", fix=fix)
        seen.add(tip.name)
        _check_range(findings, index, tip)
        _check_channels(findings, index, tip)
        _check_rack(findings, index, tip)
    for channel in range(arm.channels):
        if not any(not tip.channels or channel in tip.channels for tip in arm.tips):
            message = f"no tip type fits channel {channel} of {arm.name}"
            fix = "add a tip type, or the channel to one"
            findings.add("channel-without-tips", message, "arm", "tips", fix=fix)
    _check_racks_are_used(findings)


def _check_range(findings: Findings, index: int, tip: TipType) -> None:
    shared_ul = tip.multi_dispense_ul or 0.0
    if tip.min_ul <= tip.max_ul < 2 * shared_ul:
        findings.add(
            "inverted-range",
            f"tip type {tip.name!r} holds no two doses of its smallest volume for multi-dispense",
            "arm",
            "tips",
            index,
            "multi_dispense_ul",
            found=f"{shared_ul:g} µL",
            allowed=f"at most half of max_ul, {tip.max_ul / 2:g} µL",
        )
    if tip.min_ul > tip.max_ul:
        findings.add(
            "inverted-range",
            f"tip type {tip.name!r} has its smallest volume above its largest",
            "arm",
            "tips",
            index,
            "min_ul",
            found=f"{tip.min_ul:g} to {tip.max_ul:g} µL",
            fix="exchange min_ul and max_ul",
        )


def _check_channels(findings: Findings, index: int, tip: TipType) -> None:
    channels = findings.layout.arm.channels
    for channel in tip.channels:
        if not 0 <= channel < channels:
            findings.add(
                "unknown-channel",
                f"tip type {tip.name!r} names a channel that the arm doesn't have",
                "arm",
                "tips",
                index,
                "channels",
                found=str(channel),
                allowed=f"0 to {channels - 1}",
            )


def _check_rack(findings: Findings, index: int, tip: TipType) -> None:
    racks = [
        definition
        for _, placed, definition in findings.known_labware()
        if placed.definition == tip.definition
    ]
    if not racks:
        findings.add(
            "no-tip-rack",
            f"no tip rack on the deck holds tip type {tip.name!r}",
            "arm",
            "tips",
            index,
            "definition",
            found=tip.definition,
            fix=f"add labware with definition: {tip.definition} and role: tips, or drop the type",
        )
    elif racks[0].tip_volume_ul is None:
        findings.add(
            "not-a-tip-rack",
            f"tip type {tip.name!r} names a {racks[0].kind.replace('_', ' ')}, not a tip rack",
            "arm",
            "tips",
            index,
            "definition",
            found=tip.definition,
        )
    elif tip.max_ul > racks[0].tip_volume_ul:
        findings.add(
            "tip-too-small",
            f"tip type {tip.name!r} promises more than its tips hold",
            "arm",
            "tips",
            index,
            "max_ul",
            found=f"{tip.max_ul:g} µL",
            allowed=f"at most {racks[0].tip_volume_ul:g} µL",
            fix="lower max_ul, or choose larger tips",
        )


def _check_racks_are_used(findings: Findings) -> None:
    definitions = {tip.definition for tip in findings.layout.arm.tips}
    for index, placed, definition in findings.known_labware():
        if definition.kind == "tip_rack" and placed.definition not in definitions:
            findings.add(
                "rack-without-type",
                f"no tip type of the arm takes the tips of {placed.name}",
                "labware",
                index,
                "definition",
                found=placed.definition,
                allowed=", ".join(sorted(definitions)),
                fix="add a tip type under arm.tips, or take the rack off the deck",
            )
