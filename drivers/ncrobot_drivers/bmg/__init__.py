"""Drivers of BMG Labtech plate readers."""
