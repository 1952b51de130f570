"""What all sections look at: the test items that were drawn, their codes and their errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from isthmus.autoencoder import SCORING, Autoencoder
from isthmus.corruptions import Corruption
from isthmus.data import Dataset
from isthmus.data.parts import Parts
from isthmus.data.rows import Rows, drawn
from isthmus.networks import Network, UNet
from isthmus.principal import PrincipalComponents
from isthmus.report.pictures import PartWindow, Sunlight, Window, sunlight_on, window_of
from isthmus.report.text import shortened
from isthmus.restoring import rebuild
from isthmus.training.task import chance
from isthmus.uses.block_pca import BlockPCA
from isthmus.uses.evaluation import Evaluation, Rival, evaluate, pca_errors
from isthmus.uses.pca_restorer import PCARestorer

__all__ = ["Shown", "Study"]

Array = NDArray[Any]
Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

# How many test items are looked at one by one, fewer where they are large: a report takes seconds.
# Not a limit in seconds, since the same fit shall give the same report.
JUDGED_ITEMS, JUDGED_VALUES = 2000, 2**21
CODED_ITEMS, CODED_VALUES = 1200, 2**24
LEAST_ITEMS = 48
WINDOW_ITEMS = 64
# Letters of a name that fit beside a picture.
SHORT = 16


@dataclass(frozen=True)
class Shown:
    """Some test items and what became of them, in the user's units.

    Attributes
    ----------
    indices : ndarray of int, shape (n,)
    items, given, restored, pca_restored : ndarray, shape (n, *item_shape)
        ``given`` is what the autoencoder was shown: the items, unless its corruption always acts.
    errors, pca_errors : ndarray, shape (n,)
        Mean squared error per scaled value; where some were hidden, per hidden value.
    hidden : ndarray of bool, shape (n, H, W), or None
        What was hidden of pictures.
    """

    indices: Indices
    items: Array
    given: Array
    restored: Floats
    pca_restored: Floats
    errors: Floats
    pca_errors: Floats
    hidden: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Study:
    """A fit, its data and its rival.

    ``train`` holds the items fitted, or all items where the test items were held out of them.
    """

    ae: Autoencoder
    train: Dataset
    test: Dataset
    rival: Rival | None
    metrics: Mapping[str, Any]
    seed: int
    #: What uses found in the run, by their names; `isthmus.runs.uses`.
    uses: Mapping[str, Any] = field(default_factory=dict)

    def item_at(self, place: int) -> tuple[Dataset, int]:
        """Where the item of a place lies: places count ``train``, then what was only tested."""
        n = len(self.train)
        return (self.train, place) if place < n else (self.test, place - n)

    @property
    def pca(self) -> PrincipalComponents | BlockPCA:
        """The rival's directions; where items are recommended there are none."""
        assert self.rival is not None
        return self.rival.pca if isinstance(self.rival, PCARestorer) else self.rival

    @property
    def restores(self) -> bool:
        """Whether items are damaged first, and what is judged is the restoring."""
        return isinstance(self.rival, PCARestorer)

    @property
    def per_value(self) -> str:
        """Over which values errors are means."""
        hides = self.restores and Corruption.resolve(self.ae.corruption).flags
        return "per hidden value" if hides else "per value"

    @property
    def pictures(self) -> bool:
        """Whether items can be looked at."""
        return self.test.kind == "images" and (self.test.items.ndim >= 3 or self.parts is not None)

    @property
    def parts(self) -> Parts | None:
        """Where the picture ends in rows of pictures with numbers."""
        return self.test.parts

    @property
    def picture_shape(self) -> tuple[int, ...]:
        """Shape of an item's picture."""
        return self.parts.picture if self.parts else self.test.items.shape[1:]

    @property
    def pixel_scale(self) -> float:
        """What pixels were divided by."""
        scale = self.ae.scaling_.scale
        return float(scale[0] if self.parts else np.max(scale))

    def picture_of(self, item: Array) -> Array:
        """An item's picture: all of it, or the first part of a row."""
        return self.parts.split(item[None])[0][0] if self.parts else item

    def numbers_of(self, rows: Array) -> Array:
        """The numbers of items, shape (n, p): of pictures with numbers those behind."""
        flat = rows.reshape(len(rows), -1)
        return self.parts.split(flat)[1] if self.parts else flat

    @property
    def noun(self) -> str:
        """What one item is called."""
        if self.test.spectrum is not None:
            return "sound"
        return {"images": "picture", "interactions": "user"}.get(self.test.kind, "row")

    @property
    def recommends(self) -> bool:
        """Whether items are users, and what is judged are lists of what they may like."""
        return "lists" in self.metrics

    @property
    def unit(self) -> str:
        """What a scaled number means."""
        return str(self.metrics.get("unit", self.ae.scaling_.unit))

    @property
    def n_features(self) -> int:
        """Numbers in one item."""
        return int(np.prod(self.test.items.shape[1:]))

    @property
    def n_train(self) -> int:
        """Items fitted."""
        return int(self.metrics.get("n_train", len(self.train)))

    @property
    def test_is_part(self) -> bool:
        """Whether ``train`` is all data and the test items were held out of it."""
        return len(self.train) == self.n_train + len(self.test)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of a table's columns."""
        return self.test.columns or tuple(f"column {i}" for i in range(self.n_features))

    @cached_property
    def window(self) -> Window | Sunlight | PartWindow:
        """Black and white, or the light, the same for every picture of the page."""
        items = self.train.subset(drawn(len(self.train), WINDOW_ITEMS, self.seed)).items
        if self.parts is not None:
            return PartWindow(window_of(self.parts.split(items)[0]), self.parts)
        network = Network.resolve(self.ae.network)
        relief = isinstance(network, UNet) and network.relative and items.ndim == 3
        return sunlight_on(items) if relief else window_of(items)

    @cached_property
    def judged(self) -> Indices:
        """The test items whose errors are known one by one."""
        return self._some(JUDGED_ITEMS, JUDGED_VALUES)

    @cached_property
    def coded(self) -> Indices:
        """The test items whose codes are known."""
        return self._some(CODED_ITEMS, CODED_VALUES)

    @cached_property
    def codes(self) -> Floats:
        """Their codes, shape (len(coded), k)."""
        return self.encode(self.coded)

    @cached_property
    def errors(self) -> Floats:
        """Mean squared error of each judged item, shape (len(judged),), per scaled value."""
        if self.restores:
            return self._restored.item_mse
        scores = self.ae.score_samples(self._asked(self.test.items[self.judged]))
        return -scores.astype(np.float64)

    @cached_property
    def pca_errors(self) -> Floats:
        """PCA's, at the same code size."""
        if self.restores:
            return self._restored.item_pca_mse
        return self.pca_errors_at((self.pca.n_components,))[:, 0]

    @cached_property
    def _restored(self) -> Evaluation:
        assert self.rival is not None
        return evaluate(self.ae, np.asarray(self.test.items[self.judged]), self.rival)

    def encode(self, indices: Indices) -> Floats:
        """Codes of test items, shape (len(indices), k)."""
        return self.ae.transform(self._asked(self.test.items[indices]))

    def pca_errors_at(self, sizes: tuple[int, ...]) -> Floats:
        """PCA's errors of the judged items at each code size, shape (len(judged), len(sizes))."""
        chunks = Rows(self.test.items, self.ae.scaling_).chunks(self.judged)
        return np.concatenate([pca_errors(self.pca, chunk, sizes) for chunk in chunks])

    def label(self, index: int) -> str:
        """The label of a test item, or nothing."""
        return "" if self.test.labels is None else str(self.test.labels[index])

    def name(self, index: int) -> str:
        """A test item in words, for alternative texts."""
        label = self.label(index)
        return f"{self.test.ids[index]}{f' ({label})' if label else ''}"

    def short_name(self, index: int) -> str:
        """The same for headings: a file without its folder, which is its label or long."""
        label, file = self.label(index), str(self.test.ids[index]).rpartition("/")[2]
        return f"{shortened(file, SHORT)}{f' ({shortened(label, SHORT)})' if label else ''}"

    def look(self, indices: Indices) -> Shown:
        """Rebuild or restore some test items, by the autoencoder and by PCA."""
        items = np.asarray(self.test.items[indices])
        return self._restore(indices, items) if self.restores else self._rebuild(indices, items)

    def _rebuild(self, indices: Indices, items: Array) -> Shown:
        target = self._scaled(items)
        rebuilt = self._scaled(self.ae.reconstruct(self._asked(items)))
        # What is missing is the mean, which is 0 where gaps are allowed, and counts for nothing.
        pca_rebuilt = self.pca.inverse_transform(self.pca.transform(np.nan_to_num(target)))
        errors = [np.nanmean(np.square(flat - target), axis=1) for flat in (rebuilt, pca_rebuilt)]
        units = [self._unscaled(flat, items) for flat in (rebuilt, pca_rebuilt)]
        return Shown(indices, items, items, units[0], units[1], errors[0], errors[1])

    def _restore(self, indices: Indices, items: Array) -> Shown:
        """Damage some items and restore them; what is hidden is given as the mean item."""
        assert isinstance(self.rival, PCARestorer)
        corruption = self.rival.corruption
        with torch.no_grad():
            clean = Rows(items, self.ae.scaling_).batch(slice(None))
            batch = corruption(clean, chance(0, SCORING))
            restored = rebuild(self.ae.model_, batch.seen, corruption)
            guessed = self.rival.restore(batch.seen)
            mean = self.rival.guess.mean.view(1, *clean.shape[1:]).expand_as(clean)
            given = corruption.agree(mean, batch.seen) if corruption.flags else batch.seen
        errors = [batch.item_errors(x).numpy() for x in (restored, guessed)]
        units = [self._unscaled(x.flatten(1).numpy(), items) for x in (given, restored, guessed)]
        hidden = batch.seen[..., -1].numpy() > 0 if corruption.flags and clean.ndim > 2 else None
        return Shown(indices, items, units[0], units[1], units[2], errors[0], errors[1], hidden)

    def _unscaled(self, flat: Floats, items: Array) -> Floats:
        return self.ae.scaling_.undo(flat).reshape(items.shape)

    def _asked(self, items: Array) -> Any:
        """Items as the autoencoder wants them: with column names where it was fitted with some."""
        names = getattr(self.ae, "feature_names_in_", None)
        return items if names is None else pd.DataFrame(items, columns=names)

    def _some(self, most: int, values: int) -> Indices:
        wanted = min(most, max(LEAST_ITEMS, values // self.n_features))
        return drawn(len(self.test), wanted, self.seed)

    def _scaled(self, items: Array) -> Floats:
        """Flat float64 rows, scaled."""
        return self.ae.scaling_.apply(items.reshape(len(items), -1), np.float64)
