"""Whether ONNX Runtime gives what PyTorch does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.autoencoder import Autoencoder
from isthmus.data.rows import Rows
from isthmus.errors import BadInput, CannotExport
from isthmus.export.graphs import first_line
from isthmus.export.halves import items_type
from isthmus.inference import across

__all__ = ["TOLERANCE", "Parity", "parity", "trial_items"]

Floats = NDArray[np.floating]

#: The largest difference that is let pass.
TOLERANCE = 1e-5
N_ITEMS = 33
# Share of the values that are missing in a trial, where some may be.
MISSING = 0.1


@dataclass(frozen=True)
class Parity:
    """The greatest differences between ONNX Runtime and PyTorch.

    Each item's greatest difference counts in parts of its largest number, where that is above 1;
    items are compared in scaled numbers, so that each column of a table counts by its own spread.

    Attributes
    ----------
    codes, items : float
    batch_sizes : tuple of int
        In which the items that were compared came.
    """

    codes: float
    items: float
    batch_sizes: tuple[int, ...]

    def require(self) -> None:
        """Raise `CannotExport` where a difference is above `TOLERANCE`."""
        for what, apart in (("codes", self.codes), ("items", self.items)):
            # NaN is no parity either.
            if not apart <= TOLERANCE:
                raise CannotExport(
                    f"ONNX Runtime gives other {what} than PyTorch: they differ by {apart:.2g} of "
                    f"the largest number, and {TOLERANCE:g} is allowed; nothing was written."
                )


def parity(ae: Autoencoder, encoder: bytes, decoder: bytes, items: NDArray[Any]) -> Parity:
    """Compare both halves on some items: the first alone, the others together.

    Parameters
    ----------
    ae : Autoencoder
    encoder, decoder : bytes
        ONNX files; see `isthmus.export.onnx_files`.
    items : ndarray, shape (n, *item_shape)
        Two or more.
    """
    encode, decode = _runner(encoder), _runner(decoder)
    items = np.asarray(items, items_type(ae))
    whole = ae.n_components_
    sizes = {whole, -(-whole // 2)} if ae.ordered else {whole}
    codes, rebuilt = [], []
    for batch in (items[:1], items[1:]):
        wanted = _codes(ae, batch)
        codes.append((encode(batch), wanted))
        for size in sizes:
            given = wanted[:, :size]
            both = decode(given.astype(np.float32)), ae.inverse_transform(given)
            found, meant = (ae.scaling_.apply(x.reshape(len(x), -1), np.float64) for x in both)
            rebuilt.append((found, meant))
    return Parity(_apart(codes), _apart(rebuilt), (1, len(items) - 1))


def trial_items(ae: Autoencoder, items: NDArray[Any] | None = None) -> NDArray[Any]:
    """Items to compare on, shape (n, *item_shape): some of those given, or drawn ones.

    Drawn are scaled values by chance, as the autoencoder rebuilds them, so that they look like what
    it was fitted to. Where values may be missing, some are. Raises `BadInput` for a wrong shape.
    """
    rng = np.random.default_rng(0)
    if items is None:
        noise = rng.random((N_ITEMS, ae.n_features_in_))
        if not ae.scaling_.is_pixels:
            noise = rng.standard_normal(noise.shape)
        drawn = ae.scaling_.undo(noise).reshape(-1, *ae.item_shape_)
        items = ae.inverse_transform(_codes(ae, drawn))
    if np.shape(items)[1:] != ae.item_shape_ or len(items) < 2:
        raise BadInput(
            f"items to compare on have shape {np.shape(items)}; expected two or more, "
            f"(n, {', '.join(map(str, ae.item_shape_))})."
        )
    some = np.array(items[:N_ITEMS], items_type(ae))
    if ae.takes_gaps:
        some[rng.random(some.shape) < MISSING] = np.nan
        for i, part in enumerate(ae.parts.slices().values() if ae.parts else ()):
            some[i, part] = np.nan
    return some


def _codes(ae: Autoencoder, items: NDArray[Any]) -> Floats:
    """What `Autoencoder.transform` gives, which would miss the names of columns."""
    return across(ae.model_, Rows(items, ae.scaling_), ae.encode_scaled)


def _runner(file: bytes) -> Any:
    """A file's graph as a function of one array."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
    # Its errors have no parent of their own.
    except Exception as error:
        raise CannotExport(f"ONNX Runtime cannot run the graph: {first_line(error)}") from error
    given, gives = session.get_inputs()[0].name, session.get_outputs()[0].name
    return lambda array: session.run([gives], {given: array})[0]


def _apart(pairs: Iterable[tuple[Floats, Floats]]) -> float:
    found, wanted = (np.concatenate(side).astype(np.float64) for side in zip(*pairs, strict=True))
    return float((np.abs(found - wanted).max(1) / np.abs(wanted).max(1).clip(min=1.0)).max())
