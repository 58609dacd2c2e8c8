"""Drivers of Julabo thermostats."""
