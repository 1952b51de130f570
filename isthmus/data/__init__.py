"""Anything a user has -> arrays: files and folders of every common form, and the built-in sets."""

from isthmus.data.builtin import BuiltinSet
from isthmus.data.dataset import Dataset, Skipped
from isthmus.data.open import builtin_sets, open_data, settings_of
from isthmus.data.parts import Parts
from isthmus.data.spectra import Spectrum
from isthmus.data.table import TableEncoding
from isthmus.data.user_items import UserItems

__all__ = [
    "BuiltinSet",
    "Dataset",
    "Parts",
    "Skipped",
    "Spectrum",
    "TableEncoding",
    "UserItems",
    "builtin_sets",
    "open_data",
    "settings_of",
]
