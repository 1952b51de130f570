"""Restoring by the estimator: any size, nothing changed that was seen, no code where none is."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus import Autoencoder, load
from isthmus.errors import BadInput, BadSetting

SMALL = {"name": "u-net", "widths": (8, 16), "blocks": (1, 1)}


def fitted(corruption, X, epochs: int = 3, **more) -> Autoencoder:
    return Autoencoder(
        network=SMALL,
        code="everything",
        corruption=corruption,
        training={"epochs": epochs, "batch_size": 16, "learning_rate": 3e-3},
        random_state=0,
        **more,
    ).fit(X)


@pytest.fixture(scope="module")
def shapes() -> np.ndarray:
    """Smooth pictures whose hidden parts can be guessed."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:16, :16] / 16
    a, b, c = random.uniform(0, 2 * np.pi, (3, 300, 1, 1))
    return (0.5 + 0.25 * np.sin(a + 4 * x) + 0.25 * np.cos(b + 3 * y + c * x)).astype(np.float32)


@pytest.mark.parametrize("corruption", ["blocks", "holes", "cells"])
def test_holes_are_filled_better_than_by_the_mean_and_nothing_else_changes(corruption, shapes):
    ae = fitted(corruption, shapes[:250], epochs=20)
    damaged = shapes[250:].copy()
    damaged[:, 5:9, 4:10] = np.nan
    hidden = np.isnan(damaged)
    restored = ae.restore(damaged)
    np.testing.assert_array_equal(restored[~hidden], shapes[250:][~hidden])
    error = np.square(restored - shapes[250:])[hidden].mean()
    assert error < 0.2 * shapes[250:][hidden].var()
    by_mask = ae.restore(shapes[250:], hidden=hidden)
    np.testing.assert_array_equal(by_mask, restored)


def test_noise_is_removed_from_pictures_of_any_size(shapes):
    ae = fitted({"name": "gaussian", "deviation": 0.2, "clip": False}, shapes, epochs=20)
    y, x = np.mgrid[:37, :50] / 25
    clean = np.stack([0.5 + 0.25 * np.sin(3 * x + y), 0.5 + 0.25 * np.cos(2 * y)])
    noisy = clean + np.random.default_rng(1).normal(0, 0.2, clean.shape)
    restored = ae.restore(noisy)
    assert restored.shape == noisy.shape
    assert restored.dtype == np.float64
    assert np.square(restored - clean).mean() < 0.3 * np.square(noisy - clean).mean()


def test_bytes_keep_their_unit_and_what_was_seen(shapes):
    X = np.rint(255 * shapes).astype(np.uint8)
    ae = fitted("blocks", X)
    hidden = np.zeros(X[:4].shape, bool)
    hidden[:, 3:6, 3:6] = True
    restored = ae.restore(X[:4], hidden)
    np.testing.assert_array_equal(restored[~hidden], X[:4][~hidden])
    assert 20 < restored[hidden].mean() < 235


def test_a_large_picture_goes_through_in_tiles(shapes, monkeypatch):
    ae = fitted("blocks", shapes)
    large = np.random.default_rng(0).random((1, 90, 70)).astype(np.float32)
    large[:, 20:40, 30:50] = np.nan
    whole = ae.restore(large)
    monkeypatch.setattr("isthmus.restoring.LARGEST_PIECE", 32)
    np.testing.assert_allclose(ae.restore(large), whole, atol=1e-5)


@pytest.fixture(scope="module")
def ground(shapes) -> Autoencoder:
    """A restorer of terrain, in metres."""
    ae = Autoencoder.from_preset(
        "restore-terrain",
        random_state=0,
        network__widths=(8, 16),
        network__blocks=(1, 1),
        corruption__finest=4,
        training={"epochs": 6, "batch_size": 16},
    )
    return ae.fit(2000 + 400 * shapes)


def test_terrain_in_tiles_is_that_of_the_whole(ground, monkeypatch):
    large = 3000 + 100 * np.random.default_rng(0).random((1, 150, 130)).cumsum(1).astype(np.float32)
    large[:, 20:60, 30:70] = np.nan
    whole = ground.restore(large), ground.restore(large, draw=1)
    monkeypatch.setattr("isthmus.restoring.LARGEST_PIECE", 32)
    tiled = ground.restore(large), ground.restore(large, draw=1)
    for one, other in zip(whole, tiled, strict=True):
        np.testing.assert_allclose(one, other, atol=0.02)


def test_each_draw_is_another_answer_and_the_same_every_time(ground, shapes):
    damaged = 2000 + 400 * shapes[:4]
    hidden = np.zeros(damaged.shape, bool)
    hidden[:, 4:12, 4:12] = True
    best = ground.restore(damaged, hidden)
    draws = [ground.restore(damaged, hidden, draw=number) for number in range(8)]
    np.testing.assert_array_equal(draws[3], ground.restore(damaged, hidden, draw=3))
    for draw in draws:
        np.testing.assert_array_equal(draw[~hidden], damaged[~hidden])
    deviation = np.std(draws, axis=0)[hidden]
    assert deviation.min() > 0
    # They lie around the best answer, not beside it.
    apart = np.abs(np.mean(draws, axis=0) - best)[hidden].mean()
    assert apart < deviation.mean()


@pytest.mark.parametrize(("draw", "words"), [(-1, "draw"), (0, "code='draws'")])
def test_draws_that_cannot_be(draw, words, ground, shapes):
    ae = ground if draw < 0 else fitted("blocks", shapes, epochs=1)
    with pytest.raises(BadSetting, match=words):
        ae.restore(shapes[:1], draw=draw)


def test_a_restorer_survives_its_files(shapes, tmp_path):
    ae = fitted("holes", shapes)
    damaged = np.where(shapes[:5] > 0.6, np.nan, shapes[:5])
    ae.save(tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").restore(damaged), ae.restore(damaged))
    card = (tmp_path / "model" / "README.md").read_text()
    assert "no short code" in card
    assert "skip connections" in card


def test_there_is_no_code_where_everything_crosses(shapes):
    ae = fitted("gaussian", shapes, epochs=1)
    for use in (ae.transform, ae.inverse_transform, ae.reconstruct):
        with pytest.raises(BadSetting, match="no short code"):
            use(shapes)
    with pytest.raises(BadSetting, match="no short code"):
        ae.sample(3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"network": "u-net"}, "no short code"),
        ({"code": "everything", "network": "dense"}, "has none"),
        ({"code": "everything", "network": "u-net", "n_components": 8}, "leave n_components"),
        ({"corruption": "blocks"}, "flags what is hidden"),
    ],
)
def test_choices_that_exclude_each_other(settings, message, shapes):
    with pytest.raises(BadSetting, match=message):
        Autoencoder(**settings).fit(shapes)


def test_a_short_code_restores_too_where_it_is_told_what_is_hidden(shapes):
    ae = Autoencoder(
        n_components=8, network="auto", code="plain", corruption="blocks", random_state=0
    )
    ae.set_params(training__epochs=30).fit(shapes[:250])
    damaged = shapes[250:].copy()
    damaged[:, 5:9, 4:10] = np.nan
    hidden = np.isnan(damaged)
    restored = ae.restore(damaged)
    np.testing.assert_array_equal(restored[~hidden], shapes[250:][~hidden])
    assert (
        np.square(restored - shapes[250:])[hidden].mean()
        < shapes[hidden[0][None].repeat(300, 0)].var()
    )


def test_bad_input_is_one_clear_line(shapes):
    noise, blocks = fitted("gaussian", shapes, 1), fitted("blocks", shapes, 1)
    gappy = shapes[:2].copy()
    gappy[0, 0, 0] = np.nan
    with pytest.raises(BadInput, match="NaN"):
        noise.restore(gappy)
    with pytest.raises(BadInput, match="flags nothing"):
        noise.restore(shapes[:2], hidden=np.isnan(gappy))
    with pytest.raises(BadInput, match=r"expected booleans of shape \(2, 16, 16\)"):
        blocks.restore(shapes[:2], hidden=np.zeros((2, 8, 8), bool))
    with pytest.raises(BadInput, match="expected"):
        blocks.restore(np.zeros((2, 16, 16, 3), np.float32))
