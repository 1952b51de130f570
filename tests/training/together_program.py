"""What tests/training/test_together.py has two processes do; writes what each of them found."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits

from isthmus import Autoencoder
from isthmus.errors import IsthmusError
from isthmus.principal import fit_principal
from isthmus.together import Together

DIGITS = load_digits().images / 16
# Chance in them would be another in each process.
WITHOUT_CHANCE = {
    "dense": {"network": "dense", "code": "plain", "n_components": 6},
    "start": {"network": "pca-start", "code": "ordered", "n_components": 6},
    "conv": {"network": {"name": "conv", "widths": [8, 8]}, "code": "plain", "n_components": 6},
}


def fitted(name: str, **training: object) -> Autoencoder:
    # The last batch has an item for one process alone, and five for both.
    settings = {"batch_size": 16, "precision": "float32", "epochs": 2, **training}
    ae = Autoencoder(**WITHOUT_CHANCE[name], training=settings, random_state=0)
    return ae.fit(DIGITS[:200])


def weights(ae: Autoencoder) -> list[list[float]]:
    return [tensor.flatten().tolist() for tensor in ae.model_.state_dict().values()]


def fits() -> dict[str, object]:
    found = {name: weights(fitted(name)) for name in WITHOUT_CHANCE}
    return found | {"stream": weights(fitted("dense").partial_fit(DIGITS[200:300], epochs=2))}


def statistics() -> dict[str, object]:
    """Scalings and principal components by the three ways to them."""
    together, found = Together.here(), {}
    rows = np.random.default_rng(0).normal(size=(1100, 5000)).astype(np.float32)
    ways = {"covariance": rows[:, :50], "inner": rows[:600], "lanczos": rows}
    for name, data in ways.items():
        own = together.share(data)
        pca = fit_principal(lambda own=own: iter([own]), *data.shape, 3, together=together)
        found[name] = [pca.mean[:50].tolist(), np.abs(pca.directions[:, :50]).tolist()]
    for scale in ("columns", "global"):
        settings = {"scale": scale, "network": "dense", "training": {"epochs": 1}}
        scaling = Autoencoder(2, **settings).fit(rows[:100, :20] * 7 + 3).scaling_
        found[scale] = [scaling.offset.tolist(), scaling.scale.tolist()]
    return found


def sums() -> dict[str, object]:
    """Gradients that no process, one, or both have; whole and shortened."""
    together, found = Together.here(), {}
    for name, sent in (("whole", None), ("short", torch.bfloat16)):
        own = [torch.linspace(1, 2, 9) * (rank + 1) for rank in range(together.count)]
        both, one, none = (torch.zeros(9, requires_grad=True) for _ in range(3))
        both.grad = own[together.rank].clone()
        one.grad = own[0].clone() if together.is_first else None
        together.add_gradients([both, one, none], sent)
        found[name] = [both.grad.tolist(), one.grad.tolist(), none.grad]
    return found


def stopped() -> dict[str, object]:
    """A signal to the second process ends both, with the same weights."""

    class Stops:
        def step(self, done: float, loss: float) -> None: ...

        def epoch(self, epoch: object) -> None:
            # Only the first is told; it lets the second know by a file.
            (folder / "signal").touch()

    folder = Path(sys.argv[2])
    together = Together.here()
    if not together.is_first:
        _signal_when(folder / "signal")
    ae = Autoencoder(2, training={"epochs": 100_000, "batch_size": 16}, random_state=0)
    ae.fit(DIGITS[:200], watcher=Stops())
    return {"interrupted": ae.interrupted_, "epochs": ae.n_iter_, "weights": weights(ae)}


def _signal_when(path: Path) -> None:
    def wait() -> None:
        while not path.exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def refusals() -> dict[str, object]:
    """What the first alone finds wrong is raised in both."""
    together, found = Together.here(), []

    def refuse() -> None:
        raise IsthmusError("nothing here")

    for act in (lambda: together.told(refuse), lambda: Autoencoder(1).fit(DIGITS[:1])):
        try:
            act()
        except IsthmusError as error:
            found.append(str(error))
    return {"errors": found}


if __name__ == "__main__":
    torch.set_num_threads(1)
    result = {name: globals()[name]() for name in sys.argv[1].split(",")}
    rank = os.environ.get("RANK", "alone")
    (Path(sys.argv[2]) / f"{rank}.json").write_text(json.dumps(result))
