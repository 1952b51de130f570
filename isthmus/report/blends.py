"""Two items averaged: in their values, and in their codes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isthmus.report.codes import examples
from isthmus.report.markup import Section, escape, figure, note, table
from isthmus.report.pictures import image
from isthmus.report.study import Study
from isthmus.report.text import shortened, signed

__all__ = ["blend_section", "pairs_of"]

Floats = NDArray[np.floating]

PAIRS = 4
COLUMNS = 8


def pairs_of(study: Study) -> list[tuple[int, int]]:
    """Pairs of test items, of different labels where there are any."""
    found = examples(study, 2 * PAIRS).tolist()
    # Examples take turns through the labels, so neighbours differ.
    return list(zip(found[::2], found[1::2], strict=False))


def blend_section(study: Study) -> Section:
    """The section: for each pair the two, their mean, and what their mean code decodes to."""
    pairs = pairs_of(study)
    if not pairs:
        body = note("Averaging needs two test items.")
    elif study.pictures:
        body = _pictures(study, pairs)
    else:
        body = _rows(study, pairs[0])
    return Section("blends", "Between two items", body)


def _halfway(study: Study, first: NDArray[np.intp], second: NDArray[np.intp]) -> Floats:
    """What the decoder makes of the mean of two codes, shape (n, *item_shape)."""
    codes = [study.encode(indices) for indices in (first, second)]
    return study.ae.inverse_transform((codes[0] + codes[1]) / 2)


def _pictures(study: Study, pairs: list[tuple[int, int]]) -> str:
    first, second = (np.array(side, np.intp) for side in zip(*pairs, strict=True))
    decoded = _halfway(study, first, second)
    cards = []
    for (a, b), halfway in zip(pairs, decoded, strict=True):
        one, two = (np.asarray(study.test.items[i], dtype=np.float64) for i in (a, b))
        steps = (
            (study.short_name(a), one, study.name(a)),
            ("mean of pixels", (one + two) / 2, "mean of pixels"),
            ("mean of codes", halfway, "decoded mean of codes"),
            (study.short_name(b), two, study.name(b)),
        )
        tiles = "".join(
            f'<div>{image(study.window.show(item), alt)}<p class="id">{escape(name)}</p></div>'
            for name, item, alt in steps
        )
        cards.append(f'<div class="card blend">{tiles}</div>')
    text = (
        "The mean of two pictures is a double exposure. Decoding the mean of their two codes shows "
        "what the autoencoder takes to lie between them; for PCA both would be the same."
    )
    return figure(f'<div class="cards blends">{"".join(cards)}</div>', text)


def _rows(study: Study, pair: tuple[int, int]) -> str:
    """For a table: the columns in which two rows differ most."""
    a, b = pair
    decoded = _halfway(study, np.array([a]), np.array([b]))[0]
    one, two = (np.asarray(study.test.items[i], dtype=np.float64) for i in pair)
    gap = np.abs(one - two) / study.ae.scaling_.scale
    chosen = np.argsort(-gap, kind="stable")[:COLUMNS]
    lines = [
        [
            shortened(study.columns[i]),
            *(signed(float(values[i])) for values in (one, two, (one + two) / 2, decoded)),
        ]
        for i in chosen
    ]
    names = [study.short_name(i) for i in pair]
    head = ("column", *names, "mean of values", "mean of codes")
    text = (
        "Two test rows, the mean of their values, and what the mean of their codes decodes to, in "
        f"the columns' own units: the {len(lines)} columns in which they differ most."
    )
    return figure(table(head, lines, "two rows averaged"), text)
