"""Names that samples and injections carry through file names and other people's programs.

Ten characters of Crockford's base 32 (no I, L, O, U) and one that checks them (Luhn's rule for 32
characters): a wrong character, or two neighbours swapped, is noticed, but for rare pairs. Names
follow from what they name, so that the same thing gets the same name however often it is read.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 10
_TOKEN = re.compile(
    rf"(?<![0-9A-Za-z])[{_SIGNS}{_SIGNS[10:].lower()}]{{{_LENGTH + 1}}}(?![0-9A-Za-z])"
)


def identity(*parts: str) -> str:
    """The name of what these words tell together; 11 characters, the last one checks the others."""
    told = "\x1f".join(parts)
    number = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) >> (64 - 5 * _LENGTH)
    body = "".join(_SIGNS[number >> (5 * place) & 31] for place in reversed(range(_LENGTH)))
    return body + _check(body)


def is_identity(word: str) -> bool:
    """Whether a word is such a name and its last character agrees with the others."""
    folded = word.upper()
    return (
        len(folded) == _LENGTH + 1
        and set(folded) <= set(_SIGNS)
        and _check(folded[:-1]) == folded[-1]
    )


def identities_in(text: str) -> Iterable[str]:
    """All such names in a text, in order, each once; letters in any case."""
    found = (match[0].upper() for match in _TOKEN.finditer(text))
    return tuple(dict.fromkeys(word for word in found if is_identity(word)))


def _check(body: str) -> str:
    """Luhn's rule for 32 characters: every second one, from the last, is doubled."""
    total = 0
    for place, sign in enumerate(reversed(body)):
        value = _SIGNS.index(sign) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return _SIGNS[-total % 32]
