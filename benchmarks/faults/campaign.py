"""The sets of the campaign, carried out in several processes, and their figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing import get_context

from benchmarks.faults.drawing import Drawn, every_error, random_sequences
from benchmarks.faults.judging import Verdict, judge
from benchmarks.faults.running import carry_out, quicken

WORKERS = 2
MOST_TOLD = 20
"""Problems that are printed with their seed; all of them are counted."""


@dataclass
class Tally:
    """The figures of one set of runs."""

    runs: int = 0
    struck: int = 0
    declared_end: int = 0
    safe_confirmed: int = 0
    unconfirmed_told: int = 0
    fates_right: int = 0
    books_compared: int = 0
    wells: int = 0
    wells_ok: int = 0
    flagged: int = 0
    abandoned: int = 0
    doubled_by_person: int = 0
    questions: int = 0
    problems: int = 0
    status: Counter[str] = field(default_factory=Counter)
    responses: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict) -> None:
        self.runs += 1
        for name in (
            "struck", "declared_end", "safe_confirmed", "unconfirmed_told", "books_compared",
            "wells", "wells_ok", "flagged", "abandoned", "doubled_by_person", "questions",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + int(getattr(verdict, name)))
        self.fates_right += not verdict.problems
        self.problems += bool(verdict.problems)
        self.status[verdict.status] += 1
        self.responses.update(verdict.responses)

    def figures(self) -> dict[str, object]:
        return {
            name: dict(sorted(value.items())) if isinstance(value, Counter) else value
            for name, value in vars(self).items()
        }


def one(drawn: Drawn) -> tuple[Drawn, Verdict]:
    """Carry out one sequence, and judge it."""
    return drawn, judge(drawn.plate, carry_out(drawn.plate, drawn.faults, drawn.seed))


def run_all(drawn: Iterable[Drawn], workers: int) -> Iterator[tuple[Drawn, Verdict]]:
    """All sequences, in several processes."""
    if workers == 1:
        yield from map(one, drawn)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), quicken) as pool:
        yield from pool.map(one, drawn, chunksize=16)


def campaign(
    sequences: int, whole: int, *, every: bool, first: int = 0, workers: int = WORKERS
) -> tuple[dict[str, Tally], dict[str, Tally], list[str]]:
    """Run the sets; returns the tallies by set and by plate, and every problem with its seed."""
    sets: Mapping[str, Iterable[Drawn]] = {
        "every error in every act": every_error() if every else (),
        "random sequences": random_sequences(sequences, first=first),
        "random sequences on whole plates": random_sequences(whole, first=first, whole=True),
    }
    labelled = chain.from_iterable([(name, each) for each in drawn] for name, drawn in sets.items())
    pairs = list(labelled)
    tallies: dict[str, Tally] = {name: Tally() for name in sets}
    plates: dict[str, Tally] = {}
    problems: list[str] = []
    for (name, _), (drawn, verdict) in zip(
        pairs, run_all([drawn for _, drawn in pairs], workers), strict=True
    ):
        tallies[name].add(verdict)
        plates.setdefault(drawn.plate, Tally()).add(verdict)
        if verdict.problems:
            problems.append(f"{name}, {drawn.plate}, seed {drawn.seed}: {verdict.problems[0]}")
    return tallies, plates, problems


def summary(
    tallies: Mapping[str, Tally], plates: Mapping[str, Tally], problems: Sequence[str]
) -> dict[str, object]:
    """The figures for the results."""
    whole = Tally()
    for tally in tallies.values():
        for name, value in vars(tally).items():
            if isinstance(value, Counter):
                getattr(whole, name).update(value)
            else:
                setattr(whole, name, getattr(whole, name) + value)
    return {
        "sequences": whole.runs,
        "declared_end": whole.declared_end,
        "safe_confirmed": whole.safe_confirmed,
        "unconfirmed_told": whole.unconfirmed_told,
        "fates_right": whole.fates_right,
        "problems": len(problems),
        "in_all": whole.figures(),
        "sets": {name: tally.figures() for name, tally in tallies.items()},
        "plates": {name: tally.figures() for name, tally in sorted(plates.items())},
        "first_problems": list(problems[:MOST_TOLD]),
    }
