"""Drivers for Harvard Apparatus pumps."""
