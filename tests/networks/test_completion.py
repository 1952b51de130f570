"""Prefixes are completed by the head for their length, and by no other."""

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


def test_each_length_has_the_head_of_its_band():
    completion = trained(20)
    sizes = [20, 1, 3, 4, 15, 16, 2]
    code, mask = prefixes(sizes, 20)
    whole = completion(code, mask)
    for i, head in enumerate([2, 0, 0, 1, 1, 2, 0]):
        alone = code[i] + completion.heads[head](torch.cat([code[i], mask[i]]))
        torch.testing.assert_close(whole[i], alone)
    assert len(completion.heads) == 3


def test_what_lies_beyond_the_code_is_guessed_too():
    code, mask = prefixes([3, 8], 8)
    silent = Completion(8, 12, (5,), "gelu")
    assert torch.equal(silent(code, mask), torch.nn.functional.pad(code, (0, 4)))
    torch.nn.init.ones_(silent.heads[0][-2].bias)
    assert silent(code, mask)[0, 8:].tolist() == [1.0] * 4


def test_only_heads_in_use_learn():
    completion = trained(20)
    code, mask = prefixes([2, 3], 20)
    completion(code, mask).square().sum().backward()
    learning = [head[0].weight.grad is not None for head in completion.heads]
    assert learning == [True, False, False]
