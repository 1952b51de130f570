"""The corruption slot: what is hidden from the encoder."""

from isthmus.corruptions.corruption import Corrupted, Corruption
from isthmus.corruptions.masking import Masking
from isthmus.corruptions.noise import GaussianNoise
from isthmus.corruptions.none import NoCorruption

__all__ = ["Corrupted", "Corruption", "GaussianNoise", "Masking", "NoCorruption"]
