"""The shipped reaction systems: the catalogue, what each needs of the language, trials."""

from ncrobot.recipes.catalogue import Catalogue, Entry, load_catalogue
from ncrobot.recipes.features import FEATURES, Feature, features_of
from ncrobot.recipes.lookouts import IonLookout, Lookout, ions_to_match, lookouts_of
from ncrobot.recipes.outcomes import Outcome, Outcomes, PersonTask, PlateTrial
from ncrobot.recipes.trial import Files, try_plate
from ncrobot.recipes.trials import load_outcomes, try_recipes, untried

__all__ = [
    "FEATURES",
    "Catalogue",
    "Entry",
    "Feature",
    "Files",
    "IonLookout",
    "Lookout",
    "Outcome",
    "Outcomes",
    "PersonTask",
    "PlateTrial",
    "features_of",
    "ions_to_match",
    "load_catalogue",
    "load_outcomes",
    "lookouts_of",
    "try_plate",
    "try_recipes",
    "untried",
]
