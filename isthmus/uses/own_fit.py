"""The autoencoder that a use of codes fits for itself."""

from __future__ import annotations

from sklearn.base import clone

from isthmus.autoencoder import Autoencoder

__all__ = ["takes_gaps", "unfitted"]


def takes_gaps(autoencoder: Autoencoder | None) -> bool:
    """Whether items may have missing values for what the user gave; not for the default."""
    return autoencoder is not None and autoencoder.takes_gaps


def unfitted(autoencoder: Autoencoder | None, seed: int, scale: str = "auto") -> Autoencoder:
    """A copy to fit of what the user gave, or the default; with a seed where it has none.

    Parameters
    ----------
    autoencoder : Autoencoder or None
    seed : int
    scale : str
        Of the default.
    """
    ae = Autoencoder(scale=scale) if autoencoder is None else clone(autoencoder)
    return ae.set_params(random_state=seed) if ae.random_state is None else ae
