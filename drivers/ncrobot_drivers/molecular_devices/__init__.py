"""Drivers of Molecular Devices plate readers."""
