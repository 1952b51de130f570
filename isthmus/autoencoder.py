"""The one estimator: four slots, and everything that can be done with a code."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from isthmus.building import Slots
from isthmus.chosen import Chosen
from isthmus.codes import Code
from isthmus.corruptions import Corruption, as_they_come
from isthmus.data.indices import AllBut, Indices
from isthmus.data.rows import Chunks, Rows
from isthmus.data.scaling import SCALINGS, fit_scaling
from isthmus.errors import BadSetting
from isthmus.inference import across, decode
from isthmus.inputs import as_codes, as_damaged, as_items
from isthmus.keeping import Keeping
from isthmus.learning import learn
from isthmus.model import Model
from isthmus.networks import Network
from isthmus.principal import PrincipalComponents
from isthmus.restoring import chance_of, mend, rebuild
from isthmus.search import check_search, encode
from isthmus.settings import Interval, Names
from isthmus.start import pca_of
from isthmus.streams import Streams, forget
from isthmus.together import Together
from isthmus.training import Outcome, Saving, Training, Watcher, chance, tracked

__all__ = ["Autoencoder"]

Floats = NDArray[np.floating]

SCORING = 2
SAMPLING = 3


class Autoencoder(
    Streams, Chosen, Keeping, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """Squeezes items through a short code and rebuilds them.

    The default starts at PCA and moves only down from there on held-out items, and its codes are
    ordered: ``Z[:, :k]`` is the code of size k. Other autoencoders are other choices in the slots;
    `from_preset` has them by name.

    ::

                    corruption          network            code            network
         x ──► (seen, target, weight) ──► encoder ──► code + statistics ──► decoder ──► output
                         └──────────────── loss: named, weighted terms ───────────────────┘

    Parameters
    ----------
    n_components : int or None, default=None
        Length of the code. None takes the network's own: 32, fewer for narrower data, or what a
        historical network was built with.
    network : str, mapping or Network, default="pca-start"
        What shape the data have.
    code : str, mapping or Code, default="ordered"
        What may cross.
    corruption : str, mapping or Corruption, default="none"
        What is hidden from the encoder.
    loss : str or mapping of str to (float, mapping or Term), default="mse"
        What must come out and what the code costs: names of terms and their weights.
    scale : {"auto", "columns", "global", "none"}, default="auto"
        How values become numbers of size one; see `isthmus.data.scaling.fit_scaling`.
    training : mapping, Training or None, default=None
        Settings of the fit; see `isthmus.training.Training`.
    search_steps : int, default=0
        Steps of search, for each item, from the encoder's code to one that rebuilds it better: 3
        lower the error of 64 numbers for digits by a quarter to a third, and encoding takes some
        hundred times as long; see `isthmus.search`. Plays no part in the fit; may be set after it.
    random_state : int, RandomState or None, default=None
        Fixes every draw: the held-out items, the first weights, the order, the corruption.

    Attributes
    ----------
    n_components_ : int
        Length of the code.
    n_features_in_ : int
        Numbers in one item.
    feature_names_in_ : ndarray of str
        Column names, where X had them (all strings).
    item_shape_ : tuple of int
        Shape of one item: ``(p,)``, ``(H, W)`` or ``(H, W, C)``.
    scaling_ : Scaling
    model_ : Model
        The trained PyTorch module; it works in scaled numbers.
    pca_ : PrincipalComponents or None
        PCA of the scaled items that were trained on, where the network or the code used it.
    waves_ : Waves or None
        What a picture network begins at behind PCA's first directions.
    history_ : list of Epoch
        Losses, an entry an epoch.
    n_iter_ : int
        Epochs run.
    interrupted_ : bool
        Whether Ctrl-C ended the fit.
    drift_, aligned_, reservoir_
        After `partial_fit` alone: how far codes moved, and what tells it.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().images
    >>> ae = Autoencoder(n_components=8, training={"epochs": 5}, random_state=0).fit(X)
    >>> ae.transform(X).shape, ae.inverse_transform(ae.transform(X)[:, :2]).shape
    ((1797, 8), (1797, 8, 8))
    """

    def __init__(
        self,
        n_components: int | None = None,
        *,
        network: str | Mapping[str, Any] | Network = "pca-start",
        code: str | Mapping[str, Any] | Code = "ordered",
        corruption: str | Mapping[str, Any] | Corruption = "none",
        loss: str | Mapping[str, Any] = "mse",
        scale: str = "auto",
        training: Mapping[str, Any] | Training | None = None,
        search_steps: int = 0,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.n_components = n_components
        self.network = network
        self.code = code
        self.corruption = corruption
        self.loss = loss
        self.scale = scale
        self.training = training
        self.search_steps = search_steps
        self.random_state = random_state

    # ------------------------------------------------------------------ fitting

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        subset: Indices | None = None,
        saving: Saving | None = None,
        watcher: Watcher | None = None,
    ) -> Self:
        """Learn a code.

        Parameters
        ----------
        X : array-like or sparse matrix, shape (n, p), (n, H, W) or (n, H, W, C)
            Items: rows of numbers or pictures, channels last. Bytes are read as pixels. May be a
            memory map larger than memory; rows of a sparse matrix are filled up batch by batch.
        y : ignored
        subset : ndarray of int, AllBut or None
            Rows of X to fit; the others are only checked. So a part of a memory map can be fitted
            without a copy.
        saving : Saving or None
            Where to keep a checkpoint, and whether to continue from it.
        watcher : Watcher or None
            Is told of the progress; see `isthmus.tracking` for TensorBoard and MLflow.

        Raises
        ------
        BadInput
            If X has a wrong shape, fewer than 2 items, or holds NaN or infinity.
        BadSetting
            If an argument is unknown or out of its range.
        Diverged
            If the loss stops being a number.
        """
        begun = time.monotonic()
        forget(self)
        Interval(int, 1, optional=True).check("Autoencoder", "n_components", self.n_components)
        Names(tuple(SCALINGS)).check("", "scale", self.scale)
        check_search(self.search_steps, self.corruption, self.loss)
        slots = Slots.of(self)
        items = as_items(self, X, reset=True, gaps=slots.corruption.gaps)
        subset = _indices(items.shape[0], subset)
        together = Together.here(slots.training.device).require(len(subset))
        seed = together.told(lambda: check_random_state(self.random_state).randint(2**31 - 1))
        chunks, picture = Chunks(items, together.share(subset)), slots.network.picture_shape
        self.scaling_ = fit_scaling(self.scale, items.dtype, chunks, picture, together)
        rows = Rows(items, self.scaling_)
        k = self.n_components or slots.network.natural_components(rows.item_shape)
        self.n_components_ = k
        settings = {**self.settings(), "random_state": self.random_state}
        with tracked(watcher if together.is_first else None, settings):
            learnt = learn(slots, rows, subset, k, seed, begun, saving, watcher, together)
        self.model_, start = learnt.model, learnt.start
        self.pca_, self.waves_ = start.principal, start.waves
        return self._record(learnt.outcome)

    def rival(self, X: Any, subset: Indices | None = None) -> PrincipalComponents:
        """PCA of the items this autoencoder was fitted to, in its scaling, of its code size.

        Parameters
        ----------
        X, subset
            What `fit` was given.
        """
        check_is_fitted(self)
        n_items = np.shape(X)[0] if subset is None else len(subset)
        if self.pca_ is not None and self.pca_.n_items == n_items:
            return self.pca_
        rows = Rows(self._items(X), self.scaling_)
        subset = _indices(len(rows), subset)
        picture = Network.resolve(self.network).picture_shape
        return pca_of(rows, subset, self.n_components_, picture=picture)

    def require_code(self, *, items: bool = False) -> Code:
        """The code of a fitted autoencoder; raises `BadSetting` where none is short.

        With ``items`` also where what is decoded ranks values and is no item.
        """
        check_is_fitted(self)
        slots = Slots.of(self)
        if items:
            slots.require_items()
        return slots.require_code()

    def _record(self, outcome: Outcome) -> Self:
        self.history_ = outcome.progress.history
        self.n_iter_ = outcome.progress.epoch
        self.best_epoch_ = outcome.progress.best_epoch
        self.seconds_ = outcome.progress.seconds
        self.interrupted_ = outcome.interrupted
        return self

    # ------------------------------------------------------------------ using

    def transform(self, X: Any) -> Floats:
        """Codes of items.

        Parameters
        ----------
        X : array-like, shape (n, *item_shape_) or (n, n_features_in_)

        Returns
        -------
        ndarray, shape (n, n_components_)
            In X's own precision; float32 for bytes.
        """
        self.require_code()
        return across(self.model_, Rows(self._items(X), self.scaling_), self.encode_scaled)

    def encode_scaled(self, model: Model, x: torch.Tensor) -> torch.Tensor:
        """Codes of scaled items, (n, *item_shape_) -> (n, n_components_), by a copy of `model_`."""
        # Steps may have been set after the fit.
        check_search(self.search_steps, self.corruption, self.loss)
        return encode(
            model, as_they_come(x, Corruption.resolve(self.corruption)).seen, self.search_steps
        )

    def inverse_transform(self, Z: Any) -> Floats:
        """Items of codes.

        Parameters
        ----------
        Z : array-like, shape (n, k)
            Codes; k may be shorter than `n_components_` where codes are ordered.

        Returns
        -------
        ndarray, shape (n, *item_shape_)
            In the units of X: bytes give floats in 0..255.
        """
        self.require_code(items=True)
        codes = as_codes(Z, self.n_components_, self.ordered)
        return decode(self.model_, codes, np.shape(Z)[1], self.scaling_, self.item_shape_)

    def reconstruct(self, X: Any, n_components: int | None = None) -> Floats:
        """Items squeezed through the code and back.

        Parameters
        ----------
        X : array-like, shape (n, *item_shape_)
        n_components : int or None
            Use this many numbers of an ordered code; None uses all.

        Returns
        -------
        ndarray, shape (n, *item_shape_)
        """
        self.require_code(items=True)
        whole = Interval(int, 1, self.n_components_, optional=True)
        whole.check("reconstruct", "n_components", n_components)
        return self.inverse_transform(self.transform(X)[:, :n_components])

    def restore(self, damaged: Any, hidden: Any = None, draw: int | None = None) -> Floats:
        """Items with what the corruption hid filled in.

        Parameters
        ----------
        damaged : array-like, shape (n, *item_shape_)
            NaN marks what is hidden, where the corruption allows that. Pictures may be of any size
            where there is no short code; grey ones will do for a corruption that takes colours.
        hidden : array-like of bool or None
            What is hidden, beside the NaN: shape of ``damaged``, or (n, H, W) for pictures.
        draw : int or None
            The sample of this number instead of the best answer, where code='draws'.

        Returns
        -------
        ndarray
            The shape of ``damaged``, larger where the corruption lowers the resolution. Values that
            were not hidden are unchanged where the corruption flags the others.

        Raises `BadInput` for a wrong shape, or NaN where nothing is flagged.
        """
        check_is_fitted(self)
        slots = Slots.of(self)
        items = as_damaged(self, damaged, hidden, slots)
        mended = partial(mend, corruption=slots.corruption, generator=chance_of(draw, slots.code))
        scaled = across(self.model_, Rows(items, self.scaling_), mended)
        restored = self.scaling_.undo(scaled.reshape(len(scaled), -1)).reshape(scaled.shape)
        if len(self.item_shape_) == 2:
            restored = restored[..., 0]
        # What was not hidden stays as it came to the last digit, which scaling would have rounded.
        return np.where(np.isnan(items), restored, items) if slots.corruption.gaps else restored

    def score_samples(self, X: Any) -> Floats:
        """Minus each item's mean squared error per (hidden) value, scaled, shape (n,).

        Higher is more normal. Where the corruption always acts (inpainting, colourising), and where
        there is no short code, items are corrupted first, the same way every time.
        """
        check_is_fitted(self)
        slots = Slots.of(self)
        slots.require_items()
        items = self._items(X)
        generator = chance(0, SCORING)

        def minus_error(model: Model, x: torch.Tensor) -> torch.Tensor:
            if not slots.damages_in_tests:
                come = as_they_come(x, slots.corruption)
                return -come.item_errors(model.decode(self.encode_scaled(model, x))).to(x.dtype)
            batch = slots.corruption(x, generator)
            return -batch.item_errors(rebuild(model, batch.seen, slots.corruption))

        return across(self.model_, Rows(items, self.scaling_), minus_error)

    def score(self, X: Any, y: Any = None) -> float:
        """Mean of `score_samples`, so that grid searches look for the smallest error."""
        return float(self.score_samples(X).mean())

    def sample(self, n: int, random_state: int | None = None) -> Floats:
        """New items drawn from the code's prior, shape (n, *item_shape_).

        Raises
        ------
        BadSetting
            If the code has no prior: only a 'gaussian' code (VAE) has one.
        """
        seed = int(check_random_state(random_state).randint(2**31 - 1))
        code = self.require_code(items=True).sample(n, self.n_components_, chance(seed, SAMPLING))
        if code is None:
            raise BadSetting(
                f"code {self.code!r} has no density to draw from; fit the preset 'vae' for that."
            )
        return self.inverse_transform(code.numpy())

    def _items(self, X: Any) -> NDArray[Any]:
        """X as items like those of the fit, with gaps where these may have some."""
        return as_items(self, X, reset=False, gaps=self.takes_gaps)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.input_tags.three_d_array = tags.input_tags.sparse = True
        return tags


def _indices(n: int, subset: Indices | None) -> Indices:
    """Those of n items that are meant; None is all."""
    if subset is None:
        return AllBut(n)
    return subset if isinstance(subset, AllBut) else np.asarray(subset)
