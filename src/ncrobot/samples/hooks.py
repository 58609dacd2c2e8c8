"""Tells commands and addresses of what happens to samples; late rather than never.

The facts of the record are what is told; how far each hook has heard is kept beside them. A hook
that fails is tried again next time, so that one fact may be told twice but none is lost.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from sqlalchemy import Column, Integer, String, Table, insert, select, update

from ncrobot.samples._tables import FACTS, JOBS, TABLES
from ncrobot.samples.instruments import Hook
from ncrobot.samples.jobs import Job
from ncrobot.samples.record import SampleRecord

_HEARD = Table(
    "heard",
    TABLES,
    Column("hook", String, primary_key=True),
    Column("number", Integer, nullable=False),
)
_MOMENTS = {
    "queued": "sample_ready", "submitted": "submitted", "measured": "measured",
    "analysed": "analysed", "failed": "failed", "expired": "expired",
}  # fmt: skip


def tell_hooks(record: SampleRecord, hooks: Sequence[Hook]) -> tuple[str, ...]:
    """Tell every hook what it hasn't heard; returns what went wrong, in words."""
    wrong = []
    for hook in hooks:
        name = hashlib.sha256(hook.model_dump_json().encode()).hexdigest()[:16]
        for number, told in _unheard(record, name):
            if told["moment"] in hook.on:
                failure = _tell(hook, told)
                if failure is not None:
                    wrong.append(f"{hook.url or hook.command[0]}: {failure}")
                    break
            _heard(record, name, number)
    return tuple(wrong)


def _unheard(record: SampleRecord, hook: str) -> list[tuple[int, Mapping[str, Any]]]:
    """The facts about jobs that a hook hasn't heard; a new hook hears all of them."""
    query = (
        select(FACTS.c.number, FACTS.c.wall, FACTS.c.state, FACTS.c.reason, JOBS.c.document)
        .join(JOBS, JOBS.c.id == FACTS.c.about)
        .order_by(FACTS.c.number)
    )
    with record.engine.begin() as connection:
        last = connection.execute(select(_HEARD.c.number).where(_HEARD.c.hook == hook)).scalar()
        rows = connection.execute(query.where(FACTS.c.number > (last or 0))).all()
    found: list[tuple[int, Mapping[str, Any]]] = []
    for row in rows:
        job = Job.model_validate_json(row.document)
        told = {
            "moment": _MOMENTS.get(row.state, row.state), "at": row.wall, "reason": row.reason,
            "job": job.model_dump(mode="json"),
        }  # fmt: skip
        found.append((row.number, told))
    return found


def _heard(record: SampleRecord, hook: str, number: int) -> None:
    with record.engine.begin() as connection:
        known = connection.execute(
            update(_HEARD).where(_HEARD.c.hook == hook).values(number=number)
        )
        if not known.rowcount:
            connection.execute(insert(_HEARD).values(hook=hook, number=number))


def _tell(hook: Hook, told: Mapping[str, Any]) -> str | None:
    """Tell one hook one thing; returns what went wrong, if anything."""
    text = json.dumps(told, sort_keys=True)
    try:
        if hook.url is not None:
            httpx.post(hook.url, json=told, timeout=hook.timeout_s).raise_for_status()
            return None
        done = subprocess.run(  # noqa: S603 - the lab's own command, by its settings
            hook.command, input=text.encode(), timeout=hook.timeout_s, capture_output=True,
            check=False,
        )  # fmt: skip
    except (httpx.HTTPError, OSError, subprocess.TimeoutExpired) as error:
        return str(error) or type(error).__name__
    return None if done.returncode == 0 else f"it ended with {done.returncode}"
