"""The two framings of Cavro pumps, as their manual prints them (733085-B).

Terminal (DT): ``/`` address text CR, answered by ``/0`` status text ETX CR LF. OEM: STX address
sequence text ETX xor, answered by STX ``0`` status text ETX xor.
"""

from __future__ import annotations

from typing import NamedTuple

STX, ETX, CR, SLASH = 0x02, 0x03, 0x0D, 0x2F
LONGEST = 255


class Command(NamedTuple):
    """A command as it came: ``sequence`` is 0 in DT; ``intact`` is False if its check is wrong."""

    address: int
    sequence: int
    repeated: bool
    text: str
    oem: bool
    intact: bool


def split(buffer: bytes, *, oem_only: bool) -> tuple[bytes, bytes] | None:
    """Take the first whole frame off the buffer; what stands before it is dropped.

    An empty command means that all of it was noise.
    """
    starts = (STX,) if oem_only else (STX, SLASH)
    begin = next((n for n, byte in enumerate(buffer) if byte in starts), None)
    if begin is None:
        return b"", b""
    ahead = buffer[begin:]
    if ahead[0] == STX:
        end = ahead.find(ETX) + 2 if ETX in ahead else 0
    else:
        end = ahead.find(CR) + 1
        ahead, end = ahead[(skip := max(ahead.rfind(SLASH, 0, end), 0)) :], end - skip
    if end <= 0 or end > len(ahead):
        # Too long for the pump's buffer: this start was noise.
        return split(ahead[1:], oem_only=oem_only) if len(ahead) > LONGEST + 8 else None
    return ahead[:end], ahead[end:]


def read(frame: bytes) -> Command:
    """Read a whole frame."""
    if frame[0] == SLASH:
        body = frame[1:-1]
        address = body[0] if body else 0
        return Command(address, 0, False, body[1:].decode("latin-1"), False, True)
    check = 0
    for byte in frame[:-1]:
        check ^= byte
    body = frame[1:-2]
    if len(body) < 2:
        return Command(0, 0, False, "", True, False)
    number = body[1] - 0x30
    text = body[2:].decode("latin-1")
    return Command(body[0], number & 7, bool(number & 8), text, True, check == frame[-1])


def answer(status: int, text: str, *, oem: bool) -> bytes:
    """Frame an answer."""
    inner = b"0" + bytes([status]) + text.encode("latin-1")
    if not oem:
        return b"/" + inner + bytes([ETX, CR, 0x0A])
    framed = bytes([STX]) + inner + bytes([ETX])
    check = 0
    for byte in framed:
        check ^= byte
    return framed + bytes([check])


def addressed(address: int, own: int) -> tuple[bool, bool]:
    """Whether a frame is for the pump at switch ``own`` (0..14), and whether it is to answer it.

    31h..3Fh is one pump, 41h.. a pair, 51h.. four, 5Fh all; groups get no answer.
    """
    if address == 0x31 + own:
        return True, True
    if address == 0x5F:
        return True, False
    if 0x51 <= address < 0x5F:
        return (address - 0x51) // 4 == own // 4, False
    if 0x41 <= address < 0x51:
        return (address - 0x41) // 2 == own // 2, False
    return False, False
