"""Lets `python -m ncrobot` do what `ncrobot` does."""

from ncrobot.cli import main

main()
