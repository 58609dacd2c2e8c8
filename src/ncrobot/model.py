"""The base of every document: frozen, strict about unknown fields, written as JSON."""

from __future__ import annotations

import hashlib
import json

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A frozen piece of data that stages hand to each other; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON (sorted keys, no spaces), as 64 hex digits."""
        canonical = json.dumps(
            self.model_dump(mode="json", by_alias=True), sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(canonical.encode()).hexdigest()
