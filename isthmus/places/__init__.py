"""Where items lie on a map that keeps neighbours: t-SNE, with forces by grids."""

from isthmus.places.arranging import arrange
from isthmus.places.forces import Attraction, Repulsion
from isthmus.places.ties import nearest_of, ties_of

__all__ = ["Attraction", "Repulsion", "arrange", "nearest_of", "ties_of"]
