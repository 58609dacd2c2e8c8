"""Mass spectra: formulas with ligands, isotope envelopes, matching, charges, candidate series."""

from ncrobot.analysis.mass.calibration import Calibration, calibrate
from ncrobot.analysis.mass.candidates import (
    COUNTER_CATIONS,
    alloy_series,
    charge_states,
    deprotonated,
    exchange_series,
    in_window,
    near_mz,
    with_cations,
    with_change,
    with_losses,
)
from ncrobot.analysis.mass.charge_series import Carrier, ChargeSeries, charges_from_series
from ncrobot.analysis.mass.charges import ChargeFinding, charge_from_spacing
from ncrobot.analysis.mass.envelopes import Envelope, envelope, monoisotopic_mz
from ncrobot.analysis.mass.ions import ELECTRON_DA, Ion, parse_ion
from ncrobot.analysis.mass.isotopes import (
    IsotopePattern,
    average_mass_da,
    isotope_pattern,
    monoisotopic_mass_da,
)
from ncrobot.analysis.mass.ligands import LIGANDS, Ligand, ligand_abbreviations
from ncrobot.analysis.mass.matching import assigned_shares, identify, match_ion
from ncrobot.analysis.mass.mzml import read_mzml
from ncrobot.analysis.mass.peak_tables import read_peak_table
from ncrobot.analysis.mass.reading import ReadOutcome, ReadState, TimeTrace, WavelengthScan
from ncrobot.analysis.mass.resolution import Analyser, Resolution
from ncrobot.analysis.mass.spectrum import Spectrum, SpectrumMode
from ncrobot.analysis.mass.verdicts import Limits, Match, Verdict

__all__ = [
    "COUNTER_CATIONS",
    "ELECTRON_DA",
    "LIGANDS",
    "Analyser",
    "Calibration",
    "Carrier",
    "ChargeFinding",
    "ChargeSeries",
    "Envelope",
    "Ion",
    "IsotopePattern",
    "Ligand",
    "Limits",
    "Match",
    "ReadOutcome",
    "ReadState",
    "Resolution",
    "Spectrum",
    "SpectrumMode",
    "TimeTrace",
    "Verdict",
    "WavelengthScan",
    "alloy_series",
    "assigned_shares",
    "average_mass_da",
    "calibrate",
    "charge_from_spacing",
    "charge_states",
    "charges_from_series",
    "deprotonated",
    "envelope",
    "exchange_series",
    "identify",
    "in_window",
    "isotope_pattern",
    "ligand_abbreviations",
    "match_ion",
    "monoisotopic_mass_da",
    "monoisotopic_mz",
    "near_mz",
    "parse_ion",
    "read_mzml",
    "read_peak_table",
    "with_cations",
    "with_change",
    "with_losses",
]
