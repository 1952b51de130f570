"""What is hidden from the encoder: the contract of the corruption slot."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from isthmus.errors import BadSetting
from isthmus.slots import Slot

__all__ = ["Corrupted", "Corruption", "Hiding", "as_they_come", "evenly", "require_pictures"]

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Corrupted:
    """One batch after the corruption: the encoder sees ``seen`` and is judged by ``target``.

    ``weight`` says how much each value of the target counts; None counts all alike.
    """

    seen: Tensor
    target: Tensor
    weight: Tensor | None = None

    def item_errors(self, output: Tensor) -> Tensor:
        """Mean squared error of each item over the values that count, float64, shape (n,)."""
        squares = (output - self.target).double().square()
        if self.weight is None:
            return squares.flatten(1).mean(1)
        weight = self.weight.double().expand_as(squares).flatten(1)
        return (squares.flatten(1) * weight).sum(1) / weight.sum(1).clamp(min=1.0)


class Corruption(Slot):
    """Maps clean items to what is seen, what is wanted and what counts.

    Attributes
    ----------
    acts : {"train", "always"}
        ``train``: only while training (denoising); ``always``: items come corrupted in use too, so
        scoring corrupts them with a fixed seed (inpainting, colourising).
    """

    acts: ClassVar[str] = "train"

    @abstractmethod
    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        """Corrupt a batch, shape (n, *item), drawing chance from ``generator``."""

    @property
    def flags(self) -> bool:
        """Whether what is seen says which values are hidden, beside the values."""
        return False

    @property
    def gaps(self) -> bool:
        """Whether values may be missing (NaN): they count for nothing, and `seen` fills them in."""
        return self.flags

    def judged(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        """What held-out items are judged by while training: by default as in training."""
        return self(clean, generator)

    def seen_shape(self, item_shape: Shape) -> Shape:
        """Shape of what is seen of an item of this shape."""
        return item_shape

    def damaged_shape(self, item_shape: Shape) -> Shape:
        """Shape in which an item of this shape comes when it is damaged."""
        return item_shape

    def seen(self, damaged: Tensor) -> Tensor:
        """What the encoder is shown of items that came damaged, hidden values being NaN."""
        return damaged

    def agree(self, restored: Tensor, seen: Tensor) -> Tensor:
        """The restored items, made to agree with what was seen of them wherever that is certain."""
        return restored


class Hiding(Corruption):
    """A corruption that hides values and says which.

    What is seen of a picture is ``(H, W, C + 1)``: hidden pixels are 0 in all channels and 1 in the
    last, others have 0 there. Of a row it is ``(2 p,)``: the values and as many flags. Values that
    are missing from the data (NaN) are hidden too, and count for nothing while training; nor do
    those that were seen, since they are known.
    """

    acts: ClassVar[str] = "always"

    @abstractmethod
    def hidden(self, clean: Tensor, generator: torch.Generator | None) -> Tensor:
        """What to hide, booleans of shape (n, H, W, 1) or (n, p)."""

    @property
    def flags(self) -> bool:
        return True

    def __call__(self, clean: Tensor, generator: torch.Generator | None) -> Corrupted:
        missing = clean.isnan()
        hidden = self.hidden(clean, generator).to(clean.device)
        target = clean.nan_to_num(nan=0.0)
        weight = (hidden & ~missing).to(target)
        return Corrupted(_flagged(target, hidden | _of_places(missing)), target, weight)

    def seen_shape(self, item_shape: Shape) -> Shape:
        if len(item_shape) == 1:
            return (2 * item_shape[0],)
        return (*item_shape[:-1], item_shape[-1] + 1)

    def seen(self, damaged: Tensor) -> Tensor:
        return _flagged(damaged.nan_to_num(nan=0.0), _of_places(damaged.isnan()))

    def agree(self, restored: Tensor, seen: Tensor) -> Tensor:
        n_values = restored.shape[-1]
        return torch.where(seen[..., n_values:] > 0, restored, seen[..., :n_values])


def as_they_come(items: Tensor, corruption: Corruption) -> Corrupted:
    """Items with nothing hidden that is there; what is missing counts for nothing."""
    if not corruption.gaps:
        return Corrupted(items, items)
    if not items.isnan().any():
        return Corrupted(corruption.seen(items), items)
    there = ~items.isnan()
    return Corrupted(corruption.seen(items), items.nan_to_num(nan=0.0), there.to(items))


def require_pictures(corruption: Corruption, items: Tensor) -> None:
    """Raise `BadSetting` where a corruption of pictures is given rows."""
    if items.ndim != 4:
        raise BadSetting(
            f"corruption {corruption.name!r} needs pictures (n, H, W) or (n, H, W, C); items have "
            f"shape {tuple(items.shape[1:])}. For rows choose corruption='cells' or 'masking'."
        )


def evenly(
    shape: Shape, low: float, high: float | None, generator: torch.Generator | None
) -> Tensor | float:
    """A number for each item of a batch, drawn evenly between two ends, shape (n, 1, ..)."""
    if high is None:
        return low
    per_item = (shape[0], *[1] * (len(shape) - 1))
    return low + (high - low) * torch.rand(per_item, generator=generator)


def _of_places(missing: Tensor) -> Tensor:
    """A pixel is missing where any of its channels is."""
    return missing if missing.ndim == 2 else missing.any(-1, keepdim=True)


def _flagged(values: Tensor, hidden: Tensor) -> Tensor:
    return torch.cat([values.masked_fill(hidden, 0.0), hidden.to(values)], dim=-1)
