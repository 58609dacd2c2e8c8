"""Interlocks at run time: what a readback or a level forbids, seen before the act."""

from __future__ import annotations

from ncrobot.engine.interlocks.nests import PATIENCE_S, POLL_S, Interlocks

__all__ = ["PATIENCE_S", "POLL_S", "Interlocks"]
