"""Drivers: one plain class per make and model, found by entry point."""
