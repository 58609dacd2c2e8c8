"""Runs an optimizer plate by plate on a response, and keeps the best after each plate."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.optimizers.responses import RESPONSES, Figures, Response
from ncrobot.optimizers import (
    Failure,
    FailureKind,
    Layout,
    Result,
    Suggestion,
    ask,
    make_optimizer,
)

PLATES = 5
WELLS = 96


@dataclass(frozen=True)
class Race:
    """One optimizer on one response with one seed: scores after each round, without noise.

    ``wells`` are those of a round.
    """

    response: str
    optimizer: str
    seed: int
    wells: int
    scores: tuple[float, ...]
    failed_wells: tuple[int, ...]
    suggest_s: tuple[float, ...]

    def row(self) -> dict[str, Any]:
        """The race as a row of results."""
        return asdict(self)


def response_named(name: str) -> Response:
    """The response of this name."""
    return next(response for response in RESPONSES if response.name == name)


def race(name: str, optimizer: str, seed: int, wells: int = WELLS, rounds: int = PLATES) -> Race:
    """``rounds`` of so many wells on the response of this name."""
    response = response_named(name)
    layout = _on(response.layout, wells)
    learner = make_optimizer(optimizer, response.space, seed=seed, layout=layout)
    rng = np.random.default_rng([seed, 7])
    found: list[Figures] = []
    scores, failed_wells, times = [], [], []
    for _ in range(rounds):
        begin = time.perf_counter()
        asked = ask(learner, wells)
        times.append(round(time.perf_counter() - begin, 3))
        results, failures, true = measured(response, asked.suggestions, rng)
        found += true
        learner.observe(results, failed=failures)
        scores.append(round(response.score(found), 3))
        failed_wells.append(len(failures))
    return Race(name, optimizer, seed, wells, tuple(scores), tuple(failed_wells), tuple(times))


def _on(layout: Layout, wells: int) -> Layout:
    """The same blocks on a round of so many wells."""
    return layout.model_copy(update={"wells": wells // layout.blocks})


def measured(
    response: Response, suggestions: tuple[Suggestion, ...], rng: np.random.Generator
) -> tuple[list[Result], list[Failure], list[Figures]]:
    """Noisy results, failures, and the true figures of what worked."""
    results, failures, found = [], [], []
    for item in suggestions:
        true = response.true(item.values)
        if true is None:
            failures.append(
                Failure(id=item.id, values=item.values, kind=FailureKind.FAILED, why="solid")
            )
            continue
        found.append(true)
        noisy = {k: v + rng.normal(0, response.noise[k]) for k, v in true.items()}
        results.append(
            Result(id=f"m-{item.id}", suggestion=item.id, values=item.values, measured=noisy)
        )
    return results, failures, found
