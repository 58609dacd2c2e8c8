"""Drivers of Ocean Insight spectrometers."""
