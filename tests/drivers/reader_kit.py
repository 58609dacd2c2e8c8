"""Plate readers at the far end of PyLabRobot's own transports, written from what it says and hears.

They share no code with the drivers. A well's absorbance tells its place and the wavelength, so that
nothing can be taken for another; where wells are is told by the positions that the reader is given.
"""

from __future__ import annotations

import math
import re
import struct
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

A1_MM, PITCH_MM = (14.38, 11.24), 9.0
"""Centre of A1 from the upper left corner, and from well to well (ANSI SLAS 4-2004)."""


def true_au(row, column, nm):
    """Absorbance of a well; that of H12 lies a little below zero."""
    return 0.9 - 0.11 * row - 0.007 * column - 0.0001 * (nm - 300)


def well_at(x_mm, y_mm):
    """Row and column of the well under a place."""
    column, row = (x_mm - A1_MM[0]) / PITCH_MM, (y_mm - A1_MM[1]) / PITCH_MM
    assert abs(column - round(column)) < 0.1, f"no well at {x_mm} mm, {y_mm} mm"
    assert abs(row - round(row)) < 0.1, f"no well at {x_mm} mm, {y_mm} mm"
    return round(row), round(column)


class SpectraMaxLine:
    """A SpectraMax on a serial line: give its ``answer`` to a peer."""

    def __init__(self, readtype="ABSPLA", fields=2):
        self.readtype, self.fields = readtype, fields
        self.told, self.blocks, self.state = [], deque(), {"!CLEAR": []}
        self.fails, self.busy, self.dark, self.shifts = {}, 0, set(), 0

    def answer(self, pending):
        if not pending.endswith(b"\r"):
            return None
        command = pending.decode().strip()
        self.told.append(command)
        name, *words = command.split()
        code = self.fails.pop(name, None)
        if code is not None:
            return f"FAIL\t{code}\r\n>".encode()
        return "".join(f"{part}\r\n>" for part in self.reply(name, words)).encode()

    def reply(self, name, words):
        if name == "!STATUS":
            self.busy -= 1
            return ["OK", f"12.5\t{'BUSY' if self.busy >= 0 else 'IDLE'}\t0"]
        if name == "!OPTION":
            return ["OK", "FW 2.0 OPT 3"]
        if name == "!TRANSFER":
            return ["OK", self.blocks.popleft()]
        if name == "!READTYPE":
            assert words == [self.readtype]
            return ["OK"] * self.fields
        if name == "!READ":
            self.read()
        self.state[name] = words
        return ["OK", "OK"] if name == "!SPEED" else ["OK"]

    def read(self):
        mode, *figures = self.state["!MODE"]
        x, y = self.state["!XPOS"], self.state["!YPOS"]
        assert self.state["!STRIP"] == ["1", x[2]]
        assert self.state["!CLEAR"] == ["DATA"]
        self.blocks.clear()
        if mode == "ENDPOINT":
            named = [int(word) for word in self.state["!WAVELENGTH"]]
            self.blocks.append(self.block(named, x, y))
            return
        start, step, count = map(int, figures)
        for number in range(count):
            self.blocks.append(self.block([start + step * number + self.shifts], x, y))

    def block(self, wavelengths, x, y):
        lines = ["4711.5\t25.1\t96-well", "L:\t" + "\t".join(map(str, wavelengths))]
        for nm in wavelengths:
            lines.append(f"L:\t{nm}")
            for column in range(int(x[2])):
                places = [
                    well_at(float(x[0]) + column * float(x[1]), float(y[0]) + row * float(y[1]))
                    for row in range(int(y[2]))
                ]
                figures = [
                    "#SAT" if at in self.dark else f"{true_au(*at, nm):.4f}" for at in places
                ]
                lines.append(f"{column + 1}:\t" + "\t".join(figures))
        return "\r\n".join(lines)


class BioTekAdapter:
    """Stands in for PyLabRobot's FTDI, with a BioTek reader behind it."""

    made: list[BioTekAdapter] = []  # noqa: RUF012 - a test empties it

    def __init__(self, device_id=None, human_readable_device_name=""):
        del human_readable_device_name
        self.device_id, self.out, self.wants, self.plate = device_id, b"", "", ""
        self.told, self.dark, self.breaks, self.later = [], set(), "", b""
        self.made.append(self)

    async def setup(self): ...

    async def stop(self): ...

    async def usb_reset(self): ...

    async def set_latency_timer(self, latency): ...

    async def set_baudrate(self, baudrate): ...

    async def set_line_property(self, bits, stopbits, parity): ...

    async def set_flowctrl(self, flowctrl): ...

    async def set_rts(self, level): ...

    async def usb_purge_tx_buffer(self): ...

    async def usb_purge_rx_buffer(self):
        self.out = b""

    async def read(self, number=1):
        got, self.out = self.out[:number], self.out[number:]
        if not got:  # figures come when the plate was read, not with the reply to the order
            self.out, self.later = self.later, b""
        return got

    async def write(self, data):
        text = data.decode()
        self.told.append(text)
        if self.wants:
            name, self.wants = self.wants, ""
            self.out += self.parameter(name, text)
        elif text in "&yDi":
            self.wants, self.out = text, self.out + b"\x06"
        else:
            self.out += self.plain(text)
        return len(data)

    def plain(self, name):
        if name == "O":
            self.later = b"" if self.breaks else self.figures()
            return b"\x06" + (b"1E05" if self.breaks else b"0000") + b"\x03"
        told = {"e": "1650200  Version 1.04   0000", "C": "07040215        0000", "h": "2360000"}
        return b"\x06" + told.get(name, "0000").encode() + b"\x03"

    def parameter(self, name, text):
        if name == "y":
            self.plate = text
            assert text[:4] == "0812"
            told = [int(text[4 + 5 * n : 9 + 5 * n]) for n in range(4)]
            assert max(abs(a - b) for a, b in zip(told, plate_ends(), strict=True)) < 20
        if name == "D":
            body, check = text[:-3], text[-3:-1]
            assert sum(body.encode()) % 100 == int(check)
            found = re.fullmatch(
                r"004701(\d\d)(\d\d)(\d\d)(\d\d)0001200100001100100000106\d{5}(\d{4})1", body
            )
            assert found is not None, body
            self.rectangle = tuple(map(int, found.groups()))
            return b"0350000000000000010000000000490300000\x03"
        return b"0000\x03"

    def figures(self):
        top, left, bottom, right, nm = self.rectangle
        rows = []
        for row in range(top, bottom + 1):
            columns = range(left, right + 1)
            ordered = columns if (row - top) % 2 == 0 else reversed(columns)
            rows.append(",".join(f"{row:02},{c:02},{self.figure(row, c, nm)}" for c in ordered))
        return (
            f"01,1,\r000:00:00.0,{nm % 1000:03},".encode()
            + "\r\n,".join(rows).encode()
            + (b"\r\n228\x1a041\x1a0000\x03")
        )

    def figure(self, row, column, nm):
        at = (row - 1, column - 1)
        return "*****" if at in self.dark else f"{true_au(*at, nm):+.4f}"


def plate_ends():
    """Centres of A1 and H12 as BioTek wants them: hundredths of a mm, y before x."""
    x, y = A1_MM
    return [int(100 * each) for each in (y, y + 7 * PITCH_MM, x, x + 11 * PITCH_MM)]


BRIGHT, DARK = 60_000, 400


class InfiniteUsb:
    """Stands in for PyLabRobot's USB, with an Infinite behind it."""

    made: list[InfiniteUsb] = []  # noqa: RUF012 - a test empties it

    def __init__(self, **keywords):
        del keywords
        self.told, self.out, self.is_set_up = [], b"", False
        self.nm, self.reads, self.dark, self.silent, self.drawer = 0, 0, set(), False, "IN"
        self.made.append(self)

    async def setup(self):
        self.is_set_up = True

    async def stop(self):
        self.is_set_up = False

    async def read(self, size=None):
        if not self.out:
            raise TimeoutError("nothing came")
        got, self.out = self.out[:size], self.out[size:]
        return got

    async def write(self, data):
        assert data[:1] == b"\x02"
        assert data[-1:] == b"\x0d"
        text = data[1 : data.index(b"\x03")]
        check = 1
        for byte in text:
            check ^= byte
        assert data[len(text) + 1 :] == b"\x03\x00\x00" + bytes([len(text), check]) + b"\x0d"
        self.told.append(text.decode())
        if not self.silent:
            self.obey(text.decode())

    def say(self, text):
        self.out += b"\x02" + text.encode() + b"\x03\x00\x00\x00\x00\x0d"

    def send(self, payload):
        self.say(f"{len(payload)},BIN:")
        self.out += payload + b"\x00\x00\x00\x00"

    def obey(self, text):
        if text.startswith("#"):
            self.say("500~700|700:3000" if "BEAM" in text else "1:5")
            return
        if found := re.match(r"EXCITATION 1,ABS,(\d+),(\d+),0", text):
            self.nm = int(found[1]) / 10
        if found := re.match(r"READS 1,NUMBER=(\d+)", text):
            self.reads = int(found[1])
        if found := re.fullmatch(r"ABSOLUTE MTP,(IN|OUT)", text):
            self.drawer = found[1]
        if found := re.search(r"MTP,(?:X=(\d+),)?Y=(\d+)", text):
            self.y_mm = int(found[2]) / 1000
        if text == "PREPARE REF":
            item = struct.pack(">IHHHHHHH", 0, 0, 1, DARK, BRIGHT, 1, DARK, BRIGHT)
            self.send(struct.pack(">HH", 0, round(self.nm * 10)) + item)
        if found := re.fullmatch(r"SCANX (\d+),(\d+),(\d+)", text):
            self.scan(*map(int, found.groups()))
        self.say("ST")

    def scan(self, start, end, count):
        for number in range(count):
            x_mm = (start + (end - start) * number / max(count - 1, 1)) / 1000
            at = well_at(x_mm, self.y_mm)
            through = 0.0 if at in self.dark else 10 ** -true_au(*at, self.nm)
            read = (DARK + round((BRIGHT - DARK) * min(through, 1.09)), BRIGHT)
            items = struct.pack(">6xHH", *read) * self.reads
            self.send(struct.pack(">HH", 1, round(self.nm * 10)) + items)


class SparkUsb:
    """Stands in for PyLabRobot's USB, with the modules of a Spark behind it."""

    bench: SparkBench

    def __init__(self, id_vendor, id_product, **keywords):
        del id_vendor, keywords
        self.product, self._executor, self.dev = id_product, None, object()

    async def setup(self, *, empty_buffer=True):
        assert not empty_buffer
        if self.product not in self.bench.modules:
            raise RuntimeError("no such device")
        self._executor = ThreadPoolExecutor(max_workers=2)

    async def stop(self):
        self._executor.shutdown()

    async def write(self, data):
        indicator, number, length = struct.unpack(">BBH", data[:4])
        assert indicator == 1
        assert len(data) == 5 + length
        self.bench.obey(data[4:-1].decode(), number)

    def _read_packet(self, size=None, timeout=None, endpoint=None):
        del size
        data = self.product == SparkBench.ABSORPTION and endpoint is not None
        queue = self.bench.data if data else self.bench.status
        until = time.monotonic() + min(timeout, 0.5)
        while not data and time.monotonic() < until and not self.bench.may_tell():
            time.sleep(0.001)
        ready = queue if data or self.bench.may_tell() else None
        return bytearray(queue.popleft()) if ready else None


class SparkBench:
    """What the modules of a Spark share: what they were told, and what they have to say."""

    ABSORPTION, TRANSPORT = 0x8026, 0x8028
    BUSY, READY, ERROR, HEAD, FIGURES = 132, 129, 134, 136, 131

    def __init__(self):
        self.modules = {self.ABSORPTION, self.TRANSPORT}
        self.told, self.status, self.data = [], deque(), deque()
        self.position, self.waves, self.reads = "PLATE_IN", [], 0
        self.dark, self.fails, self.loses, self.deaf = set(), "", None, False

    def may_tell(self):
        """It is ready when its figures were taken; that it is busy it says at once."""
        return bool(self.status) and (self.status[0][0] == self.BUSY or not self.data)

    @staticmethod
    def packet(indicator, number, payload):
        body = struct.pack(">BBH", indicator, number, len(payload)) + payload
        check = 0
        for byte in body:
            check ^= byte
        return body + bytes([check])

    def obey(self, text, number):
        self.told.append(text)
        if self.fails and text.startswith(self.fails):
            error = struct.pack(">IH", 12, 304) + b"lamp is dark|ABS"
            self.status.append(self.packet(self.ERROR, number, error))
            return
        said = b""
        self.status.append(self.packet(self.BUSY, number, bytes(4)))
        if text.startswith("?ABSOLUTE"):
            said = f"POSITION={self.position}".encode()
        elif text.startswith("?CONFIG"):
            said = b"4711"
        elif text.startswith("ABSOLUTE") and not self.deaf:
            self.position = text.rpartition("POSITION=")[2]
        elif found := re.search(r"WAVELENGTH=(\d+)(?:~(\d+):(\d+))?", text):
            first, last, step = (int(each) if each else None for each in found.groups())
            self.waves = [first] if last is None else list(range(first, last + 1, step))
            self.has_range = last is not None
        elif found := re.search(r"COUNT=(\d+)", text):
            self.reads = int(found[1])
        elif text.startswith("PREPARE REFERENCE=YES"):
            self.reference(number)
        elif text.startswith("SCAN X"):
            self.scan(text, number)
        self.status.append(self.packet(self.READY, number, said))

    def reference(self, number):
        """A head of two groups, dark and bright: how often, and then wavelength, reference, light."""
        self.data.append(self.packet(self.HEAD, number, b"\x13"))
        self.data.append(self.packet(self.FIGURES, number, struct.pack(">H", 2)))
        for kinds, figures in ((b"\x15\x16", (DARK, DARK)), (b"\x00\x02", (BRIGHT, BRIGHT))):
            self.data.append(
                self.packet(
                    self.HEAD, number, b"\x12\x0b" + kinds if self.has_range else b"\x12" + kinds
                )
            )
            payload = struct.pack(">H", len(self.waves))
            for wave in self.waves:
                payload += struct.pack(">H", wave) if self.has_range else b""
                payload += struct.pack(">HH", *figures)
            self.cut(payload, number)

    def scan(self, text, number):
        start, end, count, y = map(
            int, re.match(r"SCAN X=(\d+)~(\d+)%(\d+) Y=(\d+)", text).groups()
        )
        if self.loses == well_at(start / 1000, y / 1000)[0]:
            return
        kinds = b"\x12\x0b\x12\x00\x02" if self.has_range else b"\x12\x12\x00\x02"
        self.data.append(self.packet(self.HEAD, number, kinds))
        payload = struct.pack(">H", count * len(self.waves))
        for place in range(count):
            x_mm = (start + (end - start) * place / (count - 1)) / 1000
            at = well_at(x_mm, y / 1000)
            for wave in self.waves:
                through = 0.0 if at in self.dark else 10 ** -true_au(*at, wave / 10)
                figure = DARK + round((BRIGHT - DARK) * min(through, 1.09))
                payload += struct.pack(">H", wave) if self.has_range else b""
                payload += (
                    struct.pack(">H", self.reads) + struct.pack(">HH", BRIGHT, figure) * self.reads
                )
        self.cut(payload, number)

    def cut(self, payload, number):
        for at in range(0, len(payload), 900):
            self.data.append(self.packet(self.FIGURES, number, payload[at : at + 900]))


def nearly(value, row, column, nm):
    """Whether a figure is that of a well, within what counts of sixteen bits can tell."""
    return math.isclose(value, true_au(row, column, nm), abs_tol=3e-4)
