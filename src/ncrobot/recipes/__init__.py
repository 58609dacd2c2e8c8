"""The shipped reaction systems: the catalogue, what each needs of the language, trials."""

from ncrobot.recipes.catalogue import Catalogue, Entry, load_catalogue
from ncrobot.recipes.features import FEATURES, Feature, features_of

__all__ = ["FEATURES", "Catalogue", "Entry", "Feature", "features_of", "load_catalogue"]
