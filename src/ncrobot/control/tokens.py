"""Tokens: random secrets, shown once; the file keeps only their hashes."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.model import Document

RoleName = Literal["viewer", "operator", "admin"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@ -]{0,59}")


class Token(Document):
    """What is kept of a token: whose it is, what it may do, its hash, since when and by whom."""

    name: str
    role: RoleName
    sha256: str
    created: str
    by: str


class _File(Document):
    ncrobot: Literal["tokens/1"] = "tokens/1"
    tokens: tuple[Token, ...] = Field(())


class Tokens:
    """The tokens of a lab, in a file that only its owner can read; read anew for each request.

    A secret has 256 random bits, so that one round of SHA-256 is enough to keep it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> tuple[Token, ...]:
        """All tokens that hold.

        Raises:
            LabError: the file can't be read.

        """
        try:
            return _File.model_validate_json(self.path.read_bytes()).tokens
        except FileNotFoundError:
            return ()
        except (OSError, ValidationError) as error:
            raise _refused(
                "tokens", f"the tokens can't be read: {error}", str(self.path)
            ) from error

    def add(self, name: str, role: RoleName, *, by: str, now: datetime) -> str:
        """Make a token and return its secret, which is kept nowhere.

        Raises:
            LabError: there is one of this name, the name isn't one, or the file can't be written.

        """
        if not _NAME.fullmatch(name):
            raise _refused("token-name", f"{name!r} is no name of a token", fix="use letters")
        known = self.all()
        if any(token.name == name for token in known):
            fix = f"revoke it first: ncrobot tokens revoke {name}"
            raise _refused("token-exists", f"{name!r} has a token already", fix=fix)
        secret = f"ncr_{secrets.token_urlsafe(32)}"
        wall = now.isoformat(timespec="seconds")
        token = Token(name=name, role=role, sha256=_hash(secret), created=wall, by=by)
        self._write((*known, token))
        return secret

    def revoke(self, name: str) -> None:
        """Let a token hold no longer, from this moment on.

        Raises:
            LabError: there is none of this name, or the file can't be written.

        """
        known = self.all()
        if all(token.name != name for token in known):
            near = nearest_word(name, [token.name for token in known])
            fix = f"did you mean {near!r}?" if near else "'ncrobot tokens list' shows all"
            raise _refused("no-token", f"there is no token of {name!r}", fix=fix)
        self._write(tuple(token for token in known if token.name != name))

    def find(self, secret: str) -> Token | None:
        """The token of a secret; takes as long whichever it is, and if it is none."""
        given, found = _hash(secret), None
        for token in self.all():
            if hmac.compare_digest(token.sha256, given):
                found = token
        return found

    def _write(self, tokens: tuple[Token, ...]) -> None:
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(_File(tokens=tokens).model_dump_json(indent=1))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            message = f"the tokens can't be kept: {error.strerror}"
            raise _refused("tokens", message, str(self.path)) from error


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _refused(code: str, message: str, file: str | None = None, fix: str | None = None) -> LabError:
    return LabError(Diagnostic(code=code, message=message, file=file, fix=fix))
