"""What becomes of each well: unharmed, flagged, or abandoned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from ncrobot.engine.journal import Journal
from ncrobot.events import EventKind

Policy = Literal["continue", "abandon", "stop"]


class Fates:
    """The wells of a run with their flags; writes an event for each flag."""

    def __init__(
        self, wells: Iterable[str], journal: Journal, none_left: Callable[[], None]
    ) -> None:
        self._wells = tuple(wells)
        self._known = frozenset(self._wells)
        self._journal = journal
        self._none_left = none_left
        self._flagged: set[str] = set()
        self._abandoned: set[str] = set()
        self.missed: set[str] = set()

    @property
    def wells(self) -> tuple[str, ...]:
        """All wells of the plan."""
        return self._wells

    @property
    def flagged(self) -> int:
        """Number of wells with any flag."""
        return len(self._flagged)

    @property
    def ok(self) -> int:
        """Number of wells without a flag."""
        return len(self._wells) - len(self._flagged)

    @property
    def any_abandoned(self) -> bool:
        """Whether a well was abandoned."""
        return bool(self._abandoned)

    def is_flagged(self, well: str) -> bool:
        """Whether something is told of this well already."""
        return well in self._flagged

    def is_abandoned(self, well: str) -> bool:
        """Whether nothing more is done with this well."""
        return well in self._abandoned

    def any_alive(self, wells: Iterable[str]) -> bool:
        """Whether one of these wells is not abandoned; what concerns no well is alive."""
        concerned = tuple(wells)
        return not concerned or any(well not in self._abandoned for well in concerned)

    def alive_of(self, wells: Iterable[str]) -> tuple[str, ...]:
        """Those of these wells that are not abandoned."""
        return tuple(well for well in wells if well not in self._abandoned)

    def remember(self, wells: Iterable[str], *, abandoned: bool) -> None:
        """Take over flags that are in the record already."""
        known = [well for well in wells if well in self._known]
        self._flagged.update(known)
        if abandoned:
            self._abandoned.update(known)

    def miss(self, wells: Iterable[str]) -> None:
        """Note wells for which something was broken off; they are left when the run ends."""
        self.missed.update(wells)

    def leave(self, wells: Iterable[str], reason: str) -> None:
        """Abandon wells only because the run ends; who resumes the run takes this back."""
        self.flag(wells, reason, "stop", at_end=True)

    def flag(
        self,
        wells: Iterable[str],
        reason: str,
        policy: Policy,
        operation: str | None = None,
        *,
        at_end: bool = False,
    ) -> None:
        """Flag wells; unless the policy is to continue, they are abandoned. Repeats are dropped."""
        concerned = tuple(
            well for well in wells if well in self._known and well not in self._abandoned
        )
        if not concerned:
            return
        abandoned = policy != "continue"
        self._flagged.update(concerned)
        if abandoned:
            self._abandoned.update(concerned)
        self._journal.write(
            EventKind.WELL_FLAGGED,
            {"reason": reason, "policy": policy, "abandoned": abandoned}
            | ({"at_end": True} if at_end else {}),
            operation=operation,
            wells=concerned,
        )
        if abandoned and len(self._abandoned) == len(self._wells):
            self._none_left()
