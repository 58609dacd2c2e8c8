"""Opentrons: robots and modules."""
