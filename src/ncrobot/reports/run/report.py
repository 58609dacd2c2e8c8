"""Puts the report of a run together from its figures, tables and sentences."""

from __future__ import annotations

from ncrobot.plan import Plan
from ncrobot.reports._glossary import Glossary
from ncrobot.reports._index import Index
from ncrobot.reports._pages import page
from ncrobot.reports._text import counted, span
from ncrobot.reports.additions import additions
from ncrobot.reports.lags import executed_lags, summaries
from ncrobot.reports.prep.sheet import by_subject, drawn_together, warnings_of
from ncrobot.reports.run import facts
from ncrobot.reports.run.acidity import steered_wells
from ncrobot.reports.run.ages import activity, stock_ages
from ncrobot.reports.run.gases import gas_flows
from ncrobot.reports.run.histogram import histogram
from ncrobot.reports.run.incidents import incidents
from ncrobot.reports.run.lanes import pauses_s, shakers, shaking
from ncrobot.reports.run.plate_maps import plate_maps, reading_maps
from ncrobot.reports.run.safety import safe_states
from ncrobot.reports.run.timeline import additions_svg, is_cut, legend_items, timeline_svg
from ncrobot.schedule import Schedule
from ncrobot.state import RunState


def run_report_html(plan: Plan, schedule: Schedule, state: RunState) -> str:
    """The report of a run as one page that fetches nothing; also of a run that didn't end."""
    index = Index.of(plan, schedule)
    lags = executed_lags(plan, schedule, state)
    broken = facts.broken(state)
    found = summaries(lags, ((lag.before, lag.after) for lag in broken))
    return page(
        "report.html.j2",
        plan=plan,
        schedule=schedule,
        state=state,
        status=facts.status_of(state),
        begun=facts.moment(state.started_wall),
        tiles=facts.tiles(plan, schedule, state),
        summary=facts.summary(state, additions(plan, schedule, state), lags, schedule.makespan_s),
        maps=plate_maps(plan, state, Glossary.of(plan)),
        readings=reading_maps(state),
        steered=steered_wells(state),
        gases=gas_flows(index, state),
        timeline=timeline_svg(index, state),
        additions=additions_svg(index, state),
        is_cut=is_cut(index, state),
        legend=legend_items(index),
        pauses=[_pauses(index, state, name) for name in shakers(index)],
        lags=found,
        histograms=[histogram(summary) for summary in found],
        broken=broken,
        flagged=facts.flagged(plan, state),
        undone=facts.undone(index, state),
        differences=facts.differences(state.cross_checks),
        incidents=incidents(state),
        safe_states=safe_states(plan, state),
        ages=stock_ages(plan, schedule, state),
        activity=activity,
        warnings=warnings_of(plan),
        hazards=by_subject(plan.hazards),
        assumptions=drawn_together(plan.assumptions),
        provenance=facts.provenance(plan, schedule, state),
    )


def _pauses(index: Index, state: RunState, device: str) -> str:
    """How often and how long a shaker paused, in a sentence."""
    runs = shaking(index, state, device)
    lengths = pauses_s(runs)
    if not runs:
        return f"{device} did not run."
    if not lengths:
        return f"{device} ran without a pause."
    return (
        f"{device} paused {counted(len(lengths), 'time')}, {span(sum(lengths))} in all, "
        f"{span(max(lengths))} at the longest."
    )
