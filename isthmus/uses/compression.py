"""Pictures to bytes and back through a rounded code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import prod
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isthmus.autoencoder import Autoencoder
from isthmus.bits import read_bits, write_bits
from isthmus.codes import N_STEPS, ONE, STEPS, Prior, Quantised, WholePrior, rounded
from isthmus.data.rows import with_channels
from isthmus.errors import BadFile, BadInput
from isthmus.isth_file import Archive, Batch, Picture, parse
from isthmus.networks.block_start import BlockDecoder, BlockEncoder
from isthmus.restoring import LARGEST_PIECE, in_tiles
from isthmus.settings import Interval

__all__ = ["Codec"]

BYTE = 255
Pixels = NDArray[np.uint8]
Floats = NDArray[np.floating]
Whole = NDArray[np.int64]
# Values that go through the networks at once, and pixels that a file may state.
VALUES_AT_ONCE, MOST_PIXELS = 2**22, 2**30


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

    def compress(
        self, picture: Pixels, *, step: int | None = None, n_bytes: int | None = None
    ) -> bytes:
        """One picture as a file.

        Parameters
        ----------
        picture : ndarray of uint8, shape (H, W) or (H, W, 3)
            Of any size, with as many channels as the autoencoder was fitted to.
        step : int or None
            How coarsely to round, from the finest that was met in training to 255; None takes the
            autoencoder's ``quality``.
        n_bytes : int or None
            Take the finest step whose file is not larger than that.

        Raises
        ------
        BadInput
            If no step makes a file that small, or the channels differ.
        BadSetting
            If the step is out of range.
        """
        height, width = picture.shape[:2]
        code = self.code_of(picture[None])

        def of_step(step: int) -> bytes:
            bits = write_bits(rounded(code, step), step, self.prior)
            return Picture(height, width, step, bits).pack(self.fingerprint)

        return self._chosen(of_step, step, n_bytes)

    def decompress(self, data: bytes) -> Pixels:
        """The picture of a file that `compress` gave, shape (H, W) or (H, W, 3).

        Raises
        ------
        BadFile
            If the file is damaged, of another model, or holds many pictures.
        """
        found = parse(data, self.fingerprint)
        if isinstance(found, Archive):
            raise BadFile("it holds many pictures; unpack it.")
        return self._drawn(found.bits, 1, (found.height, found.width), found.step)[0]

    def pack(
        self,
        pictures: Mapping[str, Pixels] | Pixels,
        *,
        step: int | None = None,
        n_bytes: int | None = None,
    ) -> bytes:
        """Many pictures as one file, which is smaller than one for each.

        Parameters
        ----------
        pictures : mapping of str to ndarray of uint8, or ndarray of uint8, shape (n, H, W[, 3])
            By their names, of any sizes; or of one size and without names.
        step, n_bytes
            As in `compress`; the step is the same for all.
        """
        batches = _by_size(pictures)
        codes = [self.code_of(stack) for _, stack in batches]

        def of_step(step: int) -> bytes:
            packed = [
                Batch(
                    stack.shape[1],
                    stack.shape[2],
                    names,
                    write_bits(rounded(code, step), step, self.prior),
                )
                for (names, stack), code in zip(batches, codes, strict=True)
            ]
            return Archive(step, packed).pack(self.fingerprint)

        return self._chosen(of_step, step, n_bytes)

    def unpack(self, data: bytes) -> dict[str, Pixels]:
        """The pictures of a file that `pack` or `compress` gave, by their names or numbers.

        Raises
        ------
        BadFile
            If the file is damaged or of another model.
        """
        found = parse(data, self.fingerprint)
        if isinstance(found, Picture):
            return {"0": self._drawn(found.bits, 1, (found.height, found.width), found.step)[0]}
        pictures: dict[str, Pixels] = {}
        for batch in found.batches:
            names = batch.names
            if isinstance(names, int):
                names = tuple(str(number) for number in range(names))
            drawn = self._drawn(batch.bits, batch.n, (batch.height, batch.width), found.step)
            pictures.update(zip(names, drawn, strict=True))
        return pictures

    # ------------------------------------------------------------------ the parts

    def code_of(self, pictures: Pixels) -> Floats:
        """Codes before rounding, (n, H, W[, C]) to (n, h, w, numbers)."""
        if pictures.ndim == 3:
            pictures = pictures[..., None]
        if pictures.shape[-1] != self.channels:
            raise BadInput(
                f"a picture has {pictures.shape[-1]} channels, and this run compresses pictures of "
                f"{self.channels}."
            )
        encoder, found = self.encoder, []
        for piece in _pieces(pictures):
            scaled = self.ae.scaling_.apply(piece.reshape(len(piece), -1), np.float32)
            x = encoder.transform.padded(torch.from_numpy(scaled.reshape(piece.shape)))
            with torch.no_grad():
                found.append(encoder.grid(self._tiled(encoder.corrected, x)).numpy())
        return np.concatenate(found)

    def pictures_of(self, numbers: Whole, step: int, size: tuple[int, int]) -> Pixels:
        """Pictures of rounded codes, (n, h, w, numbers) to (n, H, W[, C])."""
        drawn = []
        for piece in _pieces(numbers):
            steps = torch.full((len(piece), 1), STEPS[step] / ONE)
            code = torch.from_numpy(piece.astype(np.float32)) * (STEPS[step] / ONE)
            mend = partial(self.decoder.mended, steps=steps)
            with torch.no_grad():
                x = self._tiled(mend, self.decoder.linear(code, steps))[:, : size[0], : size[1]]
            values = self.ae.scaling_.undo(x.flatten(1).numpy()).reshape(x.shape)
            full = float(self.ae.scaling_.scale)
            drawn.append(np.rint(np.clip(values / full, 0, 1) * BYTE).astype(np.uint8))
        pictures = np.concatenate(drawn)
        return pictures[..., 0] if self.channels == 1 else pictures

    def _chosen(
        self, of_step: Callable[[int], bytes], step: int | None, n_bytes: int | None
    ) -> bytes:
        # Finer than what it learnt from, the decoder would be asked what it never met: files grew,
        # and pictures got worse.
        code = cast(Quantised, self.ae.model_.code)
        finest, _ = code.drawn
        if n_bytes is not None:
            return smallest_step(of_step, n_bytes, finest)
        chosen = code.quality if step is None else step
        Interval(int, finest, N_STEPS - 1).check("compress", "step", chosen)
        return of_step(chosen)

    def _drawn(self, bits: bytes, n: int, size: tuple[int, int], step: int) -> Pixels:
        if n * size[0] * size[1] > MOST_PIXELS:
            raise BadFile("it states more pixels than fit in memory.")
        height, width, _ = self.encoder.transform.block
        shape = (n, -(-size[0] // height), -(-size[1] // width), self.prior.n_channels)
        return self.pictures_of(read_bits(bits, shape, step, self.prior), step, size)

    def _tiled(self, apply: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
        if max(pictures.shape[1:3]) <= LARGEST_PIECE:
            return apply(pictures)
        return in_tiles(apply, pictures, *self.tiling, LARGEST_PIECE)


def smallest_step(of_step: Callable[[int], bytes], n_bytes: int, finest: int) -> bytes:
    """The file of the finest step from that on that is not larger, by halving."""
    low, high = finest, N_STEPS - 1
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


def _by_size(
    pictures: Mapping[str, Pixels] | Pixels,
) -> list[tuple[tuple[str, ...] | int, Pixels]]:
    """Names, or how many, and stacks of pictures of one size."""
    if not isinstance(pictures, Mapping):
        return [(len(pictures), pictures)]
    names: dict[tuple[int, ...], list[str]] = {}
    for name, picture in pictures.items():
        names.setdefault(picture.shape, []).append(name)
    return [
        (tuple(alike), np.stack([pictures[name] for name in alike])) for alike in names.values()
    ]


def _pieces(items: NDArray[Any]) -> Iterator[NDArray[Any]]:
    size = max(1, VALUES_AT_ONCE // max(1, prod(items.shape[1:])))
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _fingerprint(ae: Autoencoder) -> bytes:
    """A digest of all weights: files are read by the model that wrote them alone."""
    digest = hashlib.sha256()
    for name, tensor in sorted(ae.model_.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.digest()
