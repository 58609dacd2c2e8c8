"""Campaigns: rounds of plates that an optimizer fills, with a ledger that outlives any death."""

from __future__ import annotations

from ncrobot.campaigns.document import (
    Campaign,
    Measuring,
    OptimizerChoice,
    PlatePlan,
    StopRules,
    figure_flaws,
)
from ncrobot.campaigns.executed import Given, executed_values, steps_of
from ncrobot.campaigns.figures import Analyse, Judged, Spectrum, broken_limit, judge
from ncrobot.campaigns.ledger import Entry, Ledger, Step
from ncrobot.campaigns.loading import Loaded, load_campaign
from ncrobot.campaigns.plating import Plated, Seated, plated
from ncrobot.campaigns.progress import (
    Progress,
    Round,
    WellRecord,
    best_by_round,
    by_suggestion,
    fold,
    optimizer_state,
)
from ncrobot.campaigns.stopping import reason_to_stop
from ncrobot.campaigns.telling import WellRun, records, spread_of_reference, told

__all__ = [
    "Analyse",
    "Campaign",
    "Entry",
    "Given",
    "Judged",
    "Ledger",
    "Loaded",
    "Measuring",
    "OptimizerChoice",
    "PlatePlan",
    "Plated",
    "Progress",
    "Round",
    "Seated",
    "Spectrum",
    "Step",
    "StopRules",
    "WellRecord",
    "WellRun",
    "best_by_round",
    "broken_limit",
    "by_suggestion",
    "executed_values",
    "figure_flaws",
    "fold",
    "judge",
    "load_campaign",
    "optimizer_state",
    "plated",
    "reason_to_stop",
    "records",
    "spread_of_reference",
    "steps_of",
    "told",
]
