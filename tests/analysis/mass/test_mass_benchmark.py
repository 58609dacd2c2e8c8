"""The benchmark of the analysis runs, agrees with the libraries, and names nothing wrongly."""

from __future__ import annotations

from benchmarks import analytics, analytics_mass, analytics_optical


def test_the_parts_give_figures_that_agree_with_the_libraries(monkeypatch):
    written = {}
    monkeypatch.setattr(analytics, "write", lambda name, figures: written.update({name: figures}))
    small = analytics_mass.figures(spectra=4, count=3, points=200)
    monkeypatch.setattr(analytics_mass, "figures", lambda: small)
    monkeypatch.setattr(analytics_optical, "figures", dict)
    analytics.main()
    figures = written["analytics"]
    assert figures["mass.largest_line_error_ppm_to_isospec"] < 0.1
    assert figures["mass.smallest_cosine_to_isospec"] > 0.9999
    assert figures["mass.dimers_wrong"] == figures["mass.strangers_wrong"] == 0
    assert figures["mass.strangers_right"] == 0
    total = sum(figures[f"mass.dimers_{each}"] for each in ("right", "wrong", "cannot_tell"))
    assert total == figures["mass.dimers_in_noise_spectra"] == 4
    assert all(value >= 0.0 for value in figures.values() if isinstance(value, float))


def test_outcomes_are_counted_rightly():
    assert analytics_mass.outcome([], "a") == "cannot_tell"
    assert analytics_mass.outcome(["a"], "a") == "right"
    assert analytics_mass.outcome(["b"], "a") == "wrong"
    assert analytics_mass.outcome(["a", "b"], "a") == "wrong"
