"""The prep sheet: what a person makes, loads and does for a run, as text and as a page."""

from __future__ import annotations

from ncrobot.reports.prep.page import prep_sheet_html
from ncrobot.reports.prep.text import prep_sheet_text

__all__ = ["prep_sheet_html", "prep_sheet_text"]
