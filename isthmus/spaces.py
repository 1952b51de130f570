"""What is tried of a setting when settings are searched, kept as data beside its range.

A range says what a setting may be; a space says where a search looks, which is a part of that. The
value that a setting has already is always made a point of its space (`Space.including`), so that a
search may begin there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

__all__ = ["Choice", "Draws", "IntLog", "LogUniform", "Space", "label"]

Told = str | int | float | bool | None


class Draws(Protocol):
    """What draws values: an Optuna trial."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int: ...

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any: ...


class Space(Protocol):
    """Where a search looks for a value.

    What is drawn, and kept in a study, is ``told``: a number, or a word for any other value.
    """

    def including(self, value: Any) -> Self:
        """The space, wide enough for a value."""

    def draw(self, trial: Draws, name: str) -> Any:
        """Draw a value; gives what is told of it."""

    def told(self, value: Any) -> Told:
        """What is told of a value of the space."""

    def value(self, told: Any) -> Any:
        """The inverse of `told`."""

    def examples(self) -> tuple[Any, ...]:
        """Values at the ends of the space, or all of them."""

    def describe(self) -> str:
        """The space in words."""


def label(value: Any) -> Told:
    """A value as one word.

    >>> label((512, 256)), label(()), label("gelu"), label(16)
    ('512-256', 'none', 'gelu', 16)
    """
    if isinstance(value, list | tuple):
        return "-".join(str(each) for each in value) or "none"
    return value


@dataclass(frozen=True)
class _Between:
    """Numbers between two ends, both above 0 and in the space, even in their logarithm."""

    low: float
    high: float

    def including(self, value: float) -> Self:
        return replace(self, low=min(self.low, value), high=max(self.high, value))

    def value(self, told: Any) -> Any:
        return told

    def examples(self) -> tuple[Any, ...]:
        return self.low, self.high

    def describe(self) -> str:
        return f"{self.low:g} to {self.high:g}, by its logarithm"


class LogUniform(_Between):
    """A number between two ends, both above 0, even in its logarithm."""

    def draw(self, trial: Draws, name: str) -> float:
        return trial.suggest_float(name, self.low, self.high, log=True)

    def told(self, value: float) -> float:
        return float(value)


class IntLog(_Between):
    """An integer between two ends, both at least 1 and in the space, even in its logarithm."""

    low: int
    high: int

    def draw(self, trial: Draws, name: str) -> int:
        return trial.suggest_int(name, self.low, self.high, log=True)

    def told(self, value: int) -> int:
        return int(value)


@dataclass(frozen=True)
class Choice:
    """One of a few values, in no order."""

    values: tuple[Any, ...]

    def including(self, value: Any) -> Self:
        known = label(value) in self._labels
        return self if known else replace(self, values=(*self.values, value))

    def draw(self, trial: Draws, name: str) -> Any:
        return trial.suggest_categorical(name, self._labels)

    def told(self, value: Any) -> Told:
        return label(value)

    def value(self, told: Any) -> Any:
        return self.values[self._labels.index(told)]

    def examples(self) -> tuple[Any, ...]:
        return self.values

    def describe(self) -> str:
        return ", ".join(map(str, self._labels))

    @property
    def _labels(self) -> list[Told]:
        return [label(value) for value in self.values]
