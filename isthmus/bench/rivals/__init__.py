"""Every rival, one table. Each file beside this one trains with one library and runs by itself.

The presets of Isthmus are rivals too (``isthmus-vae``). A historical network is one in every
library whose file can build its layers (``isthmus-dense-20``, ``keras-dense-20``, ...).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isthmus.errors import unknown_name
from isthmus.presets import PRESETS, Preset

__all__ = ["GENERAL", "RIVALS", "Rival", "find_rival"]


@dataclass(frozen=True)
class Rival:
    """Who competes, and how its file is told to.

    Attributes
    ----------
    summary : str
        What it is, one line.
    library : str
        Its file beside this one.
    packages : tuple of str
        What must be installed for it, by the names that pip knows.
    options : mapping
        Its file's settings; in layer lines ``code`` and ``items`` stand for the two widths.
    epochs : int or None
        Passes that its source or documentation trains; None where it plans for the time given.
    one_fit : bool
        Whether one fit serves every shorter code.
    pixels_only : bool
        Whether it can only give values of 0..1.
    preset : str or None
        The historical network it is.
    """

    summary: str
    library: str
    packages: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    epochs: int | None = None
    one_fit: bool = False
    pixels_only: bool = False
    preset: str | None = None

    @property
    def script(self) -> Path:
        """Its file."""
        return Path(__file__).parent / f"{self.library}.py"

    @property
    def plans(self) -> bool:
        """Whether it plans its fit for the time it is given: one fit for each time."""
        return self.library == "isthmus" and self.epochs is None

    @property
    def install(self) -> str:
        """The command that installs what it needs."""
        return f"pip install {' '.join(self.packages)}"

    def options_for(self, n_components: int, n_features: int) -> dict[str, Any]:
        """The options with the widths written out."""
        widths = {"code": str(n_components), "items": str(n_features)}

        def written(line: str) -> str:
            return " ".join(widths.get(word, word) for word in line.split())

        return {
            name: [written(line) for line in value] if name in STACKS else value
            for name, value in self.options.items()
        }


STACKS = ("encoder", "decoder")
_KERAS = ("tensorflow", "keras")
_TORCH = ("torch", "accelerate")
# A network that a user would write today, with no more thought than that.
_DENSE = {
    "encoder": ("dense 512 relu", "dense 256 relu", "dense code"),
    "decoder": ("dense 256 relu", "dense 512 relu", "dense items"),
    "initial": "glorot",
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "batch_size": 128,
    "loss": "mse",
}
_WIDTHS = "512-256-code-256-512, ReLU, Adam"
_PYTHAE = {"learning_rate": 1e-3, "batch_size": 100}


def _of_preset(name: str) -> Rival:
    """A preset of Isthmus for any data."""
    return Rival(PRESETS[name].summary, "isthmus", _TORCH, {"preset": name})


#: Rivals for any data and any code size.
GENERAL: Mapping[str, Rival] = {
    "pca": Rival("PCA of scikit-learn", "pca", ("scikit-learn",), one_fit=True),
    "isthmus": Rival("the default of Isthmus", "isthmus", _TORCH, one_fit=True),
    # The other rivals are fitted to one code size too.
    "isthmus-single-size": _of_preset("single-size"),
    # Not of a code: everything crosses. Smaller than the preset, which is slower in minutes.
    "isthmus-denoiser": Rival(
        f"{PRESETS['restore-noise'].summary}; a small network",
        "isthmus",
        _TORCH,
        {"preset": "restore-noise", "network__widths": (32, 64), "network__blocks": (1, 2)},
    ),
    "keras": Rival(f"Keras, {_WIDTHS}", "keras", _KERAS, _DENSE, 50),
    "torch-plain": Rival(f"bare PyTorch, {_WIDTHS}", "torch", ("torch",), _DENSE, 50),
    "lightning": Rival(
        f"Lightning's Trainer, {_WIDTHS}", "lightning", ("torch", "lightning"), _DENSE, 50
    ),
    "pythae-ae": Rival(
        "pythae's AE as in its MNIST example",
        "pythae",
        ("torch", "pythae"),
        {"model": "AE", **_PYTHAE},
        100,
        pixels_only=True,
    ),
    "pythae-vae": Rival(
        "pythae's VAE as in its MNIST example",
        "pythae",
        ("torch", "pythae"),
        {"model": "VAE", **_PYTHAE},
        100,
        pixels_only=True,
    ),
    "pyod-autoencoder": Rival(
        "PyOD's AutoEncoder, 512-256-code-256-512, without dropout",
        "pyod",
        ("torch", "pyod"),
        {"hidden": (512, 256), "batch_size": 128},
        100,
    ),
}


def _layered(preset: Preset) -> dict[str, Any]:
    """The options of a historical network, for the files that read layer lines."""
    network = preset.settings["network"]
    training = {key: value for key, value in preset.settings["training"].items() if key != "epochs"}
    loss = preset.settings["loss"]
    stacks = {stack: network[stack] for stack in STACKS}
    return {**stacks, **training, "initial": network["initial"], "loss": loss}


def _historical() -> dict[str, Rival]:
    found = {}
    for name, preset in PRESETS.items():
        if preset.native_shape is None:
            continue
        options, epochs = _layered(preset), preset.settings["training"]["epochs"]
        found[f"isthmus-{name}"] = Rival(
            f"{preset.summary}; trained by Isthmus",
            "isthmus",
            _TORCH,
            {"preset": name},
            epochs,
            preset=name,
        )
        dense = all(line.startswith("dense") for stack in STACKS for line in options[stack])
        for general in ("keras", *(("torch-plain", "lightning") if dense else ())):
            library = GENERAL[general].library
            found[f"{library}-{name}"] = Rival(
                f"{preset.summary}; in {library}",
                library,
                GENERAL[general].packages,
                options,
                epochs,
                preset=name,
            )
    return found


def _family() -> dict[str, Rival]:
    """The presets for any data: a denoising autoencoder among them."""
    return {
        f"isthmus-{name}": _of_preset(name)
        for name, preset in PRESETS.items()
        if preset.native_shape is None and preset.has_code
    }


RIVALS: Mapping[str, Rival] = {**GENERAL, **_family(), **_historical()}


def find_rival(name: str) -> Rival:
    """The rival of a name; raises `BadSetting` with the nearest one for an unknown name."""
    if name not in RIVALS:
        raise unknown_name("rival", name, RIVALS)
    return RIVALS[name]
