"""Drivers of Agilent BioTek plate readers."""
