"""Exporters: a plan and its schedule in the language of another program."""
