"""The page of a run's results: objectives over the plate, spectra, chromatograms, doubts."""

from __future__ import annotations

from ncrobot.reports.outcomes.figure import write_figure
from ncrobot.reports.outcomes.page import ResultFacts, results_html

__all__ = ["ResultFacts", "results_html", "write_figure"]
