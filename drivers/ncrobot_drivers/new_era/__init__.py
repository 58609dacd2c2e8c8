"""Drivers for New Era pumps."""
