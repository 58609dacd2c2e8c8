"""A campaign fed from outside: suggestions of others, and results that were measured elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from ncrobot.campaigns import Ledger, Progress, Step, fold
from ncrobot.errors import Diagnostic, LabError
from ncrobot.lab.campaign_refusals import over_because
from ncrobot.lab.campaigning import Campaigning
from ncrobot.model import Document
from ncrobot.optimizers import Asked, Failure, FailureKind, Result
from ncrobot.optimizers.checking import Checked, Offered, check
from ncrobot.optimizers.checking.check import Round as Window
from ncrobot.optimizers.exchange import Received, Told, Where

_OPEN = (Step.ASKED, Step.PLANNED)
_UNDER_WAY = {
    Step.ASKED: "filled",
    Step.PLANNED: "planned",
    Step.RUNNING: "running",
    Step.RAN: "being measured",
    Step.MEASURED: "measured",
}


class Observed(Document):
    """What became of results that came in; of those that have no figure yet nothing is kept."""

    told: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    closed: int | None = None


def take_suggestions(campaigning: Campaigning, received: Received) -> Checked:
    """Fill the next round with what others suggest; every row is taken or refused with a reason.

    Nothing is written if none can be taken. Rows for another round than the next are late, and so
    are all while a round is under way, and after the campaign's end.
    """
    progress = campaigning.progress()
    campaign = campaigning.campaign
    window = _window(campaigning, progress)
    known = [item.values for each in progress.rounds for item in each.suggestions]
    known += [item.values for item in progress.results()]
    rows: Sequence[Offered] = received.rows
    found = check(
        rows,
        campaign.search,
        layout=campaign.layout,
        known=known,
        deliver=campaigning.deliver,
        round=window,
    )
    found = found.model_copy(update={"refused": (*received.refused, *found.refused)})
    if found.accepted:
        asked = Asked(suggestions=found.accepted, refused=found.refused, changed=found.changed)
        campaigning.suggest(progress, asked)
    return found


def _window(campaigning: Campaigning, progress: Progress) -> Window:
    at, following = progress.current, len(progress.rounds) + 1
    if reason := campaigning.ended(progress):
        return Window(following, over_because(reason), "begin another campaign")
    if at is not None and progress.is_open:
        return Window(
            at.number,
            f"round {at.number} is {_UNDER_WAY[at.step]} and takes no more suggestions",
            f"suggest for round {following}, when the results of round {at.number} are told",
        )
    return Window(following)


def observe(ledger: Ledger, told: Told, *, close: bool = False) -> Observed:
    """Tell results that came from elsewhere, each once by its id; known ones are left out.

    ``close`` ends the round that is open: what has no answer by then is withdrawn.

    Raises:
        LabError: a result answers a suggestion that nobody made, or has an id that stands twice.
    """
    progress = fold(ledger.entries())
    before = {item.id for item in progress.results()} | {item.id for item in progress.failures()}
    _check_answers(progress, told)
    waiting = [item.id for item in told.results if not item.measured]
    results = [item for item in told.results if item.measured and item.id not in before]
    failures = [item for item in told.failed if item.id not in before]
    names = [*(item.id for item in results), *(item.id for item in failures)]
    if names:
        data = {
            "results": [item.model_dump(mode="json") for item in results],
            "failures": [item.model_dump(mode="json") for item in failures],
        }
        attempt = len(progress.observed) + 1
        number = len(progress.rounds)
        ledger.write(number, Step.OBSERVED, data, attempt=attempt, tells=names)
    known = [*(item.id for item in told.results), *(item.id for item in told.failed)]
    known = [name for name in known if name in before]
    return Observed(
        told=tuple(names),
        known=tuple(known),
        pending=(*waiting, *(item.id for item in told.pending)),
        closed=_closed(ledger, close=close),
    )


def _check_answers(progress: Progress, told: Told) -> None:
    findings = []
    seen: set[str] = set()
    answered: list[Result | Failure] = [*told.results, *told.failed]
    for item in answered:
        if item.suggestion is not None and progress.suggestion(item.suggestion) is None:
            message = "this answers a suggestion that the campaign never made"
            fix = "leave the suggestion empty for data from elsewhere"
            findings.append(_finding(told, item, "unknown-suggestion", message, fix))
        if item.id in seen:
            message = f"the id {item.id} stands twice"
            fix = "give every result an id of its own"
            findings.append(_finding(told, item, "repeated-id", message, fix))
        seen.add(item.id)
    if findings:
        raise LabError(findings)


def _finding(told: Told, item: Result | Failure, code: str, message: str, fix: str) -> Diagnostic:
    at = told.where.get(item.id, Where())
    found = item.suggestion if code == "unknown-suggestion" else None
    return Diagnostic(
        code=code,
        message=message,
        file=at.file,
        line=at.line,
        row=item.id,
        well=at.well,
        found=found,
        fix=fix,
    )


def _closed(ledger: Ledger, *, close: bool) -> int | None:
    """End the open round if all of it is answered, or if it is to be ended anyway."""
    progress = fold(ledger.entries())
    at = progress.current
    if at is None or at.step not in _OPEN:
        return None
    answered = {item.suggestion for item in progress.results()}
    answered |= {item.suggestion or item.id for item in progress.failures()}
    left = [item for item in at.suggestions if item.id not in answered]
    if left and not close:
        return None
    withdrawn = [
        Failure(id=item.id, values=item.values, kind=FailureKind.WITHDRAWN, why="round closed")
        for item in left
    ]
    data = {"results": [], "failures": [item.model_dump(mode="json") for item in withdrawn]}
    ledger.write(at.number, Step.TOLD, data, tells=[item.id for item in withdrawn])
    return at.number
