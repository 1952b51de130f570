"""Labels of some items: which are known, folds to judge by, and how sure a judgement is."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest, ttest_1samp
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from isthmus.errors import BadInput

__all__ = ["FOLDS", "SURE", "below_by_more_than_chance", "known_labels", "likely_share", "parts"]

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

FOLDS = 5
# How sure a judgement by held-out labels must be.
SURE = 0.95
# What scikit-learn's learners from few labels take for "not known".
UNKNOWN = -1


def known_labels(y: Any, n: int, *, numbers: bool) -> tuple[Indices, NDArray[Any]]:
    """Which items have a label, and these labels.

    Parameters
    ----------
    y : array-like, shape (n,)
        None, NaN and empty text mark items without one; so does -1 where labels are classes.
    n : int
        Items there are.
    numbers : bool
        Whether labels are numbers to predict.

    Raises
    ------
    BadInput
        If ``y`` has another length, no label at all, or text where numbers are wanted.
    """
    try:
        given = column_or_1d(y, warn=True)
    except ValueError as error:
        raise BadInput(str(error)) from None
    if len(given) != n:
        raise BadInput(f"y has {len(given)} labels for {n} items; give one or None for each.")
    if given.dtype.kind == "f" and np.isinf(given).any():
        raise BadInput("Input y contains infinity; mark labels that are not known by NaN.")
    missing = np.asarray(pd.isna(given))
    if not numbers:
        missing = missing | np.array([_says_nothing(label) for label in given.tolist()], bool)
    which = np.flatnonzero(~missing)
    if not len(which):
        raise BadInput(f"none of the {n} items has a label; at least one is needed.")
    return which, (_as_numbers if numbers else _as_classes)(given[which])


def _as_numbers(labels: NDArray[Any]) -> Floats:
    try:
        return labels.astype(np.float64)
    except (TypeError, ValueError):
        raise BadInput(f"a label is {labels[0]!r}; expected numbers, or a classifier.") from None


def _as_classes(labels: NDArray[Any]) -> NDArray[Any]:
    classes = np.array(labels.tolist())
    try:
        check_classification_targets(classes)
    except ValueError as error:
        raise BadInput(f"{error} Or fit a regressor.") from None
    return classes


def _says_nothing(label: Any) -> bool:
    return label == "" if isinstance(label, str) else label == UNKNOWN


def parts(
    labels: NDArray[Any], seed: int, *, numbers: bool, most: int = FOLDS
) -> list[tuple[Indices, Indices]]:
    """Places of labels to learn from and to judge by, each judged once; none where there is one.

    Classes are spread evenly over the parts, of which there are at most ``most``.
    """
    alike = len(labels) if numbers else int(np.unique(labels, return_counts=True)[1].max())
    n_parts = min(most, alike)
    if n_parts < 2:
        return []
    split = (KFold if numbers else StratifiedKFold)(n_parts, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A class in fewer items than there are parts is not judged in all of them.
        warnings.simplefilter("ignore", UserWarning)
        return list(split.split(labels, labels))


def likely_share(n_right: int, n: int) -> tuple[float, float]:
    """The shares that ``n_right`` right answers of ``n`` leave likely (Wilson, 1927, 95 %)."""
    interval = binomtest(n_right, n).proportion_ci(SURE, method="wilson")
    return float(interval.low), float(interval.high)


def below_by_more_than_chance(errors: Floats, of_rival: Floats) -> bool:
    """Whether errors are below a rival's on the same items, by Student's t at 95 %."""
    if len(errors) < 2 or np.ptp(errors - of_rival) == 0:
        return bool(len(errors) > 1 and errors[0] < of_rival[0])
    return bool(ttest_1samp(errors - of_rival, 0, alternative="less").pvalue < 1 - SURE)
