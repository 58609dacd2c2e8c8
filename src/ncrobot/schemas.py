"""The published JSON Schemas of all documents, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ncrobot.deck import DeckLayout
from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.notifications.settings import Notifications
from ncrobot.plan import Plan
from ncrobot.protocol import protocol_json_schema
from ncrobot.schedule import Schedule

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _with_dialect(schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": _DIALECT, **schema}


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "protocol": lambda: dict(protocol_json_schema()),
    "deck": lambda: _with_dialect(DeckLayout.model_json_schema()),
    "plan": lambda: _with_dialect(Plan.model_json_schema()),
    "schedule": lambda: _with_dialect(Schedule.model_json_schema()),
    "notifications": lambda: _with_dialect(Notifications.model_json_schema()),
}


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind of document.

    Raises:
        LabError: there is no such kind; names the nearest.
    """
    if kind not in SCHEMAS:
        nearest = nearest_word(kind, SCHEMAS)
        raise LabError(
            Diagnostic(
                code="unknown-schema",
                message="there is no schema of this name",
                found=kind,
                allowed=", ".join(SCHEMAS),
                fix=f"did you mean {nearest!r}?" if nearest else None,
            )
        )
    return SCHEMAS[kind]()
