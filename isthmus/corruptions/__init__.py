"""The corruption slot: what is hidden from the encoder."""

from isthmus.corruptions.binary import Binary
from isthmus.corruptions.blocks import Blocks
from isthmus.corruptions.corruption import Corrupted, Corruption, Hiding, as_they_come
from isthmus.corruptions.deformation import Deformation
from isthmus.corruptions.grey import Grey
from isthmus.corruptions.held_back import HeldBack
from isthmus.corruptions.holes import Holes
from isthmus.corruptions.masking import Cells, Masking
from isthmus.corruptions.noise import GaussianNoise, SaltAndPepper
from isthmus.corruptions.none import NoCorruption
from isthmus.corruptions.parts import MissingParts
from isthmus.corruptions.resolution import LoweredResolution
from isthmus.corruptions.view import View

__all__ = [
    "Binary",
    "Blocks",
    "Cells",
    "Corrupted",
    "Corruption",
    "Deformation",
    "GaussianNoise",
    "Grey",
    "HeldBack",
    "Hiding",
    "Holes",
    "LoweredResolution",
    "Masking",
    "MissingParts",
    "NoCorruption",
    "SaltAndPepper",
    "View",
    "as_they_come",
]
