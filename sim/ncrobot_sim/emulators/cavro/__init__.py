"""Emulated pumps that speak Cavro's language: one machine, of which each model is a variety."""

from ncrobot_sim.emulators.cavro.machine import CavroPump

__all__ = ["CavroPump"]
