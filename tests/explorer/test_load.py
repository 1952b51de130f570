"""Many clients at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from sklearn.datasets import load_digits

from isthmus import load
from isthmus.explorer.server import create_app

N_REQUESTS, N_CLIENTS = 1000, 50


def test_a_thousand_requests_of_fifty_clients_are_all_answered(
    digit_run: Path, serving: Any
) -> None:
    """Each has a picture of its own, and now and then one that is refused."""
    items = np.floor(load_digits().images[:N_REQUESTS] * 15.9)
    expected = load(digit_run).transform(items)
    found = np.full(expected.shape, np.nan)
    n_refused = 0

    async def client(number: int, address: httpx.URL) -> None:
        nonlocal n_refused
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as asking:
            for i in range(number, N_REQUESTS, N_CLIENTS):
                answer = await asking.post("/encode", json={"items": [items[i].tolist()]})
                assert answer.status_code == 200, answer.text
                (found[i],) = answer.json()["codes"]
                if i % 20 == 0:
                    bad = await asking.post("/encode", json={"items": [[1, 2]]})
                    n_refused += bad.status_code == 422

    async def all_clients(address: httpx.URL) -> None:
        await asyncio.gather(*[client(number, address) for number in range(N_CLIENTS)])

    with serving(create_app(digit_run)) as asking:
        asyncio.run(all_clients(asking.base_url))
        counts = asking.get("/metrics").text
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert n_refused == N_REQUESTS / 20
    assert 'isthmus_requests_total{status="200",verb="encode"} 1000.0' in counts
    (n_calls,) = (
        float(line.split()[1])
        for line in counts.splitlines()
        if line.startswith('isthmus_batch_requests_count{verb="encode"}')
    )
    assert n_calls < N_REQUESTS / 2
