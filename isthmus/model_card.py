"""The page that travels with a model: what it is, what it was fitted to, how well it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isthmus.codes import Code, Quantised
from isthmus.corruptions import Corruption

__all__ = ["model_card"]


def model_card(ae: Any, metrics: Mapping[str, Any] | None = None) -> str:
    """The model card in Markdown.

    Parameters
    ----------
    ae : Autoencoder
        Fitted. (Not a type here: the estimator stands above its files.)
    metrics : mapping or None
        What ``metrics.json`` holds, where there was a test.
    """
    if not ae.has_code:
        return _restorer_card(ae, metrics)
    ordered = "every prefix of it is a code of its own" if ae.ordered else "of this one size"
    if isinstance(Code.resolve(ae.code), Quantised):
        ordered = "rounded: isthmus compress writes them in few bytes, at any quality"
    steps = ae.search_steps
    codes = f"the encoder and {steps} steps of search" if steps else "the encoder"
    lines = [
        f"# Autoencoder: {ae.n_components_} numbers for an item of {ae.n_features_in_}",
        "",
        f"- Items: shape {ae.item_shape_}, scaled as: {ae.scaling_.unit}.",
        f"- Code: {ae.n_components_} numbers, {ordered}.",
        f"- Codes come from {codes}.",
        f"- Network: {ae.n_parameters_:,} parameters, {ae.n_iter_} epochs, the best after epoch "
        f"{ae.best_epoch_}.",
    ]
    lines += _tested(metrics, "PCA at the same code size")
    lines += [
        "",
        "```python",
        "from isthmus import load",
        'ae = load("this folder")',
        "Z = ae.transform(X)",
        "```",
        "",
    ]
    return "\n".join(lines)


def _restorer_card(ae: Any, metrics: Mapping[str, Any] | None) -> str:
    lines = [
        "# Restorer: no short code",
        "",
        f"- Items: shape {ae.item_shape_}, scaled as: {ae.scaling_.unit}.",
        "- Code: none. The network has skip connections, so everything crosses: it restores items, "
        "and cannot shorten them.",
        f"- Restores what this did: {ae.settings()['corruption']}.",
        f"- Network: {ae.n_parameters_:,} parameters, {ae.n_iter_} epochs, the best after epoch "
        f"{ae.best_epoch_}.",
        *_tested(metrics, "PCA's best guess", hidden=Corruption.resolve(ae.corruption).flags),
        "",
        "```python",
        "from isthmus import load",
        'ae = load("this folder")',
        "restored = ae.restore(damaged)",
        "```",
        "",
    ]
    return "\n".join(lines)


def _tested(metrics: Mapping[str, Any] | None, rival: str, *, hidden: bool = False) -> list[str]:
    """What it was fitted to and how well it does, where that is known."""
    if metrics is None:
        return []
    test = metrics["test"]
    if test["mse"] is None:
        rank, places = metrics["lists"]["rank"], metrics["lists"]["places"]
        return [
            f"- Data: {metrics['data']['source']}",
            f"- NDCG@{places} of test users: {rank['both']['ndcg']:.4f} together with a linear "
            f"model, which alone has {rank['linear']['ndcg']:.4f}; `isthmus recommend` uses both.",
            f"- Preset: {metrics['preset']}.",
        ]
    value = "hidden value" if hidden else "value"
    return [
        f"- Data: {metrics['data']['source']}",
        f"- Test error: {test['mse']:.5g} mean squared error per {value} ({metrics['unit']}); "
        f"{rival}: {test['pca_mse']:.5g}.",
        f"- Preset: {metrics['preset'] or 'the default'}.",
    ]
