"""What people read: prep sheets and charts before a run, reports and tables after it.

All pure, all offline. Everything is computed from the documents that are handed in; what they
don't hold is told in words.
"""

from __future__ import annotations

from ncrobot.reports.additions import additions_csv
from ncrobot.reports.gantt import gantt_html
from ncrobot.reports.prep import prep_sheet_html, prep_sheet_text
from ncrobot.reports.run import run_report_html

__all__ = ["additions_csv", "gantt_html", "prep_sheet_html", "prep_sheet_text", "run_report_html"]
