"""What a campaign has taught: summaries, effects of parameters, maps of products, replays."""

from __future__ import annotations

from ncrobot.campaigns.insight.summary import summary

__all__ = ["summary"]
