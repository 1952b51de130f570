"""Errors as curves: over the epochs of the training, and over the sizes of the code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from isthmus.codes import code_sizes
from isthmus.networks import Network
from isthmus.report.markup import Section, figure, legend, note, paragraph, table
from isthmus.report.plot import Axis, Line, Mark, line_chart
from isthmus.report.study import Study
from isthmus.report.text import DASH, count, number
from isthmus.training.progress import Epoch

__all__ = ["code_size_section", "training_section"]

# An error that fell by this much is easier to read on a logarithmic axis.
LOG_FROM = 5.0
RIVAL_ROWS = 8


def training_section(study: Study) -> Section:
    """Losses and held-out error, epoch by epoch."""
    history: Sequence[Epoch] = getattr(study.ae, "history_", [])
    if not history:
        body = note("This model came without its training history.")
    else:
        # What ranks items is no item, and its squared error says nothing.
        held_out = "" if study.recommends else _held_out(study, history)
        body = f'<div class="pair">{_losses(study, history)}{held_out}</div>'
    return Section("training", "Training", body)


def _series(history: Sequence[Epoch], name: str) -> tuple[list[float], list[float]]:
    """Epochs and values of a field, without the epochs that lack it."""
    known = [(float(row.epoch), getattr(row, name)) for row in history]
    known = [(epoch, value) for epoch, value in known if value is not None and np.isfinite(value)]
    return [epoch for epoch, _ in known], [float(value) for _, value in known]


def _losses(study: Study, history: Sequence[Epoch]) -> str:
    choices = (("loss", "training", "train"), ("held_out_loss", "held-out", "held"))
    lines = [Line(text, kind, *_series(history, name)) for name, text, kind in choices]
    lines = [line for line in lines if line.x]
    if not lines:
        return note("No loss was recorded.")
    chart = line_chart(
        lines,
        Axis("epoch", whole=True),
        Axis("loss", log=_falls_far(lines)),
        f"Loss by epoch, from {number(lines[0].y[0])} to {number(lines[0].y[-1])}",
    )
    keys = legend((line.kind, f"{line.name} items") for line in lines)
    return figure(
        keys + chart,
        f"What was minimised: all terms of the loss, summed over the values of a {study.noun} and "
        f"averaged over {study.noun}s.",
        title="Loss",
    )


def _held_out(study: Study, history: Sequence[Epoch]) -> str:
    epochs, errors = _series(history, "held_out_mse")
    if not epochs:
        return note("This fit held nothing out, so there is no held-out error by epoch.")
    best = int(getattr(study.ae, "best_epoch_", epochs[int(np.argmin(errors))]))
    own = Line("autoencoder, held-out items", "ae", epochs, errors)
    lines = [own]
    from_pca = Network.resolve(study.ae.network).needs_pca
    rival = errors[0] if from_pca else (study.metrics.get("test") or {}).get("pca_mse")
    if rival:
        ends = [epochs[0], max(epochs[-1], epochs[0] + 1)]
        which = "the same" if from_pca else "test"
        lines.append(Line(f"PCA, {which} items", "pca", ends, [float(rival)] * 2))
    chart = line_chart(
        lines,
        Axis("epoch", whole=True),
        Axis("mean squared error", log=_falls_far(lines)),
        f"Held-out error by epoch; the best is epoch {best}",
        [Mark(f"kept: epoch {best}", best)],
    )
    start = " Epoch 0 is PCA itself: this network starts there." if from_pca else ""
    return figure(
        legend((line.kind, line.name) for line in lines) + chart,
        f"Mean squared error {study.per_value} ({study.unit}) on items held out of the training "
        f"data; the weights of epoch {best} were kept.{start}",
        title="Held-out error",
    )


def _falls_far(lines: Sequence[Line]) -> bool:
    values = [value for line in lines for value in line.y]
    return min(values) > 0 and max(values) / min(values) > LOG_FROM


def code_size_section(study: Study) -> Section:
    """Error against the size of the code, PCA beside the autoencoder."""
    rows = study.metrics.get("by_code_size") or []
    body = _ordered(study, rows) if rows else _one_size(study)
    return Section("code-size", "Error against code size", body)


def _ordered(study: Study, rows: Sequence[dict[str, Any]]) -> str:
    sizes = [float(row["k"]) for row in rows]
    own = Line("autoencoder", "ae", sizes, [float(row["mse"]) for row in rows], dots=True)
    rival = Line("PCA", "pca", sizes, [float(row["pca_mse"]) for row in rows], dots=True)
    chart = _size_chart(study, [rival, own])
    text = (
        f"Mean squared error per value ({study.unit}) on the test items. The code is ordered: its "
        "first numbers alone are a shorter code, so one fit gives the whole curve. Ratio: "
        "the autoencoder's error divided by PCA's."
    )
    saving = _saving(own, rival)
    return f'<div class="pair">{figure(chart, text)}{_size_table(rows, saving)}</div>'


def _one_size(study: Study) -> str:
    test = study.metrics.get("test") or {}
    k = int(study.metrics["n_components"])
    sizes = tuple(size for size in code_sizes(k) if size <= study.pca.n_components) or (1,)
    errors = study.pca_errors_at(sizes).mean(axis=0)
    rival = Line("PCA", "pca", [float(size) for size in sizes], errors.tolist(), dots=True)
    lines = [rival]
    if test.get("mse") is not None:
        lines.append(Line("autoencoder", "ae", [float(k)], [float(test["mse"])], dots=True))
    text = (
        f"Mean squared error per value ({study.unit}) on test items. This code is not ordered: the "
        f"autoencoder has the one size {count(k)}, PCA has every size up to it."
    )
    return (
        f'<div class="pair">{figure(_size_chart(study, lines), text)}'
        f"<div>{paragraph(_worth(study, rival))}{_rival_table(rival)}</div></div>"
    )


def _worth(study: Study, rival: Line) -> str:
    """How many of PCA's numbers the autoencoder's code is worth."""
    own = (study.metrics.get("test") or {}).get("mse")
    k = int(study.metrics["n_components"])
    if own is None:
        return "The autoencoder's test error was not measured."
    enough = next((size for size, e in zip(rival.x, rival.y, strict=True) if e <= own), None)
    if enough is None:
        return (
            f"The autoencoder's error with {count(k)} numbers, {number(own)}, is below PCA's at "
            "every size up to that."
        )
    return (
        f"The autoencoder's error with {count(k)} numbers is {number(own)}; PCA reaches that with "
        f"{count(int(enough))} or fewer."
    )


def _rival_table(rival: Line) -> str:
    """A few of PCA's sizes, the last always among them."""
    stride = -(-len(rival.x) // RIVAL_ROWS)
    chosen = list(range(len(rival.x)))[::-1][::stride][::-1]
    rows = [[count(int(rival.x[i])), number(rival.y[i])] for i in chosen]
    return table(("numbers", "PCA's error"), rows, "PCA's test error by code size")


def _size_chart(study: Study, lines: Sequence[Line]) -> str:
    chart = line_chart(
        lines,
        Axis("numbers in the code", log=True, whole=True),
        Axis("mean squared error", log=_falls_far(lines)),
        "Test error against code size, the autoencoder and PCA",
    )
    return legend((line.kind, line.name) for line in reversed(lines)) + chart


def _size_table(rows: Sequence[dict[str, Any]], saving: str) -> str:
    cells = [
        [
            count(int(row["k"])),
            DASH if row["mse"] is None else number(row["mse"]),
            number(row["pca_mse"]),
            _ratio(row["mse"], row["pca_mse"]),
        ]
        for row in rows
    ]
    head = ("numbers", "autoencoder", "PCA", "ratio")
    said = paragraph(saving) if saving else ""
    return f"<div>{said}{table(head, cells, 'test error by code size')}</div>"


def _ratio(own: float | None, rival: float) -> str:
    return f"{own / rival:.2f}" if own is not None and rival > 0 else DASH


def _saving(own: Line, rival: Line) -> str:
    """How many numbers of the autoencoder's are worth PCA's longest code; nothing if no fewer."""
    target, longest = rival.y[-1], rival.x[-1]
    if target <= 0 or own.y[-1] >= target:
        return ""
    enough = next((k for k, mse in zip(own.x, own.y, strict=True) if mse <= target), longest)
    if enough >= longest:
        return ""
    return (
        f"With {count(int(enough))} numbers the autoencoder is as good as PCA with "
        f"{count(int(longest))}."
    )
