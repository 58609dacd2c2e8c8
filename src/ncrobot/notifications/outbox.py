"""The outbox: every notice with its deliveries, in a file that all processes of a lab share.

A delivery waits until it is due, is claimed by one courier, and ends as delivered, failed or
dropped. A claim runs out, so that what a dead courier had in hand is delivered by another: a
notice may arrive twice, but is never lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, and_, func, or_, select, update

from ncrobot.errors import Diagnostic, LabError
from ncrobot.notices import Draft, Notice, Story
from ncrobot.notifications._rows import (
    DELIVERIES,
    NOTICES,
    TABLES,
    Claimed,
    Outcome,
    Told,
    acknowledge,
    change,
    keep,
    noticed,
    outcome,
    settle,
)
from ncrobot.notifications.routing import Due
from ncrobot.storage import open_store


class Outbox:
    """An open outbox; shared by threads and processes. Times are handed in, with their zone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path) -> Outbox:
        """Open or create the outbox in this SQLite file.

        Raises:
            LabError: no permission, no folder, or no database.
        """
        return cls(open_store(path, TABLES, "the outbox of notifications"))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def take(
        self,
        draft: Draft,
        now: datetime,
        route: Callable[[Notice], Sequence[Due]],
        repeat_after_s: float,
    ) -> Notice | None:
        """Keep a notice with its deliveries; None if its story was told a short time ago.

        A story that was over begins anew, and one that has become more urgent is told again.
        """
        story = draft.story.model_dump_json()
        with self._engine.begin() as connection:
            last = connection.execute(
                select(NOTICES)
                .where(NOTICES.c.story == story)
                .order_by(NOTICES.c.told_s.desc())
                .limit(1)
            ).first()
            if last is not None and _is_known(last, draft, now, repeat_after_s):
                connection.execute(
                    update(NOTICES)
                    .where(NOTICES.c.id == last.id)
                    .values(repeats=NOTICES.c.repeats + 1)
                )
                return None
            notice = noticed(draft, now, last.repeats if last is not None else 0)
            keep(connection, notice, story, now, route(notice))
        return notice

    def claim(self, channel: str, now: datetime, lease_s: float) -> Claimed | None:
        """Take the delivery of a channel that is due the longest; None if there is none."""
        now_s, at = now.timestamp(), DELIVERIES.c
        waits = and_(at.state == "waiting", at.due_s <= now_s)
        orphaned = and_(at.state == "claimed", at.claimed_until_s <= now_s)
        with self._engine.begin() as connection:
            row = connection.execute(
                select(DELIVERIES, NOTICES.c.document)
                .join(NOTICES, NOTICES.c.id == at.notice)
                .where(at.channel == channel, or_(waits, orphaned))
                .order_by(at.due_s, at.number)
                .limit(1)
            ).first()
            if row is None:
                return None
            attempt = row.attempts + 1
            change(
                connection,
                row.number,
                state="claimed",
                attempts=attempt,
                claimed_until_s=now_s + lease_s,
            )
        return Claimed(row.number, Notice.model_validate_json(row.document), row.step, attempt)

    def delivered(self, claimed: Claimed, now: datetime, note: str = "") -> None:
        """Write down that a delivery arrived."""
        with self._engine.begin() as connection:
            settle(connection, claimed, "delivered", now, note)

    def postpone(self, claimed: Claimed, until: datetime, note: str) -> None:
        """Let a delivery that failed wait for its next attempt, unless it was dropped meanwhile."""
        with self._engine.begin() as connection:
            change(
                connection,
                claimed.number,
                only_claimed=True,
                state="waiting",
                due_s=until.timestamp(),
                note=note,
            )

    def failed(self, claimed: Claimed, now: datetime, note: str) -> bool:
        """Write down that a delivery failed for good; returns whether others are told at once.

        If nobody was or will be reached by this step or an earlier one, there is nobody who could
        acknowledge the notice: the next step is due now.
        """
        at, notice = DELIVERIES.c, claimed.notice.id
        with self._engine.begin() as connection:
            settle(connection, claimed, "failed", now, note)
            hopeful = connection.execute(
                select(func.count())
                .select_from(DELIVERIES)
                .where(at.notice == notice, at.step <= claimed.step)
                .where(at.state.in_(("waiting", "claimed", "delivered")))
            ).scalar_one()
            following = connection.execute(
                select(func.min(at.step)).where(at.notice == notice, at.state == "waiting")
            ).scalar()
            if hopeful or following is None:
                return False
            connection.execute(
                update(DELIVERIES)
                .where(at.notice == notice, at.step == following, at.state == "waiting")
                .values(due_s=now.timestamp())
            )
        return True

    def next_due_s(self, channel: str) -> float | None:
        """When something of a channel is due next (seconds of the epoch); None: never."""
        at = DELIVERIES.c
        with self._engine.begin() as connection:
            waits = select(func.min(at.due_s)).where(at.channel == channel, at.state == "waiting")
            held = select(func.min(at.claimed_until_s)).where(
                at.channel == channel, at.state == "claimed"
            )
            times = [connection.execute(query).scalar() for query in (waits, held)]
        return min((float(time) for time in times if time is not None), default=None)

    def acknowledge(self, notice: str, by: str, now: datetime) -> bool:
        """Write down that somebody has taken note: nothing more of it is delivered.

        Returns whether this was the first acknowledgement.

        Raises:
            LabError: there is no such notice.
        """
        with self._engine.begin() as connection:
            known = connection.execute(select(NOTICES).where(NOTICES.c.id == notice)).first()
            if known is None:
                raise LabError(
                    Diagnostic(
                        code="no-notice",
                        message=f"there is no notice {notice!r}",
                        fix="copy its id from the notification",
                    )
                )
            return bool(acknowledge(connection, NOTICES.c.id == notice, by, now))

    def end_story(self, story: Story, by: str, now: datetime) -> int:
        """End a story: what is open of it needs nobody any more; returns how many that were."""
        same = NOTICES.c.story == story.model_dump_json()
        with self._engine.begin() as connection:
            connection.execute(update(NOTICES).where(same).values(is_over=True))
            return acknowledge(connection, same, by, now)

    def waiting(self) -> int:
        """How many deliveries are not over."""
        open_ = DELIVERIES.c.state.in_(("waiting", "claimed"))
        with self._engine.begin() as connection:
            query = select(func.count()).select_from(DELIVERIES).where(open_)
            return int(connection.execute(query).scalar_one())

    def told(self, limit: int = 100) -> tuple[Told, ...]:
        """The newest notices with what became of their deliveries, newest first."""
        newest = select(NOTICES).order_by(NOTICES.c.told_s.desc(), NOTICES.c.id).limit(limit)
        with self._engine.begin() as connection:
            rows = connection.execute(newest).all()
            ids = [row.id for row in rows]
            by_notice: dict[str, list[Outcome]] = {name: [] for name in ids}
            query = select(DELIVERIES).where(DELIVERIES.c.notice.in_(ids))
            for row in connection.execute(query.order_by(DELIVERIES.c.number)):
                by_notice[row.notice].append(outcome(row))
        return tuple(
            Told(
                notice=Notice.model_validate_json(row.document),
                repeats=row.repeats,
                acknowledged_by=row.acknowledged_by,
                acknowledged_wall=row.acknowledged_wall,
                deliveries=tuple(by_notice[row.id]),
            )
            for row in rows
        )


def _is_known(last: Row[Any], draft: Draft, now: datetime, repeat_after_s: float) -> bool:
    before = Notice.model_validate_json(last.document)
    is_fresh = now.timestamp() - last.told_s < repeat_after_s
    return is_fresh and not last.is_over and not draft.urgency.exceeds(before.urgency)
