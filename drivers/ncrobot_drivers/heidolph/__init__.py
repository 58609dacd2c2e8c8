"""Drivers of Heidolph hotplate stirrers."""
