"""Rounded codes to bytes and back, by a range coder.

Bits are written by tables of whole numbers (`isthmus.codes.WholePrior`), so that the same bytes are
the same codes on every machine. The coder is constriction's: Bamler, "Understanding entropy coding
with asymmetric numeral systems" (2022), its range coder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.codes import LARGEST_NUMBER, WholePrior
from isthmus.codes.tables import TOTAL
from isthmus.errors import BadFile, MissingExtra

__all__ = ["read_bits", "write_bits"]

Whole = NDArray[np.int64]
# Of a number far from its mean: how many bits it has, and those bits, so many at a time.
LENGTHS, AT_ONCE = 32, 16
WORD = 4


def write_bits(numbers: Whole, step: int, prior: WholePrior) -> bytes:
    """Rounded codes of pictures of one size, (n, h, w, channels), as bytes.

    Parameters
    ----------
    numbers : ndarray of int64
        In steps, none beyond `LARGEST_NUMBER`.
    step : int
        Index of `isthmus.codes.STEPS`.
    prior : WholePrior
    """
    coder = _constriction().stream.queue.RangeEncoder()
    framed = _framed(prior.known(numbers, step))
    told: list[tuple[Any, Any]] = []

    def write(symbols: Any, model: Any) -> None:
        coder.encode(symbols, model)
        told.append((symbols, model))

    models = _models(prior)
    for index, group in enumerate(prior.groups):
        table, mean = prior.distributions(index, framed, step)
        _write_group((group.of(numbers) - mean).ravel(), table.ravel(), models, write)
    return _shortest(coder.get_compressed(), told)


def read_bits(data: bytes, shape: tuple[int, int, int, int], step: int, prior: WholePrior) -> Whole:
    """What `write_bits` wrote, for the shape it had.

    Raises
    ------
    BadFile
        If the bytes are not such a code.
    """
    coder = _constriction().stream.queue.RangeDecoder(_words(data))

    def read(model: Any, n: int) -> Whole:
        try:
            found = coder.decode(model, n)
        except AssertionError:
            raise BadFile("its bits are no code of this model.") from None
        return np.asarray(found, np.int64)

    numbers = np.zeros(shape, np.int64)
    framed = _framed(numbers)
    models = _models(prior)
    for index, group in enumerate(prior.groups):
        table, mean = prior.distributions(index, framed, step)
        found = mean + _read_group(table.ravel(), models, read).reshape(mean.shape)
        if np.abs(found).max(initial=0) > LARGEST_NUMBER:
            raise BadFile("its bits are no code of this model.")
        group.of(numbers)[:] = found
        known = prior.known(found, step, group.start, group.stop)
        group.of(framed[:, 1:-1, 1:-1])[:] = known
    return numbers


def _framed(known: Whole) -> Whole:
    return np.pad(known, ((0, 0), (1, 1), (1, 1), (0, 0)))


def _write_group(
    differences: Whole,
    table: Whole,
    models: Callable[[int], Any],
    write: Callable[[Any, Any], None],
) -> None:
    """Numbers of one group, as differences from their means; those of one table in a row."""
    far: list[int] = []
    for which, places in _runs(table):
        model, reach = models(which)
        beyond = np.abs(differences[places]) > reach
        symbols = np.where(beyond, 2 * reach + 1, differences[places] + reach)
        write(symbols.astype(np.int32), model)
        far += [_folded(int(number), reach) for number in differences[places][beyond]]
    for folded in far:
        _write_far(folded, write)


def _read_group(
    table: Whole, models: Callable[[int], Any], read: Callable[[Any, int], Whole]
) -> Whole:
    differences = np.empty(len(table), np.int64)
    far: list[tuple[int, int]] = []
    for which, places in _runs(table):
        model, reach = models(which)
        symbols = read(model, len(places))
        differences[places] = symbols - reach
        far += [(int(place), reach) for place in places[symbols == 2 * reach + 1]]
    for place, reach in far:
        differences[place] = _unfolded(_read_far(read), reach)
    return differences


def _runs(table: Whole) -> Iterator[tuple[int, Whole]]:
    """Each table that is used, and where, in an order that follows from ``table`` alone."""
    if not len(table):
        return
    order = np.argsort(table, kind="stable")
    used, starts = np.unique(table[order], return_index=True)
    for which, places in zip(used, np.split(order, starts[1:]), strict=True):
        yield int(which), places


def _folded(number: int, reach: int) -> int:
    return 2 * (abs(number) - reach - 1) + (number < 0)


def _unfolded(folded: int, reach: int) -> int:
    size = folded // 2 + reach + 1
    return -size if folded % 2 else size


def _write_far(folded: int, write: Callable[[Any, Any], None]) -> None:
    length = folded.bit_length()
    write(np.array([length], np.int32), _even(LENGTHS))
    for low in range(0, length, AT_ONCE):
        part = (folded >> low) % (1 << AT_ONCE)
        write(np.array([part], np.int32), _even(1 << AT_ONCE))


def _read_far(read: Callable[[Any, int], Whole]) -> int:
    length = int(read(_even(LENGTHS), 1)[0])
    parts = (int(read(_even(1 << AT_ONCE), 1)[0]) << low for low in range(0, length, AT_ONCE))
    return sum(parts)


def _models(prior: WholePrior) -> Callable[[int], tuple[Any, int]]:
    """The coder's model of each table, and how far it goes."""

    @cache
    def model(which: int) -> tuple[Any, int]:
        counts = prior.counts[which]
        # These floats hold the counts exactly, and not ``perfect`` is one division for each.
        shares = counts.astype(np.float64) / TOTAL
        kind = _constriction().stream.model.Categorical
        return kind(shares, perfect=False), (len(counts) - 2) // 2

    return model


def _even(n: int) -> Any:
    return _constriction().stream.model.Uniform(n)


def _shortest(words: NDArray[np.uint32], told: list[tuple[Any, Any]]) -> bytes:
    """The words as bytes, without those at the end that reading does not need."""
    data = words.astype(">u4").tobytes()
    for length in range(max(0, len(data) - 2 * WORD), len(data)):
        if _reads(data[:length], told):
            return data[:length]
    return data


def _reads(data: bytes, told: list[tuple[Any, Any]]) -> bool:
    coder = _constriction().stream.queue.RangeDecoder(_words(data))
    try:
        return all(
            np.array_equal(coder.decode(model, len(symbols)), symbols) for symbols, model in told
        )
    except AssertionError:
        return False


def _words(data: bytes) -> NDArray[np.uint32]:
    filled = data + bytes(-len(data) % WORD)
    return np.frombuffer(filled, ">u4").astype(np.uint32)


def _constriction() -> Any:
    try:
        import constriction
    except ImportError:
        raise MissingExtra(
            "compressing needs constriction: pip install isthmus[compress]"
        ) from None
    return constriction
