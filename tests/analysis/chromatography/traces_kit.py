"""Chromatograms drawn from Gauss peaks, with drift and noise."""

from __future__ import annotations

import numpy as np

from ncrobot.analysis.chromatography.chromatogram import Chromatogram, DiodeArray

ROOT_TWO_PI = float(np.sqrt(2.0 * np.pi))


def gauss(time, centre, sigma, height, tail=1.0):
    """One peak; behind its top it is ``tail`` times as wide."""
    width = np.where(time < centre, sigma, sigma * tail)
    return height * np.exp(-0.5 * ((time - centre) / width) ** 2)


def area(sigma, height, tail=1.0):
    return ROOT_TWO_PI * sigma * height * 0.5 * (1.0 + tail)


def run(*peaks, end=35.0, step=0.01, noise=0.0, drift=0.0, seed=1, unit="mAU"):
    """A chromatogram; each peak is (centre, sigma, height) or with a tail behind."""
    time = np.arange(0.0, end, step)
    signal = sum((gauss(time, *peak) for peak in peaks), np.zeros(time.size))
    signal = signal + drift * (20.0 + 10.0 * np.sin(time / 12.0) + 0.8 * time)
    signal += noise * np.random.default_rng(seed).standard_normal(time.size)
    return Chromatogram(time, signal, unit)


def array_of(*parts, end=12.0, step=0.02, noise=0.0, seed=1):
    """A diode array; each part is (centre, sigma, height, band in nm)."""
    time, nm = np.arange(0.0, end, step), np.arange(300.0, 800.0, 5.0)
    signal = np.zeros((time.size, nm.size))
    for centre, sigma, height, band in parts:
        spectrum = np.exp(-0.5 * ((nm - band) / 60.0) ** 2) + 0.3
        signal += np.outer(gauss(time, centre, sigma, height), spectrum)
    signal += noise * np.random.default_rng(seed).standard_normal(signal.shape)
    return DiodeArray(time, nm, signal, "mAU")
