"""What the terminal shows: findings, progress, tables and one-line summaries."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from ncrobot.errors import Diagnostic, Severity
from ncrobot.events import Event, EventKind
from ncrobot.units import Dimension, format_quantity

if TYPE_CHECKING:  # the whole lab takes a second to import; --help and errors shouldn't wait for it
    from ncrobot.control.documents import NextOperation, Status
    from ncrobot.lab import RunResult
    from ncrobot.plan import Plan
    from ncrobot.recorder import RunRecord, RunSummary
    from ncrobot.schedule import Schedule

_STYLES = {"succeeded": "green", "aborted": "yellow", "failed": "red", "died": "red"}
_TOLD = {"died": "died, can be resumed"}


# Tables that go into a file or a pipe are never cut.
_WIDE = 400


def _out() -> Console:
    width = None if sys.stdout.isatty() else _WIDE
    return Console(highlight=False, soft_wrap=True, width=width)


def _err() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line."""
    _out().print(escape(text))


def lines(texts: Sequence[str]) -> None:
    """Print line after line."""
    for text in texts:
        say(text)


def dump(data: Mapping[str, Any]) -> None:
    """Print one JSON object on one line."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")


def _as_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    names = Diagnostic.__dataclass_fields__
    values = {name: getattr(diagnostic, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def errors(diagnostics: Sequence[Diagnostic], *, as_json: bool) -> None:
    """Print every finding; to standard error for people, as JSON for machines."""
    if as_json:
        dump({"errors": [_as_dict(diagnostic) for diagnostic in diagnostics]})
        return
    console = _err()
    for diagnostic in diagnostics:
        is_error = diagnostic.severity is Severity.ERROR
        mark = "[red]error[/]" if is_error else "[yellow]warning[/]"
        console.print(f"{mark} {escape(str(diagnostic))}")
    if len(diagnostics) > 1:
        console.print(f"{len(diagnostics)} findings; nothing was moved")


def failure(message: str, *, as_json: bool) -> None:
    """Print one error that has no place in a file."""
    if as_json:
        dump({"errors": [{"message": message}]})
    else:
        _err().print(f"[red]error[/] {escape(message)}")


def usage(error: Exception) -> None:
    """Print what is wrong with the command line and how to get help."""
    console = _err()
    tell = getattr(error, "format_message", error.__str__)
    console.print(f"[red]error[/] {escape(tell())}")
    context = getattr(error, "ctx", None)
    if context is not None:
        console.print(f"    fix: see '{context.command_path} --help'")


def warnings(messages: Sequence[str]) -> None:
    """Print what must be read but stops nothing."""
    console = _err()
    for message in messages:
        console.print(f"[yellow]warning[/] {escape(message)}")


@contextmanager
def progress(
    plan: Plan, schedule: Schedule, *, quiet: bool
) -> Iterator[Callable[[Event], None] | None]:
    """Show how far a run is; gives the listener that the engine's events go to."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    total = len(schedule.entries)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[clock]}"),
        console=_err(),
        transient=True,
    ) as bar:
        task = bar.add_task(plan.protocol, total=total, clock="T+0:00")

        def listen(event: Event) -> None:
            if event.kind is EventKind.OPERATION_ENDED:
                minutes = int(event.time_s // 60)
                clock = f"T+{minutes // 60}:{minutes % 60:02d} {event.operation or ''}"
                bar.update(task, advance=1, clock=clock)

        yield listen


def outcome(result: RunResult) -> None:
    """Print one line on how the run ended, and where the report is."""
    style = _STYLES.get(result.status, "red")
    kind = "simulated run" if result.simulated else "run"
    reason = f" ({result.reason})" if result.reason and result.status != "succeeded" else ""
    console = _out()
    console.print(
        f"{kind} {result.run} [{style}]{result.status}[/]{escape(reason)}: "
        f"{result.wells_ok} wells ok, {result.wells_flagged} flagged, "
        f"{result.operations} operations in {result.duration_h:.2f} h "
        f"(computed in {result.wall_s:.1f} s)"
    )
    if result.report:
        console.print(f"report: {escape(result.report)}")
    else:
        console.print(
            f"[yellow]the report couldn't be written[/] ({escape(result.report_error)}); "
            f"'ncrobot report {result.run}' tries again"
        )


def run_table(summaries: Sequence[RunSummary]) -> None:
    """Print the list of runs."""
    if not summaries:
        say("no runs yet; 'ncrobot run --help' tells how to start one")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("run", "protocol", "deck", "kind", "status", "ok", "flagged", "duration"):
        table.add_column(heading, no_wrap=heading == "run")
    for row in summaries:
        duration = (
            "" if row.duration_s is None else format_quantity(row.duration_s, Dimension.DURATION)
        )
        table.add_row(
            row.run,
            escape(row.protocol),
            escape(row.deck),
            "simulated" if row.simulated else "real",
            f"[{_STYLES.get(row.status, 'white')}]{_TOLD.get(row.status, row.status)}[/]",
            "" if row.wells_ok is None else str(row.wells_ok),
            "" if row.wells_flagged is None else str(row.wells_flagged),
            duration,
        )
    _out().print(table)


def state_figures(record: RunRecord) -> dict[str, Any]:
    """The figures of a run for machines."""
    state = record.state
    return {
        "run": record.summary.run,
        "status": state.status,
        "reason": state.reason,
        "simulated": state.simulated,
        "protocol": record.plan.protocol,
        "deck": record.plan.deck.name,
        "wells_ok": state.wells_ok,
        "wells_flagged": state.wells_flagged,
        "operations": len(state.operations),
        "deliveries": len(state.deliveries),
        "broken_lags": len(state.broken_lags),
        "unknown": [list(key) for key in state.open_acts],
        "safe_state": state.safe_state,
        "duration_h": round(state.time_s / 3600, 4),
        "flagged": {
            name: well.reasons for name, well in state.wells.items() if well.status != "ok"
        },
    }


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {'yes' if v else 'NO'}" for k, v in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join("/".join(part) for part in value) or "none"
    return str(value)


def show(record: RunRecord) -> None:
    """Print what became of a run."""
    figures = state_figures(record)
    console = _out()
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for name, value in figures.items():
        if name != "flagged":
            table.add_row(name.replace("_", " "), escape(_plain(value)))
    console.print(table)
    for well, reasons in figures["flagged"].items():
        console.print(f"[yellow]{well}[/] {escape('; '.join(reasons))}")


def resumed_lines(told: Mapping[str, Any]) -> list[str]:
    """What was found when a run was taken up again: how long it lay, and what nobody knew."""
    lines = [
        f"Taken up again at {_clock(told['time_s'])}, {told['down_s']:.0f} s after its last fact."
    ]
    broken_off = told["broken_off"]
    if broken_off:
        lines.append(f"Broken off in the middle: {', '.join(broken_off)}.")
    for each in told["unknown"]:
        wells = f" ({', '.join(each['wells'])})" if each["wells"] else ""
        lines.append(f"  unknown: {each['act']} of {each['operation']}{wells}")
        if each["question"]:
            lines.append(f"    asked: {each['question']}")
    for device, readback in told["readback"].items():
        figures = ", ".join(f"{name} {value}" for name, value in readback.items())
        lines.append(f"  {device} says: {figures}")
    return lines


def status_lines(status: Status) -> list[str]:
    """Where a run stands, what goes on, what comes next, and what waits for an answer."""
    kind = "simulated run" if status.simulated else "run"
    done = f"{status.operations_done} of {status.operations} operations"
    flagged = f", {status.wells_flagged} wells flagged" if status.wells_flagged else ""
    found = [f"{kind} {status.run} is {status.status} at {_clock(status.time_s)}: {done}{flagged}"]
    if status.doing:
        found.append(f"doing: {', '.join(status.doing)}")
    found += [_next_line(each, status.time_s) for each in status.next[:5]]
    for question in status.questions:
        choices = "/".join(question.choices)
        found.append(f"question {question.number}: {question.text}")
        found.append(f"    answer {choices}; in {question.left_s:.0f} s {question.default} holds")
    return found


def _next_line(coming: NextOperation, time_s: float) -> str:
    line = f"next: {_clock(coming.start_s)} {coming.operation} ({coming.device})"
    late_s = time_s - coming.start_s
    return f"{line}, late by {late_s:.0f} s" if late_s >= 1.0 else line


def pause_lines(status: Status, most: int = 10) -> list[str]:
    """Which lags a pause breaks, when, and in which wells; the next first."""
    costs = status.costs_of_pausing
    if not costs:
        return ["A pause breaks no lag."]
    lines = [
        f"  after {cost.within_s:.0f} s (at {_clock(cost.at_s)}): {cost.operation}, timed from "
        f"{cost.after}, in {', '.join(cost.wells)} ({cost.policy})"
        for cost in costs[:most]
    ]
    more = [f"  and {len(costs) - most} more later"] if len(costs) > most else []
    return ["A pause that lasts longer breaks these lags:", *lines, *more]


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(round(max(time_s, 0.0)), 60)
    return f"T+{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
