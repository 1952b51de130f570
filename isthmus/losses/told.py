"""What a head tells by codes, against what it was given to tell: for learning from labels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from isthmus.losses.record import Record
from isthmus.losses.term import Term

__all__ = ["ToldClasses", "ToldValues"]


# Neither has a name, so no user can choose it: a fit without labels gives a head nothing to tell.
class ToldClasses(Term):
    """Cross-entropy between the given shares of classes and the softmax of the head, in nats.

    An item counts by the sum of its shares.

    Parameters
    ----------
    weight : float, default=1.0
    """

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        assert record.told is not None
        assert record.given is not None
        return functional.cross_entropy(record.told.float(), record.given)


class ToldValues(Term):
    """Squared error of the head, summed over values and averaged over items; NaN is not known.

    Parameters
    ----------
    weight : float, default=1.0
    """

    def __init__(self, weight: float = 1.0):
        self.weight = weight

    def __call__(self, record: Record) -> Tensor:
        assert record.told is not None
        assert record.given is not None
        known = ~record.given.isnan()
        errors = (record.told.float() - record.given.nan_to_num()).square() * known
        return errors.sum() / known[:, 0].sum().clamp(min=1)
