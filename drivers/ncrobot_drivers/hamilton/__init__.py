"""Drivers for Hamilton devices."""
