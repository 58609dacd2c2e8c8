"""What became of a file: a state, what was found wrong, and whatever could be read of it.

A reader never raises for a bad file and never loses what is readable: a batch of files has to go
on, and each has to be told what is the matter with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from ncrobot.analysis.mass.spectrum import Spectrum
from ncrobot.errors import Diagnostic

FloatArray = npt.NDArray[np.float64]


class ReadState(StrEnum):
    """What became of a file, the worst finding first."""

    NOT_THIS_FORMAT = "not_this_format"
    WRONG_ENCODING = "wrong_encoding"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    UNCLEAR = "unclear"
    EMPTY = "empty"
    OK = "ok"


@dataclass(frozen=True, slots=True, eq=False)
class TimeTrace:
    """A signal along retention time: ``time_min`` and ``signal``, shape (n,).

    ``kind`` is absorption, total_ion, base_peak, selected_ion or other; ``unit`` is that of the
    signal if the file tells it.
    """

    name: str
    kind: str
    time_min: FloatArray
    signal: FloatArray
    unit: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class WavelengthScan:
    """One spectrum of a diode array: ``wavelength_nm`` and ``signal``, shape (n,)."""

    retention_min: float | None
    wavelength_nm: FloatArray
    signal: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ReadOutcome:
    """What a file gave. Anything but ``OK`` has findings; parts may be there all the same."""

    state: ReadState
    findings: tuple[Diagnostic, ...] = ()
    spectra: tuple[Spectrum, ...] = ()
    traces: tuple[TimeTrace, ...] = ()
    wavelength_scans: tuple[WavelengthScan, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all of the file was read."""
        return self.state is ReadState.OK


@dataclass(slots=True)
class Findings:
    """Collects what is wrong with one file; the worst state wins."""

    file: str
    states: list[ReadState] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(
        self, state: ReadState, message: str, *, fix: str | None = None, line: int | None = None,
        found: str | None = None, allowed: str | None = None,
    ) -> None:  # fmt: skip
        """Note a finding that makes the file's state at best ``state``."""
        self.states.append(state)
        code = f"file-{state.value.replace('_', '-')}"
        self.diagnostics.append(
            Diagnostic(
                code=code, message=message, file=self.file or None, line=line, found=found,
                allowed=allowed, fix=fix,
            )
        )  # fmt: skip

    @property
    def state(self) -> ReadState:
        """The worst state so far."""
        return worst(self.states)


def worst(states: Iterable[ReadState]) -> ReadState:
    """The state that weighs most, or ``OK`` if there is none."""
    order = list(ReadState)
    return min(states, key=order.index, default=ReadState.OK)
