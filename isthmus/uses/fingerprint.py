"""What tells one fit from another, so that a checkpoint is not continued by the wrong one."""

from __future__ import annotations

import hashlib
import json
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import dense

__all__ = ["digest_of", "fingerprint"]

ITEMS_LOOKED_AT = 64


def fingerprint(ae: Autoencoder, items: NDArray[Any]) -> str:
    """A short digest of an autoencoder's settings and seed and of some of the items."""
    seed = int(ae.random_state) if isinstance(ae.random_state, Integral) else None
    return digest_of([ae.settings(), seed, items.shape], items)


def digest_of(asked: Any, items: NDArray[Any]) -> str:
    """A short digest of something that JSON can hold and of some of the items."""
    digest = hashlib.sha256(json.dumps(asked, default=str).encode())
    step = max(1, items.shape[0] // ITEMS_LOOKED_AT)
    digest.update(np.ascontiguousarray(dense(items[::step])).tobytes())
    return digest.hexdigest()[:16]
