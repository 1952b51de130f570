"""What was fitted, and the verdict: the autoencoder against PCA, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isthmus.losses import resolve_loss
from isthmus.report.markup import escape, note
from isthmus.report.study import Study
from isthmus.report.text import MINUS, count, duration, number, percent

__all__ = ["headline", "title", "verdict"]

# Differences below half a percent are of the seed, not of the method.
LEVEL = 0.005


def title(study: Study) -> str:
    """The page's name, plain text."""
    return f"{study.train.name}: {_fitted(study.metrics)}"


def _fitted(metrics: Mapping[str, Any]) -> str:
    preset = metrics.get("preset") or "default"
    return f"{preset} autoencoder"


def verdict(study: Study) -> tuple[str, str]:
    """Who is better and by how much, plain text, and its tone: better, level, worse or unknown."""
    k = study.metrics["n_components"]
    size = f"{count(k)} {'number' if k == 1 else 'numbers'} per {study.noun}" if k else _task(study)
    if study.recommends:
        return _lists_verdict(study, size)
    test = study.metrics.get("test") or {}
    own, rival = test.get("mse"), test.get("pca_mse")
    if own is None or rival is None:
        return f"{size}; the test error was not measured.", "unknown"
    root = study.ae.scaling_.root(own)
    in_units = "" if root is None else f"; root {number(root)} in the data's own unit"
    said = f"{size}; test error {number(own)} ({study.unit}{in_units})"
    if rival <= 0:
        exact = "also" if own <= 0 else "the autoencoder is not"
        return f"{said}. PCA is exact at this code size; {exact}.", "level"
    gap = 1 - own / rival
    if gap >= LEVEL:
        return f"{said}, {percent(gap)} below PCA's {number(rival)}.", "better"
    if gap > -LEVEL:
        return f"{said}, level with PCA's {number(rival)}.", "level"
    return (
        f"PCA is better here: {size}, PCA's test error is {number(rival)} ({study.unit}); "
        f"the autoencoder's is {number(own)}, {percent(-gap)} higher."
    ), "worse"


def _lists_verdict(study: Study, size: str) -> tuple[str, str]:
    """The same of recommendations, beside the linear model."""
    lists = study.metrics["lists"]
    own, rival = (lists["rank"][name]["ndcg"] for name in ("both", "linear"))
    said = f"{size}; NDCG@{lists['places']} {own:.4f} of {count(lists['n_users'])} test users"
    gap = own / rival - 1 if rival else 0.0
    if abs(gap) < LEVEL:
        return f"{said}, level with the linear model's {rival:.4f}.", "level"
    word, tone = ("above", "better") if gap > 0 else ("below", "worse")
    return f"{said}, {percent(abs(gap))} {word} the linear model's {rival:.4f}.", tone


def _task(study: Study) -> str:
    """What is restored, and the error before."""
    corruption = study.ae.settings()["corruption"]
    name = corruption if isinstance(corruption, str) else corruption["name"]
    damaged = (study.metrics.get("test") or {}).get("damaged_mse")
    before = "" if damaged is None else f" (error as given {number(damaged)})"
    return f"Restores what {name} hid{before}"


def _remarks(study: Study) -> str:
    """What to know with the verdict, HTML."""
    asked = [name for name, term in resolve_loss(study.ae.loss).items() if term.about_code]
    remarks = []
    if study.metrics.get("interrupted"):
        remarks.append("Training was interrupted; this is the best model up to then.")
    if asked:
        remarks.append(
            f"The fit asked more of the code than to rebuild ({', '.join(asked)}); PCA rebuilds "
            "and nothing else."
        )
    return "".join(map(note, remarks))


def headline(study: Study) -> str:
    """The top of the page, HTML."""
    sentence, tone = verdict(study)
    figures = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
        f'<dd class="small">{escape(more)}</dd></div>'
        for name, value, more in _figures(study)
    )
    return (
        f'<header><p class="kicker">Isthmus report</p><h1>{escape(title(study))}</h1>'
        f'<p class="verdict {tone}">{escape(sentence)}</p>{_remarks(study)}'
        f'<dl class="figures">{figures}</dl></header>'
    )


# Longer items have no room beside their codes.
LONGEST_SHOWN = 9999


def _figures(study: Study) -> list[tuple[str, str, str]]:
    """Key figures: name, value, what it means."""
    metrics, p = study.metrics, study.n_features
    k = metrics["n_components"]
    code, about = "none", "skip connections: it restores"
    if k and p <= LONGEST_SHOWN:
        code, about = f"{count(p)} → {count(k)}", f"numbers per {study.noun}, {_ratio(p, k)}"
    elif k:
        code, about = count(k), f"of {count(p)} numbers per {study.noun}, {_ratio(p, k)}"
    return [
        ("Code", code, about),
        *(_kept(study) if k else []),
        ("Parameters", count(int(metrics["n_parameters"])), "trained numbers"),
        ("Training", duration(metrics.get("seconds")), _epochs(metrics.get("epochs"))),
        (
            f"{study.noun.capitalize()}s",
            count(int(metrics["n_train"])),
            f"to learn from, {count(int(metrics['n_test']))} to test",
        ),
    ]


def _epochs(n: int | None) -> str:
    if n is None:
        return ""
    return "1 epoch" if n == 1 else f"{count(n)} epochs"


def _ratio(p: int, k: int) -> str:
    if p <= k:
        return "not shorter than the item"
    ratio = p / k
    return f"{ratio:,.0f} times fewer" if ratio >= 9.95 else f"{ratio:.2g} times fewer"


def _kept(study: Study) -> list[tuple[str, str, str]]:
    """The share of the variance that the code keeps, where there is variance at all."""
    test = study.metrics.get("test") or {}
    if test.get("mse") is None or test.get("pca_mse") is None:
        return []
    variance = study.pca.total_variance / study.n_features
    if variance <= 0:
        return []
    own, rival = (_share(1 - test[key] / variance) for key in ("mse", "pca_mse"))
    return [("Variance kept", own, f"PCA keeps {rival}")]


def _share(value: float) -> str:
    return f"{100 * value:.1f} %".replace("-", MINUS)
