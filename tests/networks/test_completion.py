"""Prefixes are completed by a network that knows their length."""

from __future__ import annotations

import torch

from isthmus.networks.completion import Completion


def prefixes(sizes: list[int], k: int) -> tuple[torch.Tensor, torch.Tensor]:
    mask = (torch.arange(k) < torch.tensor(sizes).unsqueeze(1)).float()
    return torch.randn(len(sizes), k, generator=torch.Generator().manual_seed(0)) * mask, mask


def trained(k: int) -> Completion:
    torch.manual_seed(0)
    completion = Completion(k, k, (5, 7), "gelu")
    for weight in completion.parameters():
        torch.nn.init.normal_(weight)
    return completion


def test_untrained_it_changes_nothing():
    code, mask = prefixes([1, 5, 20], 20)
    assert torch.equal(Completion(20, 20, (5,), "gelu")(code, mask), code)


def test_it_is_told_a_missing_number_from_a_zero():
    completion = trained(20)
    code, short = prefixes([3], 20)
    _, long = prefixes([15], 20)
    assert not torch.allclose(completion(code, short), completion(code, long))


def test_what_lies_beyond_the_code_is_guessed_too():
    code, mask = prefixes([3, 8], 8)
    silent = Completion(8, 12, (5,), "gelu")
    assert torch.equal(silent(code, mask), torch.nn.functional.pad(code, (0, 4)))
    torch.nn.init.ones_(silent.guess[-2].bias)
    assert silent(code, mask)[0, 8:].tolist() == [1.0] * 4


def test_in_bfloat16_the_numbers_given_stay_exact():
    code, mask = prefixes([3, 8], 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        whole = Completion(8, 12, (5,), "gelu")(code, mask)
    assert torch.equal(whole[:, :8], code)
