"""One battery for every preset that restores, and for what it is tested by."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from isthmus import Autoencoder, load
from isthmus.corruptions import Corruption
from isthmus.networks import Network, UNet
from isthmus.presets import PRESETS
from isthmus.uses.evaluation import evaluate, rival_of

RESTORERS = [
    name
    for name, preset in PRESETS.items()
    if not preset.has_code and isinstance(Network.resolve(preset.settings["network"]), UNet)
]
SMALL = {"network__widths": (8, 16), "network__blocks": (1, 1), "training__patch": None}


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Coloured stripes: the colour follows from the brightness, the rest from the neighbours."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:16, :16] / 16
    a, b, c = random.uniform(0, 2 * np.pi, (3, 240, 1, 1))
    level = 0.5 + 0.25 * np.sin(a + 5 * x) + 0.25 * np.cos(b + 4 * y + c * x)
    return np.stack([level, level**2, 1 - level], axis=-1).astype(np.float32)


@pytest.fixture(scope="module", params=RESTORERS)
def restorer(request, pictures) -> Autoencoder:
    settings = {**SMALL, "training__epochs": 15, "training__batch_size": 16}
    ae = Autoencoder.from_preset(request.param, random_state=0, **settings)
    ae.set_params(training__learning_rate=3e-3)
    return ae.fit(pictures[:200])


def damaged(ae: Autoencoder, pictures: np.ndarray) -> np.ndarray:
    """Pictures as a user would have them: hidden pixels NaN, small or without colours."""
    corruption = Corruption.resolve(ae.corruption)
    clean = torch.from_numpy(pictures)
    seen = corruption(clean, torch.Generator().manual_seed(5)).seen
    if corruption.flags:
        return np.where(seen[..., 3:] > 0, np.nan, seen[..., :3])
    if corruption.name == "resolution":
        return clean.unflatten(2, (-1, 2)).unflatten(1, (-1, 2)).mean((2, 4)).numpy()
    return seen[..., 0].numpy() if corruption.name == "grey" else seen.numpy()


def test_it_restores(restorer, pictures):
    restored = restorer.restore(damaged(restorer, pictures[200:]))
    assert restored.shape == pictures[200:].shape
    found = evaluate(restorer, pictures[200:], rival_of(restorer, pictures[:200]))
    if found.damaged_mse is not None:
        assert found.mse[0] < 0.7 * found.damaged_mse
    else:
        assert found.mse[0] < 0.5 * pictures.var()
    np.testing.assert_allclose(-restorer.score(pictures[200:]), found.mse[0], rtol=1e-5)


def test_pictures_of_other_sizes_come_back_in_theirs(restorer, pictures):
    larger = np.pad(pictures[:1], ((0, 0), (3, 9), (8, 7), (0, 0)), mode="edge")
    restored = restorer.restore(damaged(restorer, larger[:, :28, :30]))
    assert restored.shape == (1, 28, 30, 3)


def test_goes_on_learning_without_a_code_to_hold(restorer, pictures):
    ae = copy.deepcopy(restorer)
    for part in (pictures[:20], pictures[20:40]):
        ae.partial_fit(part, epochs=1)
        assert np.isfinite(ae.history_[-1].loss)
    assert ae.drift_ is ae.aligned_ is None
    assert ae.restore(damaged(ae, pictures[:2])).shape == (2, 16, 16, 3)


def test_saved_and_loaded_it_is_the_same(restorer, pictures, tmp_path):
    given = damaged(restorer, pictures[:3])
    restorer.save(tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").restore(given), restorer.restore(given))


def test_a_picture_does_not_depend_on_its_batch(restorer, pictures):
    given = damaged(restorer, pictures[:3])
    alone = np.concatenate([restorer.restore(given[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(alone, restorer.restore(given), atol=1e-5)
