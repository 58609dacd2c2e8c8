"""Drivers of Atlas Scientific probes."""
