"""Measures an exchange of our link beside a bare one: results/wire.json."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time

import serial

from benchmarks.measuring import write
from ncrobot.clock import WallClock
from ncrobot_drivers.link import Line, SerialLink, Terminated, Transcript

EXCHANGES = 2000
QUESTION, REPLY = b"/1Q\r", b"/0`0\r\n"

_PEER = """
import os, sys, tty
near, far = os.openpty()
tty.setraw(far)
print(os.ttyname(far), flush=True)
heard = b""
while True:
    heard += os.read(near, 4096)
    while b"\\r" in heard:
        _, _, heard = heard.partition(b"\\r")
        os.write(near, b"/0`0\\r\\n")
"""


def main() -> None:
    """Medians of both, by turns, against one far end in a process of its own."""
    with subprocess.Popen([sys.executable, "-c", _PEER], stdout=subprocess.PIPE, text=True) as peer:
        try:
            port = (peer.stdout.readline() if peer.stdout else "").strip()
            bare_us = _bare_us(port)
            ours_us = asyncio.run(_ours_us(port))
        finally:
            peer.kill()
    write(
        "wire",
        {
            "cpus": os.cpu_count(),
            "load_before": round(os.getloadavg()[0], 1),
            "exchanges": EXCHANGES,
            "bare_pyserial_us": round(bare_us, 1),
            "link_us": round(ours_us, 1),
            "ratio": round(ours_us / bare_us, 2),
            "overhead_us": round(ours_us - bare_us, 1),
            "same_on_a_real_line_at_9600_baud_us": round(1e6 * (len(QUESTION) + len(REPLY)) / 960),
        },
    )


def _bare_us(port: str) -> float:
    times = []
    with serial.Serial(port, 9600, timeout=1, exclusive=True) as line:
        for _ in range(EXCHANGES):
            begun_s = time.perf_counter()
            line.write(QUESTION)
            line.read(len(REPLY))
            times.append(time.perf_counter() - begun_s)
    return 1e6 * statistics.median(times)


async def _ours_us(port: str) -> float:
    times = []
    link = SerialLink(
        device="peer", port=port, line=Line(9600), framing=Terminated(b"\r", b"\r\n"),
        clock=WallClock(), transcript=Transcript(lambda _: None),
    )  # fmt: skip
    async with link:
        for _ in range(EXCHANGES):
            begun_s = time.perf_counter()
            await link.exchange(QUESTION[:-1], within_s=1.0)
            times.append(time.perf_counter() - begun_s)
    return 1e6 * statistics.median(times)


if __name__ == "__main__":
    main()
