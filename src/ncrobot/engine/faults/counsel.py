"""Counsel: from a failed act to a response for each well, by table, protocol or person.

A failure of the same act for the same leg takes the next rung of its ladder, so every ladder ends
and every operation does. Each decision is written down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from ncrobot.devices import Question
from ncrobot.engine.faults.cases import Case
from ncrobot.engine.faults.costs import costs_of, time_left
from ncrobot.engine.operations.asking import GRACE_S, put
from ncrobot.engine.outcome import StoppedError
from ncrobot.engine.run import Run
from ncrobot.errors import DeviceError, DeviceErrorKind
from ncrobot.events import EventKind, ExitStatus
from ncrobot.faults import (
    FINAL,
    Act,
    Ask,
    Ladder,
    Response,
    Rung,
    Word,
    default_ladder,
    final_of,
    repeats_safely,
)
from ncrobot.plan.operations import MovePlate, Operation

LOOK_S = 30.0
"""Time that a person needs to look at a well or a device (assumed; scales simulated persons)."""

MOST_QUESTIONS = 3
"""How often a person is asked about the same act of the same leg before the default holds."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What is next for a case: a response or a question, and whose word that is."""

    rung: Rung
    word: Word


class Counsel:
    """Decides about the failures of one operation. Lives as long as it does."""

    def __init__(self, run: Run, operation: Operation) -> None:
        self.run = run
        self.operation = operation
        self._given: dict[DeviceErrorKind, Ladder] = {
            kind: ladder
            for rules in run.plan.on_fault
            if rules.step == operation.step
            for kind, ladder in rules.responses.items()
        }
        self._next: Counter[tuple[Act, Hashable]] = Counter()
        self._questions: Counter[tuple[Act, Hashable]] = Counter()

    async def decide(
        self, act: Act, error: DeviceError, cases: Sequence[Case], *, ask_later: bool = False
    ) -> list[Response | None]:
        """Return the response for each case; None where a person has to be asked, later.

        A stop ends the run.
        """
        if self.note_gone(error):
            self.write(act, error, cases, Response.STOP, "table")
            return [Response.STOP] * len(cases)
        turns = [self._turn(act, error, case) for case in cases]
        found: list[Response | None] = [None] * len(cases)
        groups: dict[_Turn, list[int]] = {}
        for index, turn in enumerate(turns):
            groups.setdefault(turn, []).append(index)
        for turn, members in groups.items():
            mine = [cases[index] for index in members]
            if isinstance(turn.rung, Ask):
                if ask_later and self.run.ending is None:
                    continue
                response, by = await self._ask(act, error, mine, turn.rung)
            else:
                response, by = turn.rung, str(turn.word)
            self.write(act, error, mine, response, by)
            for index in members:
                found[index] = response
        return found

    def note_gone(self, error: DeviceError) -> bool:
        """End the run if it is the arm itself that is gone: nothing can be shed or dosed then."""
        run = self.run
        if error.kind is not DeviceErrorKind.DEVICE_GONE or error.device != run.workcell.arm.name:
            return False
        run.arm_gone = True
        run.end(ExitStatus.FAILED, str(error))
        return True

    def _turn(self, act: Act, error: DeviceError, case: Case) -> _Turn:
        """Take the next rung of a case's ladder that is safe and possible."""
        ladder, word = self._ladder(act, error.kind)
        key = (act, case.key)
        for index in range(self._next[key], len(ladder)):
            rung = ladder[index]
            if isinstance(rung, Ask):
                if self._questions[key] < MOST_QUESTIONS and self._offered(act, error, case, rung):
                    self._next[key] = index
                    return _Turn(rung, word)
            elif case.offers(rung) and self._is_safe(act, error, rung, word):
                self._next[key] = index + 1
                return _Turn(rung, word)
        return self._last(act, error, ladder, word)

    def _last(self, act: Act, error: DeviceError, ladder: Ladder, word: Word) -> _Turn:
        """What holds at the end of a ladder: its own end, the table's, or a stop."""
        ends: list[tuple[Response, Word]] = [
            (final_of(ladder), word),
            (final_of(default_ladder(act, error.kind)), "table"),
        ]
        for response, whose in ends:
            if response in FINAL and self._is_safe(act, error, response, whose):
                return _Turn(response, whose)
        return _Turn(Response.STOP, "table")

    def _ladder(self, act: Act, kind: DeviceErrorKind) -> tuple[Ladder, Word]:
        """The protocol's ladder, if any of it can ever be done about this act; else the table's."""
        given = self._given.get(kind, ())
        for rung in given:
            for response in rung.choices if isinstance(rung, Ask) else (rung,):
                if repeats_safely(act, response, kind, moved=False, word="protocol"):
                    return given, "protocol"
        return default_ladder(act, kind), "table"

    @staticmethod
    def _is_safe(act: Act, error: DeviceError, response: Response, word: Word) -> bool:
        return repeats_safely(act, response, error.kind, moved=error.moved, word=word)

    def _offered(
        self, act: Act, error: DeviceError, case: Case, question: Ask
    ) -> tuple[Response, ...]:
        """The choices beside the default that a person may take now."""
        return tuple(
            choice
            for choice in question.choices
            if choice is not question.default
            and case.offers(choice)
            and self._is_safe(act, error, choice, "person")
        )

    async def _ask(
        self, act: Act, error: DeviceError, cases: Sequence[Case], question: Ask
    ) -> tuple[Response, str]:
        """Let a person choose for all these cases; returns whose choice it became."""
        default = question.default
        if not self._is_safe(act, error, default, "person"):
            default = Response.STOP
        if self.run.ending is not None:
            return default, "default"
        offers = [set(self._offered(act, error, case, question)) for case in cases]
        both = set.intersection(*offers)
        choices = tuple(c for c in question.choices if c in both and c is not default)
        if not choices:
            return default, "default"
        for case in cases:
            self._questions[act, case.key] += 1
        answer, answered = await self._put(act, error, cases, (*choices, default), question)
        return answer, "person" if answered else "default"

    async def _put(
        self,
        act: Act,
        error: DeviceError,
        cases: Sequence[Case],
        choices: Sequence[Response],
        question: Ask,
    ) -> tuple[Response, bool]:
        run, operation, default = self.run, self.operation, choices[-1]
        wells = tuple(dict.fromkeys(well for case in cases for well in case.wells))
        costs = costs_of(run, act, error, cases, choices)
        left = time_left(run, operation, wells)
        doubt = "" if error.moved is False else " Nobody knows whether something has moved."
        sentences = [*costs.values(), str(left) if left else "no lag limits the time"]
        within_s = question.within_s
        if within_s is None:
            patience_s = GRACE_S[1] if left is None else left.left_s
            within_s = LOOK_S + min(max(patience_s, GRACE_S[0]), GRACE_S[1])
        asked = Question(
            text=f"{operation.id}: {error}.{doubt} What now? {'; '.join(sentences)}.",
            choices=tuple(choice.value for choice in choices),
            default=default.value,
            answer_within_s=within_s,
            expected_s=LOOK_S,
        )
        try:
            answer = await put(
                run,
                operation.id,
                asked,
                costs={choice.value: told for choice, told in costs.items()},
                left_s=None if left is None else left.left_s,
            )
        except StoppedError:
            return default, False
        return Response(answer.choice), answer.answered

    def write(
        self, act: Act, error: DeviceError, cases: Sequence[Case], response: Response, by: str
    ) -> None:
        """Write down what is done about a failed act, and by whose word; a stop ends the run."""
        run, operation = self.run, self.operation
        run.journal.write(
            EventKind.FAULT_HANDLED,
            {
                "error": str(error),
                "error_kind": error.kind.value,
                "moved": error.moved,
                "response": response.value,
                "by": by,
                "legs": [list(leg) for case in cases for leg in case.legs],
            },
            operation=operation.id,
            act=act.value,
            wells=tuple(dict.fromkeys(well for case in cases for well in case.wells)),
        )
        if response is not Response.STOP:
            return
        wanted = by in ("protocol", "person")
        status = ExitStatus.ABORTED if wanted else ExitStatus.FAILED
        run.end(status, f"{self._because(act, error)}{operation.id}: {error}")

    def _because(self, act: Act, error: DeviceError) -> str:
        """What makes it impossible to go on."""
        if isinstance(self.operation, MovePlate) and error.moved is not False:
            return f"nobody knows where {self.operation.labware} is: "
        return "the tips can't be shed: " if act is Act.SHED_TIPS else ""
