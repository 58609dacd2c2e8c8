"""Drivers of Mettler-Toledo balances."""
