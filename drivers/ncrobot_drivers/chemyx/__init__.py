"""Chemyx."""
