"""What uses found, in words, the same for the command line and the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["MAPS", "UNITS", "fine_tuning_text", "judgement_text", "stability_text", "tuning_text"]

#: Maps of a run's codes by what ``map.json`` calls them.
MAPS = {"map": "Isthmus", "pca": "PCA", "tsne": "t-SNE (openTSNE)", "umap": "UMAP (umap-learn)"}

#: What trials of ``tuning.json`` are judged by, by its unit.
UNITS = {
    "pca": "held-out error (PCA: 1)",
    "gaussian": "held-out error (start: 1)",
    "loss": "held-out loss",
}

# Halves that agree less than this hardly have the same kinds, and more than that surely do.
DOUBTFUL, STABLE = 0.6, 0.8


def stability_text(n_kinds: int, stability: float) -> str:
    """How many kinds there are, and whether they are.

    >>> stability_text(3, 0.95)
    '3 kinds; halves of the items have the same (agreement 0.95 of 1)'
    """
    kinds = "1 kind" if n_kinds == 1 else f"{n_kinds} kinds"
    if stability >= STABLE:
        found = "halves of the items have the same"
    elif stability >= DOUBTFUL:
        found = "halves of the items have much the same"
    else:
        found = "not clear ones: halves of the items have others"
    return f"{kinds}; {found} (agreement {stability:.2f} of 1)"


def judgement_text(record: Mapping[str, Any]) -> str:
    """What held-out labels say of the labels given.

    Parameters
    ----------
    record : mapping
        As `isthmus.runs.labelled.classify_run` leaves it.
    """
    judged, n = record["judged"], record["n_labelled"]
    if judged["score"] is None:
        return (
            f"{n} labels cannot be judged, since no class has two: give each class two or more to "
            "learn how well they are told."
        )
    if record["numbers"]:
        told = (
            f"held-out values are told to {record['error']:.3g} (root mean square), "
            f"{100 * max(0.0, judged['score']):.0f} % of their variance"
        )
    else:
        told = (
            f"{100 * judged['score']:.1f} % of {judged['n']} held-out labels are told, so of new "
            f"items likely {100 * judged['low']:.0f} to {100 * judged['high']:.0f} %"
        )
    if judged["enough"]:
        return f"{told}."
    return f"{told}: too few labels to tell more than a guess would; give more."


def fine_tuning_text(better: bool) -> str:
    """Whether an encoder tuned by the labels is what answers."""
    if better:
        return "the encoder was tuned by the labels: it tells halves of them better."
    return "the encoder is as it was: tuned by the labels, it told halves of them no better."


def tuning_text(record: Mapping[str, Any]) -> str:
    """What a search of settings found, beside the settings as they were.

    Parameters
    ----------
    record : mapping
        As `isthmus.uses.tuning.Tuning.record` gives it.
    """
    values = {trial["number"]: trial["value"] for trial in record["trials"]}
    n, pruned = len(values), sum(trial["pruned"] for trial in record["trials"])
    trials = "1 trial" if n == 1 else f"{n} trials"
    early = f", {pruned} of them ended early" if pruned else ""
    best, before = record["best"], values.get(record["default"])
    told = f"{trials}{early}; {UNITS[record['unit']]}"
    if best == record["default"]:
        return f"{told}: none is below the default's {values[best]:.4g}"
    default = "the default diverged" if before is None else f"the default's is {before:.4g}"
    return f"{told}: {values[best]:.4g} in trial {best}, {default}"
