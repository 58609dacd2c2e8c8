"""What a campaign has taught: summaries, effects of parameters, maps of products, replays."""

from __future__ import annotations

from ncrobot.campaigns.insight.models import Effect, Models, effects, fit
from ncrobot.campaigns.insight.phases import PhaseMap, phase_map
from ncrobot.campaigns.insight.replay import Replayed, replay
from ncrobot.campaigns.insight.sentences import learnt_lines
from ncrobot.campaigns.insight.summary import summary

__all__ = [
    "Effect",
    "Models",
    "PhaseMap",
    "Replayed",
    "effects",
    "fit",
    "learnt_lines",
    "phase_map",
    "replay",
    "summary",
]
