"""How well a code rebuilds items it was not fitted to, with PCA beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.codes import Code
from isthmus.data.rows import Rows
from isthmus.inference import pieces
from isthmus.principal import PrincipalComponents

__all__ = ["Evaluation", "evaluate"]

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Evaluation:
    """Errors on test items, in scaled units (`Scaling.unit` says which).

    Attributes
    ----------
    sizes : tuple of int
        Code sizes measured: many where codes are ordered, else the one size.
    mse, pca_mse : tuple of float
        Mean squared error per value at each size.
    item_mse, item_pca_mse : ndarray, shape (n,)
        Mean squared error of each item with the whole code.
    """

    sizes: tuple[int, ...]
    mse: tuple[float, ...]
    pca_mse: tuple[float, ...]
    item_mse: Floats
    item_pca_mse: Floats

    def by_code_size(self) -> list[dict[str, Any]]:
        """The rows of ``metrics.json``."""
        rows = zip(self.sizes, self.mse, self.pca_mse, strict=True)
        return [{"k": k, "mse": mse, "pca_mse": pca} for k, mse, pca in rows]


def evaluate(ae: Autoencoder, items: NDArray[Any], pca: PrincipalComponents) -> Evaluation:
    """Errors of an autoencoder and of PCA on the same items.

    Parameters
    ----------
    ae : Autoencoder
        Fitted.
    items : ndarray, shape (n, *item)
        Test items, in the user's units.
    pca : PrincipalComponents
        The rival, in scaled units.
    """
    k = ae.n_components_
    sizes = Code.resolve(ae.code).sizes(k)
    rows = Rows(items, ae.scaling_)
    ours, theirs = [], []
    model = ae.model_
    for piece in pieces(len(rows), ae.n_features_in_):
        x = rows.batch(piece)
        with torch.no_grad():
            ours.append(model.squared_errors(ae.encode_scaled(model, x), x, sizes).numpy())
        theirs.append(pca.squared_errors(x.flatten(1).numpy().astype(np.float64), sizes))
    item_mse = np.concatenate(ours) / ae.n_features_in_
    item_pca_mse = np.concatenate(theirs) / ae.n_features_in_
    return Evaluation(
        sizes,
        tuple(item_mse.mean(0).tolist()),
        tuple(item_pca_mse.mean(0).tolist()),
        item_mse[:, -1],
        item_pca_mse[:, -1],
    )
