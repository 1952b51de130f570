"""Holes in pictures: ours against OpenCV's Telea and Navier-Stokes.

    python benchmarks/holes.py mnist --minutes 5
    python benchmarks/holes.py scenes --minutes 60 --run models/holes

``mnist``: the 10x10 pixels in the middle of each test digit are hidden. ``scenes``: the 32x32 in
the middle of each test picture of the Intel scenes. Mean squared error inside the hole, pixels in
0..1. Of OpenCV's radii the best on the test pictures counts. Ours learns from holes of several
sizes, at any place.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from results_file import read_results, training_record, write_results

from isthmus import Autoencoder, load
from isthmus.data import open_data
from isthmus.uses.evaluation import rival_of

NAME = "holes"
RADII = (1, 3, 5, 10)
Pixels = NDArray[np.uint8]
#: The data, the side of the hole, and how the preset was set.
TASKS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "mnist": (
        "mnist",
        10,
        {"corruption": {"name": "blocks", "side": 0.2, "side_up_to": 0.5, "count": 1}},
    ),
    "scenes": (
        "intel128.zip",
        32,
        {
            # Chosen on held-out training pictures: four holes in a picture teach more than one, the
            # coarse grids are worth more than the fine ones. The rate is the preset's at this size.
            "corruption": {"name": "blocks", "side": 0.2, "side_up_to": 0.28, "count": 4},
            "network": {"name": "u-net", "widths": (32, 64, 128, 192), "blocks": (1, 1, 2, 4)},
            "training__learning_rate": 1e-3,
            "training__augment": ("flip",),
        },
    ),
}


def main() -> None:
    """Fit, then fill the holes of the test pictures by all methods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=TASKS)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--run", type=Path, help="folder to keep the model in")
    asked = parser.parse_args()
    source, side, settings = TASKS[asked.what]
    path = Path(os.environ["ISTHMUS_DATA"]) / source
    data = open_data(path if path.is_file() else source)
    assert data.test is not None
    if asked.run is not None and asked.run.exists():
        ae = load(asked.run)
    else:
        ae = Autoencoder.from_preset(
            "restore-blocks", random_state=0, training__minutes=asked.minutes, **settings
        )
        ae.fit(data.items)
        if asked.run is not None:
            ae.save(asked.run)
    pictures = np.asarray(data.test.items)
    hidden = np.zeros(pictures.shape[1:3], bool)
    top, left = ((length - side) // 2 for length in hidden.shape)
    hidden[top : top + side, left : left + side] = True
    results = read_results(NAME)
    results[asked.what] = {
        "training": {
            **training_record(ae),
            "threads": torch.get_num_threads(),
        },
        "pictures": len(pictures),
        "mse": measured(ae, data.items, pictures, hidden),
    }
    print(results[asked.what]["mse"])
    write_results(NAME, results)


def measured(
    ae: Autoencoder, fitted: Pixels, pictures: Pixels, hidden: NDArray[np.bool_]
) -> dict[str, float]:
    """Error inside the hole by each method."""

    def error(restored: NDArray[Any]) -> float:
        inside = restored[:, hidden].astype(np.float64) - pictures[:, hidden]
        return float(np.square(inside / 255).mean())

    masks = np.broadcast_to(hidden, pictures.shape[:3])
    found = {"isthmus": error(np.clip(np.rint(ae.restore(pictures, masks)), 0, 255))}
    if pictures[0].size <= 1024:
        guess, scale = rival_of(ae, fitted), float(ae.scaling_.scale)
        scaled = torch.from_numpy(pictures / np.float32(scale))[..., None]
        flags = torch.from_numpy(masks.astype(np.float32))[..., None]
        seen = torch.cat([scaled * (1 - flags), flags], dim=-1)
        restored = guess.restore(seen)[..., 0].numpy() * scale  # type: ignore[union-attr]
        found["PCA"] = error(np.clip(restored, 0, 255))
    mask = hidden.astype(np.uint8)
    for name, method in (("Telea", cv2.INPAINT_TELEA), ("Navier-Stokes", cv2.INPAINT_NS)):
        by_radius = [
            error(np.stack([cv2.inpaint(picture, mask, radius, method) for picture in pictures]))
            for radius in RADII
        ]
        found[name] = min(by_radius)
    return found


if __name__ == "__main__":
    main()
