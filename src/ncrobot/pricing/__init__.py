"""Pricing: what a change to protocol, table or deck costs or saves, by really re-planning it."""

from ncrobot.pricing.pricing import Price, price_lines, priced
from ncrobot.pricing.remedies import remedies, remedy_lines

__all__ = ["Price", "price_lines", "priced", "remedies", "remedy_lines"]
