"""The benchmark of absorption spectra runs, and names nothing wrongly."""

from __future__ import annotations

from benchmarks import analytics_optical


def test_figures_are_made_and_nothing_is_named_wrongly():
    figures = analytics_optical.figures(count=60)
    assert figures["naming_ours_wrong"] == 0
    assert figures["naming_script_wrong"] > 0
    assert figures["naming_ours_right"] > 0
    assert figures["largest_share_error"] < 0.05
    assert all(value >= 0.0 for value in figures.values())
