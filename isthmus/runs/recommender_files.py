"""What a run that recommends has beside its model: safetensors and JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadFile, BadSetting
from isthmus.files import replacing_file
from isthmus.runs.folder import read_json, write_json
from isthmus.uses.ease import Ease
from isthmus.uses.factors import Factors
from isthmus.uses.ratings import Known, RatingPredictor
from isthmus.uses.recommendation import Recommender

__all__ = ["read_predictor", "read_recommender", "save_predictor", "save_recommender"]

LISTS, RATINGS = "recommender", "ratings"
Tensors = dict[str, NDArray[Any]]


def save_recommender(folder: Path, recommender: Recommender) -> None:
    """Write the linear model and the two choices."""
    linear = recommender.linear_
    # Half the digits: no list of 20 changes, and a matrix of 3,628 items takes 26 MB.
    _save(folder, LISTS, {"items": linear.items, "weights": linear.weights.astype(np.float16)})
    choices = {
        "n_items": linear.n_items,
        "share": recommender.share_,
        "strength": recommender.strength_,
    }
    write_json(folder / f"{LISTS}.json", choices)


def read_recommender(folder: Path, ae: Autoencoder) -> Recommender:
    """What `save_recommender` wrote.

    Raises
    ------
    BadSetting
        If the run was not fitted to recommend.
    BadFile
        If a file is damaged.
    """
    if not _path(folder, LISTS).is_file():
        raise BadSetting(
            f"{folder} was not fitted to recommend; fit a table of users and their items with "
            "isthmus fit DATA --preset recommend."
        )
    choices, tensors = read_json(folder / f"{LISTS}.json"), _read(folder, LISTS)
    linear = Ease(tensors["items"], tensors["weights"].astype(np.float32), choices["n_items"])
    return Recommender.restored(ae, linear, choices["share"], choices["strength"])


def save_predictor(folder: Path, predictor: RatingPredictor) -> None:
    """Write the samples of factors, and what is known by codes."""
    parts = vars(predictor.factors_) | vars(predictor.known_)
    mean = {"mean": predictor.known_.mean, "middle": np.asarray(predictor.factors_.mean)}
    tensors = {name: np.asarray(value, np.float32) for name, value in (parts | mean).items()}
    tensors["range"] = np.asarray(predictor.range_, np.float32)
    _save(folder, RATINGS, tensors)


def read_predictor(folder: Path, ae: Autoencoder) -> RatingPredictor | None:
    """What `save_predictor` wrote; None where there were no ratings."""
    if not _path(folder, RATINGS).is_file():
        return None
    of = {name: tensor.astype(np.float64) for name, tensor in _read(folder, RATINGS).items()}
    factors = Factors(float(of["middle"]), of["items"], of["weights"], of["precision"], of["noise"])
    known = Known(of["mean"], of["directions"], of["counts"])
    lowest, highest = of["range"].tolist()
    return RatingPredictor.restored(ae, known, factors, (lowest, highest))


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.safetensors"


def _save(folder: Path, name: str, tensors: Tensors) -> None:
    with replacing_file(_path(folder, name)) as temporary:
        save_file(tensors, temporary)


def _read(folder: Path, name: str) -> Tensors:
    path = _path(folder, name)
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise BadFile(f"{path} is damaged: {error}.") from error
