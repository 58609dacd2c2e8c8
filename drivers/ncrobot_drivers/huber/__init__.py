"""Drivers of Huber thermostats."""
