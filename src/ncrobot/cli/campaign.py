"""Commands of campaigns: new, suggest, run, status, observe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ncrobot import console
from ncrobot.cli.app import DEFAULT_DATABASE, DatabaseOpt, JsonOpt, OutOpt, app, write
from ncrobot.cli.campaign_opening import opened
from ncrobot.cli.running import RealOpt

campaign_app = typer.Typer(help="Rounds of plates that an optimizer fills.", no_args_is_help=True)
app.add_typer(campaign_app, name="campaign")

FileArg = Annotated[Path, typer.Argument(metavar="FILE", help="campaign (YAML)")]
LedgerOpt = Annotated[
    Path | None,
    typer.Option("--ledger", help="its ledger; default: beside the run database, by its name"),
]
SetOpt = Annotated[
    str | None,
    typer.Option("--chemistry", help="simulated: another set of constants, by name or file"),
]


@campaign_app.command()
def new(
    file: FileArg,
    chemistry: SetOpt = None,
    ledger: LedgerOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Check a campaign against protocol and deck, and open its ledger."""
    with opened(file, ledger, database, chemistry=chemistry) as (work, book):
        campaign = work.campaign
        told = {
            "campaign": campaign.name,
            "suggestions_per_round": campaign.layout.capacity,
            "replicates": campaign.plate.replicates,
            "reserved_wells": campaign.plate.reserved,
            "ledger": str(book.path),
        }
    if as_json:
        console.dump(told)
        return
    console.say(
        f"campaign {campaign.name}: {told['suggestions_per_round']} suggestions a round, each in "
        f"{told['replicates']} well(s), {told['reserved_wells']} wells for controls and references"
    )
    console.say(f"ledger: {told['ledger']}")


@campaign_app.command()
def suggest(
    file: FileArg,
    suggestions: Annotated[
        Path | None,
        typer.Option("--from", help="suggestions of others (CSV, JSON, YAML) for the next round"),
    ] = None,
    output: OutOpt = None,
    ledger: LedgerOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> int:
    """Fill the next round, and write its suggestions as a table."""
    from ncrobot.lab.campaign_exchange import take_suggestions
    from ncrobot.optimizers.exchange import load_suggestions, suggestions_csv

    with opened(file, ledger, database) as (work, _):
        refused = 0
        if suggestions is not None:
            found = take_suggestions(work, load_suggestions(suggestions))
            refused = len(found.refused)
            if as_json:
                console.dump(found.model_dump(mode="json"))
            else:
                for refusal in found.refused:
                    console.errors([refusal.diagnostic], as_json=False)
                console.say(f"{len(found.accepted)} taken, {refused} refused")
                parameters = work.campaign.search.parameters
                for item in found.changed:
                    given = parameters[item.name].told(item.given)
                    console.say(f"  {item.id}: {item.name} is {given}, not {item.asked}")
        else:
            progress = work.progress()
            if not progress.is_open:
                work.suggest(progress)
        at = work.progress().current
        if at is not None and not (as_json and suggestions is not None):
            if as_json:
                told = [item.model_dump(mode="json") for item in at.suggestions]
                console.dump({"round": at.number, "suggestions": told})
            elif output is not None or suggestions is None:
                write(suggestions_csv(at.suggestions, work.campaign.search), output)
    return 1 if refused else 0


@campaign_app.command("run")
def run_campaign(  # noqa: PLR0913 - the options of the command
    file: FileArg,
    rounds: Annotated[
        int | None, typer.Option("--rounds", min=1, help="at most so many more rounds")
    ] = None,
    real: RealOpt = False,
    chemistry: SetOpt = None,
    drop_in: Annotated[
        Path | None,
        typer.Option("--drop-in", help="a folder: suggestions there come before the optimizer's"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="write the summary (JSON)")
    ] = None,
    ledger: LedgerOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> int:
    """Go on until a stop rule holds: in the simulator, unless --real. Takes up what broke off."""
    import json

    from ncrobot.campaigns.insight import summary
    from ncrobot.lab.campaign_drops import DropFolder

    say = _silence if as_json else console.say
    with opened(file, ledger, database, quiet=as_json, chemistry=chemistry) as (work, _):
        others = DropFolder(drop_in, say) if drop_in is not None else None
        progress = work.run(rounds=rounds, real=real, others=others)
        told = summary(work.campaign, progress)
    if output is not None:
        write(json.dumps(told, indent=1), output)
    if as_json:
        console.dump(told)
    else:
        console.lines(told["lines"])
    return 0 if all(each["run_status"] in ("succeeded", "") for each in told["rounds"]) else 2


@campaign_app.command()
def status(
    file: FileArg,
    html: Annotated[
        Path | None, typer.Option("--html", help="write a page with plots of what was learnt")
    ] = None,
    ledger: LedgerOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Tell how far a campaign is, and what was learnt; changes nothing."""
    from ncrobot.campaigns.insight import learnt_lines, summary
    from ncrobot.campaigns.insight.pages import page

    with opened(file, ledger, database, begins=False) as (work, _):
        progress = work.progress()
        told = summary(work.campaign, progress)
        learnt = learnt_lines(work.campaign, progress)
        if html is not None:
            write(page(work.campaign, progress), html)
    if as_json:
        console.dump({**told, "learnt": learnt})
        return
    console.lines([*told["lines"], *learnt])
    if html is not None:
        console.say(f"page: {html}")


@campaign_app.command()
def replay(  # noqa: PLR0913 - the options of the command
    file: FileArg,
    strategies: Annotated[
        str, typer.Option("--strategies", help="names of optimizers, with commas between")
    ] = "random,one-factor,thompson",
    batch: Annotated[int, typer.Option("--batch", min=1, help="conditions asked at once")] = 8,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="replays of each strategy")] = 3,
    ledger: LedgerOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Judge strategies on what a campaign has measured; moves and tells nothing."""
    from dataclasses import asdict

    from ncrobot.campaigns.insight import replay as replayed
    from ncrobot.campaigns.insight.replay import replay_lines

    names = [name.strip() for name in strategies.split(",") if name.strip()]
    with opened(file, ledger, database, begins=False) as (work, _):
        found = replayed(work.campaign, work.progress(), names, batch=batch, seeds=seeds)
    if as_json:
        console.dump({"replays": [asdict(item) for item in found]})
    else:
        console.lines(replay_lines(found))


@campaign_app.command()
def observe(
    file: FileArg,
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="results (CSV)")],
    close: Annotated[
        bool, typer.Option("--close", help="end the open round; what has no result is withdrawn")
    ] = False,
    ledger: LedgerOpt = None,
    database: DatabaseOpt = DEFAULT_DATABASE,
    as_json: JsonOpt = False,
) -> None:
    """Tell results that were measured elsewhere, each once."""
    from ncrobot.lab.campaign_exchange import observe as observed
    from ncrobot.optimizers.exchange import read_results

    with opened(file, ledger, database) as (work, book):
        text = _text(results)
        told = observed(
            book, read_results(text, work.campaign.search, file=str(results)), close=close
        )
    if as_json:
        console.dump(told.model_dump(mode="json"))
        return
    known = f", {len(told.known)} known already" if told.known else ""
    pending = f", {len(told.pending)} not measured yet" if told.pending else ""
    console.say(f"{len(told.told)} told{known}{pending}")
    if told.closed is not None:
        console.say(f"round {told.closed} is closed")


def _silence(line: str) -> None:
    del line


def _text(path: Path) -> str:
    from ncrobot.errors import ConditionsError
    from ncrobot.protocol._files import UnreadableError, read_text

    try:
        return read_text(path)
    except UnreadableError as error:
        raise ConditionsError(error.diagnostic) from None
