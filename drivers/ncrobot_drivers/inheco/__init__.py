"""Drivers of Inheco temperature controllers."""
