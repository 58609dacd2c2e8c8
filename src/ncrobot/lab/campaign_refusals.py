"""What a campaign refuses, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ncrobot.assays import Wanted
from ncrobot.campaigns import Ledger, Loaded, Round, figure_flaws
from ncrobot.errors import Diagnostic, LabError, RunError
from ncrobot.optimizers import Asked
from ncrobot.protocol import ProtocolSource
from ncrobot.searchspace import mismatches
from ncrobot.settings import FlawError

Told = Callable[[Loaded, Mapping[str, Wanted]], Mapping[str, Wanted]]
"""Which figures an analysis finds, given those that the protocol wants."""


def check_campaign(loaded: Loaded, source: ProtocolSource, figures_told: Told) -> None:
    """Hold a campaign against its protocol and its analysis.

    Raises:
        LabError: the protocol can't give what is searched, or lacks a control; or the analysis is
            wrong, or doesn't find what the campaign looks at.
    """
    parts = source.protocol.parameters, source.protocol.choices
    findings = [
        replace(found, file=str(loaded.file))
        for found in mismatches(loaded.campaign.search, *parts)
    ]
    known = set(source.protocol.controls)
    findings += [
        Diagnostic(
            code="unknown-control",
            message="the protocol has no such control",
            file=str(loaded.file),
            quantity=name,
            allowed=", ".join(sorted(known)) or "none",
        )
        for name in loaded.campaign.plate.controls
        if name not in known
    ]
    if loaded.campaign.measuring is not None:
        figures = figures_told(loaded, source.protocol.objectives)
        findings += [_finding(loaded, flaw) for flaw in figure_flaws(loaded.campaign, figures)]
        findings += _other_aims(loaded, figures)
    if findings:
        raise LabError(findings)


def _other_aims(loaded: Loaded, figures: Mapping[str, Wanted]) -> Iterator[Diagnostic]:
    """Objectives that the campaign and the analysis mean differently."""
    for name, asked in loaded.campaign.search.objectives.items():
        given = figures.get(name)
        if given is None:
            continue
        for part in ("aim", "unit", "target"):
            mine, theirs = getattr(asked, part), getattr(given, part)
            if mine != theirs:
                yield Diagnostic(
                    code="other-aim",
                    message=f"the analysis has another {part} for this objective",
                    file=str(loaded.file),
                    quantity=name,
                    found=str(mine if mine not in (None, "") else "none"),
                    allowed=str(theirs if theirs not in (None, "") else "none"),
                    fix="write the same in both files",
                )


def _finding(loaded: Loaded, flaw: FlawError) -> Diagnostic:
    return Diagnostic(
        code=flaw.code,
        message=str(flaw),
        file=str(loaded.file),
        quantity=".".join(str(part) for part in flaw.at),
        allowed=flaw.allowed,
        fix=flaw.fix,
    )


def campaign_changed(loaded: Loaded, ledger: Ledger) -> LabError:
    """A ledger belongs to one campaign file."""
    return LabError(
        Diagnostic(
            code="campaign-changed",
            message="the campaign file isn't the one that this ledger was begun with",
            file=str(loaded.file),
            fix=f"undo the change, or begin anew with another name (ledger: {ledger.path})",
        )
    )


def protocol_changed(loaded: Loaded, ledger: Ledger) -> LabError:
    """Rounds of two protocols can't be compared."""
    return LabError(
        Diagnostic(
            code="protocol-changed",
            message="the protocol isn't the one that this campaign was begun with",
            file=str(loaded.protocol),
            fix=f"undo the change, or begin anew with --ledger and another file "
            f"(this one: {ledger.path})",
        )
    )


def other_chemistry(loaded: Loaded, ledger: Ledger, begun_with: str) -> LabError:
    """What reacts can't change in the middle."""
    return LabError(
        Diagnostic(
            code="other-chemistry",
            message="this campaign was begun with another chemistry",
            file=str(loaded.file),
            allowed=begun_with or "none",
            fix=f"begin anew with --ledger and another file (this one: {ledger.path})",
        )
    )


def plan_changed(loaded: Loaded, at: Round) -> LabError:
    """A round is run as it was planned, or not at all."""
    return LabError(
        Diagnostic(
            code="plan-changed",
            message=f"round {at.number} compiles to another plan than the one in the ledger",
            file=str(loaded.protocol),
            fix="undo what was changed in protocol or deck since the round was planned",
        )
    )


def not_begun(loaded: Loaded, path: Path) -> LabError:
    """There is nothing to tell of a campaign without a ledger."""
    return LabError(
        Diagnostic(
            code="no-ledger",
            message="this campaign hasn't begun: it has no ledger",
            file=str(loaded.file),
            found=f"no {path}",
            fix="begin it with 'campaign new' or 'campaign run', or name its ledger or its run "
            "database with --ledger or --database",
        )
    )


def is_over(loaded: Loaded, ledger: Ledger, reason: str) -> LabError:
    """A campaign that has ended asks for nothing more."""
    return LabError(
        Diagnostic(
            code="campaign-over",
            message=f"{over_because(reason)}; it takes results, but no more suggestions",
            file=str(loaded.file),
            fix=f"begin another with --ledger and another file (this one: {ledger.path})",
        )
    )


def over_because(reason: str) -> str:
    """The end of a campaign in words."""
    return f"this campaign has ended: {reason}"


def broken_off(at: Round, reason: str) -> RunError:
    """Whoever ended the process didn't end the campaign."""
    return RunError(
        f"round {at.number}: run {at.run} was broken off ({reason}); nothing is told of it yet. "
        "Call the same command again: a simulated plate is simulated anew, a real one goes on "
        "where it was"
    )


def nothing_left(loaded: Loaded, asked: Asked) -> LabError:
    """There are no more conditions."""
    told = "; ".join(asked.notes) or "the optimizer has no more suggestions"
    first = asked.refused[0].message if asked.refused else ""
    return LabError(
        Diagnostic(
            code="no-suggestions",
            message=f"no conditions are left that can be made: {told}",
            file=str(loaded.file),
            found=first or None,
            fix="widen the search space, or loosen its constraints",
        )
    )


def no_chemistry(loaded: Loaded) -> LabError:
    """Without chemistry the simulator only moves liquids."""
    return LabError(
        Diagnostic(
            code="no-chemistry",
            message="nothing reacts in the simulator unless the campaign names a chemistry",
            file=str(loaded.file),
            fix="add simulated: {chemistry: gold_thiolate}, or run it with --real",
        )
    )
