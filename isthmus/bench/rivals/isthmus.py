"""Isthmus itself: one fit planned for the seconds that are given.

Its PCA, its judging on held-out items and the rest of ``fit`` count, so it takes somewhat longer
than it was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from isthmus.autoencoder import Autoencoder
from isthmus.presets import find_preset

if TYPE_CHECKING:
    from isthmus.bench.worker import Judge, Rows, Task


def compete(task: Task, judge: Judge) -> None:
    """Fit once; where codes are ordered every prefix is measured."""
    torch.set_num_threads(task.threads)
    ae = autoencoder(task).fit(task.train.reshape(-1, *task.item_shape))
    judge.note(n_parameters=ae.n_parameters_)

    def rebuild(rows: Rows) -> dict[int, Rows]:
        items = rows.reshape(-1, *task.item_shape)
        if not ae.has_code:
            # No pixel is known to lie beyond the values of training; a sigmoid says so elsewhere.
            cleaned = ae.restore(items).clip(task.train.min(), task.train.max())
            return {task.n_components: cleaned}
        codes = ae.transform(items)
        sizes = task.sizes if ae.ordered else [task.n_components]
        return {size: ae.inverse_transform(codes[:, :size]) for size in sizes}

    judge(rebuild, ae.n_iter_)


def autoencoder(task: Task) -> Autoencoder:
    """Unfitted, for rows that are scaled already."""
    settings: dict[str, Any] = {"scale": "none", "random_state": task.seed, **task.options}
    preset = settings.pop("preset", None)
    if task.noise:
        settings["corruption"] = {"name": "gaussian", "deviation": task.noise}
    if task.epochs is not None:
        settings["training__epochs"] = task.epochs
    elif task.seconds is not None:
        settings["training__minutes"] = task.seconds / 60
    squeezed = preset is None or find_preset(preset).has_code
    return Autoencoder.from_preset(preset, task.n_components if squeezed else None, **settings)
