"""The loss slot: what must come out, and what the code costs."""

from isthmus.losses.agreement import Agreement
from isthmus.losses.cielab import CIELab
from isthmus.losses.code_cost import L1, Contractive, PriorDivergence, Sparsity
from isthmus.losses.held import Held
from isthmus.losses.multinomial import Multinomial
from isthmus.losses.perceptual import Perceptual
from isthmus.losses.rate import Rate
from isthmus.losses.reconstruction import BinaryCrossEntropy, GaussianLikelihood, SquaredError
from isthmus.losses.record import Record
from isthmus.losses.spread import Spread
from isthmus.losses.term import Term, resolve_loss, total_loss
from isthmus.losses.told import ToldClasses, ToldValues

__all__ = [
    "L1",
    "Agreement",
    "BinaryCrossEntropy",
    "CIELab",
    "Contractive",
    "GaussianLikelihood",
    "Held",
    "Multinomial",
    "Perceptual",
    "PriorDivergence",
    "Rate",
    "Record",
    "Sparsity",
    "Spread",
    "SquaredError",
    "Term",
    "ToldClasses",
    "ToldValues",
    "resolve_loss",
    "total_loss",
]
