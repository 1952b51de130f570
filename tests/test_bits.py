"""Rounded codes to bytes and back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from isthmus.bits import read_bits, write_bits
from isthmus.codes import LARGEST_NUMBER, ONE, STEPS, Prior, WholePrior
from isthmus.codes.prior import bits_of
from isthmus.errors import BadFile

pytest.importorskip("constriction", reason="isthmus[compress] is not installed")

N_CHANNELS = 6


def random_prior() -> WholePrior:
    torch.manual_seed(0)
    prior = Prior((4, 4, N_CHANNELS), torch.tensor([3.0, 1.0, 0.4, 0.2, 0.05, 0.01]))
    with torch.no_grad():
        for weight in prior.networks.parameters():
            weight.normal_(0, 0.1)
    return WholePrior(prior)


PRIOR = random_prior()


def numbers_of(seed: int, n: int, size: tuple[int, int], spread: float) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.rint(random.standard_cauchy((n, *size, N_CHANNELS)) * spread).astype(np.int64)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    n=st.integers(1, 3),
    size=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    step=st.integers(0, 255),
    spread=st.sampled_from([0.0, 0.3, 5.0, 2000.0]),
)
def test_what_was_written_is_read(seed, n, size, step, spread) -> None:
    numbers = numbers_of(seed, n, size, spread).clip(-LARGEST_NUMBER, LARGEST_NUMBER)
    data = write_bits(numbers, step, PRIOR)
    np.testing.assert_array_equal(read_bits(data, numbers.shape, step, PRIOR), numbers)


def test_bytes_are_what_training_counts() -> None:
    torch.manual_seed(0)
    prior = Prior((16, 16, N_CHANNELS), torch.tensor([3.0, 1.0, 0.4, 0.2, 0.05, 0.01]))
    step, size = 130, STEPS[130] / ONE
    random = np.random.default_rng(0)
    spread = np.array([3.0, 1.0, 0.4, 0.2, 0.05, 0.01]) / size
    numbers = np.rint(random.logistic(size=(4, 16, 16, N_CHANNELS)) * spread).astype(np.int64)
    code, steps = torch.from_numpy(numbers * size).float(), torch.full((4, 1), size)
    with torch.no_grad():
        counted = bits_of(code, *prior.distributions(code, steps), steps).sum().item() / 8
    written = len(write_bits(numbers, step, WholePrior(prior)))
    assert counted - 1 < written < 1.003 * counted + 6


def test_other_bytes_are_other_numbers_or_a_clear_error() -> None:
    numbers = numbers_of(0, 1, (4, 4), 1.0)
    data = write_bits(numbers, 120, PRIOR)
    random = np.random.default_rng(0)
    for length in range(2 * len(data)):
        try:
            other = read_bits(random.bytes(length), numbers.shape, 120, PRIOR)
        except BadFile:
            continue
        assert np.abs(other).max() <= LARGEST_NUMBER


READ = """
import sys, torch
torch.set_num_threads(int(sys.argv[1]))
import numpy as np
from tests_bits import PRIOR, numbers_of
from isthmus.bits import read_bits, write_bits
numbers = numbers_of(7, 2, (33, 21), 2.0)
data = write_bits(numbers, 120, PRIOR)
print(data.hex(), np.array_equal(read_bits(data, numbers.shape, 120, PRIOR), numbers))
"""


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_same_bytes_with_any_number_of_threads(threads: int, tmp_path) -> None:
    numbers = numbers_of(7, 2, (33, 21), 2.0)
    here = write_bits(numbers, 120, PRIOR)
    (tmp_path / "tests_bits.py").write_bytes(Path(__file__).read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", READ, str(threads)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout.split() == [here.hex(), "True"]
