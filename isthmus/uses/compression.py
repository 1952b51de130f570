"""Pictures to bytes and back through a rounded code."""

from __future__ import annotations

import hashlib
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isthmus.autoencoder import Autoencoder
from isthmus.bits import LARGEST_NUMBER, read_bits, write_bits
from isthmus.codes import N_STEPS, ONE, STEPS, Prior, WholePrior
from isthmus.data.rows import with_channels
from isthmus.errors import BadFile, BadInput
from isthmus.isth_file import Archive, Batch, Picture, parse
from isthmus.networks.block_start import BlockDecoder, BlockEncoder
from isthmus.restoring import LARGEST_PIECE, in_tiles

__all__ = ["Codec"]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.floating]
# Pictures are drawn so many values at a time.
VALUES_AT_ONCE = 2**22


class Codec:
    """Compresses pictures by a fitted autoencoder whose code is rounded.

    Parameters
    ----------
    ae : Autoencoder
        Fitted with the preset ``compression``, to pictures whose values are pixels.

    Raises
    ------
    BadInput
        If it was fitted otherwise.
    """

    def __init__(self, ae: Autoencoder):
        model = ae.model_
        fits = isinstance(model.prior, Prior) and isinstance(model.encoder, BlockEncoder)
        if not fits or not ae.scaling_.is_pixels:
            raise BadInput(
                "this run compresses nothing: its codes are not rounded, or its items are no "
                "pictures; fit pictures with --preset compression."
            )
        self.ae = ae
        self.encoder = cast(BlockEncoder, model.encoder)
        self.decoder = cast(BlockDecoder, model.decoder)
        self.tiling = cast(tuple[int, int], model.tiling)
        self.prior = WholePrior(cast(Prior, model.prior))
        self.channels = with_channels(ae.item_shape_)[-1]
        self.fingerprint = _fingerprint(ae)

    # ------------------------------------------------------------------ pictures of one size

    def compress(
        self, picture: Pixels, *, step: int | None = None, n_bytes: int | None = None
    ) -> bytes:
        """One picture as a file.

        Parameters
        ----------
        picture : ndarray of uint8, shape (H, W) or (H, W, 3)
        step : int or None
            How coarsely to round, 0 (fine) to 255; None takes the autoencoder's ``quality``.
        n_bytes : int or None
            Take the finest step whose file is not larger than that.

        Raises
        ------
        BadInput
            If no step makes a file that small.
        """
        height, width = picture.shape[:2]
        code = self.code_of(picture[None])

        def of_step(step: int) -> bytes:
            bits = write_bits(rounded(code, step), step, self.prior)
            return Picture(height, width, step, bits).pack(self.fingerprint)

        if n_bytes is not None:
            return smallest_step(of_step, n_bytes)
        return of_step(self.own_step if step is None else step)

    def decompress(self, data: bytes) -> Pixels:
        """The picture of a file that `compress` gave, shape (H, W) or (H, W, 3).

        Raises
        ------
        BadFile
            If the file is damaged, of another model, or holds many pictures.
        """
        found = parse(data, self.fingerprint)
        if isinstance(found, Archive):
            raise BadFile("it holds many pictures; decompress it as an archive.")
        return self._drawn(found.bits, 1, (found.height, found.width), found.step)[0]

    # ------------------------------------------------------------------ the parts

    @property
    def own_step(self) -> int:
        """The step the autoencoder's own codes are rounded to."""
        return int(self.ae.model_.code.get_params()["quality"])

    def code_of(self, pictures: Pixels) -> Floats:
        """Codes before rounding, (n, H, W[, C]) to (n, h, w, numbers)."""
        if pictures.ndim == 3:
            pictures = pictures[..., None]
        if pictures.shape[-1] != self.channels:
            raise BadInput(
                f"a picture has {pictures.shape[-1]} channels, and this run compresses pictures of "
                f"{self.channels}."
            )
        encoder = self.encoder
        found = []
        for piece in _pieces(pictures):
            scaled = self.ae.scaling_.apply(piece.reshape(len(piece), -1), np.float32)
            x = torch.from_numpy(scaled.reshape(piece.shape))
            with torch.no_grad():
                x = self._tiled(encoder.corrected, encoder.transform.padded(x))
                found.append(encoder.grid(x).numpy())
        return np.concatenate(found)

    def pictures_of(self, code: Floats, step: int, size: tuple[int, int]) -> Pixels:
        """Pictures of rounded codes, (n, h, w, numbers) to (n, H, W[, C])."""
        drawn = []
        for piece in _pieces(code):
            steps = torch.full((len(piece), 1), STEPS[step] / ONE)
            with torch.no_grad():
                linear = self.decoder.linear(torch.from_numpy(piece), steps)
                x = self._tiled(lambda tile, steps=steps: self.decoder.mended(tile, steps), linear)
            x = x[:, : size[0], : size[1]]
            values = self.ae.scaling_.undo(x.flatten(1).numpy()).reshape(x.shape)
            drawn.append(np.rint(np.clip(values, 0, 255)).astype(np.uint8))
        pictures = np.concatenate(drawn)
        return pictures[..., 0] if self.channels == 1 else pictures

    def _drawn(self, bits: bytes, n: int, size: tuple[int, int], step: int) -> Pixels:
        block = self.encoder.transform.block
        places = (-(-size[0] // block[0]), -(-size[1] // block[1]))
        if n * size[0] * size[1] > LARGEST_PICTURES:
            raise BadFile("it states more pixels than fit in memory.")
        numbers = read_bits(bits, (n, *places, self.prior.n_channels), step, self.prior)
        return self.pictures_of(numbers.astype(np.float32) * (STEPS[step] / ONE), step, size)

    def _tiled(self, apply, pictures: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        if max(pictures.shape[1:3]) <= LARGEST_PIECE:
            return apply(pictures)
        return in_tiles(apply, pictures, *self.tiling)


LARGEST_PICTURES = 2**30


def rounded(code: Floats, step: int) -> NDArray[np.int64]:
    """Codes in whole steps."""
    in_steps = np.rint(code.astype(np.float64) * (ONE / STEPS[step]))
    return np.clip(in_steps, -LARGEST_NUMBER, LARGEST_NUMBER).astype(np.int64)


def smallest_step(of_step, n_bytes: int) -> bytes:  # type: ignore[no-untyped-def]
    """The file of the finest step that is not larger than that, by halving."""
    low, high = 0, N_STEPS - 1
    best = of_step(high)
    if len(best) > n_bytes:
        raise BadInput(
            f"no file of {n_bytes} bytes: with the coarsest step it has {len(best)}; allow more."
        )
    while low < high:
        middle = (low + high) // 2
        data = of_step(middle)
        if len(data) <= n_bytes:
            best, high = data, middle
        else:
            low = middle + 1
    return best


def _pieces(items):  # type: ignore[no-untyped-def]
    size = max(1, VALUES_AT_ONCE // max(1, int(np.prod(items.shape[1:]))))
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _fingerprint(ae: Autoencoder) -> bytes:
    """A digest of all weights: files are read by the model that wrote them alone."""
    digest = hashlib.sha256()
    for name, tensor in sorted(ae.model_.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.digest()
