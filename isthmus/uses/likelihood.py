"""How likely a variational autoencoder takes items to be, in nats."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.codes import Gaussian
from isthmus.data.rows import Rows
from isthmus.errors import BadInput, BadSetting
from isthmus.inputs import as_items
from isthmus.settings import Interval
from isthmus.training import chance

__all__ = ["log_likelihood"]

SAMPLING = 9
# Values decoded at once.
AT_ONCE = 2**22
SURE = 1e-7


@torch.no_grad()
def log_likelihood(
    ae: Autoencoder, X: Any, n_samples: int = 500, seed: int = 0
) -> NDArray[np.float64]:
    """A lower bound on the logarithm of each item's probability, in nats, shape (n,).

    ``log 1/K sum_k p(x | c_k) p(c_k) / q(c_k | x)`` with codes c_k drawn from the encoder's q:
    Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (ICLR 2016), eq. 8. It rises
    to the probability itself with the number of samples.

    Parameters
    ----------
    ae : Autoencoder
        Fitted, with code='gaussian' and loss 'bce': what comes out are chances of ones.
    X : array-like, shape (n, *item_shape_)
        Items whose values are all 0 or 1 when scaled (bytes: 0 or 255).
    n_samples : int, default=500
        K.
    seed : int

    Raises
    ------
    BadSetting
        If the autoencoder has no such code or loss.
    BadInput
        If values lie between.
    """
    Interval(int, 1).check("log_likelihood", "n_samples", n_samples)
    ae.require_code(items=True)
    slots = Slots.of(ae)
    if not isinstance(slots.code, Gaussian) or "bce" not in slots.loss:
        raise BadSetting(
            "a likelihood needs code='gaussian' and loss={'bce': 1, 'kl': 1}; this autoencoder has "
            f"code {slots.code.name!r} and loss {', '.join(slots.loss)}."
        )
    rows = Rows(as_items(ae, X, reset=False), ae.scaling_)
    generator = chance(seed, SAMPLING)
    step = max(1, AT_ONCE // (n_samples * ae.n_features_in_))
    # Into one array: small results kept between large ones would hold all memory in pieces.
    found = np.empty(len(rows))
    for start in range(0, len(rows), step):
        piece = slice(start, start + step)
        found[piece] = _bound(ae, rows.batch(piece), n_samples, generator).numpy()
    return found


def _bound(ae: Autoencoder, items: Tensor, n_samples: int, generator: torch.Generator) -> Tensor:
    if not ((items == 0) | (items == 1)).all():
        raise BadInput("X has values between 0 and 1; draw each pixel as 0 or 1 first.")
    code, model = ae.model_.code, ae.model_
    raw = model.encoder(items).repeat(n_samples, 1)
    crossing = code.cross(raw, generator)
    mean, log_variance = crossing.statistics["mean"], crossing.statistics["log_variance"]
    drawn = crossing.code.double()
    deviations = (0.5 * log_variance).exp().double()
    own = _normal((drawn - mean) / deviations) - 0.5 * log_variance.double().sum(1)
    chances = model.decoder(crossing.message).flatten(1).double().clamp(SURE, 1 - SURE)
    wanted = items.flatten(1).double().repeat(n_samples, 1)
    likely = torch.where(wanted > 0, chances, 1 - chances).log().sum(1)
    weights = (likely + _normal(drawn) - own).view(n_samples, len(items))
    return weights.logsumexp(0) - math.log(n_samples)


def _normal(standard: Tensor) -> Tensor:
    """The logarithm of the standard normal density of rows, shape (n,)."""
    return -0.5 * (standard.square().sum(1) + standard.shape[1] * math.log(2 * math.pi))
