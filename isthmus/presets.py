"""Every named autoencoder, one table: a name is a choice in each slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isthmus.codes import Code, Quantised
from isthmus.errors import unknown_name

__all__ = ["PRESETS", "Preset", "find_preset", "restorer"]

# How the names of presets that restore begin.
RESTORE = "restore-"
MNIST = (28, 28, 1)
SCENES = (128, 128, 3)


@dataclass(frozen=True)
class Preset:
    """One named autoencoder.

    Attributes
    ----------
    summary : str
        What it is for, one line.
    source : str
        The paper or teaching document it comes from.
    settings : mapping
        Arguments of `Autoencoder`.
    native_shape : tuple of int or None
        The item shape a historical network was made for, (height, width, channels).
    form : str or None
        The form of its data, where that cannot be seen from outside; see `isthmus.data.open_data`.
    """

    summary: str
    source: str
    settings: Mapping[str, Any]
    native_shape: tuple[int, ...] | None = None
    form: str | None = None

    @property
    def has_code(self) -> bool:
        """Whether it gives codes; one with skip connections restores instead."""
        return self._code is None or self._code.short

    @property
    def own_resolution(self) -> bool:
        """Whether it takes pictures of any size, and learns from pieces of them as they are."""
        return not self.has_code or isinstance(self._code, Quantised)

    @property
    def _code(self) -> Code | None:
        code = self.settings.get("code")
        return None if code is None else Code.resolve(code)


def find_preset(name: str) -> Preset:
    """The preset of a name; raises `BadSetting` with the nearest one for an unknown name."""
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS)
    return PRESETS[name]


def restorer(task: str) -> str:
    """The preset that restores: ``noise`` is done by ``restore-noise``.

    Raises
    ------
    BadSetting
        If there is none for the task (the nearest one is suggested).
    """
    if RESTORE + task not in RESTORING:
        tasks = [name.removeprefix(RESTORE) for name in RESTORING]
        raise unknown_name("task to restore", task, tasks)
    return RESTORE + task


def _keras(optimizer: str, epochs: int, batch_size: int, rate: float = 1e-3) -> dict[str, Any]:
    """Training as the teaching notebooks did it: no held-out part, no schedule."""
    return {
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": optimizer,
        "learning_rate": rate,
        "schedule": "constant",
        "validation": 0.0,
        "precision": "float32",
    }


def _layers(encoder: str, decoder: str, initial: str = "glorot") -> dict[str, Any]:
    """A network of layer lines, separated by commas."""
    return {
        "name": "layers",
        "encoder": tuple(line.strip() for line in encoder.split(",")),
        "decoder": tuple(line.strip() for line in decoder.split(",")),
        "initial": initial,
    }


FAMILY = {
    "single-size": Preset(
        "the default for one code size alone: lower error there, and no prefix is a code",
        "Hinton and Salakhutdinov (2006), begun at PCA",
        {"network": "pca-start", "code": "plain", "loss": "mse"},
    ),
    "quick": Preset(
        "the default for one code size and a fit of seconds: dense layers alone",
        "Hinton and Salakhutdinov (2006), begun at PCA",
        {"network": {"name": "pca-start", "convolutions": 0}, "code": "plain", "loss": "mse"},
    ),
    "linear": Preset(
        "one matrix each way, trained by gradient: finds PCA's subspace",
        "Baldi and Hornik (1989)",
        {
            "network": "linear",
            "code": "plain",
            "loss": "mse",
            "training": {"learning_rate": 1e-2},
        },
    ),
    "undercomplete": Preset(
        "dense or convolutional, a short code and no penalty",
        "Hinton and Salakhutdinov (2006)",
        {"network": "auto", "code": "plain", "loss": "mse"},
    ),
    "overcomplete": Preset(
        "a code longer than the data, held down by an L1 penalty",
        "Vincent et al. (2010), section 2; lecture module on autoencoders",
        {
            "network": {"name": "dense", "hidden": (), "components_per_feature": 1.5},
            "code": "relu",
            "loss": {"mse": 1.0, "l1": 0.01},
        },
    ),
    "sparse-l1": Preset(
        "few active numbers per item, by an L1 penalty on the code",
        "Ranzato et al. (2006); lecture module on autoencoders",
        {"network": "dense", "code": "relu", "loss": {"mse": 1.0, "l1": 0.1}},
    ),
    "sparse-kl": Preset(
        "every number rarely active, by a KL penalty on its mean activation",
        "Ng (2011); lecture module on autoencoders",
        {
            "network": "dense",
            "code": "sigmoid",
            "loss": {"mse": 1.0, "sparsity": {"weight": 0.5, "target": 0.1}},
        },
    ),
    "contractive": Preset(
        "a code that moves little when the input does: the exact Jacobian norm is penalised",
        "Rifai et al. (2011)",
        {
            "network": {"name": "dense", "hidden": (256,), "activation": "tanh"},
            "code": "plain",
            "loss": {"mse": 1.0, "contractive": 0.01},
        },
    ),
    "denoising": Preset(
        "restores values hidden at random: 30 to 50 % of each item are set to zero",
        "Vincent et al. (2010); lecture module on autoencoders",
        {
            "network": "auto",
            "code": "plain",
            "corruption": {"name": "masking", "share": 0.3, "share_up_to": 0.5},
            "loss": "mse",
        },
    ),
    "denoising-gaussian": Preset(
        "removes normal noise of deviation 0.5",
        "Vincent et al. (2010); slides on denoising",
        {"network": "auto", "code": "plain", "corruption": "gaussian", "loss": "mse"},
    ),
    "vae": Preset(
        "a code with a density: new items can be drawn",
        "Kingma and Welling (2014); decoder variance of Rybkin et al. (2021)",
        {"network": "auto", "code": "gaussian", "loss": {"gaussian": 1.0, "kl": 1.0}},
    ),
    "beta-vae": Preset(
        "a VAE pressed harder towards independent code numbers",
        "Higgins et al. (2017)",
        {
            "n_components": 8,
            "network": "auto",
            "code": "gaussian",
            "loss": {"gaussian": 1.0, "kl": 4.0},
        },
    ),
    "contrastive": Preset(
        "pictures by what they show: codes alike for a picture and what is turned and bent of it",
        "Chen et al. (2020), with reconstruction beside",
        {
            "n_components": 64,
            "network": {"name": "conv", "widths": (48, 96, 192)},
            "code": "plain",
            "corruption": "deformation",
            "loss": {"mse": 1.0, "agreement": {"weight": 40.0, "temperature": 0.1}},
            "training": {"batch_size": 512},
        },
    ),
    "contrastive-things": Preset(
        "pictures of things: codes alike for all views of one (mirrored, nearer, in another light)",
        "Chen et al. (2020), with reconstruction beside",
        {
            "n_components": 64,
            "network": {"name": "conv", "rebuild": (256,)},
            "code": "plain",
            "corruption": "view",
            "loss": {"mse": 1.0, "agreement": {"weight": 40.0, "temperature": 0.1}},
            "training": {"batch_size": 512},
        },
    ),
    "map": Preset(
        "two numbers, or three: like items lie together, and any place decodes",
        "van der Maaten and Hinton (2008); Sainburg et al. (2021), parametric UMAP",
        {
            "network": "neighbours",
            "code": "plain",
            "loss": "mse",
            "training": {"learning_rate": 1e-2, "validation": 0.0, "precision": "float32"},
        },
    ),
    "recommend": Preset(
        "users by items, sparse: what else a user may like, by what they have",
        "Liang et al. (2018); isthmus recommend",
        {
            "n_components": 200,
            "network": {
                "name": "dense",
                "hidden": (600,),
                "activation": "tanh",
                "unit_length": True,
            },
            "code": "plain",
            "corruption": {"name": "held-back", "share": 0.25},
            "loss": "multinomial",
            "scale": "none",
            "training": {"epochs": 30},
        },
        form="interactions",
    ),
    "anomalies": Preset(
        "normal items alone: what lies far from them or comes back badly is odd",
        "Hinton and Salakhutdinov (2006), begun at PCA; isthmus score",
        {"network": "pca-start", "code": "ordered", "loss": "mse"},
    ),
    "compression": Preset(
        "pictures of any size to files smaller than JPEG 2000's, at any quality",
        "Balle et al. (2017), Minnen and Singh (2020), begun at PCA of blocks",
        {"network": "block-start", "code": "quantised", "loss": {"mse": 1.0, "rate": 1.0}},
    ),
}

HISTORICAL = {
    "dense-20": Preset(
        "784-100-20-100-784, ReLU everywhere",
        "slides on autoencoders for dimensionality reduction",
        {
            "n_components": 20,
            "network": _layers("dense 100 relu, dense code relu", "dense 100 relu, dense 784 relu"),
            "code": "plain",
            "loss": "mse",
            "training": _keras("rmsprop", 50, 128),
        },
        MNIST,
    ),
    "conv-4x4x4": Preset(
        "convolutions 8-4-4, a code of 4x4x4, one unpadded convolution on the way back",
        "slides on autoencoders for dimensionality reduction",
        {
            "network": _layers(
                "conv 8 relu, pool, conv 4 relu, pool, conv 4 relu, pool",
                "conv 4 relu, up, conv 4 relu, up, conv 8 unpadded relu, up, conv 1 relu",
            ),
            "code": "plain",
            "loss": "mse",
            "training": _keras("rmsprop", 50, 128),
        },
        MNIST,
    ),
    "conv-7x7x8": Preset(
        "convolutions 16-8, a code of 7x7x8, cross-entropy",
        "article on learning as a map between spaces",
        {
            "network": _layers(
                "conv 16 relu, pool, conv 8 relu, pool",
                "conv 8 relu, up, conv 16 relu, up, conv 1 sigmoid",
            ),
            "code": "plain",
            "loss": "bce",
            "training": _keras("adam", 10, 64),
        },
        MNIST,
    ),
    "denoising-conv": Preset(
        "convolutions 32-32, a code of 7x7x32, removes normal noise of factor 0.5",
        "slides on autoencoders for dimensionality reduction",
        {
            "network": _layers(
                "conv 32 relu, pool, conv 32 relu, pool",
                "conv 32 relu, up, conv 32 relu, up, conv 1 relu",
            ),
            "code": "plain",
            "corruption": {"name": "gaussian", "deviation": 0.5},
            "loss": "mse",
            "training": _keras("rmsprop", 50, 128),
        },
        MNIST,
    ),
    "scenes-1024": Preset(
        "five SELU convolutions of 128x128 photographs to 1,024 numbers",
        "slides on convolutional autoencoders for scenes",
        {
            "n_components": 1024,
            "network": _layers(
                "conv 32 selu, pool, conv 64 selu, pool, conv 128 selu, pool, conv 256 selu, pool, "
                "conv 512 selu, maximum, dense code selu",
                "reshape 16 16 4, conv 512 selu, up, conv 256 selu, up, conv 128 selu, up, "
                "conv 64 selu, conv 32 selu, conv 3 sigmoid",
                initial="lecun",
            ),
            "code": "plain",
            "loss": "mse",
            "training": {
                **_keras("adam", 50, 32),
                "validation": 0.1,
                "patience": 10,
                "reduce_patience": 4,
                "augment": ("flip",),
            },
        },
        SCENES,
    ),
    "denoising-dense": Preset(
        "784-500-300-100-300-500-784, removes normal noise",
        "lecture module on autoencoders",
        {
            "n_components": 100,
            "network": _layers(
                "dense 500 relu, dense 300 relu, dense code relu",
                "dense 300 relu, dense 500 relu, dense 784 sigmoid",
            ),
            "code": "plain",
            "corruption": {"name": "gaussian", "deviation": 0.5},
            "loss": "mse",
            "training": _keras("adam", 20, 128),
        },
        MNIST,
    ),
    "compression-7x7x1": Preset(
        "ten plus ten layers, 128 channels down to 1, a code of 7x7x1",
        "lecture module on autoencoders",
        {
            "network": _layers(
                "conv 128 relu, conv 64 relu, pool, conv 32 relu, conv 16 relu, conv 8 relu, pool, "
                "conv 4 relu, conv 2 relu, conv 1 relu",
                "conv 2 relu, conv 4 relu, conv 8 relu, up, conv 16 relu, conv 32 relu, "
                "conv 64 relu, up, conv 128 relu, conv 1 tanh",
            ),
            "code": "plain",
            "loss": "mse",
            "training": _keras("adam", 20, 128),
        },
        MNIST,
    ),
}


def _restorer(
    summary: str,
    source: str,
    corruption: str | Mapping[str, Any],
    network: str | Mapping[str, Any] = "u-net",
    *,
    form: str | None = None,
    **others: Any,
) -> Preset:
    """A network with skip connections: it restores, and has no short code."""
    settings = {"network": network, "code": "everything", "corruption": corruption, "loss": "mse"}
    return Preset(summary, source, settings | others, form=form)


RESTORING = {
    f"{RESTORE}noise": _restorer(
        "removes normal noise of any deviation up to 64 grey levels of 256",
        "Zhang et al., DnCNN (2017), FFDNet (2018)",
        {"name": "gaussian", "deviation": 0.0, "deviation_up_to": 0.25, "clip": False},
        training={"patch": 64},
    ),
    f"{RESTORE}mask": _restorer(
        "fills holes of any form: scratches, blots, missing regions",
        "Pathak et al. (2016); slides on inpainting of terrain",
        "holes",
    ),
    f"{RESTORE}terrain": _restorer(
        "fills large holes in elevation maps, and draws how else the ground may lie",
        "slides on inpainting of glacier terrain; Gneiting and Raftery (2007)",
        {"name": "holes", "share": 0.1, "share_up_to": 0.4, "finest": 12},
        {"name": "u-net", "relative": True, "widths": (32, 64, 96, 128), "blocks": (1, 2, 2, 2)},
        form="heights",
        code="draws",
        loss={"mse": 1.0, "spread": 0.05},
        training={"patch": 128, "augment": ("turn", "crop")},
    ),
    f"{RESTORE}blocks": _restorer(
        "fills rectangular holes",
        "Pathak et al. (2016)",
        "blocks",
    ),
    f"{RESTORE}colour": _restorer(
        "gives grey pictures their colours",
        "Zhang, Isola and Efros (2016)",
        "grey",
    ),
    f"{RESTORE}cells": _restorer(
        "fills the missing cells of a table",
        "Little and Rubin (2002); Gondara and Wang, MIDA (2018)",
        "cells",
        "gaussian-start",
    ),
    f"{RESTORE}size": _restorer(
        "doubles the sides of pictures",
        "Dong et al. (2016)",
        "resolution",
        training={"patch": 64},
    ),
}

PRESETS: Mapping[str, Preset] = FAMILY | HISTORICAL | RESTORING
