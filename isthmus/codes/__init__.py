"""The code slot: what may cross."""

from isthmus.codes.code import Code, Crossing
from isthmus.codes.counting import Counting
from isthmus.codes.draws import Draws
from isthmus.codes.everything import Everything
from isthmus.codes.gaussian import Gaussian
from isthmus.codes.ordered import Ordered, code_sizes
from isthmus.codes.plain import Plain, Relu, Sigmoid
from isthmus.codes.prior import Prior
from isthmus.codes.quantised import Quantised
from isthmus.codes.steps import LARGEST_NUMBER, N_STEPS, ONE, STEPS, rounded
from isthmus.codes.whole_prior import WholePrior

__all__ = [
    "LARGEST_NUMBER",
    "N_STEPS",
    "ONE",
    "STEPS",
    "Code",
    "Counting",
    "Crossing",
    "Draws",
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
    "rounded",
]
