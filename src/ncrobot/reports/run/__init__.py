"""The report of a run: one page that holds everything, drawn from plan, schedule and state."""

from __future__ import annotations

from ncrobot.reports.run.report import run_report_html

__all__ = ["run_report_html"]
