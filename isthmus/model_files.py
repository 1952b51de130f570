"""A model on disk: JSON for what it is, safetensors for its weights, nothing that runs.

::

    model/
      config.json         format version, settings, shapes, scaling, a digest of each file
      model.safetensors   weights
      README.md           the model card

Reading builds the network from the settings and fills it (`isthmus.loading`); no code and no pickle
is in the files.
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
from torch import Tensor

import isthmus
from isthmus.errors import BadFile, NoData
from isthmus.files import replacing_folder
from isthmus.model_card import About, model_card

__all__ = ["CARD", "CONFIG", "FORMAT_VERSION", "WEIGHTS", "read", "read_config", "save", "versions"]

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


def save(ae: Any, folder: Path, metrics: Mapping[str, Any] | None = None) -> None:
    """Write a fitted autoencoder to ``folder``, whole or not at all.

    Parameters
    ----------
    ae : Autoencoder
        Fitted. (Not a type here: the estimator stands above its files.)
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
        card = model_card(ae, metrics, About(versions=config["versions"]))
        (temporary / CARD).write_text(card, encoding="utf-8")


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What `save` wrote, checked: the config and the weights.

    Raises
    ------
    NoData
        If there is no model in the folder.
    BadFile
        If a file is damaged or of a newer format.
    """
    config, weights = read_config(folder), _bytes(folder, WEIGHTS)
    if hashlib.sha256(weights).hexdigest() != config["weights_sha256"]:
        raise BadFile(f"{folder / WEIGHTS} is damaged (its digest differs); copy the model anew.")
    try:
        return config, load_tensors(weights)
    except SafetensorError as error:
        raise BadFile(f"{folder / WEIGHTS} holds no tensors: {error}.") from error


def read_config(folder: Path) -> dict[str, Any]:
    """The config of a model alone, checked; raises as `read` does."""
    return _checked_config(folder / CONFIG, _bytes(folder, CONFIG))


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise NoData(
            f"no model in {folder}: {error.strerror}: {error.filename}; expected {CONFIG} and "
            f"{WEIGHTS}, as ae.save writes them."
        ) from None


def _config(ae: Any) -> dict[str, Any]:
    seed = ae.random_state
    return {
        "format_version": FORMAT_VERSION,
        "settings": ae.settings(),
        "random_state": int(seed) if isinstance(seed, int | np.integer) else None,
        "n_components": ae.n_components_,
        "n_principal": None if ae.waves_ is None else ae.waves_.n_principal,
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
