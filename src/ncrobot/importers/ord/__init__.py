"""Reads records of the Open Reaction Database in JSON or text form."""

from ncrobot.importers.ord.drafting import draft_of_record
from ncrobot.importers.ord.records import Reaction, read_reaction
from ncrobot.importers.ord.smiles import SmilesError, smiles_formula

__all__ = ["Reaction", "SmilesError", "draft_of_record", "read_reaction", "smiles_formula"]
