"""Drivers of Alicat flow controllers."""
