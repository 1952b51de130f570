"""Everything crosses: for networks that restore items and have no short code."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from isthmus.codes.code import Code

__all__ = ["Everything"]


class Everything(Code):
    """What the encoder gave crosses whole and in its own shape: there is no short code."""

    name: ClassVar[str] = "everything"
    short: ClassVar[bool] = False

    def code(self, raw: Tensor) -> Tensor:
        return raw
