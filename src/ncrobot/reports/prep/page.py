"""The prep sheet as a page to print: black on white, A4, nothing fetched from elsewhere."""

from __future__ import annotations

from ncrobot.plan import Plan
from ncrobot.reports._pages import page
from ncrobot.reports.prep.deck_map import deck_map_svg
from ncrobot.reports.prep.lots import told_volume
from ncrobot.reports.prep.sheet import make_sheet
from ncrobot.reports.prep.text import unanswered, weighed_in_words
from ncrobot.schedule import Schedule


def prep_sheet_html(plan: Plan, schedule: Schedule) -> str:
    """The prep sheet as one self-contained page for A4 paper.

    Raises:
        DeckError: the plan's deck layout can't be built, so it can't be drawn.
    """
    sheet = make_sheet(plan, schedule)
    return page(
        "prep.html.j2",
        sheet=sheet,
        deck_map=deck_map_svg(plan, list(sheet.lots)),
        weighed_in_words=weighed_in_words,
        told_volume=told_volume,
        unanswered=unanswered,
    )
