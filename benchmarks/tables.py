"""Writes the tables of the docs from the results, so that no figure is typed by hand.

    python benchmarks/tables.py            # writes them
    python benchmarks/tables.py --check    # fails where a page differs from the results

A table stands between ``<!-- table NAME -->`` and ``<!-- end -->`` in a page.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from contest_file import PICTURES
from restore_tables import RESTORE_TABLES
from results_file import read_results
from scale_tables import SCALE_TABLES
from time_to_quality import QUESTIONS, Question
from use_tables import USE_TABLES

from isthmus.bench.summary import Group, groups, seconds_to, table_rows
from isthmus.presets import find_preset

ROOT = Path(__file__).parent.parent
PAGES = ("README.md", "docs/benchmarks.md", "docs/reproductions.md", "benchmarks/notes.md")
MARK = re.compile(r"(<!-- table (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)

# Smaller errors per value are those of float32 where PCA is exact.
ROUNDING = 1e-10


def default_mnist() -> list[str]:
    (entry,) = read_results("default_mnist")["fits"].values()
    runs = entry["runs"]
    rows = ["| numbers | Isthmus | PCA | of PCA's |", "|---:|---:|---:|---:|"]
    for of_size in zip(*(run["by_code_size"] for run in runs), strict=True):
        mse, pca = median(row["mse"] for row in of_size), of_size[0]["pca_mse"]
        rows.append(f"| {of_size[0]['k']} | {mse:.4f} | {pca:.4f} | {100 * mse / pca:.0f} % |")
    seeds = ", ".join(str(run["seed"]) for run in runs)
    return [*rows, "", f"Medians over the seeds {seeds}; {runs[0]['minutes']:g} minutes each."]


def historical() -> list[str]:
    rows = [
        "| network | numbers | seeds | test error: mean (least to greatest) | PCA |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, entry in read_results("historical")["networks"].items():
        runs, mse = entry["runs"], entry["test_mse"]
        rows.append(
            f"| {name} | {runs[0]['n_components']} | {len(runs)} | {mse['mean']:.4f} "
            f"({mse['min']:.4f} to {mse['max']:.4f}) | {entry['pca_test_mse']:.5f} |"
        )
    return rows


def dead_pixels() -> list[str]:
    rows = [
        "| seed | test error | of it, in pixels that are 0 for every digit | such pixels |",
        "|---:|---:|---:|---:|",
    ]
    runs = read_results("historical")["networks"]["dense-20"]["runs"]
    return rows + [
        f"| {run['seed']} | {run['test_mse']:.4f} | {run['test_mse_of_dead_pixels']:.4f} | "
        f"{run['dead_pixels']} |"
        for run in sorted(runs, key=lambda run: float(run["test_mse"]))
    ]


def linear_mnist() -> list[str]:
    rows = ["| seed | linear preset | PCA | ratio |", "|---:|---:|---:|---:|"]
    return rows + [
        f"| {run['seed']} | {run['mse']:.5f} | {run['pca_mse']:.5f} | {run['ratio']:.4f} |"
        for run in read_results("linear_mnist")["runs"]
    ]


def aims() -> list[str]:
    rows = [
        "| data and code size | seeds | by the encoder | searched | aim | PCA |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, entry in read_results("aims")["fits"].items():
        runs = entry["runs"]
        mse, searched = (median(run[key] for run in runs) for key in ("mse", "searched_mse"))
        rows.append(
            f"| {name} | {len(runs)} | {mse:.6f} | {searched:.6f} | {runs[0]['aim']:.6f} | "
            f"{runs[0]['pca_mse']:.6f} |"
        )
    return [*rows, "", "Medians over the seeds."]


def search_steps() -> list[str]:
    fits = {name: entry["runs"][0] for name, entry in read_results("search_steps")["fits"].items()}
    steps = [row["steps"] for row in next(iter(fits.values()))["by_steps"]]
    rows = [
        "| fit | numbers | " + " | ".join(f"{n} steps" for n in steps) + " |",
        "|---|---:|" + "---:|" * len(steps),
    ]
    for name, run in fits.items():
        for at_size in zip(*(row["errors"] for row in run["by_steps"]), strict=True):
            errors = " | ".join(f"{row['mse']:.5f}" for row in at_size)
            rows.append(f"| {name} | {at_size[0]['k']} | {errors} |")
        times = " | ".join(f"{row['ms_an_item']:.2f} ms" for row in run["by_steps"])
        rows.append(f"| {name} | time an item | {times} |")
    return rows


def step_cost() -> list[str]:
    rows = [
        "| optimiser | Isthmus, ms a step | bare PyTorch | ratio: median (quartiles) |",
        "|---|---:|---:|---:|",
    ]
    for name, cost in read_results("step_cost")["optimizers"].items():
        low, high = cost["ratio_quartiles"]
        rows.append(
            f"| {name} | {cost['ours_ms_per_step']:.2f} | {cost['bare_ms_per_step']:.2f} | "
            f"{cost['ratio_median']:.2f} ({low:.2f} to {high:.2f}) |"
        )
    return rows


def kill_resume() -> list[str]:
    results = read_results("kill_resume")
    states = [trial["state"] for trial in results["trials"]]
    counts = ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
    return [f"{results['equal']} of {len(states)} equal; at the kill there was: {counts}."]


def memory() -> list[str]:
    results = read_results("memory")
    return [
        f"{results['rows']:,} rows in a file of {results['file_mb']:.0f} MB: at most "
        f"{results['peak_resident_mb']:.0f} MB resident, {results['seconds']:.0f} s in all."
    ]


def scenes() -> list[str]:
    rows = [
        "| folder | items | item | numbers | epochs | Isthmus | PCA |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for name, run in read_results("scenes")["folders"].items():
        shape = "x".join(str(side) for side in run["item_shape"])
        rows.append(
            f"| {name} | {run['n_train'] + run['n_test']:,} | {shape} | {run['n_components']} | "
            f"{run['epochs']} | {run['test']['mse']:.5f} | {run['test']['pca_mse']:.5f} |"
        )
    return rows


def ablation() -> list[str]:
    sizes = ("2", "8", "20", "64")
    rows = [
        f"| variant | s of processor | of PCA's | {' | '.join(sizes)} |",
        "|---|---:|---:|" + "---:|" * len(sizes),
    ]
    for name, row in read_results("ablation")["variants"].items():
        errors = " | ".join(f"{row['mse'][size]:.5f}" for size in sizes)
        rows.append(f"| {name} | {row['cpu_seconds']:.0f} | {row['of_pca']:.4f} | {errors} |")
    return rows


def rivals() -> list[str]:
    lines = []
    for key, results in read_results("rivals")["contests"].items():
        head, rows = table_rows(results["runs"])
        lines += [f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        missing = [f"{name} ({why})" for name, why in results["not_run"].items()]
        lines += ["", f"Not run: {'; '.join(missing)}."] if missing else []
        lines += pictures(key)
    return lines


def time_to_quality() -> list[str]:
    contests = read_results("time_to_quality")["contests"]
    lines = [
        "| network | its error | in Keras, s | of its epochs | Isthmus, s | times as fast |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [quality_row(name, contests[name]["runs"]) for name in QUESTIONS if name in contests]
    return lines + [line for name in contests for line in pictures(name)]


def quality_row(name: str, runs: list[dict]) -> str:
    """The old network's quality, its time and Isthmus's."""
    question = QUESTIONS[name]
    old = next(group for group in groups(runs) if group.rival == f"keras-{name}")
    quality, seconds, epochs = old_quality(name, old, question)
    ours = seconds_to([run for run in runs if run["job"]["rival"] == question.rival], quality)
    took = "not reached" if ours is None else f"{ours:.1f}"
    times = "" if ours is None else f"{seconds / ours:.0f}"
    return f"| {name} | {quality:.4f} | {seconds:.0f} | {epochs} | {took} | {times} |"


def old_quality(name: str, old: Group, question: Question) -> tuple[float, float, str]:
    """Its error, the seconds to it and the epochs run: measured, or printed and extrapolated."""
    epochs = find_preset(name).settings["training"]["epochs"]
    ran = max(point["epochs"] for point in old.last)
    if all(is_whole(run, epochs) for run in old.runs):
        quality = old.errors()["median"]
        return quality, seconds_to(old.runs, quality) or old.seconds(), f"{ran:g} of {epochs}"
    each = median(point["seconds"] / point["epochs"] for point in old.last)
    return question.printed, each * epochs, f"{ran:.2g} of {epochs}: extrapolated, error as printed"


def is_whole(run: dict, epochs: int) -> bool:
    """Whether a network was trained to its end, by its own early stopping or all its epochs."""
    ended_itself = run["complete"] and run["job"]["epochs"] == epochs and not run["job"]["seconds"]
    return ended_itself or run["points"][-1]["epochs"] >= epochs


def pictures(key: str) -> list[str]:
    """Links to the plots of a contest that there are."""
    found = {
        "Error against seconds": PICTURES / f"{key}-seconds.svg",
        "Error against code size": PICTURES / f"{key}-size.svg",
    }
    # All pages with such tables lie in docs/.
    return [
        line
        for what, path in found.items()
        if path.exists()
        for line in ("", f"![{what}](pictures/{path.name})")
    ]


def code_sizes() -> list[str]:
    lines = []
    for key, results in read_results("code_sizes")["contests"].items():
        found = groups(results["runs"])
        alone = {
            group.n_components: group
            for group in found
            if group.rival == "isthmus-single-size" and group.complete
        }
        ordered = [group for group in found if group.rival == "isthmus" and group.complete]
        pca = dict(next(group for group in found if group.rival == "pca").by_code_size())
        head = [f"default, {group.planned:g} s: error (of the one size's)" for group in ordered]
        one = next(iter(alone.values())).planned
        lines += [
            f"{key.rsplit('-', 1)[0]}, one size alone fitted for {one:g} s each:",
            "",
            f"| numbers | PCA | one size alone | {' | '.join(head)} |",
            "|---|" + "---:|" * (2 + len(head)),
        ]
        for size, group in sorted(alone.items()):
            error = group.errors()["median"]
            cells = [dict(other.by_code_size())[size] for other in ordered]
            row = [f"{mse:.5f} ({mse / error:.2f})" for mse in cells]
            lines.append(f"| {size} | {pca[size]:.5f} | {error:.5f} | {' | '.join(row)} |")
        seeds = ", ".join(sorted({str(run["job"]["seed"]) for run in results["runs"]}))
        lines += ["", f"Medians over the seeds {seeds}.", *pictures(key), ""]
    return lines


def machine_share() -> list[str]:
    rows = [
        "| step | precision | items a step | operations an item | share: median (quartiles) |",
        "|---|---|---:|---:|---:|",
    ]
    for name, step in read_results("machine_share")["steps"].items():
        low, high = step["share_quartiles"]
        rows.append(
            f"| {name} | {step['precision']} | {step['batch_size']} | "
            f"{step['operations_an_item'] / 1e6:.1f} million | "
            f"{step['share_median']:.2f} ({low:.2f} to {high:.2f}) |"
        )
    return rows


def encode_rate() -> list[str]:
    results = read_results("encode_rate")
    lines = []
    if found := results.get("runtimes"):
        low, high = found["ratio_quartiles"]
        lines += [
            f"{found['rows_a_second']:,.0f} rows a second, ONNX Runtime "
            f"{found['onnxruntime_rows_a_second']:,.0f}: {found['ratio_median']:.2f} times as many "
            f"(quartiles {low:.2f} to {high:.2f}).",
            "",
        ]
    if found := results.get("rows"):
        lines += ["| rows | seconds | rows a second | memory, MB |", "|---:|---:|---:|---:|"]
        lines += [
            f"| {row['rows']:,} | {row['seconds']:.1f} | {row['rows'] / row['seconds']:,.0f} | "
            f"{row['peak_resident_mb']:.0f} |"
            for row in found
        ]
    return lines


def of_pca(run: dict[str, Any]) -> list[float]:
    """Errors in units of PCA's at each code size; 1 where both are rounding errors."""
    return [
        max(row["mse"], ROUNDING) / max(row["pca_mse"], ROUNDING) for row in run["by_code_size"]
    ]


def adbench() -> list[str]:
    rows = [
        "| table | rows fitted | columns | numbers | of PCA's: median (greatest) "
        "| greatest at any prefix | ended as PCA | dense net, of PCA's |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, entry in read_results("adbench")["tables"].items():
        runs = entry["runs"]
        ratios = [of_pca(run) for run in runs]
        whole = [row[-1] for row in ratios]
        dense = [run["dense_mse"] / run["by_code_size"][-1]["pca_mse"] for run in runs]
        fallen = sum(run["best_epoch"] == 0 for run in runs)
        rows.append(
            f"| {name} | {runs[0]['n_train']:,} | {runs[0]['n_columns']:,} | "
            f"{runs[0]['n_components']} | {median(whole):.3f} ({max(whole):.3f}) | "
            f"{max(map(max, ratios)):.3f} | {fallen} of {len(runs)} | {median(dense):.3f} |"
        )
    return rows


def cells() -> list[str]:
    runs = read_results("cells")["sets"]["pbmc"]["runs"]
    sizes = list(runs[0]["pca_by_code_size"])
    rows = [
        "| split | Isthmus | PCA | dense net | Isthmus, of PCA's | "
        f"PCA with {' / '.join(sizes)} numbers |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    return rows + [
        f"| {run['seed']} | {run['mse']:.5f} | {run['pca_mse']:.5f} | {run['dense_mse']:.5f} | "
        f"{run['mse'] / run['pca_mse']:.4f} | "
        + " / ".join(f"{run['pca_by_code_size'][k]:.4f}" for k in sizes)
        + " |"
        for run in runs
    ]


def never_above_pca() -> list[str]:
    rows = [
        "| set and code size | fits | ended as PCA | of PCA's with the whole code: median "
        "| greatest at any prefix |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, entry in read_results("never_above_pca")["fits"].items():
        runs = entry["runs"]
        fallen = sum(run["best_epoch"] == 0 for run in runs)
        rows.append(
            f"| {name} | {len(runs)} | {fallen} | "
            f"{median(of_pca(run)[-1] for run in runs):.4f} | "
            f"{max(max(of_pca(run)) for run in runs):.6f} |"
        )
    return rows


TABLES: dict[str, Callable[[], list[str]]] = (
    {
        table.__name__: table
        for table in (
            default_mnist,
            historical,
            dead_pixels,
            linear_mnist,
            aims,
            search_steps,
            step_cost,
            kill_resume,
            memory,
            scenes,
            ablation,
            rivals,
            time_to_quality,
            code_sizes,
            machine_share,
            encode_rate,
            adbench,
            cells,
            never_above_pca,
        )
    }
    | RESTORE_TABLES
    | SCALE_TABLES
    | USE_TABLES
)


def filled(text: str) -> str:
    """A page with its tables made anew."""

    def fill(match: re.Match[str]) -> str:
        try:
            lines = TABLES[match[2]]()
        except KeyError:  # no results yet, or none of this kind
            lines = ["Not measured yet."]
        return f"{match[1]}{chr(10).join(lines)}\n{match[4]}"

    return MARK.sub(fill, text)


def main() -> None:
    """Write or check all pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for page in PAGES:
        path = ROOT / page
        text = path.read_text(encoding="utf-8")
        if filled(text) != text:
            stale.append(page)
            if not check:
                path.write_text(filled(text), encoding="utf-8")
    if check and stale:
        sys.exit(f"{', '.join(stale)}: differ from the results; run python benchmarks/tables.py")


if __name__ == "__main__":
    main()
