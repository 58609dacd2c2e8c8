"""A Tecan Freedom EVO as its command language shows it: arms, plungers, tips, wells, error codes.

No manual of the language was at hand. What commands mean, their ranges and the error codes are
those that PyLabRobot's backend states. What it leaves open is chosen to be hard on a driver: a tip
that isn't there is reported although its neighbours were taken, a level that isn't found leaves the
air that was drawn before, and every setting is lost with the power.

Lengths in 0.1 mm, plungers in steps of a third of a µL. The arm's zero is at 100 mm, 346.5 mm of
the deck, y grows to the front, z upwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ncrobot_sim.emulators.robots.evo_liquids import Column, Spot, Vessel

STX, NUL = 2, 0
OK_STATUS = 0x80
ZERO_MM = (100.0, 346.5)
NEAR_TENTHS = 25
STROKE_STEPS = 3150
STEPS_PER_UL = 3
MM_PER_S = 400.0

INVALID_COMMAND, INVALID_OPERAND, NOT_THERE, NOT_INITIALIZED = 2, 3, 5, 7
NO_LIQUID, NOT_FETCHED, NOT_MOUNTED, MOUNTED = 9, 25, 26, 27

Params = Sequence[int | None]


class EvoRefusalError(Exception):
    """The machine answers with an error code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"error {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Setting:
    """The range of a setting: from, to."""

    least: int
    most: int


SETTINGS: Mapping[str, Setting] = {
    "SEP": Setting(5, 6000),
    "SPP": Setting(50, 2700),
    "SSL": Setting(1, 1500),
    "SDL": Setting(0, 2100),
    "STL": Setting(0, 2100),
    "SML": Setting(0, 2100),
    "SBL": Setting(-1000, 2100),
    "SSZ": Setting(1, 4000),
    "STZ": Setting(-2100, 2100),
    "SHZ": Setting(0, 2120),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "MDT": ("SDM", "SSL", "SDL", "STL", "SML", "SBL", "SHZ"),
    "MTR": ("SEP", "STZ"),
    "PPR": (),
    "PAA": ("SHZ",),
}
"""Settings without which a command is an invalid operand, as nobody has given them yet."""


@dataclass
class EvoMachine:
    """The machine. ``tips`` is the number of its channels; ``gripper`` whether it has a RoMa."""

    tips: int = 8
    gripper: bool = False
    x_range: int = 12000
    y_range: int = 4200
    z_range: int = 2100
    tells_plungers: bool = True
    vessels: dict[str, Vessel] = field(default_factory=dict)
    spots: dict[str, Spot] = field(default_factory=dict)
    initialized: set[str] = field(default_factory=set)
    settings: dict[str, Params] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.x, self.y, self.spacing = 0, 0, 90
        self.z = [self.z_range] * self.tips
        self.gripper_x = 9000
        self.plungers = [0] * self.tips
        self.valves = [0] * self.tips
        self.columns: list[Column | None] = [None] * self.tips
        self.in_liquid: list[Vessel | None] = [None] * self.tips

    def hear(self, data: bytes) -> bytes:
        """Carry out one framed command and return the framed reply."""
        text = data.decode("ascii")
        module, command = text[1:3], text[3:6]
        params = [int(part) if part else None for part in text[6:-1].split(",")]
        if text[6:-1] == "":
            params = []
        self.heard.append(f"{module}{command}")
        try:
            told = self._carry_out(module, command, params)
        except EvoRefusalError as refusal:
            return self._framed(module, refusal.code, [])
        return self._framed(module, 0, told)

    def lose_power(self) -> None:
        """Forget what was set, and where the zeros are."""
        self.initialized.clear()
        self.settings.clear()

    def _framed(self, module: str, code: int, told: Sequence[int]) -> bytes:
        body = ",".join(str(each) for each in told).encode("ascii")
        return bytes([STX]) + module.encode("ascii") + bytes([OK_STATUS | code]) + body + b"\0"

    def _carry_out(self, module: str, command: str, params: Params) -> Sequence[int]:
        if module == "C5":
            return self._arm(command, params)
        if module == "C1" and self.gripper:
            return self._gripper(command, params)
        raise EvoRefusalError(NOT_THERE)

    def _gripper(self, command: str, params: Params) -> Sequence[int]:
        if command == "PIA":
            self.initialized.add("C1")
        elif command == "RPX":
            return [self.gripper_x]
        elif command == "SAA":
            self.gripper_x = params[1] or 0
        elif command not in {"PIX", "BMX", "AAC"}:
            raise EvoRefusalError(INVALID_COMMAND)
        return []

    def _arm(self, command: str, params: Params) -> Sequence[int]:
        reports = {
            "RNT": [self.tips],
            "RPX": [self.x, 0, 0, 0, 0, self.x_range],
            "RPY": [self.y, 0, 0, 0, 0, self.y_range],
        }
        if command == "RPZ":
            return [self.z_range] * self.tips if params == [5] else list(self.z)
        if command == "RPP":
            if not self.tells_plungers:
                raise EvoRefusalError(INVALID_COMMAND)
            return list(self.plungers)
        if command in reports:
            row = reports[command]
            return [row[params[0] or 0]] if command != "RNT" else row
        if command in {"PIA", "BMX", "PIX"}:
            self.initialized |= {"C5"} if command == "PIA" else set()
            return []
        if "C5" not in self.initialized:
            raise EvoRefusalError(NOT_INITIALIZED)
        acts = {
            "PAA": self._go, "PID": self._home, "PVL": self._turn, "PPR": self._push,
            "MTR": self._track, "MDT": self._find_level, "MAZ": self._raise,
            "AGT": self._fetch, "AST": self._shed,
        }  # fmt: skip
        if command == "SDM" or command in SETTINGS:
            self._set(command, params)
        elif command in acts:
            if any(name not in self.settings for name in NEEDED.get(command, ())):
                raise EvoRefusalError(INVALID_OPERAND)
            acts[command](params)
        else:
            raise EvoRefusalError(INVALID_COMMAND)
        return []

    def _set(self, command: str, params: Params) -> None:
        limits = SETTINGS.get(command)
        if limits is not None:
            if len(params) != self.tips:
                raise EvoRefusalError(INVALID_OPERAND)
            if any(p is not None and not limits.least <= p <= limits.most for p in params):
                raise EvoRefusalError(INVALID_OPERAND)
        self.settings[command] = params

    def _go(self, params: Params) -> None:
        if len(params) != 3 + self.tips or any(each is None for each in params):
            raise EvoRefusalError(INVALID_OPERAND)
        x, y, spacing, *z = (each or 0 for each in params)
        fits = 0 <= x <= self.x_range and y >= 0 and 90 <= spacing <= 380
        fits &= y + (self.tips - 1) * spacing <= self.y_range
        if not fits or any(not 0 <= each <= self.z_range for each in z):
            raise EvoRefusalError(INVALID_OPERAND)
        self.now_s += max(abs(x - self.x), abs(y - self.y)) / 10 / MM_PER_S
        self.x, self.y, self.spacing, self.z = x, y, spacing, z
        self.in_liquid = [None] * self.tips

    def _home(self, params: Params) -> None:
        for channel in self._channels(params[0]):
            self.plungers[channel] = 0
            column = self.columns[channel]
            if column is not None:
                column.push_out(STROKE_STEPS, None)

    def _turn(self, params: Params) -> None:
        for channel, port in enumerate(params):
            if port is not None:
                self.valves[channel] = port

    def _raise(self, params: Params) -> None:
        for channel, z in enumerate(params):
            if z is not None:
                self.z[channel], self.in_liquid[channel] = z, None

    def _push(self, params: Params) -> None:
        self._move_plungers(params, tracking=False)

    def _track(self, params: Params) -> None:
        self._move_plungers(params, tracking=True)

    def _move_plungers(self, params: Params, *, tracking: bool) -> None:
        moves = {channel: steps for channel, steps in enumerate(params) if steps}
        for channel, steps in moves.items():
            if not 0 <= self.plungers[channel] + steps <= STROKE_STEPS:
                raise EvoRefusalError(INVALID_OPERAND)
        for channel, steps in moves.items():
            self.plungers[channel] += steps
            column = self.columns[channel]
            if column is None or self.valves[channel] != 0:
                continue
            if steps > 0:
                column.draw(steps, self.in_liquid[channel])
            else:
                column.push_out(-steps, self._vessel_under(channel) if tracking else None)
        speeds = self.settings.get("SEP", [])
        for channel, steps in moves.items():
            speed = speeds[channel] if channel < len(speeds) else None
            self.now_s += abs(steps) * 2 / (speed or 900) / max(len(moves), 1)

    def _find_level(self, params: Params) -> None:
        channels = self._channels(params[0])
        if any(self.columns[channel] is None for channel in channels):
            raise EvoRefusalError(NOT_MOUNTED)
        self.now_s += 2.0
        found = {channel: self._vessel_under(channel) for channel in channels}
        if any(vessel is None or vessel.volume_ul <= 0 for vessel in found.values()):
            raise EvoRefusalError(NO_LIQUID)
        for channel, vessel in found.items():
            self.in_liquid[channel] = vessel

    def _fetch(self, params: Params) -> None:
        channels = self._channels(params[0])
        if any(self.columns[channel] is not None for channel in channels):
            raise EvoRefusalError(MOUNTED)
        self.now_s += 4.0
        missing = False
        for channel in channels:
            spot = self._spot_under(channel)
            if spot is None or not spot.has_tip:
                missing = True
                continue
            spot.has_tip = False
            self.columns[channel] = Column()
        if missing:
            raise EvoRefusalError(NOT_FETCHED)

    def _shed(self, params: Params) -> None:
        channels = self._channels(params[0])
        if any(self.columns[channel] is None for channel in channels):
            raise EvoRefusalError(NOT_MOUNTED)
        self.now_s += 2.0
        for channel in channels:
            spot = self._spot_under(channel)
            if spot is None or spot.has_tip:
                raise EvoRefusalError(INVALID_OPERAND)
            spot.has_tip, spot.was_used = True, True
            self.columns[channel] = None

    def _channels(self, mask: int | None) -> list[int]:
        return [channel for channel in range(self.tips) if (mask or 0) >> channel & 1]

    def _near(self, channel: int, at: Vessel | Spot) -> bool:
        dx = at.x_mm * 10 - ZERO_MM[0] * 10 - self.x
        dy = ZERO_MM[1] * 10 - at.y_mm * 10 - (self.y + channel * self.spacing)
        return max(abs(dx), abs(dy)) <= NEAR_TENTHS

    def _vessel_under(self, channel: int) -> Vessel | None:
        return next((each for each in self.vessels.values() if self._near(channel, each)), None)

    def _spot_under(self, channel: int) -> Spot | None:
        return next((each for each in self.spots.values() if self._near(channel, each)), None)
