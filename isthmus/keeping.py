"""An autoencoder kept: in a folder, or in a repository of the hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from isthmus.hub import push
from isthmus.model_files import save

__all__ = ["Keeping"]


class Keeping:
    """Methods of `isthmus.autoencoder.Autoencoder` that write it where `isthmus.load` finds it."""

    def save(self, path: str | Path) -> None:
        """Write the model to a folder: JSON and safetensors; see `isthmus.model_files`."""
        save(self, Path(path))

    def push_to_hub(
        self,
        repository: str,
        *,
        private: bool = False,
        licence: str | None = None,
        data: str | None = None,
        metrics: Mapping[str, Any] | None = None,
    ) -> str:
        """Put the model, as `save` writes it, into a repository of the hub, with its card.

        Parameters
        ----------
        repository : str
            ``"user/name"``; made if it is not there.
        private : bool, default=False
            Make it for its owner alone; a repository that all may read already is refused.
        licence : str or None, default=None
            As the hub names licences: ``"mit"``, ``"cc-by-4.0"``, ``"apache-2.0"``.
        data : str or None, default=None
            What it was fitted to, in words, for the card.
        metrics : mapping or None, default=None
            What ``metrics.json`` of a run holds, for the card.

        Returns
        -------
        str
            What `isthmus.load` takes for just this state: ``"hub:user/name@commit"``.

        Raises
        ------
        CannotWrite
            If there is no token, the hub refuses, or it cannot be reached.
        BadSetting
            If the repository's name or the licence is none.
        MissingExtra
            If huggingface_hub is not installed.
        """
        with TemporaryDirectory() as folder:
            self.save(model := Path(folder) / "model")
            return push(
                self,
                model,
                repository,
                private=private,
                licence=licence,
                data=data,
                metrics=metrics,
            )
