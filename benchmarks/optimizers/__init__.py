"""Compares optimizers on response surfaces whose best conditions are known."""
