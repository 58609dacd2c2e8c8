"""Device-level operations with all values fixed: the unit that is scheduled, run and recorded.

Well addresses are written ``labware/well`` (``reaction_plate/A1``, ``trough_water/A1``); a tip is
``rack/spot``. Amounts are µmol of each material by its key in the protocol.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ncrobot.model import Document

WellAddress = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*/[A-P]([1-9]|1\d|2[0-4])$")]


class OperationBase(Document):
    """What every operation knows of itself.

    ``step`` is the protocol step's id and ``line`` its line; ``wells`` are the names of the
    reaction wells concerned (``A1``; empty: the whole plate); ``group`` names the wells that are
    treated together (a column, or one well), whose operations form one chain of lags.
    """

    id: str
    step: str
    line: int | None = None
    device: str
    wells: tuple[str, ...] = ()
    group: str | None = None
    portion: int | None = Field(None, ge=1)
    note: str | None = None


class Leg(Document):
    """One channel's part of a transfer."""

    channel: int = Field(ge=0)
    tip: WellAddress
    source: WellAddress
    destination: WellAddress
    volume_ul: float = Field(gt=0)
    umol: dict[str, float] = Field(description="expected amounts delivered, by material")


class Transfer(OperationBase):
    """Pick up tips, aspirate from sources, dispense into destinations, shed the tips.

    ``tip_use`` reuse: tips go back to their spots and serve the same stock again; the dispense
    then doesn't touch the wells. ``purpose`` tells why: a dose, a dilution prepared on the deck, or
    a sample taken out. ``mix_repetitions`` > 0 mixes in the destination after the dispense.
    """

    kind: Literal["transfer"] = "transfer"
    purpose: Literal["dose", "dilution", "sample"]
    stock: str | None = Field(None, description="stock (or working solution) that is moved")
    legs: tuple[Leg, ...] = Field(min_length=1, max_length=8)
    tip_use: Literal["fresh", "reuse"]
    touches: bool = Field(description="whether tips touch liquid or wall of the destination")
    mix_repetitions: int = Field(0, ge=0)
    mix_volume_ul: float = Field(0.0, ge=0)
    resuspend: bool = Field(False, description="mix the source first: it settles")


class MixLeg(Document):
    """One channel's part of a mix."""

    channel: int = Field(ge=0)
    tip: WellAddress
    well: WellAddress
    volume_ul: float = Field(gt=0)


class MixWells(OperationBase):
    """Repeated aspirate and dispense in the wells, with fresh tips."""

    kind: Literal["mix"] = "mix"
    legs: tuple[MixLeg, ...] = Field(min_length=1, max_length=8)
    repetitions: int = Field(ge=1)


class Shake(OperationBase):
    """Bring a shaker to a speed (0: stopped and homed) for the labware it carries."""

    kind: Literal["shake"] = "shake"
    labware: str
    speed_rpm: float = Field(ge=0)


class SetTemperature(OperationBase):
    """Give a device a setpoint (None: off) and, if ``wait``, hold until the readback agrees."""

    kind: Literal["set_temperature"] = "set_temperature"
    temperature_c: float | None
    wait: bool = True
    tolerance_c: float = Field(1.0, gt=0)


class MovePlate(OperationBase):
    """Carry labware to a device or back to its place with the gripper."""

    kind: Literal["move_plate"] = "move_plate"
    labware: str
    to: str


class Read(OperationBase):
    """Measure absorbance of all used wells of a plate at each wavelength."""

    kind: Literal["read"] = "read"
    labware: str
    wavelengths_nm: tuple[int, ...] = Field(min_length=1)


class AskPerson(OperationBase):
    """A person does something; the run waits for the answer, or takes the default in time."""

    kind: Literal["person"] = "person"
    task: str
    takes_s: float = Field(ge=0)
    answer_within_s: float | None = None
    default: Literal["done", "skip", "stop"]
    hazards: tuple[str, ...] = ()
    max_fraction_left: float | None = None


class Refill(OperationBase):
    """A person discards what is left of a stock and puts a newly made lot in its place."""

    kind: Literal["refill"] = "refill"
    stock: str
    lot: int = Field(ge=1)
    wells_ul: dict[WellAddress, float] = Field(description="volume to put in, by position")
    takes_s: float = Field(gt=0)


Operation = Annotated[
    Transfer | MixWells | Shake | SetTemperature | MovePlate | Read | AskPerson | Refill,
    Field(discriminator="kind"),
]
