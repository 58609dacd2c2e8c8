"""Commands for runs that are under way: status, pause, continue, stop, answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ncrobot import console
from ncrobot.cli.app import JsonOpt, app
from ncrobot.errors import Diagnostic, LabError

if TYPE_CHECKING:  # what serves runs takes long to import; --help shouldn't wait for it
    from ncrobot.control import RemoteDesk

UnderWayArg = Annotated[
    str | None,
    typer.Argument(
        metavar="[RUN]", help="default: the only run that is under way", show_default=False
    ),
]
ReasonOpt = Annotated[str, typer.Option("--reason", help="goes into the record")]


@app.command()
def status(run_id: UnderWayArg = None, as_json: JsonOpt = False) -> None:
    """Tell where a run that is under way stands: its time, what goes on and what comes next."""
    found = asyncio.run(_desk(run_id).status())
    if as_json:
        console.dump(found.model_dump(mode="json"))
    else:
        console.lines(console.status_lines(found))


@app.command()
def pause(
    run_id: UnderWayArg = None,
    reason: ReasonOpt = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="don't ask back")] = False,
    as_json: JsonOpt = False,
) -> int:
    """Let a run begin nothing new; tells before which lags break, when, and in which wells."""
    desk = _desk(run_id)
    if not yes:
        found = asyncio.run(desk.status())
        console.lines(console.pause_lines(found))
        if found.costs_of_pausing:
            typer.confirm("Pause it?", abort=True)
    return _ordered(desk, as_json, kind="pause", reason=reason)


@app.command("continue")
def continue_command(run_id: UnderWayArg = None, as_json: JsonOpt = False) -> int:
    """Let a run that pauses go on; the rest is planned anew, from the present."""
    return _ordered(_desk(run_id), as_json, kind="continue")


@app.command()
def stop(
    run_id: UnderWayArg = None,
    now: Annotated[
        bool, typer.Option("--now", help="break off what goes on; the arm stays where it is")
    ] = False,
    reason: ReasonOpt = "",
    as_json: JsonOpt = False,
) -> int:
    """End a run: what goes on is finished, then every device goes to its safe state."""
    return _ordered(_desk(run_id), as_json, kind="halt" if now else "stop", reason=reason)


@app.command()
def answer(
    choice: Annotated[str, typer.Argument(metavar="CHOICE", help="one of the choices")],
    run_id: UnderWayArg = None,
    question: Annotated[
        int | None,
        typer.Option("--question", "-q", help="its number in 'ncrobot status'; default: the first"),
    ] = None,
    as_json: JsonOpt = False,
) -> int:
    """Answer a question that a run asks."""
    return _ordered(_desk(run_id), as_json, kind="answer", answer=choice, question=question)


def _desk(run_id: str | None) -> RemoteDesk:
    from ncrobot.control import desk_of, runs_under_way

    if run_id is not None:
        return desk_of(run_id)
    found = runs_under_way()
    if len(found) == 1:
        return desk_of(found[0])
    raise LabError(
        Diagnostic(
            code="which-run",
            message="no run is under way" if not found else "several runs are under way",
            allowed=", ".join(found) or None,
            fix="name one of them" if found else "see 'ncrobot runs'",
        )
    )


def _ordered(desk: RemoteDesk, as_json: bool, **order: Any) -> int:
    from ncrobot.control import Order
    from ncrobot.users import user_name

    taken = asyncio.run(desk.order(Order(**order), user_name()))
    if as_json:
        console.dump(taken.model_dump(mode="json"))
    elif taken.accepted:
        console.say(f"run {taken.run}: {taken.message}")
    else:
        console.failure(f"run {taken.run} didn't take it: {taken.message}", as_json=False)
    return 0 if taken.accepted else 2
