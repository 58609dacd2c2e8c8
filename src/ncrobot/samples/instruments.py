"""The settings of instruments (``instruments/1``): how they are reached, how long they take."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from ncrobot.analysis.mass import Resolution
from ncrobot.errors import Diagnostic, LabError, nearest_word
from ncrobot.model import Document
from ncrobot.samples.positions import Positions
from ncrobot.samples.sample import Serves
from ncrobot.samples.templates import Entry, Software
from ncrobot.settings import FlawError, Seconds, Word, load_settings

ControlKind = Literal["blank", "reference", "wash"]
ResultKind = Literal["mzml", "mass_peaks", "chromatogram", "diode_array", "spectra"]


class Control(Document):
    """A vial that isn't a sample: where it stands (as the instrument writes it), what it holds."""

    position: str = Field(min_length=1)
    name: str = Field(min_length=1)


class Batching(Document):
    """What a batch is made of beside its samples.

    ``blank_every`` n: a blank before the first and after every n samples; 0: none. ``wash_after``:
    a wash after each sample of one of these steps, against carry-over.
    """

    most: int = Field(96, ge=1, le=1000, description="samples in one batch")
    blank_every: int = Field(0, ge=0)
    reference_first_and_last: bool = False
    wash_after: tuple[str, ...] = ()
    controls: dict[ControlKind, Control] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _controls_stand_somewhere(self) -> Self:
        needed: dict[ControlKind, bool] = {
            "blank": self.blank_every > 0,
            "reference": self.reference_first_and_last,
            "wash": bool(self.wash_after),
        }
        for kind, is_needed in needed.items():
            if is_needed and kind not in self.controls:
                raise FlawError(
                    f"it isn't told where the {kind} stands", code="control-missing",
                    at=("controls",), fix=f"give controls, {kind}, with position and name",
                )  # fmt: skip
        return self


class WorklistFile(Document):
    """Where worklists go and how they are written: from the lab's own exported template.

    ``columns`` maps names of the template's columns to what goes there; of a template in XML, paths
    inside the element ``row``. ``kinds`` are the instrument's words for sample, blank, reference
    and wash.
    """

    software: Software
    template: Path
    folder: Path = Field(description="watched by the instrument's software")
    suffix: str = Field(".csv", pattern=r"^\.[A-Za-z0-9]{1,8}$")
    row: str | None = Field(None, description="element of a template in XML that is one sample")
    columns: dict[str, Entry] = Field(default_factory=dict)
    kinds: dict[str, str] = Field(default_factory=dict)


class Converter(Document):
    """A program of the lab that makes a file ncrobot can read of raw data, out of process.

    Its arguments hold ``{input}``, a copy of the raw file or folder, and ``{output}``, an empty
    folder into which it writes one file.
    """

    command: tuple[str, ...] = Field(min_length=1)
    timeout_s: Seconds = Field("10 min", gt=0, alias="timeout", validate_default=True)
    most_mb: float = Field(500.0, gt=0, description="that it may write")

    @model_validator(mode="after")
    def _knows_its_folders(self) -> Self:
        missing = [
            word
            for word in ("{input}", "{output}")
            if not any(word in each for each in self.command)
        ]
        if missing:
            raise FlawError(
                f"the command of a converter lacks {' and '.join(missing)}", code="converter",
                at=("command",), fix="write {input} where the raw data go, {output} for the folder",
            )  # fmt: skip
        return self


class Results(Document):
    """Where data files come, and what they are.

    ``per``: a file for each injection, or one for a whole plate. A file is taken up when it hasn't
    changed for ``quiet``. ``expected_nm`` is the range that spectra have to cover. With
    ``convert``, what comes is raw data, and ``kind`` is what the converter makes of them.
    """

    folder: Path
    kind: ResultKind
    pattern: str = Field("*", min_length=1)
    per: Literal["injection", "plate"] = "injection"
    quiet_s: Seconds = Field("30 s", ge=0, alias="quiet", validate_default=True)
    expected_nm: tuple[float, float] | None = None
    minutes_per_unit: float | None = Field(None, gt=0, description="of a chromatogram's time")
    convert: Converter | None = None


class InstrumentSettings(Document):
    """One instrument, reached by file drop or by a plug-in.

    ``plugin`` names an entry point of ``ncrobot.instruments``, which gets ``options``. ``run`` is
    from one injection to the next, blanks and washes included; for a plate, the time that all its
    wells take. ``carry`` is from the deck until it can be measured. ``simulated_by`` is the
    simulator's stand-in for simulated samples.
    """

    serves: Serves
    also: tuple[Serves, ...] = Field(
        (), description="samples for other instruments that it measures as well, from one plate"
    )
    run_s: Seconds = Field(gt=0, alias="run")
    setup_s: Seconds = Field("0 s", ge=0, alias="setup", validate_default=True)
    stable_for_s: Seconds | None = Field(
        None, gt=0, alias="stable_for", description="how old a sample may be, if no step says less"
    )
    carry_s: Seconds = Field("0 s", ge=0, alias="carry", validate_default=True)
    method: str | None = None
    injection_ul: float | None = Field(None, gt=0)
    positions: Positions | None = None
    batch: Batching = Batching()
    worklist: WorklistFile | None = None
    results: Results
    plugin: str | None = Field(None, pattern=r"^[a-z][a-z0-9_.]*$")
    options: dict[str, str | float | bool] = Field(default_factory=dict)
    simulated_by: str | None = None
    resolution: Resolution | None = Field(
        None, description="resolving power of its mass spectrometer, for ions that protocols expect"
    )
    assumed: str | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.worklist is not None and self.positions is None:
            raise FlawError(
                "a worklist needs the syntax of the sampler's places", code="positions-missing",
                at=("positions",), fix="give positions with syntax and trays",
            )  # fmt: skip
        if self.worklist is not None and self.worklist.folder == self.results.folder:
            raise FlawError(
                "worklists and results go to one folder", code="one-folder",
                at=("results", "folder"), fix="give them two folders",
            )  # fmt: skip
        if self.plugin is not None and self.results.convert is not None:
            raise FlawError(
                "what a plug-in delivers isn't converted", code="converter",
                at=("results", "convert"), fix="let the plug-in deliver what can be read",
            )  # fmt: skip
        return self


class Hook(Document):
    """What is told of samples: by a command (its arguments) or to an address, as JSON.

    A command gets the JSON on its standard input. ``on`` are the moments.
    """

    on: tuple[
        Literal["sample_ready", "submitted", "measured", "analysed", "failed", "expired"], ...
    ]
    command: tuple[str, ...] = ()
    url: str | None = Field(None, pattern=r"^https?://")
    timeout_s: Seconds = Field("10 s", gt=0, alias="timeout", validate_default=True)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.command) == (self.url is not None):
            raise FlawError(
                "a hook is a command or an address", code="hook", at=("command",),
                fix="give one of command and url",
            )  # fmt: skip
        return self


class Instruments(Document):
    """All instruments of a lab, and the hooks."""

    ncrobot: Literal["instruments/1"]
    instruments: dict[Word, InstrumentSettings] = Field(min_length=1)
    hooks: tuple[Hook, ...] = ()

    def named(self, name: str) -> InstrumentSettings:
        """One instrument.

        Raises:
            LabError: there is none of this name.
        """
        found = self.instruments.get(name)
        if found is None:
            near = nearest_word(name, self.instruments)
            raise LabError(
                Diagnostic(
                    code="unknown-instrument",
                    message=f"there is no instrument {name!r}",
                    allowed=", ".join(self.instruments),
                    fix=f"did you mean {near!r}?" if near else None,
                )
            )
        return found

    def serving(self, serves: Serves) -> tuple[str, ...]:
        """The instruments that take such samples: the first one that serves them, then others.

        An instrument that measures them as well comes before, if its samples stay as they are.
        """
        first = [name for name, each in self.instruments.items() if each.serves == serves][:1]
        also = [name for name, each in self.instruments.items() if serves in each.also]
        return (*also, *first)


def load_instruments(path: Path) -> Instruments:
    """Read an instruments file; its relative paths are from its own folder.

    Raises:
        LabError: it can't be read, or is wrong; carries every finding with line and field.
    """
    settings = load_settings(Instruments, path).settings
    folder = path.resolve().parent
    there = {name: _placed(each, folder) for name, each in settings.instruments.items()}
    return settings.model_copy(update={"instruments": there})


def _placed(settings: InstrumentSettings, folder: Path) -> InstrumentSettings:
    results = settings.results.model_copy(update={"folder": folder / settings.results.folder})
    changes: dict[str, object] = {"results": results}
    if settings.worklist is not None:
        changes["worklist"] = settings.worklist.model_copy(
            update={
                "template": folder / settings.worklist.template,
                "folder": folder / settings.worklist.folder,
            }
        )
    return settings.model_copy(update=changes)
