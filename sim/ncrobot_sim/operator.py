"""The simulated person: does what is asked after a while, or is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ncrobot.clock import Clock
from ncrobot.devices import Identity, Question
from ncrobot_sim.world import World


class SimulatedOperator:
    """A person who takes the expected time, times ``pace``; ``present: false`` answers nothing.

    ``answers`` gives another answer than the first choice to the n-th question (counted from 1).
    """

    def __init__(
        self,
        *,
        name: str,
        clock: Clock,
        world: World,
        settings: Mapping[str, Any] | None = None,
        port: str | None = None,
        answers: Mapping[int, str] | None = None,
    ) -> None:
        del port
        settings = settings or {}
        self.name = name
        self.asked: list[Question] = []
        self._clock = clock
        self._world = world
        self._pace = float(settings.get("pace", 1.0))
        self._present = bool(settings.get("present", True))
        self._answers = dict(answers or {})

    async def connect(self) -> None:
        """Nothing to open."""

    async def identify(self) -> Identity:
        """Say that this person is simulated."""
        return Identity(model="simulated person", serial_number="", firmware="")

    async def ask(self, question: Question) -> str | None:
        """Do the task and answer, or return None when the time for an answer is over."""
        self.asked.append(question)
        self._world.faults.check(self.name, "ask")
        takes_s = question.expected_s * self._pace
        if not self._present or takes_s > question.answer_within_s:
            await self._clock.sleep(question.answer_within_s)
            return None
        await self._clock.sleep(takes_s)
        answer = self._answers.get(len(self.asked), question.choices[0])
        if answer == "done":
            self._do(question)
        return answer

    def _do(self, question: Question) -> None:
        for address, volume_ul in question.refill_ul.items():
            self._world.fill(address, question.stock or "", volume_ul)
        for address, left_ul in question.leave_ul.items():
            self._world.take_out(address, left_ul)

    async def safe_state(self) -> bool:
        """A person needs no safe state."""
        return True

    async def disconnect(self) -> None:
        """Nothing to close."""
