"""The base of every document: frozen, strict about unknown fields, written as JSON."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


def hash_of(data: Any) -> str:
    """SHA-256 of plain data as canonical JSON (sorted keys, no spaces), as 64 hex digits."""
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class Document(BaseModel):
    """A frozen piece of data that stages hand to each other; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON (sorted keys, no spaces), as 64 hex digits."""
        return hash_of(self.model_dump(mode="json", by_alias=True))
