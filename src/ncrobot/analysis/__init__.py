"""What measured data say: spectra, envelopes and chromatograms; pure functions of arrays."""
