"""The checks of a deck layout: each is one function that looks and notes what it finds."""

from __future__ import annotations

from ncrobot.deck.checks.arm import check_arm, check_tips
from ncrobot.deck.checks.carriers import check_carriers
from ncrobot.deck.checks.devices import (
    check_carried,
    check_gases,
    check_probes,
    check_pumps,
    check_ranges,
    check_stirrers,
)
from ncrobot.deck.checks.findings import Findings
from ncrobot.deck.checks.names import check_definitions, check_names, check_roles
from ncrobot.deck.checks.opentrons import check_opentrons
from ncrobot.deck.checks.standing import check_standing
from ncrobot.deck.checks.tecan import check_evo
from ncrobot.deck.checks.volumes import check_volumes

__all__ = ["Findings", "run_checks"]


def run_checks(findings: Findings) -> None:
    """Run every check; the findings are in the order of the checks."""
    for check in (
        check_names,
        check_definitions,
        check_roles,
        check_arm,
        check_tips,
        check_ranges,
        check_carried,
        check_pumps,
        check_probes,
        check_stirrers,
        check_gases,
        check_carriers,
        check_standing,
        check_volumes,
        check_opentrons,
        check_evo,
    ):
        check(findings)
