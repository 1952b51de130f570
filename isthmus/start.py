"""What networks that begin at a linear map begin at, computed from the items of a fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from isthmus.building import Slots
from isthmus.corruptions import Corruption
from isthmus.data.indices import Indices
from isthmus.data.rows import Rows
from isthmus.gaussian import fit_gaussian
from isthmus.guess import COMPONENTS, Guess, learnt_weights
from isthmus.networks import Start
from isthmus.part_codes import PartCodes, PartialComponents
from isthmus.principal import PrincipalComponents, fit_principal
from isthmus.together import ALONE, Together
from isthmus.training.task import chance
from isthmus.waves import Waves, choose_waves

__all__ = ["guess_of", "pca_of", "start_of"]

# Pictures that waves are measured by, and that the number of PCA's directions is chosen by.
WAVE_SAMPLE, WAVE_JUDGES = 1024, 256

# Items that a guess is learnt from, damaged.
GUESS_SAMPLE = 8192
GUESSING, GAUSSIAN = 4, 5

# Blocks that PCA of blocks is fitted to, at most.
BLOCK_SAMPLE = 2**18


def start_of(
    slots: Slots,
    rows: Rows,
    kept: Indices,
    held_out: Indices,
    n_components: int,
    seed: int,
    together: Together = ALONE,
) -> Start:
    """What a network and a code want of the items they are fitted to.

    PCA is computed by all processes, each passing over its share; what is drawn from few items is
    computed by each of them alike.
    """
    network, code, corruption = slots.network, slots.code, slots.corruption
    if network.needs_guess(rows.item_shape):
        pca = pca_of(rows, kept, COMPONENTS, seed, together=together)
        return Start(guess=guess_of(rows, kept, corruption, pca, seed).filled_up())
    if network.needs_gaussian:
        return Start(gaussian=fit_gaussian(rows.batch(kept).flatten(1), chance(seed, GAUSSIAN)))
    block = network.block(rows.item_shape)
    if block is not None:
        return Start(blocks=pca_of_blocks(rows, kept, block, together))
    if not (network.needs_pca or code.needs_pca):
        return Start()
    pca = pca_of(rows, kept, n_components, seed, network.picture_shape, together)
    if not network.needs_waves(rows.item_shape):
        return Start(pca)
    return Start(pca, waves_of(rows, kept, held_out, pca, code.sizes(n_components)))


def pca_of(
    rows: Rows,
    subset: Indices,
    n_components: int,
    seed: int = 0,
    picture: tuple[int, ...] | None = None,
    together: Together = ALONE,
) -> PrincipalComponents:
    """PCA of some scaled items; of pictures of this shape with numbers behind, also of either."""
    n_features = int(np.prod(rows.item_shape))

    may_lack = rows.items.dtype.kind == "f"

    def chunks() -> Iterator[NDArray[np.floating]]:
        for chunk in rows.chunks(together.share(subset)):
            # What is missing is the mean, which is 0 where gaps are allowed.
            yield np.nan_to_num(chunk) if may_lack and np.isnan(chunk).any() else chunk

    pca = fit_principal(chunks, len(subset), n_features, n_components, seed, together)
    if picture is None:
        return pca
    parts = PartCodes.fit(rows.chunks(subset), pca, n_components, prod(picture))
    return PartialComponents.of(pca, parts, prod(picture))


def pca_of_blocks(
    rows: Rows, subset: Indices, block: tuple[int, ...], together: Together = ALONE
) -> PrincipalComponents:
    """All directions of PCA of the blocks of some pictures, without those that are cut off."""
    height, width, _ = block
    sides = rows.item_shape[0] // height * height, rows.item_shape[1] // width * width
    # A picture smaller than a block is seen repeated, as the network sees it.
    fill = [(0, 0), (0, height - rows.item_shape[0]), (0, width - rows.item_shape[1]), (0, 0)]
    fill = [(0, max(0, more)) for _, more in fill]
    a_picture = max(1, prod(sides) // (height * width))
    subset = subset[:: max(1, len(subset) * a_picture // BLOCK_SAMPLE)]

    def chunks() -> Iterator[NDArray[np.floating]]:
        for piece in rows.chunks(together.share(subset)):
            pictures = np.pad(piece.reshape(len(piece), *rows.item_shape), fill, mode="edge")
            whole = pictures[:, : max(sides[0], height), : max(sides[1], width)]
            down, across = whole.shape[1] // height, whole.shape[2] // width
            blocks = whole.reshape(len(whole), down, height, across, width, -1).swapaxes(2, 3)
            yield blocks.reshape(-1, prod(block))

    n_blocks, n_features = len(subset) * a_picture, prod(block)
    pca = fit_principal(chunks, n_blocks, n_features, n_features, together=together)
    return pca.completed()


def guess_of(
    rows: Rows, subset: Indices, corruption: Corruption, pca: PrincipalComponents, seed: int = 0
) -> Guess:
    """The best linear guess of these items from what is seen of them, given PCA of them."""
    guess = Guess.of(pca)
    if corruption.flags:
        return guess
    clean = rows.batch(subset[:: max(1, len(subset) // GUESS_SAMPLE)])
    batch = corruption(clean, chance(seed, GUESSING))
    given, wanted = (guess.numbers(x.flatten(1)) for x in (batch.seen, batch.target))
    return replace(guess, weights=learnt_weights(given, wanted))


def waves_of(
    rows: Rows,
    kept: Indices,
    held_out: Indices,
    pca: PrincipalComponents,
    sizes: tuple[int, ...],
) -> Waves:
    """Waves behind PCA's first directions, by a sample of the pictures.

    Parameters
    ----------
    rows : Rows
    kept : ndarray of int
        The pictures that PCA was fitted to.
    held_out : ndarray of int
        Others; may be empty.
    pca : PrincipalComponents
    sizes : tuple of int
        Code sizes that count, ascending; the last is the code's length.
    """

    def some(of: Indices, n: int) -> NDArray[np.floating]:
        picked = of[:: max(1, len(of) // n)]
        return rows.batch(picked).numpy().reshape(len(picked), len(pca.mean))

    sample, judging = some(kept, WAVE_SAMPLE), some(held_out, WAVE_JUDGES)
    return choose_waves(sample, judging, rows.item_shape, pca, sizes)
