"""The outbox's tables, and the changes that several of its methods make in them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    and_,
    insert,
    select,
    update,
)

from ncrobot.notices import Draft, Notice
from ncrobot.notifications.routing import Due

TABLES = MetaData()
NOTICES = Table(
    "notices",
    TABLES,
    Column("id", String, primary_key=True),
    Column("story", String, nullable=False, index=True),
    Column("told_s", Float, nullable=False),
    Column("document", Text, nullable=False),
    Column("repeats", Integer, nullable=False, default=0),
    Column("is_over", Boolean, nullable=False, default=False),
    Column("acknowledged_by", String),
    Column("acknowledged_wall", String),
)
DELIVERIES = Table(
    "deliveries",
    TABLES,
    Column("number", Integer, primary_key=True),
    Column("notice", String, nullable=False, index=True),
    Column("channel", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("due_s", Float, nullable=False),
    Column("state", String, nullable=False, default="waiting"),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claimed_until_s", Float),
    Column("note", Text, nullable=False, default=""),
    Column("settled_wall", String),
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that one courier has in hand; ``attempt`` counts from 1."""

    number: int
    notice: Notice
    step: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery: waiting, claimed, delivered, failed, or dropped."""

    channel: str
    step: int
    state: str
    attempts: int
    due: datetime
    note: str
    settled_wall: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with its deliveries; ``repeats`` counts those that were held back as the same."""

    notice: Notice
    repeats: int
    acknowledged_by: str | None
    acknowledged_wall: str | None
    deliveries: tuple[Outcome, ...]


def noticed(draft: Draft, now: datetime, held_back: int) -> Notice:
    """The draft as a notice; tells how many of the same were held back before it."""
    fields = draft.model_dump()
    if held_back:
        fields["text"] += f" ({held_back} more like this since the last one)"
        fields["details"]["held_back"] = held_back
    stamp = now.astimezone(UTC)
    name = f"{stamp:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    return Notice(id=name, wall=stamp.isoformat(), **fields)


def keep(
    connection: Connection, notice: Notice, story: str, now: datetime, dues: Sequence[Due]
) -> None:
    """Insert a notice and its deliveries."""
    connection.execute(
        insert(NOTICES).values(
            id=notice.id, story=story, told_s=now.timestamp(), document=notice.model_dump_json()
        )
    )
    rows = [
        {
            "notice": notice.id,
            "channel": due.channel,
            "step": due.step,
            "due_s": due.at.timestamp(),
        }
        for due in dues
    ]
    if rows:
        connection.execute(insert(DELIVERIES), rows)


def change(
    connection: Connection, number: int, *, only_claimed: bool = False, **values: Any
) -> None:
    """Set columns of one delivery; if asked, only while a courier has it in hand."""
    query = update(DELIVERIES).where(DELIVERIES.c.number == number)
    if only_claimed:
        query = query.where(DELIVERIES.c.state == "claimed")
    connection.execute(query.values(**values))


def settle(connection: Connection, claimed: Claimed, state: str, now: datetime, note: str) -> None:
    """End a delivery."""
    wall = now.astimezone(UTC).isoformat()
    change(connection, claimed.number, state=state, note=note, settled_wall=wall)


def acknowledge(connection: Connection, which: Any, by: str, now: datetime) -> int:
    """Acknowledge the open ones among these notices and drop what is left to deliver of them."""
    wall = now.astimezone(UTC).isoformat()
    still_open = and_(which, NOTICES.c.acknowledged_by.is_(None))
    ids = list(connection.execute(select(NOTICES.c.id).where(still_open)).scalars())
    connection.execute(
        update(NOTICES)
        .where(NOTICES.c.id.in_(ids))
        .values(acknowledged_by=by, acknowledged_wall=wall)
    )
    connection.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.notice.in_(ids), DELIVERIES.c.state.in_(("waiting", "claimed")))
        .values(state="dropped", note=f"acknowledged by {by}", settled_wall=wall)
    )
    return len(ids)


def outcome(row: Row[Any]) -> Outcome:
    """A row as a document."""
    return Outcome(
        channel=row.channel,
        step=row.step,
        state=row.state,
        attempts=row.attempts,
        due=datetime.fromtimestamp(row.due_s, UTC),
        note=row.note,
        settled_wall=row.settled_wall,
    )
