"""Tables in place of pictures: columns, their errors, and single rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from isthmus.data.rows import Rows
from isthmus.report.markup import details, escape, figure, legend, note, table
from isthmus.report.study import Study
from isthmus.report.text import count, number, percent, shortened, signed

__all__ = ["column_errors", "column_table", "item_table"]

Floats = NDArray[np.floating]

COLUMNS = 40
SAMPLE = 20_000


def column_table(study: Study) -> str:
    """Mean, deviation, minimum and maximum of each column; those beyond the first are folded."""
    step = max(1, len(study.train) // SAMPLE)
    # A subset, not a slice: a stride through a mapped file would keep all of it in memory.
    sample = study.train.subset(np.arange(0, len(study.train), step)).items
    values = study.numbers_of(sample.astype(np.float64))
    rows = [
        [
            name,
            *(signed(float(f(column))) for f in (np.mean, np.std, np.min, np.max)),
        ]
        for name, column in zip(study.columns, map(_there, values.T), strict=True)
    ]
    head = ("column", "mean", "deviation", "min", "max")
    text = f"{count(len(rows))} columns of the data, in their own units."
    if step > 1:
        text += f" Every {step}th row was counted."
    body = table(head, rows[:COLUMNS], "columns")
    if len(rows) > COLUMNS:
        rest = table(head, rows[COLUMNS:], "further columns")
        body += details(f"{count(len(rows) - COLUMNS)} further columns", rest)
    return figure(body, text, title="Columns")


def _there(column: Floats) -> Floats:
    """The values of a column that are not missing; 0 where all are."""
    there = column[~np.isnan(column)]
    return there if len(there) else np.zeros(1)


def column_errors(study: Study) -> str:
    """Bars: what share of each column's variance is lost, by the autoencoder and by PCA."""
    own, rival, variance = _squared_by_column(study)
    varies = variance > 1e-12 * max(float(variance.max()), 1e-300)
    if not varies.any():
        return note("No column varies over the test items, so there is no variance to lose.")
    lost = np.where(varies, own / np.where(varies, variance, 1.0), 0.0)
    pca_lost = np.where(varies, rival / np.where(varies, variance, 1.0), 0.0)
    order = [i for i in np.argsort(-lost, kind="stable") if varies[i]]
    scale = np.broadcast_to(study.ae.scaling_.scale, (study.n_features,))
    scale = study.numbers_of(scale[None])[0]
    most = min(1.0, float(max(lost.max(), pca_lost.max()))) or 1.0
    bars = "".join(
        _bars(study.columns[i], lost[i], pca_lost[i], most, float(np.sqrt(own[i]) * scale[i]))
        for i in order[:COLUMNS]
    )
    text = (
        "The share of each column's variance over the test items that is lost, largest first, and "
        "the autoencoder's typical error (root mean square) in the column's own unit."
    )
    if len(order) > COLUMNS:
        text += f" The {COLUMNS} worst of {count(len(order))} columns."
    if not varies.all():
        constant = [study.columns[i] for i in np.flatnonzero(~varies)[:5]]
        text += f" Constant, so left out: {count(int((~varies).sum()))} ({', '.join(constant)})."
    keys = legend((("ae block", "autoencoder"), ("pca block", "PCA")))
    return figure(f'{keys}<ul class="columns">{bars}</ul>', text, title="Error by column")


def _bars(name: str, own: float, rival: float, most: float, rms: float) -> str:
    widths = [100 * min(1.0, share / most) for share in (own, rival)]
    return (
        f'<li><span class="name" title="{escape(name)}">{escape(shortened(name))}</span>'
        f'<span class="two"><i class="ae" style="width:{widths[0]:.1f}%"></i>'
        f'<i class="pca" style="width:{widths[1]:.1f}%"></i></span>'
        f'<span class="n"><b>{percent(own)}</b> PCA {percent(rival)}</span>'
        f'<span class="rms">± {number(rms)}</span></li>'
    )


def _squared_by_column(study: Study) -> tuple[Floats, Floats, Floats]:
    """Mean squared errors of both and the variance, each shape (p,), in scaled units."""
    rows = Rows(study.test.items, study.ae.scaling_)
    target = np.concatenate(list(rows.chunks(study.judged)))
    shown = study.look(study.judged)
    back, pca_back = (
        study.ae.scaling_.apply(items.reshape(len(items), -1), np.float64)
        for items in (shown.restored, shown.pca_restored)
    )
    # What is missing counts for nothing.
    target = np.ma.masked_invalid(target)
    found = np.square(back - target).mean(0), np.square(pca_back - target).mean(0), target.var(0)
    own, rival, variance = (study.numbers_of(np.ma.filled(row, 0.0)[None])[0] for row in found)
    return own, rival, variance


def item_table(study: Study, groups: Mapping[str, NDArray[np.intp]]) -> str:
    """Typical, best and worst rows with their errors and the column that came back worst."""
    rows: list[Sequence[str]] = []
    for name, indices in groups.items():
        shown = study.look(indices)
        scale = study.ae.scaling_.scale
        for j, index in enumerate(indices):
            gap = (shown.restored[j] - shown.items[j]) / scale
            worst = int(np.argmax(np.abs(gap)))
            rows.append(
                [
                    f"{name}: {shortened(study.name(index))}",
                    number(float(shown.errors[j])),
                    number(float(shown.pca_errors[j])),
                    f"{shortened(study.columns[worst], 24)}: {signed(float(shown.items[j][worst]))}"
                    f" → {signed(float(shown.restored[j][worst]))}",
                ]
            )
    head = ("row", "autoencoder", "PCA", "largest change (given → restored)")
    text = f"Mean squared error per value ({study.unit}) of single test rows."
    return figure(table(head, rows, "single rows"), text, title="Single rows")
