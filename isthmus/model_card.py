"""The page that travels with a model: what it is, what it was fitted to, how well it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from isthmus.codes import Code, Quantised
from isthmus.corruptions import Corruption

__all__ = ["About", "metadata", "model_card"]


@dataclass(frozen=True)
class About:
    """What a card says that the model does not know.

    Attributes
    ----------
    place : str
        What `isthmus.load` takes to load it.
    licence : str or None
        As the hub names licences.
    data : str or None
        What it was fitted to, in words; None says what ``metrics`` has.
    versions : mapping of str to str
        Of what it was fitted with; see `isthmus.model_files.versions`.
    """

    place: str = "this folder"
    licence: str | None = None
    data: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)


def model_card(
    ae: Any, metrics: Mapping[str, Any] | None = None, about: About | None = None
) -> str:
    """The model card in Markdown.

    Parameters
    ----------
    ae : Autoencoder
        Fitted. (Not a type here: the estimator stands above its files.)
    metrics : mapping or None
        What ``metrics.json`` holds, where there was a test.
    about : About or None
    """
    about = about or About()
    lines = _coder(ae, metrics) if ae.has_code else _restorer(ae, metrics)
    lines[2:2] = _said(metrics, about)
    lines += ["", *_by_code_size(metrics), "```python", "from isthmus import load"]
    use = "Z = ae.transform(X)" if ae.has_code else "restored = ae.restore(damaged)"
    return "\n".join([*lines, f'ae = load("{about.place}")', use, "```", ""])


def metadata(ae: Any, metrics: Mapping[str, Any] | None, about: About) -> dict[str, Any]:
    """What a hub reads at the head of a card: what it is found by, and its results.

    The results are a ``model-index``: the test error and PCA's, or of lists the NDCG and the linear
    model's.
    """
    head: dict[str, Any] = {"library_name": "isthmus"}
    if about.licence is not None:
        head["license"] = about.licence
    if ae.has_code:
        head["pipeline_tag"] = "feature-extraction"
    elif len(ae.item_shape_) > 1:
        head["pipeline_tag"] = "image-to-image"
    head["tags"] = ["isthmus", "autoencoder" if ae.has_code else "restoration"]
    if metrics is not None:
        size = f"codes of {ae.n_components_} numbers" if ae.has_code else "restored"
        result = {
            "task": {"type": head.get("pipeline_tag", "other"), "name": size},
            "dataset": {"type": metrics["data"]["name"], "name": _data(metrics, about)},
            "metrics": _results(metrics),
        }
        head["model-index"] = [{"name": about.place.split("/")[-1], "results": [result]}]
    return head


def _results(metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures of a test, each rival's beside, as a ``model-index`` lists them."""
    test = metrics["test"]
    if test["mse"] is None:
        kind, ranks = "ndcg", metrics["lists"]["rank"]
        figures = {f"NDCG, {name}": rank["ndcg"] for name, rank in ranks.items()}
    else:
        kind = "mse"
        figures = {"mean squared error": test["mse"], "PCA's mean squared error": test["pca_mse"]}
    return [
        {"type": kind, "name": name, "value": float(f"{value:.5g}")}
        for name, value in figures.items()
    ]


def _data(metrics: Mapping[str, Any] | None, about: About) -> str | None:
    if about.data is not None or metrics is None:
        return about.data
    return str(metrics["data"]["source"])


def _said(metrics: Mapping[str, Any] | None, about: About) -> list[str]:
    """Lines of what it was fitted to and with, where that is known, and may be used for."""
    data = _data(metrics, about)
    lines = [] if data is None else [f"- Data: {data}"]
    if about.licence is not None:
        lines.append(f"- Licence: {about.licence}.")
    if about.versions:
        versions = ", ".join(f"{name} {version}" for name, version in about.versions.items())
        lines.append(f"- Fitted with: {versions}.")
    return lines


def _by_code_size(metrics: Mapping[str, Any] | None) -> list[str]:
    """A table of errors, where one fit has many sizes."""
    rows = (metrics or {}).get("by_code_size") or []
    if not rows:
        return []
    lines = ["| numbers | mean squared error | PCA's |", "|---:|---:|---:|"]
    lines += [f"| {row['k']} | {row['mse']:.5g} | {row['pca_mse']:.5g} |" for row in rows]
    return [*lines, ""]


def _coder(ae: Any, metrics: Mapping[str, Any] | None) -> list[str]:
    ordered = "every prefix of it is a code of its own" if ae.ordered else "of this one size"
    if isinstance(Code.resolve(ae.code), Quantised):
        ordered = "rounded: isthmus compress writes them in few bytes, at any quality"
    steps = ae.search_steps
    codes = f"the encoder and {steps} steps of search" if steps else "the encoder"
    return [
        f"# Autoencoder: {ae.n_components_} numbers for an item of {ae.n_features_in_}",
        "",
        f"- Items: shape {ae.item_shape_}, scaled as: {ae.scaling_.unit}.",
        f"- Code: {ae.n_components_} numbers, {ordered}.",
        f"- Codes come from {codes}.",
        f"- Network: {ae.n_parameters_:,} parameters, {ae.n_iter_} epochs, the best after epoch "
        f"{ae.best_epoch_}.",
        *_tested(metrics, "PCA at the same code size"),
    ]


def _restorer(ae: Any, metrics: Mapping[str, Any] | None) -> list[str]:
    return [
        "# Restorer: no short code",
        "",
        f"- Items: shape {ae.item_shape_}, scaled as: {ae.scaling_.unit}.",
        "- Code: none. The network has skip connections, so everything crosses: it restores items, "
        "and cannot shorten them.",
        f"- Restores what this did: {ae.settings()['corruption']}.",
        f"- Network: {ae.n_parameters_:,} parameters, {ae.n_iter_} epochs, the best after epoch "
        f"{ae.best_epoch_}.",
        *_tested(metrics, "PCA's best guess", hidden=Corruption.resolve(ae.corruption).flags),
    ]


def _tested(metrics: Mapping[str, Any] | None, rival: str, *, hidden: bool = False) -> list[str]:
    """How well it does, where that is known."""
    if metrics is None:
        return []
    test = metrics["test"]
    if test["mse"] is None:
        rank, places = metrics["lists"]["rank"], metrics["lists"]["places"]
        return [
            f"- NDCG@{places} of test users: {rank['both']['ndcg']:.4f} together with a linear "
            f"model, which alone has {rank['linear']['ndcg']:.4f}; `isthmus recommend` uses both.",
            f"- Preset: {metrics['preset']}.",
        ]
    value = "hidden value" if hidden else "value"
    return [
        f"- Test error: {test['mse']:.5g} mean squared error per {value} ({metrics['unit']}); "
        f"{rival}: {test['pca_mse']:.5g}.",
        f"- Preset: {metrics['preset'] or 'the default'}.",
    ]
