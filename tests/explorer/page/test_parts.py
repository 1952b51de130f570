"""The parts of the explorer that have formulas of their own."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from isthmus.errors import BadInput
from isthmus.explorer.background import Background
from isthmus.explorer.colouring import NONE, Numbers, words_of
from isthmus.explorer.plane import NeighbourPlane, PrincipalPlane
from isthmus.explorer.points import Box, Points
from isthmus.explorer.selection import inside, shares_of, typical_of


def test_the_plane_is_the_best_one() -> None:
    codes = np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32) * [5, 3, 1, 0.5, 0.1]
    plane = PrincipalPlane.of(codes)
    back = plane.inverse_transform(plane.transform(codes))
    singular = np.linalg.svd(codes - codes.mean(0), compute_uv=False)
    assert np.square(back - codes).sum() == pytest.approx(np.square(singular[2:]).sum(), rel=1e-5)


def test_codes_of_one_number_lie_on_a_line() -> None:
    codes = np.linspace(-1, 1, 30, dtype=np.float32)[:, None]
    plane = PrincipalPlane.of(codes)
    places = plane.transform(codes)
    assert places.shape == (30, 2)
    np.testing.assert_allclose(plane.inverse_transform(places), codes, atol=1e-6)


def test_items_of_any_map_lie_where_they_do_and_decode_as_themselves() -> None:
    chance = np.random.default_rng(0)
    codes = chance.normal(size=(300, 7)).astype(np.float32)
    places = (chance.normal(size=(300, 2)) * 40 + 100).astype(np.float32)
    plane = NeighbourPlane(codes, places)
    np.testing.assert_allclose(plane.transform(codes[:50]), places[:50], atol=0.5)
    np.testing.assert_allclose(plane.inverse_transform(places[:50]), codes[:50], atol=1e-3)


def test_between_two_items_alike_decodes_as_their_mean() -> None:
    # Two columns of items that lie on top of each other, and the place half-way.
    places = np.array([[0.0, 0.0]] * 2 + [[2.0, 0.0]] * 2, np.float32)
    codes = np.array([[1.0], [3.0], [5.0], [7.0]], np.float32)
    plane = NeighbourPlane(codes, places)
    assert plane.inverse_transform([[1.0, 0.0]]) == pytest.approx(4.0)
    assert plane.inverse_transform([[0.0, 0.0]]) == pytest.approx(2.0)
    assert plane.inverse_transform([[1e9, 0.0]])[0, 0] == pytest.approx(4.0, rel=1e-3)


def test_a_new_code_goes_where_the_nearest_agree() -> None:
    codes = np.array([[0.0], [0.1], [0.2], [0.3], [9.0]])
    places = np.array([[1.0, 1.0], [1.0, 1.1], [1.1, 1.0], [-1.0, -1.0], [-1.0, 1.0]])
    found = NeighbourPlane(codes, places).transform([[0.12]])[0]
    np.testing.assert_allclose(found, [1.03, 1.04], atol=0.1)


def test_inside_is_the_even_odd_rule() -> None:
    star = [[0, 3], [2, -3], [-3, 1], [3, 1], [-2, -3]]
    found = inside(star, np.array([[0, 0], [0, 2], [2, 2], [-1.6, -2.2]], np.float32))
    assert found.tolist() == [1, 3]


def test_typical_items_are_nearest_to_the_mean() -> None:
    codes = np.array([[0.0], [1.0], [1.1], [9.0], [2.0]])
    assert typical_of(codes, np.array([0, 1, 2, 4]), 2).tolist() == [1, 2]


def test_words_beyond_the_palette_are_grey() -> None:
    names = [f"kind {i}" for i in range(121) for _ in range(121 - i)]
    words = words_of([*names, None, ""])
    assert len(words.names) == 121
    assert words.names[:3] == ("kind 0", "kind 1", "kind 2")
    assert sum(kind == "c-rest s0" for kind in words.kinds) == 101
    assert (words.of == NONE).sum() == 2
    assert [words.names[i] for i in words.of[:-2]] == names


def test_very_many_words_share_one() -> None:
    words = words_of([str(i) for i in range(3000)])
    assert len(words.names) == 2001
    assert words.names[-1] == "1000 others"


def test_shares_of_numbers_are_means() -> None:
    found = shares_of(Numbers(np.array([1, 2, np.nan, 5], np.float32)), np.array([0, 1, 2]))
    assert (found["mean"], found["mean_of_all"]) == (1.5, pytest.approx(8 / 3))


def test_a_smaller_sample_is_part_of_a_larger() -> None:
    places = np.random.default_rng(0).normal(size=(1000, 2)).astype(np.float32)
    points = Points(places)
    box = Box(-1, 1, -1, 1)
    few, where, total = points.within(box, 50)
    more, _, _ = points.within(box, 200)
    assert set(few) < set(more)
    np.testing.assert_array_equal(where, places[few])
    assert total == (np.abs(places) <= 1).all(1).sum()


def test_density_keeps_every_point() -> None:
    places = np.array([[0.1, 0.9], [0.9, 0.1], [0.9, 0.1]], np.float32)
    cells = Points(places).density(Box(0, 1, 0, 1), 2, 2)
    assert cells[1, 1] == 255
    assert cells[0, 0] > 0
    assert cells[0, 1] == cells[1, 0] == 0


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(BadInput, match="below"):
        Box(1, 1, 0, 1)


def test_a_job_is_done_once_and_keeps_its_error() -> None:
    background, times = Background(), []
    gate = threading.Event()

    def work(told):
        times.append(1)
        told(0.5)
        gate.wait(5)
        raise BadInput("no")

    jobs = [background.ask("it", work) for _ in range(3)]
    assert len({id(job) for job in jobs}) == 1
    assert background.known("it") is None
    gate.set()
    for job in jobs:
        with pytest.raises(BadInput, match="no"):
            job.result()
    assert (times, jobs[0].share, background.known("it")) == ([1], 0.5, None)
