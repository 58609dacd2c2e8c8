"""What a deck layout tells a driver beyond what every device of its kind needs.

It stands in the field ``options`` of the device. Each driver has a model of its own options, based
on :class:`LineOptions`; unknown names and wrong values are refused before anything is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ncrobot.clock import Clock
from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot_drivers.link import Framing, Line, Reconnect, SerialLink, Transcript


class LineOptions(BaseModel):
    """Options of every device on a serial line.

    ``reply_s`` bounds one exchange, in real seconds. ``transcript`` is a file to which every byte
    is appended; without it the bytes go to the logger ``ncrobot.wire`` at debug level.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    baud: int | None = Field(None, gt=0, description="line rate, if not as delivered")
    reply_s: float | None = Field(None, gt=0)
    transcript: Path | None = None

    def make_transcript(self) -> Transcript | None:
        """Return the transcript that the options ask for."""
        return Transcript.to_file(self.transcript) if self.transcript is not None else None

    def make_link(
        self,
        device: str,
        port: str | None,
        clock: Clock,
        line: Line,
        framing: Framing,
        reconnect: Reconnect | None = None,
    ) -> SerialLink:
        """Make the link of a device: ``line`` is how it is delivered; nothing is opened."""
        return SerialLink(
            device=device,
            port=port,
            line=replace(line, baud=self.baud or line.baud),
            framing=framing,
            clock=clock,
            transcript=self.make_transcript(),
            reconnect=reconnect,
        )


OptionsT = TypeVar("OptionsT", bound=LineOptions)


def read_options(
    settings: Mapping[str, Any], model: type[OptionsT], *, device: str, driver: str
) -> OptionsT:
    """Return the options of a device.

    Raises:
        LabError: with every option that is unknown or wrong.

    """
    try:
        return model.model_validate(dict(settings.get("options") or {}))
    except ValidationError as error:
        raise LabError(
            [_finding(problem, model, device, driver) for problem in error.errors()]
        ) from error


def _finding(
    problem: Mapping[str, Any], model: type[LineOptions], device: str, driver: str
) -> Diagnostic:
    name = ".".join(str(part) for part in problem["loc"])
    known = sorted(model.model_fields)
    unknown = problem["type"] == "extra_forbidden"
    nearest = nearest_word(name, known) if unknown else None
    why = f"has no option {name!r}" if unknown else f"can't use option {name!r}: {problem['msg']}"
    return Diagnostic(
        code="unknown-option" if unknown else "wrong-option",
        message=f"device {device!r}: the driver {driver!r} {why}",
        quantity=f"options.{name}",
        found=str(problem.get("input")),
        allowed=", ".join(known) if unknown else None,
        fix=f"did you mean {nearest!r}?" if nearest else "correct the device in the deck layout",
    )
