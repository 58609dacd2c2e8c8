"""Drivers for Tecan devices."""
