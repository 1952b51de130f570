"""Short codes for your data: autoencoders that start from PCA and only improve on it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isthmus import presets
    from isthmus.autoencoder import Autoencoder
    from isthmus.data import Parts, open_data
    from isthmus.loading import load
    from isthmus.uses.anomalies import AnomalyDetector
    from isthmus.uses.choice import choose
    from isthmus.uses.classes import FewLabelsClassifier
    from isthmus.uses.clusters import Clusters
    from isthmus.uses.comparison import compare
    from isthmus.uses.ratings import RatingPredictor
    from isthmus.uses.recommendation import Recommender
    from isthmus.uses.values import FewLabelsRegressor

__version__ = "0.1.0.dev0"

__all__ = [
    "AnomalyDetector",
    "Autoencoder",
    "Clusters",
    "FewLabelsClassifier",
    "FewLabelsRegressor",
    "Parts",
    "RatingPredictor",
    "Recommender",
    "__version__",
    "choose",
    "compare",
    "load",
    "open_data",
    "presets",
]

# Loaded when first asked for: torch takes seconds, and `isthmus --help` needs none of it.
_HOME = {
    "AnomalyDetector": "isthmus.uses.anomalies",
    "Autoencoder": "isthmus.autoencoder",
    "Clusters": "isthmus.uses.clusters",
    "FewLabelsClassifier": "isthmus.uses.classes",
    "FewLabelsRegressor": "isthmus.uses.values",
    "Parts": "isthmus.data",
    "RatingPredictor": "isthmus.uses.ratings",
    "Recommender": "isthmus.uses.recommendation",
    "choose": "isthmus.uses.choice",
    "compare": "isthmus.uses.comparison",
    "load": "isthmus.loading",
    "open_data": "isthmus.data",
}


def __getattr__(name: str) -> Any:
    if name == "presets":
        return importlib.import_module("isthmus.presets")
    if name not in _HOME:
        raise AttributeError(f"module 'isthmus' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
