"""A fit on disk: one file, replaced in one step, that holds no code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors
from torch import Tensor

from isthmus.errors import BadFile, BadSetting
from isthmus.files import replacing_file
from isthmus.training.progress import Progress

__all__ = ["Checkpoint", "read_checkpoint", "write_checkpoint"]

State = dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """Everything an interrupted fit needs to go on as if nothing had happened.

    Attributes
    ----------
    fit : str
        What is being fitted, so that a checkpoint is never continued by another fit.
    weights, best, optimizer : dict of str to Tensor
        The model now, the model at its best, the optimiser's memory (``"0.mean"``).
    progress : Progress
    """

    fit: str
    weights: State
    best: State
    optimizer: State
    progress: Progress


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; the old one stays until the new one is whole."""
    tensors = {
        f"{part}/{name}": tensor.detach().cpu().clone().contiguous()
        for part in ("weights", "best", "optimizer")
        for name, tensor in getattr(checkpoint, part).items()
    }
    progress = json.dumps(checkpoint.progress.to_dict())
    metadata = {
        "fit": checkpoint.fit,
        "progress": progress,
        "sha256": _digest(checkpoint.fit, progress, tensors),
    }
    # Not durable: a checkpoint is for a killed process, and waiting for the disk after every short
    # epoch would cost more than the epoch.
    with replacing_file(path, durable=False) as temporary:
        temporary.write_bytes(save_tensors(tensors, metadata))


def read_checkpoint(path: Path, fit: str) -> Checkpoint:
    """Read a checkpoint of the same fit.

    Raises
    ------
    BadFile
        If the file is damaged.
    BadSetting
        If it is of a fit with other data or other settings.
    """
    parts: dict[str, State] = {"weights": {}, "best": {}, "optimizer": {}}
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
            for key in file.keys():  # noqa: SIM118 - not a dict
                part, name = key.split("/", 1)
                parts[part][name] = file.get_tensor(key)
        tensors = {f"{part}/{name}": t for part in parts for name, t in parts[part].items()}
        if metadata["sha256"] != _digest(metadata["fit"], metadata["progress"], tensors):
            raise ValueError("its digest differs")
        progress = Progress.from_dict(json.loads(metadata["progress"]))
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BadFile(
            f"checkpoint {path} is damaged ({error}); start anew with --force."
        ) from error
    if metadata["fit"] != fit:
        raise BadSetting(
            f"checkpoint {path} is of a fit with other data or settings; give the ones it began "
            "with, or start anew with --force."
        )
    return Checkpoint(fit, parts["weights"], parts["best"], parts["optimizer"], progress)


def _digest(fit: str, progress: str, tensors: State) -> str:
    digest = hashlib.sha256(f"{fit}\n{progress}".encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].numpy().tobytes())
    return digest.hexdigest()
