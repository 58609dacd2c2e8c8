"""Mass spectra: formulas with ligands, isotope envelopes, matching, charges, candidate series."""
