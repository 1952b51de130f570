"""Allowed ranges of settings, kept as data beside the class they belong to.

One table per class makes the check in ``fit``, the message of a bad value, the help of the command
line and the bad-value tests, so that none of them can drift from the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar, Protocol

from isthmus.errors import BadSetting, unknown_name

__all__ = ["FileName", "Flag", "Interval", "Names", "Range", "Several", "Widths", "check_settings"]


class Range(Protocol):
    """What a setting may be."""

    def check(self, owner: str, name: str, value: object) -> None:
        """Raise `BadSetting` unless ``value`` lies in the range."""

    def describe(self) -> str:
        """The range in words, for messages and help."""


@dataclass(frozen=True)
class Interval:
    """A number between two ends.

    Parameters
    ----------
    kind : type
        ``int`` or ``float``.
    low, high : float or None
        The ends; None leaves that end open.
    closed : {"both", "left", "right", "neither"}
        Which ends belong to the range.
    optional : bool
        Whether None is allowed.
    """

    kind: type
    low: float | None = None
    high: float | None = None
    closed: str = "both"
    optional: bool = False

    def describe(self) -> str:
        left = "[" if self.closed in ("both", "left") and self.low is not None else "("
        right = "]" if self.closed in ("both", "right") and self.high is not None else ")"
        low = "-inf" if self.low is None else f"{self.low:g}"
        high = "inf" if self.high is None else f"{self.high:g}"
        word = "an integer" if self.kind is int else "a number"
        return f"{word} in {left}{low}, {high}{right}" + (" or None" if self.optional else "")

    def _contains(self, value: float) -> bool:
        above = self.low is None or (
            value >= self.low if self.closed in ("both", "left") else value > self.low
        )
        below = self.high is None or (
            value <= self.high if self.closed in ("both", "right") else value < self.high
        )
        return math.isfinite(value) and above and below

    def check(self, owner: str, name: str, value: object) -> None:
        if value is None and self.optional:
            return
        number = Integral if self.kind is int else Real
        fits = isinstance(value, number) and not isinstance(value, bool)
        if not fits or not self._contains(float(value)):  # type: ignore[arg-type]
            raise BadSetting(f"{owner}: {name}={value!r}, expected {self.describe()}.")


@dataclass(frozen=True)
class Names:
    """One of a few words, or None where it is optional."""

    choices: tuple[str, ...]
    optional: bool = False

    def describe(self) -> str:
        return " | ".join(self.choices)

    def check(self, owner: str, name: str, value: object) -> None:
        if value is None and self.optional:
            return
        if not isinstance(value, str) or value not in self.choices:
            raise unknown_name(f"{owner} {name}".strip(), value, self.choices)


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def describe(self) -> str:
        return "true or false"

    def check(self, owner: str, name: str, value: object) -> None:
        if not isinstance(value, bool):
            raise BadSetting(f"{owner} has {name}={value!r}, expected {self.describe()}.")


@dataclass(frozen=True)
class FileName:
    """The name of a file; whether it is there is seen when it is read."""

    def describe(self) -> str:
        return "the name of a file"

    def check(self, owner: str, name: str, value: object) -> None:
        if not isinstance(value, str):
            raise BadSetting(f"{owner}: {name}={value!r}, expected {self.describe()}.")


@dataclass(frozen=True)
class Widths:
    """A sequence of positive integers, such as the widths of layers."""

    fewest: int = 0
    optional: bool = False

    def describe(self) -> str:
        some = "any number of" if self.fewest == 0 else f"{self.fewest} or more"
        return f"a sequence of {some} positive integers" + (" or None" if self.optional else "")

    def check(self, owner: str, name: str, value: object) -> None:
        if value is None and self.optional:
            return
        widths = value if isinstance(value, list | tuple) else None
        if (
            widths is None
            or len(widths) < self.fewest
            or not all(isinstance(width, Integral) and int(width) > 0 for width in widths)
        ):
            raise BadSetting(f"{owner}: {name}={value!r}, expected {self.describe()}.")


@dataclass(frozen=True)
class Several:
    """Any of a few words, in any order."""

    choices: tuple[str, ...]

    def describe(self) -> str:
        return f"a sequence of {', '.join(self.choices)}"

    def check(self, owner: str, name: str, value: object) -> None:
        if not isinstance(value, list | tuple):
            raise BadSetting(f"{owner}: {name}={value!r}, expected {self.describe()}.")
        for word in value:
            Names(self.choices).check(owner, name, word)


class HasRanges(Protocol):
    """A class with a table of ranges for (some of) its settings."""

    ranges: ClassVar[Mapping[str, Range]]


def check_settings(owner: HasRanges) -> None:
    """Check every setting of ``owner`` that its table names; raises `BadSetting`."""
    word = getattr(owner, "name", type(owner).__name__)
    for name, allowed in owner.ranges.items():
        value: Any = getattr(owner, name)
        allowed.check(word, name, value)
