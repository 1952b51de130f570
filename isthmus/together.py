"""Processes that fit one autoencoder together, on one machine or on many."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import BadInput, IsthmusError

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["ALONE", "Together", "is_first"]

T = TypeVar("T")

# Inside, one process works while the others wait: what it does there it does alone.
_waited_for: ContextVar[bool] = ContextVar("waited_for", default=False)


def is_first() -> bool:
    """Whether this process is the only one or the first, which alone writes and tells."""
    return int(os.environ.get("RANK", "0")) == 0


@dataclass(frozen=True)
class Together:
    """The processes of one fit, as ``accelerate launch`` or ``torchrun`` starts them.

    Each has all items before it (as a file they share), computes with its share of them, and ends
    with the same model. What one process calls here all have to call, in the same order.

    Attributes
    ----------
    rank : int
        Which one this is, 0..count - 1.
    count : int
    """

    rank: int = 0
    count: int = 1

    @classmethod
    def here(cls, device: str = "auto") -> Together:
        """Those that this process was started with.

        Parameters
        ----------
        device : str
            As in `isthmus.training.Training`: what they are going to compute on.
        """
        if int(os.environ.get("WORLD_SIZE", "1")) < 2 or _waited_for.get():
            return ALONE
        import torch
        from accelerate import PartialState

        began = not torch.distributed.is_initialized()
        state = PartialState(cpu=device == "cpu" or not torch.cuda.is_available())
        if began:
            # Or whoever ends last may be torn down by what the others have left.
            atexit.register(_part)
        return cls(state.process_index, state.num_processes)

    def require(self, n_items: int) -> Together:
        """These, if each has an item to begin with; raises `BadInput` otherwise."""
        if n_items < self.count:
            raise BadInput(
                f"{n_items} items for {self.count} processes: start as many processes as there are "
                "items at most."
            )
        return self

    @property
    def is_first(self) -> bool:
        """Whether this process writes and tells."""
        return self.rank == 0

    def share(self, items: Any) -> Any:
        """This process's of some items, shape (n,) -> (m,): no two have the same."""
        return items if self.count == 1 else items[self.rank :: self.count]

    def total(self, values: NDArray[Any]) -> NDArray[Any]:
        """The sum over all processes of an array, the same in all of them."""
        if self.count == 1:
            return values
        import torch
        from accelerate import PartialState

        sums = torch.tensor(values, device=PartialState().device)
        torch.distributed.all_reduce(sums)
        return sums.cpu().numpy()

    def each(self, value: T) -> Sequence[T]:
        """What each process has, in their order, in all of them."""
        if self.count == 1:
            return [value]
        from accelerate.utils import gather_object

        return list(gather_object([value]))

    def told(self, find: Callable[[], T]) -> T:
        """What the first process finds, in all of them; so is what a user has to mend.

        Raises
        ------
        IsthmusError
            What ``find`` raises in the first process.
        """
        if self.count == 1:
            return find()
        from accelerate.utils import broadcast_object_list

        found: list[Any] = [None, None]
        if self.is_first:
            try:
                with _alone():
                    found[0] = find()
            except IsthmusError as error:
                found[1] = error
        broadcast_object_list(found)
        if found[1] is not None:
            raise found[1]
        value: T = found[0]
        return value

    def same(self, tensors: Iterable[Tensor]) -> None:
        """Give all processes the first one's tensors, in place."""
        if self.count > 1:
            import torch

            for tensor in tensors:
                torch.distributed.broadcast(tensor, 0)

    def add_gradients(
        self, weights: Sequence[Tensor], share: float, sent: torch.dtype | None = None
    ) -> None:
        """Replace the gradients of weights by their sum over all processes, each times its share.

        In one message: the weights are few enough. `DistributedDataParallel` sends pieces while
        others are still computed, and in return wants every weight to have a gradient in every
        step, laid out in memory as the weight is.

        Parameters
        ----------
        weights : sequence of Tensor
        share : float
            What this process's gradients count.
        sent : dtype or None
            The precision of the message; None is that of the weights. Where gradients come of
            bfloat16 products, half the bytes tell as much.
        """
        if self.count == 1:
            return
        import torch

        own = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
        there = own[0].new_tensor([weight.grad is not None for weight in weights])
        whole = torch.cat([there, *(gradient.flatten() for gradient in own)]).mul_(share)
        whole = whole.to(sent or whole.dtype)
        torch.distributed.all_reduce(whole)
        flags, *summed = whole.split([len(weights), *(weight.numel() for weight in weights)])
        for weight, flag, total, gradient in zip(weights, flags.tolist(), summed, own, strict=True):
            # Into its place: it lies in memory as the weight does, and fused optimisers walk
            # through memory. What no process has used is left as it is.
            weight.grad = gradient.copy_(total.view_as(weight)) if flag else None

    def gathered(self, rows: NDArray[np.floating]) -> NDArray[np.floating]:
        """The rows of all processes, shape (m, p) -> (n, p), those of the first before others."""
        return rows if self.count == 1 else np.concatenate(self.each(rows))


def _part() -> None:
    """End what connects the processes, in order."""
    import torch

    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


@contextmanager
def _alone() -> Iterator[None]:
    """While the others wait: a fit inside is this process's own."""
    before = _waited_for.set(True)
    try:
        yield
    finally:
        _waited_for.reset(before)


#: A process without others.
ALONE = Together()
