"""A model on disk: JSON for what it is, safetensors for its weights, nothing that runs.

::

    model/
      config.json         format version, settings, shapes, scaling, a digest of each file
      model.safetensors   weights
      README.md           the model card

Reading builds the network from the settings and fills it; no code and no pickle is in the files.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import accelerate
import numpy as np
import sklearn
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from sklearn.utils.validation import check_is_fitted

import isthmus
from isthmus.autoencoder import Autoencoder
from isthmus.data.scaling import Scaling
from isthmus.errors import BadFile, BadSetting, NoData
from isthmus.files import replacing_folder
from isthmus.model_card import model_card
from isthmus.principal import PrincipalComponents
from isthmus.training import Epoch

__all__ = ["FORMAT_VERSION", "load", "save", "versions"]

FORMAT_VERSION = 1
CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"


def versions() -> dict[str, str]:
    """Versions of what a result depends on, and the machine."""
    return {
        "isthmus": isthmus.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "accelerate": accelerate.__version__,
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "system": f"{platform.system()} {platform.machine()}",
    }


def save(ae: Autoencoder, folder: Path, metrics: Mapping[str, Any] | None = None) -> None:
    """Write a fitted autoencoder to ``folder``, whole or not at all.

    Parameters
    ----------
    ae : Autoencoder
        Fitted.
    folder : Path
        Replaced if it is there.
    metrics : mapping or None
        Results for the model card.

    Raises
    ------
    NotFittedError
        If ``ae`` is not fitted.
    CannotWrite
        If the disk refuses.
    """
    check_is_fitted(ae)
    state = {name: tensor.contiguous() for name, tensor in ae.model_.state_dict().items()}
    weights = save_tensors(state)
    config = _config(ae)
    config["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    config["sha256"] = _digest(config)
    with replacing_folder(folder) as temporary:
        (temporary / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
        (temporary / WEIGHTS).write_bytes(weights)
        (temporary / CARD).write_text(model_card(ae, metrics), encoding="utf-8")


def load(folder: str | Path) -> Autoencoder:
    """Read an autoencoder that `save` wrote; a run's folder will do for its ``model``.

    Raises
    ------
    NoData
        If there is no model in the folder.
    BadFile
        If a file is damaged, of a newer format, or its parts do not fit each other.
    """
    folder = Path(folder)
    if not (folder / CONFIG).is_file() and (folder / "model" / CONFIG).is_file():
        folder = folder / "model"
    try:
        text = (folder / CONFIG).read_bytes()
        weights = (folder / WEIGHTS).read_bytes()
    except OSError as error:
        raise NoData(
            f"no model in {folder}: {error.strerror}: {error.filename}; expected {CONFIG} and "
            f"{WEIGHTS}, as ae.save writes them."
        ) from None
    config = _checked_config(folder / CONFIG, text)
    if hashlib.sha256(weights).hexdigest() != config["weights_sha256"]:
        raise BadFile(f"{folder / WEIGHTS} is damaged (its digest differs); copy the model anew.")
    try:
        return _rebuild(config, load_tensors(weights))
    except (KeyError, TypeError, BadSetting, SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BadFile(f"{folder}: config and weights do not fit each other: {reason}") from error


def _config(ae: Autoencoder) -> dict[str, Any]:
    seed = ae.random_state
    return {
        "format_version": FORMAT_VERSION,
        "settings": ae.settings(),
        "random_state": int(seed) if isinstance(seed, int | np.integer) else None,
        "n_components": ae.n_components_,
        "item_shape": list(ae.item_shape_),
        "feature_names": getattr(ae, "feature_names_in_", np.array([])).tolist() or None,
        "scaling": ae.scaling_.to_dict(),
        "fit": {
            "n_iter": ae.n_iter_,
            "best_epoch": ae.best_epoch_,
            "seconds": ae.seconds_,
            "interrupted": ae.interrupted_,
            "history": [vars(epoch) for epoch in ae.history_],
        },
        "versions": versions(),
    }


def _digest(config: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in config.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _checked_config(path: Path, text: bytes) -> dict[str, Any]:
    try:
        config = json.loads(text)
    except ValueError as error:
        raise BadFile(f"{path} is damaged: {error}.") from None
    version = config.get("format_version") if isinstance(config, dict) else None
    if not isinstance(version, int):
        raise BadFile(f"{path} has no format_version; it is not a model of Isthmus.")
    if version > FORMAT_VERSION:
        raise BadFile(
            f"{path} has format version {version}; this Isthmus ({isthmus.__version__}) reads up "
            f"to {FORMAT_VERSION}: upgrade with pip install -U isthmus."
        )
    for key in ("sha256", "weights_sha256"):
        if key not in config:
            raise BadFile(f"{path} has no {key!r}; it is damaged or was edited.")
    if config["sha256"] != _digest(config):
        raise BadFile(f"{path} is damaged or was edited (its digest differs).")
    return config


def _rebuild(config: Mapping[str, Any], state: dict[str, torch.Tensor]) -> Autoencoder:
    ae = Autoencoder(**config["settings"], random_state=config["random_state"])
    ae.item_shape_ = tuple(config["item_shape"])
    ae.n_features_in_ = int(np.prod(ae.item_shape_))
    if config["feature_names"]:
        ae.feature_names_in_ = np.asarray(config["feature_names"], dtype=object)
    ae.n_components_ = config["n_components"]
    ae.scaling_ = Scaling.from_dict(config["scaling"])
    ae.pca_ = None
    shape = (*ae.item_shape_, 1) if len(ae.item_shape_) == 2 else ae.item_shape_
    blank = PrincipalComponents.blank(ae.n_features_in_, ae.n_components_)
    ae.model_ = ae._build(shape, blank, seed=0)
    ae.model_.load_state_dict(state)
    ae.model_.eval()
    fit = config["fit"]
    ae.history_ = [Epoch(**row) for row in fit["history"]]
    ae.n_iter_, ae.best_epoch_ = fit["n_iter"], fit["best_epoch"]
    ae.seconds_, ae.interrupted_ = fit["seconds"], fit["interrupted"]
    return ae
