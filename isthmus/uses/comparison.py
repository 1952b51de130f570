"""All presets side by side, PCA among them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import held_out_split
from isthmus.presets import PRESETS
from isthmus.uses.evaluation import evaluate

__all__ = ["compare"]

TEST_SHARE = 0.1
DEFAULT = "default"


def compare(
    X: Any,
    presets: Iterable[str | None] | None = None,
    n_components: int | None = None,
    *,
    X_test: Any = None,
    random_state: int = 0,
    **settings: Any,
) -> pd.DataFrame:
    """Fit several presets to the same items and measure them on the same test items.

    Parameters
    ----------
    X : array, shape (n, p), (n, H, W) or (n, H, W, C)
    presets : iterable of str or None
        Names; a None among them, as the word "default", is the default autoencoder. None takes the
        default and every preset that is made for any data.
    n_components : int or None
        Code size of all; None leaves each its own.
    X_test : array or None
        Test items; None holds a tenth of X out.
    random_state : int
        Fixes the split and every fit.
    **settings
        Further arguments of every autoencoder, such as ``training__epochs=5``.

    Returns
    -------
    DataFrame, indexed by preset, smallest test error first
        ``n_components``, ``mse``, ``pca_mse`` (PCA of the same size on the same items, in the same
        scaled units), ``ratio`` (below 1 is better than PCA), ``n_parameters``, ``seconds``.
    """
    names = list(presets) if presets is not None else [None, *_for_any_data()]
    items = np.asarray(X) if not hasattr(X, "__array__") else X
    if X_test is None:
        kept, held_out = held_out_split(len(items), TEST_SHARE, random_state)
        items, X_test = _rows(items, kept), _rows(items, held_out)
    rows = [_measure(name, items, X_test, n_components, random_state, settings) for name in names]
    return pd.DataFrame(rows).set_index("preset").sort_values("mse")


def _for_any_data() -> list[str]:
    return [
        name for name, preset in PRESETS.items() if preset.native_shape is None and preset.has_code
    ]


def _rows(items: Any, indices: Any) -> Any:
    return items.iloc[indices] if isinstance(items, pd.DataFrame) else items[indices]


def _measure(
    name: str | None,
    train: Any,
    test: Any,
    n_components: int | None,
    random_state: int,
    settings: dict[str, Any],
) -> dict[str, Any]:
    preset = None if name == DEFAULT else name
    ae = Autoencoder.from_preset(preset, n_components, random_state=random_state, **settings)
    ae.fit(train)
    evaluation = evaluate(ae, np.asarray(test), ae.rival(train))
    mse, pca_mse = evaluation.mse[-1], evaluation.pca_mse[-1]
    return {
        "preset": name or DEFAULT,
        "n_components": ae.n_components_,
        "mse": mse,
        "pca_mse": pca_mse,
        "ratio": mse / pca_mse if pca_mse > 0 else float("nan"),
        "n_parameters": ae.n_parameters_,
        "seconds": ae.seconds_,
    }
