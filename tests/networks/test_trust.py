"""Which sizes are trusted, and which numbers a correction may then move."""

from __future__ import annotations

import torch

from isthmus.networks.trust import Trust, give_trust

SIZES = (1, 2, 3, 5, 8)


def judged(*bad: int) -> Trust:
    return weighed(*(0.0 if size in bad else 1.0 for size in SIZES))


def weighed(*weights: float) -> Trust:
    trust = Trust(8).eval()
    give_trust(torch.nn.Sequential(trust), SIZES, weights)
    return trust


def test_at_first_all_are_trusted():
    trust = Trust(8).eval()
    assert trust.of_numbers().tolist() == [1.0] * 8
    assert trust.of_sizes(torch.arange(1.0, 9.0)).tolist() == [[1.0]] * 8


def test_sizes_in_between_need_both_neighbours():
    weights = judged(3).of_sizes(torch.arange(1, 9))
    assert weights.flatten().tolist() == [1, 1, 0, 0, 1, 1, 1, 1]


def test_numbers_that_a_distrusted_size_reads_stay_pcas():
    assert judged(1).of_numbers().tolist() == [0, 1, 1, 1, 1, 1, 1, 1]
    assert judged(1, 3).of_numbers().tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert judged(8).of_numbers().tolist() == [0.0] * 8


def test_corrections_in_part():
    trust = weighed(1.0, 0.25, 0.75, 1.0, 0.5)
    sizes = trust.of_sizes(torch.arange(1, 9)).flatten().tolist()
    assert sizes == [1.0, 0.25, 0.75, 0.75, 1.0, 0.5, 0.5, 0.5]
    assert trust.of_numbers().tolist() == [0.25, 0.25, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]


def test_trust_can_be_given_back():
    trust = judged(1, 3)
    give_trust(trust, SIZES, [1.0] * 5)
    assert trust.of_numbers().tolist() == [1.0] * 8


def test_training_trusts_all():
    trust = judged(1, 8).train()
    assert trust.of_numbers().tolist() == [1.0] * 8
    assert trust.of_sizes(torch.tensor([1.0, 8.0])).tolist() == [[1.0], [1.0]]
