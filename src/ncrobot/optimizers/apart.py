"""An optimizer that thinks in a process of its own, for a limited time, with a fallback.

Python -m ncrobot.optimizers.apart is that process: it reads a state and writes suggestions.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ncrobot.errors import Diagnostic, LabError
from ncrobot.optimizers.interface import (
    Failure,
    Optimizer,
    OptimizerState,
    Result,
    Suggestion,
)
from ncrobot.optimizers.registry import load_kind, restore_optimizer

_MOST_TOLD = 200


class Apart:
    """An optimizer in front of another one.

    A slow one thinks in a process of its own; if it isn't done in ``limit_s`` or fails, the process
    is ended, and ``fallback`` thinks in its place. ``notes`` tell when that happened.
    """

    def __init__(
        self, state: OptimizerState, *, limit_s: float = 900.0, fallback: str = "thompson"
    ) -> None:
        """Go on from a state.

        Raises:
            LabError: the optimizer isn't installed, or its extra is missing.
        """
        self._kind = load_kind(state.optimizer)
        self._inner: Optimizer = self._kind(state)
        self._limit_s = limit_s
        self._fallback = fallback
        self.notes: list[str] = []

    @property
    def state(self) -> OptimizerState:
        """What it knows."""
        return self._inner.state

    def observe(
        self,
        results: Sequence[Result] = (),
        pending: Sequence[Suggestion] = (),
        failed: Sequence[Failure] = (),
    ) -> None:
        """Take in what is known now."""
        self._inner.observe(results, pending, failed)

    def suggest(self, n: int) -> list[Suggestion]:
        """Up to ``n`` new conditions, in time."""
        if not self._kind.abilities.apart or n == 0:
            return self._inner.suggest(n)
        before = self._inner.state
        try:
            found, after = _thought_apart(before, n, self._limit_s)
        except _NotDoneError as why:
            self.notes.append(f"{before.optimizer} {why}; {self._fallback} thought in its place")
            stand_in = restore_optimizer(
                before.model_copy(update={"optimizer": self._fallback, "options": {}})
            )
            found = stand_in.suggest(n)
            after = stand_in.state.model_copy(
                update={"optimizer": before.optimizer, "options": before.options}
            )
        self._inner = self._kind(after)
        return found


class _NotDoneError(Exception):
    """Why there are no suggestions, in the words of a note."""


def _thought_apart(
    state: OptimizerState, n: int, limit_s: float
) -> tuple[list[Suggestion], OptimizerState]:
    with tempfile.TemporaryDirectory(prefix="ncrobot-") as folder:
        asked, told = Path(folder, "asked.json"), Path(folder, "told.json")
        question = {"n": n, "state": state.model_dump(mode="json")}
        asked.write_text(json.dumps(question), encoding="utf-8")
        command = [sys.executable, "-m", "ncrobot.optimizers.apart", str(asked), str(told)]
        code, said = _carried_out(command, Path(folder, "errors"), limit_s)
        if code or not told.exists():
            last = said.strip().splitlines()[-1:] or [f"exit code {code}"]
            raise _NotDoneError(f"failed ({last[0][:_MOST_TOLD]})")
        answer = json.loads(told.read_text(encoding="utf-8"))
    suggestions = [Suggestion.model_validate(item) for item in answer["suggestions"]]
    return suggestions, OptimizerState.model_validate(answer["state"])


def _carried_out(command: list[str], errors: Path, limit_s: float) -> tuple[int, str]:
    """Exit code and last words of a command; it is ended in time with all that it started."""
    # A file, not a pipe: whoever outlives the command can't keep us waiting.
    with errors.open("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            start_new_session=True,
        )
        try:
            code = process.wait(timeout=limit_s)
        except BaseException as error:
            # Libraries compile and fork on their own; none of that may be left behind.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise _NotDoneError(f"was not done in {limit_s:g} s") from None
            raise
        said.seek(0)
        return code, said.read()


def think(asked: Path, told: Path) -> None:
    """Answer a question: read a state, write suggestions and the state after them."""
    question = json.loads(asked.read_text(encoding="utf-8"))
    optimizer = restore_optimizer(OptimizerState.model_validate(question["state"]))
    found = optimizer.suggest(question["n"])
    answer = {
        "suggestions": [item.model_dump(mode="json") for item in found],
        "state": optimizer.state.model_dump(mode="json"),
    }
    part = told.with_suffix(".part")
    part.write_text(json.dumps(answer), encoding="utf-8")
    part.replace(told)


def check_fallback(name: str) -> None:
    """A fallback must be there when it is needed.

    Raises:
        LabError: it isn't installed, or is slow itself.
    """
    if load_kind(name).abilities.apart:
        raise LabError(
            Diagnostic(
                code="slow-fallback",
                message=f"{name!r} can't stand in for others: it may be late itself",
                fix="take 'thompson' or 'sobol'",
            )
        )


if __name__ == "__main__":
    think(Path(sys.argv[1]), Path(sys.argv[2]))
