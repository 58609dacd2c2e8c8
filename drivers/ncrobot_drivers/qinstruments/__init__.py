"""Drivers of QInstruments shakers."""
