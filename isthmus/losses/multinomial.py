"""The likelihood of what a user has, where the output ranks all there is.

- ``multinomial``: sum_i -x_i log softmax(y)_i, for counts x and logits y over all items: items
  compete for a user's attention. Liang, Krishnan, Hoffman and Jebara, "Variational autoencoders for
  collaborative filtering" (WWW 2018), eq. 2.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from isthmus.losses.reconstruction import sum_features
from isthmus.losses.record import Record
from isthmus.losses.term import Term

# Of what cannot be chosen: of no weight beside any logit, and a number still.
LEAST = -1e4

__all__ = ["Multinomial"]


class Multinomial(Term):
    """Minus the log-likelihood of counts; summed over features, averaged over samples.

    The decoder's output is then no item but logits: the larger, the likelier.
    """

    name: ClassVar[str] = "multinomial"
    ranks: ClassVar[bool] = True

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        logits, target, weight = record.output.flatten(1), record.target.flatten(1), None
        if record.weight is not None:
            weight = record.weight.flatten(1)
            # What counts for nothing is not there to be chosen.
            logits = logits.masked_fill(weight == 0, LEAST)
        return sum_features(-logits.log_softmax(1) * target, weight)
