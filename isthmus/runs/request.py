"""What the user asked for, as it is kept in ``fit.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from isthmus.autoencoder import Autoencoder
from isthmus.data import Dataset
from isthmus.presets import find_preset

__all__ = ["Request"]


@dataclass(frozen=True)
class Request:
    """The arguments of ``isthmus fit``; None where the user said nothing.

    Attributes
    ----------
    data, test : str or None
        What to fit and what to test on: paths or built-in names.
    preset : str or None
        None is the default autoencoder.
    n_components, epochs, minutes, seed : number or None
    size : tuple of (int, int) or None
        Height and width that pictures of a folder are resized to, or cut into.
    cut : bool or None
        Cut pictures into pieces instead of resizing them; None does so for restoring and files.
    label, id : str or None
        Columns of a table.
    table : str or None
        A table that lies beside pictures.
    hidden : number or None
        A height that means no data, in elevation maps.
    seconds : float or None
        What a picture of a sound is of.
    user, item, rating : str or None
        Columns of a table of users and their items.
    strict : bool or None
        Refuse unreadable files instead of skipping them.
    settings : dict
        Further arguments of `Autoencoder`, ``{"training__patience": 5}``.
    """

    data: str
    test: str | None = None
    preset: str | None = None
    n_components: int | None = None
    epochs: int | None = None
    minutes: float | None = None
    seed: int | None = None
    size: tuple[int, int] | None = None
    cut: bool | None = None
    label: str | None = None
    id: str | None = None
    table: str | None = None
    hidden: float | None = None
    seconds: float | None = None
    user: str | None = None
    item: str | None = None
    rating: str | None = None
    strict: bool | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The request as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Request:
        """The inverse of `to_dict`."""
        size = values.get("size")
        return cls(**{**values, "size": tuple(size) if size else None})

    def over(self, earlier: Request) -> Request:
        """This request where it says something, an earlier one where it does not."""
        said = {key: value for key, value in self.to_dict().items() if value not in (None, {})}
        return Request.from_dict({**earlier.to_dict(), **said})

    def autoencoder(self, data: Dataset) -> Autoencoder:
        """The unfitted autoencoder asked for, for some data."""
        settings = dict(self.settings)
        if self.epochs is not None:
            settings["training__epochs"] = self.epochs
        if self.minutes is not None:
            settings["training__minutes"] = self.minutes
        if data.kind == "table" and data.items.dtype.kind == "f":
            # Columns of a table have units of their own; pixels share one, and bytes are pixels.
            settings.setdefault("scale", "columns")
        if data.table is not None and self.restores:
            # The levels of a category are missing together.
            widths = [len(column.encoded) for column in data.table.columns]
            settings.setdefault("corruption__columns", widths)
        if data.pictures is not None and not self.heights:
            # A piece of a picture lies anywhere, so its mirror image might have come as well.
            settings.setdefault("training__augment", ["flip"])
        settings["random_state"] = 0 if self.seed is None else self.seed
        if data.parts is None:
            return Autoencoder.from_preset(self.preset, self.n_components, **settings)
        ae = Autoencoder.from_preset(self.preset, self.n_components)
        return ae.for_parts(data.parts.picture).set_params(**settings)

    @property
    def restores(self) -> bool:
        """Whether a restorer is asked for."""
        return self.preset is not None and not find_preset(self.preset).has_code

    @property
    def own_resolution(self) -> bool:
        """Whether pictures are cut into pieces as they are, not resized."""
        return self.preset is not None and find_preset(self.preset).own_resolution

    @property
    def form(self) -> str | None:
        """The form of the data, where that cannot be seen from outside."""
        return None if self.preset is None else find_preset(self.preset).form

    @property
    def heights(self) -> bool:
        """Whether the items are elevation maps, read in their own unit."""
        return self.form == "heights"

    @property
    def recommends(self) -> bool:
        """Whether the items are users, and what they may like is asked for."""
        return self.form == "interactions"

    @property
    def run_name(self) -> str:
        """A name for the run's folder where the user gave none."""
        stem = Path(self.data).name.split(".")[0] or "run"
        k = "" if self.n_components is None else f"-{self.n_components}"
        return f"{stem}-{self.preset or 'default'}{k}"
