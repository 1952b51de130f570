"""Which sizes are trusted, and which numbers a correction may then move."""

from __future__ import annotations

import torch

from isthmus.networks.trust import Trust, distrust

SIZES = (1, 2, 3, 5, 8)


def judged(*bad: int) -> Trust:
    trust = Trust(8).eval()
    distrust(torch.nn.Sequential(trust), bad, SIZES)
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


def test_trust_can_be_given_back():
    trust = judged(1, 3)
    distrust(trust, (), SIZES)
    assert trust.of_numbers().tolist() == [1.0] * 8


def test_training_trusts_all():
    trust = judged(1, 8).train()
    assert trust.of_numbers().tolist() == [1.0] * 8
    assert trust.of_sizes(torch.tensor([1.0, 8.0])).tolist() == [[1.0], [1.0]]
