"""A folder where others drop suggestions, and find what became of them and what is known."""

from __future__ import annotations

from pathlib import Path

from ncrobot.campaigns import optimizer_state
from ncrobot.errors import ConditionsError, Diagnostic
from ncrobot.lab.campaign_exchange import take_suggestions
from ncrobot.lab.campaign_running import Say
from ncrobot.lab.campaigning import Campaigning
from ncrobot.model import Document
from ncrobot.optimizers.checking import Checked, Refusal
from ncrobot.optimizers.exchange import Ask, load_suggestions, results_csv

_ENDINGS = (".csv", ".json", ".yaml", ".yml")
_SEEN, _KNOWN = "seen", "known"


class Answer(Document):
    """What became of a dropped file: every row was taken or refused, or none could be read."""

    file: str
    round: int
    checked: Checked = Checked()
    unreadable: tuple[str, ...] = ()


class DropFolder:
    """Suggestions are taken out of ``folder``, oldest file first.

    A file that was looked at stands in ``folder/seen`` afterwards, beside its answer. What is known
    is in ``folder/known``: a table of results, and the question for the next round. Files that are
    still being written begin with a point, or are moved in when they are whole.
    """

    def __init__(self, folder: Path, say: Say) -> None:
        """Make the folder, if there is none."""
        self._folder, self._say = folder, say
        for name in (_SEEN, _KNOWN):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def take(self, work: Campaigning) -> bool:
        """Fill the next round with the first file of which anything can be taken.

        False if there is no such file: then the optimizer of the campaign thinks.
        """
        return any(self._taken(path, work) for path in self._waiting())

    def tell(self, work: Campaigning) -> None:
        """Write what is known by now, for whoever suggests the next round."""
        progress, campaign = work.progress(), work.campaign
        state = optimizer_state(campaign, progress)
        number = len(progress.rounds) + (not progress.is_open)
        question = Ask(round=max(number, 1), n=campaign.layout.capacity, known=state)
        table = results_csv(campaign.search, state.results, state.asked, state.failures)
        self._written(f"{_KNOWN}/results.csv", table)
        self._written(f"{_KNOWN}/ask.json", question.model_dump_json(indent=1) + "\n")

    def _waiting(self) -> list[Path]:
        found = [
            path
            for path in self._folder.iterdir()
            if path.is_file() and path.suffix.lower() in _ENDINGS and path.name[0] != "."
        ]
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _taken(self, path: Path, work: Campaigning) -> bool:
        number = len(work.progress().rounds) + 1
        try:
            found = take_suggestions(work, load_suggestions(path))
        except ConditionsError as error:
            said = tuple(_line(item) for item in error.diagnostics)
            answer = Answer(file=path.name, round=number, unreadable=said)
            self._say(f"round {number}: {path.name} can't be read: {said[0]}")
        else:
            answer = Answer(file=path.name, round=number, checked=found)
            counts = f"{len(found.accepted)} taken, {len(found.refused)} refused"
            self._say(f"round {number}: {path.name}: {counts}")
            for refusal in found.refused:
                self._say(f"  {refusal.id}: {_told(refusal)}")
        self._put_aside(path, answer)
        return bool(answer.checked.accepted)

    def _put_aside(self, path: Path, answer: Answer) -> None:
        name = path.name
        place = 1
        while (self._folder / _SEEN / name).exists():
            place += 1
            name = f"{path.stem}-{place}{path.suffix}"
        self._written(f"{_SEEN}/{name}.answer", answer.model_dump_json(indent=1) + "\n")
        path.replace(self._folder / _SEEN / name)

    def _written(self, name: str, text: str) -> None:
        """Whole or not at all: somebody may be looking."""
        path = self._folder / name
        part = path.with_name(f".{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def _told(refusal: Refusal) -> str:
    """A refusal in one line; all of it is in the answer."""
    parts = [refusal.found, f"allowed: {refusal.allowed}" if refusal.allowed else None]
    told = "; ".join(part for part in parts if part)
    return refusal.message + (f" ({told})" if told else "")


def _line(item: Diagnostic) -> str:
    place = f"line {item.line}: " if item.line else ""
    return f"{place}{item.message}" + (f"; {item.fix}" if item.fix else "")
