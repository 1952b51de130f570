"""How well a code rebuilds items it was not fitted to, with PCA beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from isthmus.autoencoder import SCORING, Autoencoder
from isthmus.building import Slots
from isthmus.codes import ONE, STEPS, Code, Quantised
from isthmus.corruptions import Corruption, as_they_come
from isthmus.data.indices import AllBut, Indices
from isthmus.data.rows import Rows, with_channels
from isthmus.guess import COMPONENTS
from isthmus.inference import pieces
from isthmus.networks.block_start import BlockEncoder
from isthmus.principal import PrincipalComponents
from isthmus.restoring import rebuild
from isthmus.start import guess_of, pca_of
from isthmus.training.task import chance
from isthmus.uses.block_pca import BlockPCA
from isthmus.uses.pca_restorer import PCARestorer

__all__ = ["Evaluation", "Rival", "evaluate", "pca_errors", "rival_of"]

Floats = NDArray[np.floating]
Rival = PrincipalComponents | PCARestorer | BlockPCA


@dataclass(frozen=True)
class Evaluation:
    """Errors on test items, in scaled units (`Scaling.unit` says which).

    Attributes
    ----------
    sizes : tuple of int
        Code sizes measured: many where codes are ordered, else the one size.
    mse, pca_mse : tuple of float
        Mean squared error per value at each size; where values were hidden, per hidden value.
    item_mse, item_pca_mse : ndarray, shape (n,)
        Mean squared error of each item with the whole code.
    damaged_mse : float or None
        Where items are damaged first, the error of the damaged items themselves; None where what
        is seen of an item is no item.
    """

    sizes: tuple[int, ...]
    mse: tuple[float, ...]
    pca_mse: tuple[float, ...]
    item_mse: Floats
    item_pca_mse: Floats
    damaged_mse: float | None = None

    def by_code_size(self) -> list[dict[str, Any]]:
        """The rows of ``metrics.json``."""
        rows = zip(self.sizes, self.mse, self.pca_mse, strict=True)
        return [{"k": k, "mse": mse, "pca_mse": pca} for k, mse, pca in rows]


def evaluate(ae: Autoencoder, items: NDArray[Any], rival: Rival) -> Evaluation:
    """Errors of an autoencoder and of PCA on the same items, damaged first where that is the task.

    Parameters
    ----------
    ae : Autoencoder
        Fitted.
    items : ndarray, shape (n, *item)
        Test items, in the user's units.
    rival : Rival
        In scaled units; what `rival_of` gives.
    """
    if isinstance(rival, PCARestorer):
        return _evaluate_restoring(ae, items, rival)
    return _evaluate_coding(ae, items, rival)


def rival_of(ae: Autoencoder, X: NDArray[Any], subset: Indices | None = None) -> Rival:
    """PCA as what the autoencoder is: for codes of its size, or for restoring.

    Parameters
    ----------
    ae : Autoencoder
        Fitted.
    X, subset
        What its `fit` was given.
    """
    slots = Slots.of(ae)
    if isinstance(ae.model_.encoder, BlockEncoder):
        return _of_blocks(ae, ae.model_.encoder)
    if not slots.damages_in_tests:
        return ae.rival(X, subset)
    rows = Rows(_without_gaps(X), ae.scaling_)
    chosen = AllBut(len(rows)) if subset is None else subset
    pca = pca_of(rows, chosen, COMPONENTS)
    return PCARestorer(pca, slots.corruption, guess_of(rows, chosen, slots.corruption, pca))


def _of_blocks(ae: Autoencoder, encoder: BlockEncoder) -> BlockPCA:
    """What the network began at, its numbers rounded as coarsely."""
    code = Code.resolve(ae.code)
    step = STEPS[code.quality] / ONE if isinstance(code, Quantised) else 1e-6
    shape = with_channels(ae.item_shape_)
    return BlockPCA(encoder.transform, shape, ae.code_shape_, step)


def _without_gaps(X: NDArray[Any]) -> NDArray[Any]:
    """X, its missing values being the means of their columns."""
    if X.dtype.kind != "f" or not np.isnan(X).any():
        return X
    return np.where(np.isnan(X), np.nan_to_num(np.nanmean(X, axis=0)), X)


def _evaluate_restoring(ae: Autoencoder, items: NDArray[Any], rival: PCARestorer) -> Evaluation:
    rows = Rows(items, ae.scaling_)
    corruption, generator = rival.corruption, chance(0, SCORING)
    ours, theirs, damage = [], [], []
    for piece in pieces(len(rows), ae.n_features_in_):
        batch = corruption(rows.batch(piece), generator)
        with torch.no_grad():
            ours.append(batch.item_errors(rebuild(ae.model_, batch.seen, corruption)).numpy())
            theirs.append(batch.item_errors(rival.restore(batch.seen)).numpy())
        if batch.seen.shape == batch.target.shape:
            damage.append(batch.item_errors(batch.seen).numpy())
    mse, pca_mse = np.concatenate(ours), np.concatenate(theirs)
    return Evaluation(
        (ae.n_components_,),
        (float(mse.mean()),),
        (float(pca_mse.mean()),),
        mse,
        pca_mse,
        float(np.concatenate(damage).mean()) if damage else None,
    )


def pca_errors(pca: PrincipalComponents | BlockPCA, rows: Floats, sizes: tuple[int, ...]) -> Floats:
    """PCA's mean squared error over the values that are there, shape (n, len(sizes)).

    Parameters
    ----------
    pca : PrincipalComponents or BlockPCA
    rows : ndarray, shape (n, p)
        Scaled items, NaN where a value is missing.
    sizes : tuple of int
    """
    there = ~np.isnan(rows)
    if there.all() or isinstance(pca, BlockPCA):
        return pca.squared_errors(rows, sizes) / rows.shape[1]
    return pca.item_errors(np.nan_to_num(rows), sizes, weight=there)


def _evaluate_coding(
    ae: Autoencoder, items: NDArray[Any], pca: PrincipalComponents | BlockPCA
) -> Evaluation:
    k = ae.n_components_
    sizes = Code.resolve(ae.code).sizes(k)
    rows = Rows(items, ae.scaling_)
    ours, theirs = [], []
    model = ae.model_
    for piece in pieces(len(rows), ae.n_features_in_):
        x = rows.batch(piece)
        come = as_they_come(x, Corruption.resolve(ae.corruption))
        with torch.no_grad():
            code = ae.encode_scaled(model, x)
            of_size = [come.item_errors(model.decode(code, size)) for size in sizes]
        ours.append(torch.stack(of_size, dim=1).numpy())
        theirs.append(pca_errors(pca, x.flatten(1).numpy().astype(np.float64), sizes))
    item_mse, item_pca_mse = np.concatenate(ours), np.concatenate(theirs)
    return Evaluation(
        sizes,
        tuple(item_mse.mean(0).tolist()),
        tuple(item_pca_mse.mean(0).tolist()),
        item_mse[:, -1],
        item_pca_mse[:, -1],
    )
