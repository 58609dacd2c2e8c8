"""Device-level operations with all values fixed: the unit that is scheduled, run and recorded.

Well addresses are written ``labware/well`` (``reaction_plate/A1``, ``trough_water/A1``); a tip is
``rack/spot``. Amounts are µmol of each material by its key in the protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


DoseMode = Literal["single", "repeat", "column", "multi_dispense", "pump"]
"""How a dose reaches its wells.

- ``single``: one well after the other, each with a tip of its own
- ``repeat``: one well after the other, with one tip that draws anew for each
- ``column``: the wells of a column at once, one channel each
- ``multi_dispense``: a tip draws for several wells and serves them one after the other
- ``pump``: a syringe pump pushes the dose through its outlet
"""


class Leg(Document):
    """One channel's part of a transfer.

    ``cycle`` numbers the rounds of drawing and dispensing of one transfer, from 0. Legs of one
    cycle and channel share one draw and are dispensed in their order.
    """

    channel: int = Field(ge=0)
    tip: WellAddress
    source: WellAddress
    destination: WellAddress
    volume_ul: float = Field(gt=0)
    umol: dict[str, float] = Field(description="expected amounts delivered, by material")
    cycle: int = Field(0, ge=0)
    below_ul: float | None = Field(
        None,
        ge=0,
        description="draw from a layer: so much liquid of other layers lies below the tip's end",
        # Plans that were made before there was such a field keep their hash.
        exclude_if=lambda given: given is None,
    )


@dataclass(frozen=True, slots=True)
class Draw:
    """What one channel takes up in one cycle of a transfer, the excess included."""

    cycle: int
    channel: int
    tip: str
    source: str
    volume_ul: float
    excess_ul: float


class Transfer(OperationBase):
    """Pick up tips, aspirate from sources, dispense into destinations, shed the tips.

    ``tip_use`` reuse: tips go back to their spots and serve the same stock again; the dispense
    then doesn't touch the wells. ``purpose`` tells why: a dose, a dilution prepared on the deck, or
    a sample taken out. ``mix_repetitions`` > 0 mixes in the destination after the dispense.

    A transfer of several cycles is a train: cycle after cycle without a break, so each of its wells
    is served at the same time after its start whenever it is repeated with the same volumes. Tips
    stay on from one cycle to the next if both name the same ones. Wherever one draw serves several
    wells, ``excess_ul`` is drawn beyond what they get; it goes where ``excess_to`` says when they
    are done: back, or with the tip into the waste.
    """

    kind: Literal["transfer"] = "transfer"
    mode: DoseMode = "single"
    excess_ul: float = Field(0.0, ge=0)
    excess_to: Literal["source", "waste"] = "source"
    purpose: Literal["dose", "dilution", "sample"]
    stock: str | None = Field(None, description="stock (or working solution) that is moved")
    legs: tuple[Leg, ...] = Field(min_length=1, max_length=192)
    tip_use: Literal["fresh", "reuse"]
    touches: bool = Field(description="whether tips touch liquid or wall of the destination")
    mix_repetitions: int = Field(0, ge=0)
    mix_volume_ul: float = Field(0.0, ge=0)
    resuspend: bool = Field(False, description="mix the source first: it settles")

    def cycles(self) -> tuple[tuple[Leg, ...], ...]:
        """The legs of each cycle, in the order of the cycles."""
        found: dict[int, list[Leg]] = {}
        for leg in self.legs:
            found.setdefault(leg.cycle, []).append(leg)
        return tuple(tuple(found[number]) for number in sorted(found))

    def draws(self) -> tuple[Draw, ...]:
        """What each channel takes up in each cycle."""
        found: dict[tuple[int, int], list[Leg]] = {}
        for leg in sorted(self.legs, key=lambda leg: leg.cycle):
            found.setdefault((leg.cycle, leg.channel), []).append(leg)
        return tuple(
            Draw(
                cycle=cycle,
                channel=channel,
                tip=legs[0].tip,
                source=legs[0].source,
                volume_ul=sum(leg.volume_ul for leg in legs) + self._excess_ul(legs),
                excess_ul=self._excess_ul(legs),
            )
            for (cycle, channel), legs in found.items()
        )

    def _excess_ul(self, legs: Sequence[Leg]) -> float:
        return self.excess_ul if len(legs) > 1 else 0.0

    def drawn_ul(self) -> dict[str, float]:
        """µL that each source loses for good: what is delivered, and what is thrown away."""
        lost: dict[str, float] = {}
        for draw in self.draws():
            kept_ul = draw.excess_ul if self.excess_to == "source" else 0.0
            lost[draw.source] = lost.get(draw.source, 0.0) + draw.volume_ul - kept_ul
        return lost


class Steering(Document):
    """How doses of a pump are steered by what a pH probe beside its outlet reads.

    A leg's volume is then the most that it may take: dose, mix, wait, read, dose, until the probe
    reads the target, or has overshot it, or ``doses`` or the volume are used up. ``guides`` tell
    by well which volume is expected to reach which pH: (pH, µL) in the order of the doses.
    """

    probe: str
    raises: bool = Field(description="whether the stock raises the pH")
    targets_ph: dict[str, float]
    tolerance_ph: float = Field(gt=0)
    doses: int = Field(ge=1, le=60)
    settle_s: float = Field(ge=0)
    shaker: str | None = None
    mix_rpm: float = Field(0.0, ge=0)
    mix_s: float = Field(0.0, ge=0)
    guides: dict[str, tuple[tuple[float, float], ...]] = Field(default={})


class PumpDose(Transfer):
    """A syringe pump primes its line, then pushes each leg's dose out of its outlet, one by one.

    It is a transfer without tips: ``tip`` of a leg names the pump (``<pump>/A1``), its channel is
    0. Each cycle is one filling of the syringe. ``excess_ul`` is what the first cycle pushes into
    the waste before the first dose, so that fresh stock stands at the outlet. ``device`` is the arm
    if it carries the outlet, else the pump. ``over_s``: each dose is pushed out
    evenly over so long.
    """

    kind: Literal["pump_dose"] = "pump_dose"  # type: ignore[assignment]
    mode: DoseMode = "pump"
    pump: str
    # Plans that were made before there were such fields keep their hash.
    over_s: float | None = Field(None, gt=0, exclude_if=lambda given: given is None)
    steering: Steering | None = Field(None, exclude_if=lambda given: given is None)

    def _excess_ul(self, legs: Sequence[Leg]) -> float:
        return self.excess_ul if legs[0].cycle == 0 else 0.0


def rounds_of(legs: Sequence[Leg]) -> tuple[tuple[Leg, ...], ...]:
    """The legs of one cycle as they are dispensed: the first of each channel together, and so on.

    Channels whose next wells don't stand in one column of one labware come one after the other.
    """
    queues: dict[int, list[Leg]] = {}
    for leg in legs:
        queues.setdefault(leg.channel, []).append(leg)
    found: list[tuple[Leg, ...]] = []
    for number in range(max((len(queue) for queue in queues.values()), default=0)):
        columns: dict[tuple[str, str], list[Leg]] = {}
        for queue in queues.values():
            if number < len(queue):
                leg = queue[number]
                columns.setdefault(column_of(leg.destination), []).append(leg)
        found += [tuple(column) for column in columns.values()]
    return tuple(found)


def column_of(address: str) -> tuple[str, str]:
    """Labware and column of a well or tip spot."""
    labware, _, well = address.partition("/")
    return labware, well.lstrip("ABCDEFGHIJKLMNOP")


class MixLeg(Document):
    """One channel's part of a mix."""

    channel: int = Field(ge=0)
    tip: WellAddress
    well: WellAddress
    volume_ul: float = Field(gt=0)
    cycle: int = Field(0, ge=0, description="legs of one cycle act together, cycles in turn")


class MixWells(OperationBase):
    """Repeated aspirate and dispense in the wells, with fresh tips."""

    kind: Literal["mix"] = "mix"
    legs: tuple[MixLeg, ...] = Field(min_length=1, max_length=96)
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


class LetGas(OperationBase):
    """Open a gas valve over the wells of a labware, keep it open ``for_s``, and shut it.

    The flow counts standard volumes, as the controller does. ``tolerance_s``: a time of flow that
    is off by more flags the wells; None: as nearly as it can be done. ``hazards`` are told with the
    questions that come up.
    """

    kind: Literal["gas"] = "gas"
    labware: str
    gas: str
    flow_ml_per_min: float = Field(gt=0)
    for_s: float = Field(gt=0)
    tolerance_s: float | None = Field(None, ge=0)
    hazards: tuple[str, ...] = ()


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
    Transfer | PumpDose | MixWells | Shake | SetTemperature | MovePlate | Read | LetGas | AskPerson
    | Refill,
    Field(discriminator="kind"),
]  # fmt: skip
