"""Check bytes: each function takes the bytes that are covered and returns the check as sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import xor

Check = Callable[[bytes], bytes]
"""Turns the covered bytes into the bytes of the check."""


def xor_byte(covered: bytes) -> bytes:
    """Exclusive-or of all bytes, one byte."""
    return bytes([reduce(xor, covered, 0)])


def sum16_low_first(covered: bytes) -> bytes:
    """Sum of all bytes modulo 65536, low byte first."""
    return (sum(covered) & 0xFFFF).to_bytes(2, "little")


def crc16_ccitt(covered: bytes) -> bytes:
    """CRC-16 with polynomial 1021h from 0000h, not reflected, high byte first (CCITT, XMODEM)."""
    value = 0
    for byte in covered:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ (0x1021 if value & 0x8000 else 0)
            value &= 0xFFFF
    return value.to_bytes(2, "big")
