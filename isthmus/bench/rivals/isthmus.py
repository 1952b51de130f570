"""Isthmus itself: one fit planned for the seconds that are given.

Its PCA, its judging on held-out items and the rest of ``fit`` count, so it takes somewhat longer
than it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from isthmus.autoencoder import Autoencoder

if TYPE_CHECKING:
    from isthmus.bench.worker import Judge, Rows, Task


def compete(task: Task, judge: Judge) -> None:
    """Fit once; where codes are ordered every prefix is measured."""
    torch.set_num_threads(task.threads)
    ae = autoencoder(task).fit(task.train.reshape(-1, *task.item_shape))
    judge.note(n_parameters=ae.n_parameters_)

    def rebuild(rows: Rows) -> dict[int, Rows]:
        codes = ae.transform(rows.reshape(-1, *task.item_shape))
        sizes = task.sizes if ae.ordered else [task.n_components]
        return {size: ae.inverse_transform(codes[:, :size]) for size in sizes}

    judge(rebuild, ae.n_iter_)


def autoencoder(task: Task) -> Autoencoder:
    """Unfitted, for rows that are scaled already."""
    settings: dict[str, Any] = {"scale": "none", "random_state": task.seed}
    if task.noise:
        settings["corruption"] = {"name": "gaussian", "deviation": task.noise}
    if task.epochs is not None:
        settings["training__epochs"] = task.epochs
    elif task.seconds is not None:
        settings["training__minutes"] = task.seconds / 60
    return Autoencoder.from_preset(task.options.get("preset"), task.n_components, **settings)
