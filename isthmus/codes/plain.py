"""Codes that the encoder's output becomes by one function, number by number."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from isthmus.codes.code import Code, Crossing

__all__ = ["Plain", "Relu", "Sigmoid"]


class Plain(Code):
    """The encoder's output as it is."""

    name: ClassVar[str] = "plain"

    def code(self, raw: Tensor) -> Tensor:
        return raw


class Relu(Code):
    """Negative numbers become exactly 0, so that a code can be sparse."""

    name: ClassVar[str] = "relu"

    def code(self, raw: Tensor) -> Tensor:
        return raw.relu()


class Sigmoid(Code):
    """Every number between 0 and 1: an activation with a mean that `Sparsity` can hold down."""

    name: ClassVar[str] = "sigmoid"
    statistics: ClassVar[frozenset[str]] = frozenset({"activation"})

    def code(self, raw: Tensor) -> Tensor:
        return raw.sigmoid()

    def cross(self, raw: Tensor, generator: object) -> Crossing:
        code = self.code(raw)
        return Crossing(code, code, {"activation": code})
