"""The code slot: what may cross."""

from isthmus.codes.code import Code, Crossing
from isthmus.codes.everything import Everything
from isthmus.codes.gaussian import Gaussian
from isthmus.codes.ordered import Ordered, code_sizes
from isthmus.codes.plain import Plain, Relu, Sigmoid
from isthmus.codes.prior import Prior
from isthmus.codes.quantised import Quantised
from isthmus.codes.steps import N_STEPS, ONE, STEPS
from isthmus.codes.whole_prior import WholePrior

__all__ = [
    "N_STEPS",
    "ONE",
    "STEPS",
    "Code",
    "Crossing",
    "Everything",
    "Gaussian",
    "Ordered",
    "Plain",
    "Prior",
    "Quantised",
    "Relu",
    "Sigmoid",
    "WholePrior",
    "code_sizes",
]
