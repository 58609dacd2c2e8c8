"""What all parts of a deck layout share: names, lengths, and no number that is infinite or NaN."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from ncrobot.model import Document

DeviceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Millimetres = tuple[float, float, float]
Options = Annotated[
    dict[str, bool | int | float | str],
    Field(description="for its driver: address, dialect, transcript"),
]


class DeckPart(Document):
    """A piece of a deck layout: like every document, and no number in it is infinite or NaN."""

    model_config = ConfigDict(allow_inf_nan=False)
