"""A dense network in plain PyTorch: the loop a user would write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from isthmus.bench.worker import Judge, Rows, Task

ACTIVATIONS = {"relu": nn.ReLU, "selu": nn.SELU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
OPTIMIZERS = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": nn.functional.mse_loss,
    "bce": nn.functional.binary_cross_entropy,
}


def compete(task: Task, judge: Judge) -> None:
    """Train epoch after epoch, judged after each."""
    model = network(task)
    judge.note(n_parameters=n_parameters(model))
    optimizer, loss = optimizer_of(task, model), LOSSES[task.options["loss"]]
    rebuild = partial(rebuilt, model)
    batches = Batches(task)
    for epoch in count():
        for step, (seen, clean) in enumerate(batches, 1):
            optimizer.zero_grad()
            loss(model(seen), clean).backward()
            optimizer.step()
            judge.step(rebuild, epoch + step / len(batches))
        judge(rebuild, epoch + 1)


def network(task: Task) -> nn.Sequential:
    """The layer lines as modules, PyTorch's own first weights."""
    torch.set_num_threads(task.threads)
    torch.manual_seed(task.seed)
    modules: list[nn.Module] = []
    width = task.n_features
    for line in (*task.options["encoder"], *task.options["decoder"]):
        _, wanted, *activation = line.split()
        modules += [nn.Linear(width, int(wanted)), *(ACTIVATIONS[word]() for word in activation)]
        width = int(wanted)
    return nn.Sequential(*modules)


def optimizer_of(task: Task, model: nn.Module) -> torch.optim.Optimizer:
    """The optimiser that the options name."""
    make: Any = OPTIMIZERS[task.options["optimizer"]]
    return make(model.parameters(), lr=task.options["learning_rate"])


class Batches:
    """What is seen and what is wanted, in a new order at each pass."""

    def __init__(self, task: Task):
        self.clean = torch.from_numpy(task.train)
        self.seen = torch.from_numpy(task.seen())
        self.size: int = task.options["batch_size"]

    def __len__(self) -> int:
        return -(-len(self.clean) // self.size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for picked in torch.randperm(len(self.clean)).split(self.size):
            clean = self.clean[picked]
            yield (clean if self.seen is self.clean else self.seen[picked]), clean


@torch.no_grad()
def rebuilt(model: nn.Module, rows: Rows) -> Rows:
    """Rows through the network."""
    return model(torch.from_numpy(rows)).numpy()


def n_parameters(model: nn.Module) -> int:
    """Weights and biases."""
    return sum(weight.numel() for weight in model.parameters())
