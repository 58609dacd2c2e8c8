"""Drivers for Runze Fluid devices."""
