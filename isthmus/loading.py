"""From files to an autoencoder: the network is built from the settings and filled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.data.rows import with_channels
from isthmus.data.scaling import Scaling
from isthmus.errors import BadFile, BadSetting
from isthmus.hub import fetched, is_on_hub
from isthmus.model_files import CONFIG, read
from isthmus.networks import Start
from isthmus.training import Epoch
from isthmus.waves import Waves

__all__ = ["load"]


def load(place: str | Path) -> Autoencoder:
    """Read an autoencoder that `Autoencoder.save` wrote or `Autoencoder.push_to_hub` pushed.

    Parameters
    ----------
    place : str or Path
        A folder, which may be a run's; or ``hub:user/name``, or ``hub:user/name@revision``: a
        branch, a tag or a commit. What was loaded from the hub once is read from a cache then.

    Raises
    ------
    NoData
        If there is no model, or the hub does not give it.
    BadFile
        If a file is damaged, of a newer format, or its parts do not fit each other.
    BadSetting, MissingExtra
        If a place on the hub is written otherwise, or huggingface_hub is not installed.
    """
    folder = fetched(place) if is_on_hub(place) else Path(place)
    if not (folder / CONFIG).is_file() and (folder / "model" / CONFIG).is_file():
        folder = folder / "model"
    config, weights = read(folder)
    try:
        return _rebuild(config, weights)
    except (KeyError, TypeError, BadSetting, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BadFile(f"{folder}: config and weights do not fit each other: {reason}") from error


def _rebuild(config: Mapping[str, Any], state: dict[str, Tensor]) -> Autoencoder:
    ae = Autoencoder(**config["settings"], random_state=config["random_state"])
    ae.item_shape_ = tuple(config["item_shape"])
    ae.n_features_in_ = int(np.prod(ae.item_shape_))
    if config["feature_names"]:
        ae.feature_names_in_ = np.asarray(config["feature_names"], dtype=object)
    ae.n_components_ = config["n_components"]
    ae.scaling_ = Scaling.from_dict(config["scaling"])
    shape, k = with_channels(ae.item_shape_), ae.n_components_
    n_principal = config.get("n_principal")
    ae.waves_ = None if n_principal is None else Waves.blank(n_principal, shape, k)
    slots = Slots.of(ae)
    start = Start.blank(slots.network, shape, k, ae.waves_, flags=slots.corruption.flags)
    ae.pca_, ae.model_ = None, slots.build(shape, k, start, seed=0)
    ae.model_.load_state_dict(state)
    ae.model_.eval()
    fit = config["fit"]
    ae.history_ = [Epoch(**row) for row in fit["history"]]
    ae.n_iter_, ae.best_epoch_ = fit["n_iter"], fit["best_epoch"]
    ae.seconds_, ae.interrupted_ = fit["seconds"], fit["interrupted"]
    return ae
