"""The person at the terminal: is asked on it, and need not be there.

Without a terminal (a service, a closed lid), or when nobody answers in time, the default holds: no
question blocks the night.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TextIO

from ncrobot.clock import Clock
from ncrobot.devices import Identity, Question


class TerminalOperator:
    """Asks on a terminal. One question at a time; belongs to one run."""

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        port: str | None = None,
        answers: TextIO | None = None,
        questions: TextIO | None = None,
    ) -> None:
        del port
        self.name = name
        self._clock = clock
        self._answers = answers if answers is not None else sys.stdin
        self._questions = questions if questions is not None else sys.stderr

    async def connect(self) -> None:
        """Nothing to open."""

    async def identify(self) -> Identity:
        """Say whether a person can be asked here."""
        there = "present" if self._answers.isatty() else "no terminal"
        return Identity(model=f"person at the terminal ({there})", serial_number="", firmware="")

    async def safe_state(self) -> bool:
        """A person is safe by themselves."""
        return True

    async def disconnect(self) -> None:
        """Nothing to close."""

    async def ask(self, question: Question) -> str | None:
        """Print the question and wait for one of its choices, or return None at the deadline."""
        choices = "/".join(question.choices)
        minutes = question.answer_within_s / 60
        self._questions.write(
            f"\n{question.text}\nAnswer {choices} within {minutes:.0f} min "
            f"(then: {question.default}): "
        )
        self._questions.flush()
        deadline_s = self._clock.now_s() + question.answer_within_s
        while (left_s := deadline_s - self._clock.now_s()) > 0:
            line = await self._line(left_s)
            if line is None:
                return None
            answer = line.strip().casefold()
            if answer in question.choices:
                return answer
            self._questions.write(f"Please answer one of {choices}: ")
            self._questions.flush()
        return None

    async def _line(self, within_s: float) -> str | None:
        """One line of input; None if none comes in time, or never will."""
        loop = asyncio.get_running_loop()
        got: asyncio.Future[str] = loop.create_future()

        def ready() -> None:
            if not got.done():
                got.set_result(self._answers.readline())

        try:
            loop.add_reader(self._answers.fileno(), ready)
        except (OSError, ValueError):
            await self._clock.sleep(within_s)
            return None
        try:
            line = await asyncio.wait_for(got, within_s)
        except TimeoutError:
            return None
        finally:
            loop.remove_reader(self._answers.fileno())
        if line == "":
            await self._clock.sleep(within_s)
            return None
        return line
