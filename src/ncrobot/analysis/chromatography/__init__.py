"""Chromatograms: baselines, peaks, purity, carry-over, diode arrays and ion traces."""
