"""The code of a few items, drawn as pictures: this is all that crosses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isthmus.report.markup import Section, escape, figure
from isthmus.report.pictures import diverging_picture, grid_of, image, scale_bar
from isthmus.report.study import Study
from isthmus.report.text import count, shape_text, signed

__all__ = ["code_section", "examples"]

Floats = NDArray[np.floating]

ITEMS = 4
LIMIT = 3.0
TILES = 64
SHOWN_NUMBERS = 6


def examples(study: Study, n: int) -> NDArray[np.intp]:
    """Test items to show, as indices into the test data: of different labels where there are."""
    order = np.random.default_rng(study.seed).permutation(study.coded)
    if study.test.labels is None:
        return order[:n]
    seen: dict[str, list[int]] = {}
    for index in order.tolist():
        seen.setdefault(study.label(index), []).append(index)
    # First one of each label, then a second of each, ...
    rounds = [(turn, index) for own in seen.values() for turn, index in enumerate(own)]
    return np.array([index for _, index in sorted(rounds, key=lambda pair: pair[0])][:n], np.intp)


def code_section(study: Study) -> Section:
    """The section: an item and its code, side by side."""
    indices = examples(study, ITEMS)
    codes = study.encode(indices).astype(np.float64)
    spread = study.codes.astype(np.float64).std(axis=0)
    maps = len(study.ae.code_shape_) == 3
    # Feature maps share one scale, so that their tiles can be compared; the numbers of a plain code
    # have one each, since the first of an ordered code would drown the others.
    unit = np.sqrt(np.mean(spread**2)) if maps else spread
    centre = 0.0 if maps else study.codes.astype(np.float64).mean(axis=0)
    scaled = (codes - centre) / np.where(unit > 0, unit, 1.0)
    cards = "".join(
        _card(study, int(index), code, row)
        for index, code, row in zip(indices, codes, scaled, strict=True)
    )
    bar = scale_bar("diverging", -LIMIT, LIMIT, _unit(maps))
    return Section(
        "codes",
        "What a code looks like",
        figure(f'{bar}<div class="cards codes">{cards}</div>', _text(study)),
    )


def _unit(maps: bool) -> str:
    if maps:
        return "standard deviations of all code numbers"
    return "standard deviations of each code number, from its mean over the test items"


def _text(study: Study) -> str:
    shape = study.ae.code_shape_
    k = study.ae.n_components_
    if len(shape) == 3:
        what = f"a code of {shape_text(shape)} numbers: {count(shape[2])} maps"
    else:
        grid = grid_of(np.zeros(k)).shape
        what = (
            f"a code of {count(k)} {'number' if k == 1 else 'numbers'}, written row by row into "
            f"{shape_text(grid)}"
        )
    return f"Items and their codes: {what}. Nothing else reaches the decoder."


def _card(study: Study, index: int, code: Floats, scaled: Floats) -> str:
    name = study.name(index)
    numbers = ", ".join(signed(float(value)) for value in code[:SHOWN_NUMBERS])
    more = ", …" if len(code) > SHOWN_NUMBERS else ""
    item = (
        image(study.window.show(np.asarray(study.test.items[index])), name)
        if study.pictures
        else ""
    )
    return (
        f'<div class="card"><div class="cross">{item}{_code_picture(study, name, scaled)}</div>'
        f'<p class="id">{escape(study.short_name(index))}</p>'
        f'<p class="numbers">[{escape(numbers)}{more}]</p></div>'
    )


def _code_picture(study: Study, name: str, scaled: Floats) -> str:
    shape = study.ae.code_shape_
    if len(shape) != 3:
        grid = grid_of(scaled)
        pixels = diverging_picture(np.nan_to_num(grid), LIMIT)
        return image(pixels, f"code of {name}", kind="code", blank=np.isnan(grid))
    columns = int(np.ceil(np.sqrt(min(shape[2], TILES))))
    tiles = scaled.reshape(shape).transpose(2, 0, 1)[:TILES]
    pictures = "".join(
        image(diverging_picture(tile, LIMIT), f"map {i} of the code of {name}", kind="code")
        for i, tile in enumerate(tiles)
    )
    return f'<div class="tiles" style="--n:{columns}">{pictures}</div>'
