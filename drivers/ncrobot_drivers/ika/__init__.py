"""Drivers of IKA hotplate stirrers."""
