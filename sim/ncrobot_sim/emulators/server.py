"""The thread behind an emulated device: it paces bytes as the line would and keeps device time."""

from __future__ import annotations

import os
import queue
import select
import threading
import time
from collections import deque
from collections.abc import Callable

from ncrobot_sim.emulators.station import Station
from ncrobot_sim.emulators.wires import Wire

LONGEST_WAIT_S = 0.5
"""Real time after which the thread looks around, whatever it expects."""


class Server:
    """Serves one station on one wire until stopped. ``lock`` guards the station.

    Device time runs ``speed`` times as quick as real time; so do the bytes.
    """

    def __init__(self, station: Station, wire: Wire, speed: float) -> None:
        self.station = station
        self.lock = threading.RLock()
        self._wire = wire
        self._speed = speed
        self._start_s = time.monotonic()
        self._arriving: deque[tuple[float, bytes]] = deque()
        self._leaving: deque[tuple[float, bytes]] = deque()
        self._received_s = 0.0
        self._sent_s = 0.0
        self._back_s: float | None = None
        self._stop = False
        self._jobs: queue.SimpleQueue[tuple[Callable[[], None], threading.Event]]
        self._jobs = queue.SimpleQueue()
        self._wake_read, self._wake_write = os.pipe()
        name = f"emulator {station.device.kind} {wire.port}"
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def now_s(self) -> float:
        """Device time."""
        return (time.monotonic() - self._start_s) * self._speed

    def stop(self) -> None:
        """End the thread and pull the cable. A second call does nothing."""
        if self._stop:
            return
        self._stop = True
        self.wake()
        self._thread.join()
        self._wire.unplug()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def unplug(self) -> None:
        """Pull the cable now; what is on the line is lost."""
        self._let_do(self._unplug)

    def plug_in(self) -> None:
        """Plug the cable in again."""
        self._let_do(self._wire.plug_in)

    def _let_do(self, job: Callable[[], None]) -> None:
        """Have the thread do it: only it may close what it waits for."""
        if self._stop:
            return
        done = threading.Event()
        self._jobs.put((job, done))
        self.wake()
        while not done.wait(LONGEST_WAIT_S) and self._thread.is_alive():
            pass  # it is busy with what it has heard

    def _unplug(self) -> None:
        self._wire.unplug()
        self._arriving.clear()
        self._leaving.clear()
        self._back_s = None

    def wake(self) -> None:
        """Let the thread look at what has changed."""
        os.write(self._wake_write, b"!")

    def _serve(self) -> None:
        while not self._stop:
            self._wait()
            with self.lock:
                while not self._jobs.empty():
                    job, done = self._jobs.get()
                    try:
                        job()
                    finally:
                        done.set()
                now_s = self.now_s()
                self._take_in(now_s)
                while self._arriving and self._arriving[0][0] <= now_s:
                    at_s, data = self._arriving.popleft()
                    self.station.hear(data, at_s)
                self.station.advance(now_s)
                self._queue(self.station.speak(now_s), now_s)
                self._let_out(now_s)
                self._pull_or_plug(now_s)

    def _wait(self) -> None:
        with self.lock:
            times = [queue[0][0] for queue in (self._arriving, self._leaving) if queue]
            times += [t for t in (self.station.next_s(), self._back_s) if t is not None]
            left_s = (min(times) - self.now_s()) / self._speed if times else LONGEST_WAIT_S
            watched = [*self._wire.descriptors(), self._wake_read]
        ready, _, _ = select.select(watched, [], [], min(max(left_s, 0.0), LONGEST_WAIT_S))
        if self._wake_read in ready:
            os.read(self._wake_read, 4096)

    def _byte_s(self) -> float:
        device = self.station.device
        return device.bits_per_byte / device.baud

    def _take_in(self, now_s: float) -> None:
        """Read; the bytes have arrived when the line would have carried them."""
        got = self._wire.read()
        if not got:
            return
        baud = self._wire.baud()
        if baud is not None and baud != self.station.device.baud:
            return  # at another rate bytes are noise, which no device takes for a command
        self._received_s = max(self._received_s, now_s) + len(got) * self._byte_s()
        self._arriving.append((self._received_s, got))

    def _queue(self, data: bytes, now_s: float) -> None:
        """Let each byte leave when the line has carried it."""
        for number in range(len(data)):
            self._sent_s = max(self._sent_s, now_s) + self._byte_s()
            self._leaving.append((self._sent_s, data[number : number + 1]))

    def _let_out(self, now_s: float) -> None:
        due = b""
        while self._leaving and self._leaving[0][0] <= now_s:
            due += self._leaving.popleft()[1]
        if due:
            sent = self._wire.write(due)
            if sent < len(due):  # nobody reads: the rest waits its turn
                self._leaving.appendleft((now_s + 0.01 * self._speed, due[sent:]))

    def _pull_or_plug(self, now_s: float) -> None:
        pulling = self.station.unplugging
        if pulling is not None and pulling.at_s <= now_s:
            self.station.unplugging = None
            self._unplug()
            self._back_s = pulling.back_s
        if self._back_s is not None and self._back_s <= now_s:
            self._back_s = None
            self._wire.plug_in()
