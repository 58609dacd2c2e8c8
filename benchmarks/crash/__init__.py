"""Plates that are killed at every point, and resumed."""
