"""The code slot: what may cross."""

from isthmus.codes.code import Code, Crossing
from isthmus.codes.everything import Everything
from isthmus.codes.gaussian import Gaussian
from isthmus.codes.ordered import Ordered, code_sizes
from isthmus.codes.plain import Plain, Relu, Sigmoid

__all__ = [
    "Code",
    "Crossing",
    "Everything",
    "Gaussian",
    "Ordered",
    "Plain",
    "Relu",
    "Sigmoid",
    "code_sizes",
]
