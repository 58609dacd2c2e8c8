"""A device and its faults: what is heard goes in, what is to be said when comes out."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from ncrobot_sim.emulators.device import Answer, Emulator
from ncrobot_sim.emulators.faults import OF_THE_DEVICE, FaultKind, Switches, WireFault, noise


@dataclass(frozen=True, slots=True)
class Unplugging:
    """A cable that is pulled, and when it is plugged in again."""

    at_s: float
    back_s: float | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command as it was heard, and what was said to it."""

    at_s: float
    command: bytes
    reply: bytes
    fault: FaultKind | None = None


class Station:
    """One device under test. Pure: all times are handed in, in the device's seconds."""

    def __init__(self, device: Emulator, faults: Iterable[WireFault] = ()) -> None:
        self.device = device
        self.switches = Switches(faults)
        self.exchanges: deque[Exchange] = deque(maxlen=100_000)
        self.unplugging: Unplugging | None = None
        self._heard = b""
        self._heard_s = 0.0
        self._speeches: list[tuple[float, int, bytes]] = []
        self._sufferings: list[tuple[float, int, FaultKind]] = []
        self._numbers = itertools.count()

    def hear(self, data: bytes, now_s: float) -> None:
        """Take bytes from the line and carry out the commands that they complete."""
        self.advance(now_s)
        patience_s = self.device.patience_s
        if patience_s is not None and now_s - self._heard_s > patience_s:
            self._heard = b""
        self._heard, self._heard_s = self._heard + data, now_s
        while self._heard and (split := self.device.split(self._heard)) is not None:
            command, self._heard = split
            if command:
                self._carry_out(command, now_s)
                self.advance(now_s)  # what hits it with one command hits it before the next

    def advance(self, now_s: float) -> None:
        """Let time pass: for the device, and for the faults that wait for their moment."""
        while self._sufferings and self._sufferings[0][0] <= now_s:
            at_s, _, kind = heapq.heappop(self._sufferings)
            self.device.advance(at_s)
            self.device.suffer(kind, at_s)
            if kind is FaultKind.RESET:
                self._heard = b""
                self._speeches = [speech for speech in self._speeches if speech[0] <= at_s]
                heapq.heapify(self._speeches)
        self.device.advance(now_s)
        for at_s, data in self.device.take_said(now_s):
            self._say(data, at_s)

    def next_s(self) -> float | None:
        """When something is due next."""
        times = [queue[0][0] for queue in (self._speeches, self._sufferings) if queue] + [
            time for time in (self.device.next_event_s(),) if time is not None
        ]
        if self.unplugging is not None:
            times.append(self.unplugging.at_s)
        return min(times, default=None)

    def speak(self, now_s: float) -> bytes:
        """What is to be sent by now; told once."""
        said = b""
        while self._speeches and self._speeches[0][0] <= now_s:
            said += heapq.heappop(self._speeches)[2]
        return said

    def _carry_out(self, command: bytes, now_s: float) -> None:
        fault = self.switches.strike(command)
        if fault is not None and fault.kind is FaultKind.DEAF:
            self.exchanges.append(Exchange(now_s, command, b"", fault.kind))
            return
        answer = self.device.answer(command, now_s)
        whole = answer if isinstance(answer, Answer) else Answer(answer, self.device.reply_after_s)
        said, after_s = whole
        if fault is not None:
            said, after_s = self._spoilt(fault, command, whole, now_s)
        self.exchanges.append(Exchange(now_s, command, said, fault.kind if fault else None))
        if said:
            self._say(said, now_s + after_s)

    def _spoilt(
        self, fault: WireFault, command: bytes, answer: Answer, now_s: float
    ) -> tuple[bytes, float]:
        data, after_s = answer
        number = len(self.exchanges)
        if fault.kind in OF_THE_DEVICE:
            entry = (now_s + fault.delay_s, next(self._numbers), fault.kind)
            heapq.heappush(self._sufferings, entry)
        elif fault.kind is FaultKind.DISCONNECT:
            at_s = now_s + fault.delay_s
            back = fault.back_after_s
            self.unplugging = Unplugging(at_s, None if back is None else at_s + back)
        elif fault.kind is FaultKind.LATE:
            after_s += fault.delay_s
        elif fault.kind is FaultKind.WRONG_CHECKSUM:
            data = (self.device.spoil(data) if data else None) or data
        else:
            data = {
                FaultKind.SILENCE: b"",
                FaultKind.GARBAGE: noise(number),
                FaultKind.NOISE: noise(number) + data,
                FaultKind.UNASKED: noise(number) + b"\r\n" + data,
                FaultKind.TRUNCATED: data[: len(data) // 2],
                FaultKind.DUPLICATE: data + data,
                FaultKind.ECHO: command + data,
            }[fault.kind]
        return data, after_s

    def _say(self, data: bytes, at_s: float) -> None:
        heapq.heappush(self._speeches, (at_s, next(self._numbers), data))
