"""A schedule as a picture: every operation by device and by wells, over time."""

from __future__ import annotations

from ncrobot.reports.gantt.page import gantt_html

__all__ = ["gantt_html"]
