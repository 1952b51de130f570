"""The tables of what is restored: each makes the lines of one table from its results."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
from results_file import read_results
from scipy.stats import rankdata

METHODS = ("isthmus", "IterativeImputer", "KNNImputer", "mean")


def missing_cells() -> list[str]:
    rows = [
        f"| cells hidden | tables | {' | '.join(METHODS)} | Isthmus first |",
        "|---|---:|" + "---:|" * (len(METHODS) + 1),
    ]
    found: dict[str, list[list[float]]] = {}
    tables: dict[str, set[str]] = {}
    for key, entry in read_results("missing_cells")["tables"].items():
        name, share = key.rsplit(" ", 1)
        tables.setdefault(share, set()).add(name)
        for run in entry["runs"]:
            found.setdefault(share, []).append([run[method]["rmse"] for method in METHODS])
    for share, errors in {**found, "all": list(chain(*found.values()))}.items():
        ranks = rankdata(np.array(errors), axis=1)
        names = tables.get(share, set().union(*tables.values()))
        means = " | ".join(f"{rank:.2f}" for rank in ranks.mean(0))
        shown = share if share == "all" else f"{100 * float(share):.0f} %"
        rows.append(
            f"| {shown} | {len(names)} | {means} | {(ranks[:, 0] == 1).sum()} of {len(ranks)} |"
        )
    return rows


def denoising() -> list[str]:
    sets = read_results("denoising")["sets"]
    methods = list(dict.fromkeys(name for row in sets.values() for name in row))
    rows = [
        f"| pictures | deviation | {' | '.join(methods)} |",
        "|---|---:|" + "---:|" * len(methods),
    ]
    for key, row in sets.items():
        name, deviation = key.rsplit(" ", 1)
        cells = (f"{row[method]['psnr']:.2f}" if method in row else "" for method in methods)
        rows.append(f"| {name} | {deviation} | {' | '.join(cells)} |")
    return rows


def compression() -> list[str]:
    return _at_rates("scenes")


def kodak() -> list[str]:
    return _at_rates("kodak")


def _at_rates(what: str) -> list[str]:
    rates = read_results("compression")[what]["at_rates"]
    codecs = list(dict.fromkeys(codec for row in rates.values() for codec in row))
    rows = [f"| bits a pixel | {' | '.join(codecs)} |", "|---:|" + "---:|" * len(codecs)]
    for rate in sorted(rates, key=float):
        row = rates[rate]
        rows.append(f"| {rate} | {' | '.join(_quality(row.get(codec)) for codec in codecs)} |")
    return rows


def digits_archive() -> list[str]:
    found = read_results("compression")["mnist"]
    codecs = [name for name in found["archives"][0] if name not in ("step", "psnr")]
    rows = [
        f"| decibels | {' | '.join(codecs)} | of JPEG 2000's |",
        "|---:|" + "---:|" * (len(codecs) + 1),
    ]
    for row in found["archives"]:
        sizes = " | ".join(f"{row[codec]:,}" for codec in codecs)
        share = row["isthmus"] / row["JPEG 2000"]
        rows.append(f"| {row['psnr']:.2f} | {sizes} | {100 * share:.0f} % |")
    return [*rows, "", f"Without loss, as PNG: {found['png_without_loss']:,} bytes."]


def terrain() -> list[str]:
    """Of variants of a rival, behind a comma, the best counts for each map."""
    maps = read_results("terrain")["maps"]
    first = next(iter(maps.values()))
    names = [name for name, value in first.items() if isinstance(value, list)]
    found = dict.fromkeys(name.split(",")[0] for name in names if "_" not in name)
    # Ours first, whatever was measured first.
    methods = ["isthmus", *(name for name in found if name != "isthmus")]
    head = f"| map | {' | '.join(methods)} | of the best rival's | deviation / error | of holes |"
    rows = [head, "|---|" + "---:|" * (len(methods) + 3)]
    table = []
    for name, row in maps.items():
        errors = [
            min(np.mean(row[each]) for each in row if each.split(",")[0] == method)
            for method in methods
        ]
        spread = [
            np.mean(row[key]) for key in ("deviation_over_error", "deviation_over_error_of_holes")
        ]
        table.append([*errors, errors[0] / min(errors[1:]), *spread])
        rows.append(_terrain_row(name, table[-1]))
    return [*rows, _terrain_row("mean", np.mean(table, axis=0).tolist())]


def _terrain_row(name: str, values: list[float]) -> str:
    *errors, share, of_pixels, of_holes = values
    cells = " | ".join(f"{error:.0f}" for error in errors)
    return f"| {name} | {cells} | {100 * share:.0f} % | {of_pixels:.2f} | {of_holes:.2f} |"


def holes() -> list[str]:
    found = {what: row for what, row in read_results("holes").items() if "mse" in row}
    methods = list(dict.fromkeys(name for row in found.values() for name in row["mse"]))
    rows = [
        f"| pictures | hole | {' | '.join(methods)} | of OpenCV's better |",
        "|---|---|" + "---:|" * (len(methods) + 1),
    ]
    sides = {"mnist": "10x10 of 28x28", "scenes": "32x32 of 128x128"}
    for what, row in found.items():
        errors = row["mse"]
        cells = " | ".join(f"{errors[name]:.4f}" if name in errors else "" for name in methods)
        share = errors["isthmus"] / min(errors["Telea"], errors["Navier-Stokes"])
        rows.append(f"| {what} | {sides[what]} | {cells} | {100 * share:.0f} % |")
    return rows


def colours() -> list[str]:
    found = {name: row for name, row in read_results("colours").items() if "rms" in row}
    classes = list(found["isthmus"]["rms_by_class"])
    rows = [
        f"| method | rms of a*, b* | mean distance | {' | '.join(classes)} |",
        "|---|" + "---:|" * (len(classes) + 2),
    ]
    for name, row in found.items():
        each = " | ".join(f"{row['rms_by_class'][label]:.2f}" for label in classes)
        rows.append(f"| {name} | {row['rms']:.2f} | {row['mean_distance']:.2f} | {each} |")
    return rows


def noisy_digits() -> list[str]:
    found = read_results("noisy_digits")
    others = ("noisy", "median of 3x3", "PCA")
    lines = [(name, "", found[name]["mse"]) for name in others]
    lines += [("isthmus", f"{row['seconds']:.0f}", row["mse"]) for row in found["fits"].values()]
    head = ["| digits | seconds of training | test error |", "|---|---:|---:|"]
    return head + [f"| {name} | {seconds} | {mse:.4f} |" for name, seconds, mse in lines]


def readers() -> list[str]:
    found = read_results("noisy_digits")["readers"]
    kinds = list(next(iter(found.values())))
    rows = [f"| reader | {' | '.join(kinds)} |", "|---|" + "---:|" * len(kinds)]
    for name, row in found.items():
        rows.append(f"| {name} | {' | '.join(f'{100 * row[kind]:.2f} %' for kind in kinds)} |")
    return rows


def _quality(found: dict[str, Any] | None) -> str:
    """Decibels and similarity, and how many pictures have a file that small, where not all have."""
    if found is None:
        return ""
    if not found["fit"]:
        return "none fits"
    some = "" if found["fit"] == found["of"] else f" ({found['fit']} of {found['of']})"
    return f"{found['psnr']:.2f} / {found['ms_ssim']:.3f}{some}"


RESTORE_TABLES: dict[str, Callable[[], list[str]]] = {
    "missing_cells": missing_cells,
    "denoising": denoising,
    "compression": compression,
    "kodak": kodak,
    "digits_archive": digits_archive,
    "terrain": terrain,
    "holes": holes,
    "colours": colours,
    "noisy_digits": noisy_digits,
    "readers": readers,
}
