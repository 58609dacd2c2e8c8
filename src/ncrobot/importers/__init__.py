"""Recipes in other people's forms: XDL files and records of the Open Reaction Database."""

from ncrobot.importers.importing import Asked, Imported, import_recipe
from ncrobot.importers.supplement import Supplement, load_supplement

__all__ = ["Asked", "Imported", "Supplement", "import_recipe", "load_supplement"]
