"""What a loss term is, and how several are added."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from isthmus.errors import BadSetting
from isthmus.losses.record import Record
from isthmus.settings import Interval, Range
from isthmus.slots import Slot

__all__ = ["Term", "resolve_loss", "total_loss"]


class Term(Slot):
    """One named, weighted term of the loss.

    Every term is summed over features (or code numbers) and averaged over samples, so that weights
    mean the same thing whichever terms they meet.

    Parameters
    ----------
    weight : float, default=1.0
        Factor of the term in the total; at least 0.

    Attributes
    ----------
    about_code : bool
        Whether the term asks something of the code itself.
    ranks : bool
        Whether what it wants of the output is a rank of each value, which is no item.
    """

    about_code: ClassVar[bool] = False
    ranks: ClassVar[bool] = False
    ranges: ClassVar[Mapping[str, Range]] = {"weight": Interval(float, 0.0)}
    weight: float

    @abstractmethod
    def __call__(self, record: Record) -> Tensor:
        """The unweighted term, a scalar."""

    def check(self, statistics: frozenset[str]) -> None:
        """Raise `BadSetting` where the code slot does not offer what the term needs."""


def resolve_loss(loss: str | Mapping[str, Any]) -> dict[str, Term]:
    """Read a loss: a term's name, or a mapping from names to weights or settings.

    >>> resolve_loss({"mse": 1.0, "l1": {"weight": 1e-3}})
    {'mse': SquaredError(), 'l1': L1(weight=0.001)}

    Raises
    ------
    BadSetting
        If a term is unknown, a weight is out of range, or there is no term at all.
    """
    if isinstance(loss, str):
        loss = {loss: 1.0}
    if not isinstance(loss, Mapping) or not loss:
        raise BadSetting(
            f"loss={loss!r}, expected a term's name or a mapping from names to weights; "
            f"terms: {', '.join(sorted(Term.choices))}."
        )
    return {name: _resolve_term(name, value) for name, value in loss.items()}


def _resolve_term(name: str, value: Any) -> Term:
    if isinstance(value, Term):
        return Term.resolve(value)
    settings = dict(value) if isinstance(value, Mapping) else {"weight": value}
    return Term.resolve({**settings, "name": name})


def total_loss(terms: Mapping[str, Term], record: Record) -> Tensor:
    """The weighted sum of all terms, a scalar."""
    total = None
    for term in terms.values():
        value = term(record)
        if term.weight != 1.0:
            value = value * term.weight
        total = value if total is None else total + value
    assert total is not None  # resolve_loss refuses an empty loss
    return total
