"""The record of a lab's runs: opened, read, reported, exported."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from ncrobot.calibration import Calibration, calibrate
from ncrobot.deck import load_deck
from ncrobot.lab.holding import is_held
from ncrobot.lab.refusals import other_robot
from ncrobot.outputs import write_whole
from ncrobot.plan import Plan
from ncrobot.recorder import Database, RunRecord, Runs, RunSummary
from ncrobot.reports import additions_csv, run_report_html
from ncrobot.schedule import Schedule
from ncrobot.state import RunState

DIED = "died"
"""What the list of runs says of a run whose process died; it can be resumed."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report is drawn from."""

    plan: Plan
    schedule: Schedule
    state: RunState


class Records:
    """An opened run database and the folder beside it. Use it as a context manager."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.runs = Runs(database)
        self.folder = folder

    @classmethod
    def open(cls, database: Path) -> Self:
        """Open the lab whose runs are kept in this database file; reports go beside it.

        Raises:
            LabError: the database can't be opened.
        """
        return cls(Database.open(database), database.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.database.close()

    def listed(self) -> tuple[RunSummary, ...]:
        """All runs, the newest first; one that nobody works on and nobody ended is ``died``.

        Raises:
            LabError: the database can't be read.
        """
        found = []
        for summary in self.runs.list():
            # Its end is written before its process lets go, so a run seen open and then free died.
            dead = summary.is_open and not is_held(summary.run, self.folder)
            if dead and self.runs.summary(summary.run).is_open:
                found.append(replace(summary, status=DIED))
            else:
                found.append(summary)
        return tuple(found)

    def write_report(self, view: Reported) -> Path:
        """Write the report of a run beside the database; returns its path.

        Raises:
            LabError: it can't be written.
        """
        path = self.folder / f"{view.state.run}.html"
        html = run_report_html(view.plan, view.schedule, view.state)
        write_whole(html, path, fix="make room, or give another file to 'ncrobot report' with -o")
        return path

    def load(self, run: str) -> RunRecord:
        """The record of a run.

        Raises:
            LabError: there is no such run, or its record is damaged.
        """
        return self.runs.load(run)

    def calibrate(self, run: str, deck: Path | None = None) -> Calibration:
        """Fit the arm's times to the acts of a run, beside its own layout's or another's of a deck.

        Raises:
            LabError: there is no such run, it holds too few acts, or the deck is another robot's.
            DeckError: the deck layout is wrong.
        """
        record = self.load(run)
        layout = record.plan.deck
        if deck is not None:
            other = load_deck(deck)
            if other.robot != layout.robot:
                raise other_robot(run, layout.robot, other.robot, deck)
            layout = other
        return calibrate(record.events, layout)

    def export_csv(self, run: str) -> str:
        """Every addition of a run as planned and as executed, as CSV.

        Raises:
            LabError: there is no such run, or its record is damaged.
        """
        record = self.load(run)
        return additions_csv(record.plan, record.schedule, record.state)
