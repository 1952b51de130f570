"""Tables of what codes are used for."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean, stdev
from typing import Any

from results_file import read_results

__all__ = ["USE_TABLES"]

# In a JSON row of the anomalies, what is no method.
ABOUT = ("seed", "n_train", "n_test", "n_odd")


def anomalies() -> list[str]:
    """Mean AUROC of each table over seeds, and their means."""
    tables: dict[str, Any] = read_results("anomalies")["tables"]
    names = [name for name in next(iter(tables.values()))["runs"][0] if name not in ABOUT]
    rows = [f"| table | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    means: dict[str, list[float]] = {name: [] for name in names}
    for table in sorted(tables, key=str.lower):
        runs = tables[table]["runs"]
        own = {name: 100 * mean(run[name]["auroc"] for run in runs) for name in names}
        best = max(own.values())
        cells = [f"**{v:.1f}**" if v > best - 0.05 else f"{v:.1f}" for v in own.values()]
        rows.append(f"| {table} | {' | '.join(cells)} |")
        for name, value in own.items():
            means[name].append(value)
    overall = [f"{mean(values):.2f}" for values in means.values()]
    runs = [run for table in tables.values() for run in table["runs"]]
    seconds = [f"{mean(run[name]['cpu_seconds'] for run in runs):.3g}" for name in names]
    rows.append(f"| mean | {' | '.join(overall)} |")
    return [*rows, f"| seconds of one core, mean | {' | '.join(seconds)} |"]


def odd_pictures() -> list[str]:
    """Mean AUROC over the classes of each set, and over those that chose nothing."""
    classes: dict[str, Any] = read_results("odd_pictures")["classes"]
    names = list(next(iter(classes.values()))["runs"][0]["auroc"])
    rows = [f"| normal | classes | {' | '.join(names)} |", f"|---|---:|{'---:|' * len(names)}"]
    for of_set in dict.fromkeys(entry.partition(":")[0] for entry in classes):
        runs = [e["runs"][0] for name, e in classes.items() if name.startswith(f"{of_set}:")]
        for which, some in (("each", runs), ("that chose nothing", _free(runs))):
            cells = [f"{100 * mean(run['auroc'][name] for run in some):.2f}" for name in names]
            rows.append(f"| {of_set}, {which} | {len(some)} | {' | '.join(cells)} |")
    alarms = mean(entry["runs"][0]["false_alarms"] for entry in classes.values())
    return [*rows, "", f"Of normal test pictures {100 * alarms:.1f} % were called odd; 5 % may be."]


def _free(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [run for run in runs if not run["chose"]]


def kinds() -> list[str]:
    """Agreement of kinds with labels."""
    sets: dict[str, Any] = read_results("few_labels")["sets"]
    ways = list(next(iter(sets.values()))["runs"][0]["kinds"])
    rows = [f"| | {' | '.join(sets)} |", f"|---|{'---:|' * len(sets)}"]
    for way in ways:
        cells = []
        for entry in sets.values():
            found = entry["runs"][0]["kinds"][way]
            stable = f", stability {found['stability']:.2f}" if "stability" in found else ""
            cells.append(f"{found['v_measure']:.3f} ({found['n_kinds']} kinds{stable})")
        rows.append(f"| {way} | {' | '.join(cells)} |")
    return rows


def few_labels() -> list[str]:
    """Accuracy from four labels a class."""
    sets: dict[str, Any] = read_results("few_labels")["sets"]
    ways = list(next(iter(sets.values()))["runs"][0]["classes"])
    rows = [f"| | {' | '.join(sets)} |", f"|---|{'---:|' * len(sets)}"]
    for way in ways:
        cells = []
        for entry in sets.values():
            found = [100 * a for a in entry["runs"][0]["classes"][way]["accuracy"]]
            cells.append(f"{mean(found):.2f} ± {stdev(found):.2f}")
        rows.append(f"| {way} | {' | '.join(cells)} |")
    minutes = [
        f"{name} {entry['runs'][0]['training']['seconds'] / 60:.0f}" for name, entry in sets.items()
    ]
    return [*rows, "", f"Minutes of fitting, one thread: {', '.join(minutes)}."]


def ranks() -> list[str]:
    """NDCG and recall of lists, means over seeds."""
    runs = read_results("recommendations")["sets"]["movielens-1m"]["runs"]
    rows = ["| lists by | NDCG@20 | recall@20 | seconds of one core |", "|---|---:|---:|---:|"]
    for name in (key for key in runs[0] if key != "seed"):
        own = [run[name] for run in runs]
        cells = [_spread([run[kind] for run in own]) for kind in ("ndcg", "recall")]
        took = [run["cpu_seconds"] for run in own if "cpu_seconds" in run]
        rows.append(f"| {name} | {' | '.join(cells)} | {f'{mean(took):.0f}' if took else ''} |")
    return rows


def ratings() -> list[str]:
    """Root mean square errors of test ratings, means over seeds."""
    runs = read_results("recommendations")["sets"]["movielens-100k u1"]["runs"]
    rows = ["| ratings by | RMSE | seconds of one core |", "|---|---:|---:|"]
    for name in (key for key in runs[0] if key != "seed"):
        took = mean(run[name]["cpu_seconds"] for run in runs)
        rows.append(f"| {name} | {_spread([run[name]['rmse'] for run in runs])} | {took:.0f} |")
    return rows


def sounds() -> list[str]:
    """Accuracy from ten labels a digit, and agreement of ten kinds."""
    run = read_results("sounds")["sets"]["fsdd"]["runs"][0]
    rows = ["| numbers of a recording | accuracy, % | V-measure of ten kinds |", "|---|---:|---:|"]
    for name, own in run["ways"].items():
        found = [100 * value for value in own["accuracy"]]
        rows.append(f"| {name} | {mean(found):.1f} ± {stdev(found):.1f} | {own['v_measure']:.3f} |")
    took = ", ".join(f"{name} {own['seconds'] / 60:.0f}" for name, own in run["training"].items())
    return [*rows, "", f"Minutes of fitting, one thread: {took}."]


def likelihood() -> list[str]:
    """Bounds of minus the log-likelihood by the number of samples."""
    runs = read_results("likelihood")["sets"]["mnist"]["runs"]
    rows = ["| codes drawn an item | nats |", "|---|---:|"]
    for name in runs[0]["nats"]:
        own = [run["nats"][name] for run in runs]
        rows.append(f"| {name.removesuffix(' samples')} | {mean(own):.2f} |")
    took = mean(run["training"]["seconds"] for run in runs) / 60
    return [*rows, "", f"Minutes of fitting, one thread: {took:.0f}."]


def particles() -> list[str]:
    """Accuracy from ten labels a class, by what is known of a particle."""
    run = read_results("particles")["sets"]["plankton64"]["runs"][0]
    rows = ["| numbers of a particle | accuracy, % |", "|---|---:|"]
    for name, own in run["ways"].items():
        found = [100 * value for value in own["accuracy"]]
        rows.append(f"| {name} | {mean(found):.1f} ± {stdev(found):.1f} |")
    took = ", ".join(f"{name} {own['seconds'] / 60:.0f}" for name, own in run["training"].items())
    return [*rows, "", f"Minutes of fitting, one thread of a busy machine: {took}."]


def maps() -> list[str]:
    """What each way's maps keep, and how long they take; means over seeds."""
    columns = {
        "labels told, %": ("told", 100, ".2f"),
        "trust, 15": ("trustworthiness_15", 1, ".3f"),
        "trust, 5": ("trustworthiness_5", 1, ".3f"),
        "seconds": ("seconds", 1, ".1f"),
        "seconds to place": ("placing_seconds", 1, ".2g"),
        "error decoded": ("mse", 1, ".4f"),
    }
    rows = [f"| set | way | {' | '.join(columns)} |", f"|---|---|{'---:|' * len(columns)}"]
    sets: dict[str, Any] = read_results("maps")["sets"]
    for name, entry in sets.items():
        runs = entry["runs"]
        for way in (key for key in runs[0] if key != "seed"):
            found = [run[way] for run in runs]
            cells = [
                format(factor * mean(one[key] for one in found), form) if key in found[0] else "–"
                for key, factor, form in columns.values()
            ]
            rows.append(f"| {name} | {way} | {' | '.join(cells)} |")
    placed = ", ".join(f"{e['runs'][0]['PCA']['placed']} of {name}" for name, e in sets.items())
    seeds = ", ".join(f"{len(entry['runs'])} of {name}" for name, entry in sets.items())
    return [*rows, "", f"Placed: {placed}. Seeds: {seeds}."]


def explorer() -> list[str]:
    """What lies under the cursor, and a million points."""
    results = read_results("explorer")
    rounds, million = results["cursor"]["rounds"], results["million"]
    rows = ["| what | median | 95th percentile |", "|---|---:|---:|"]
    rows += [
        f"| milliseconds of a decode, {one['n']} asked by {one['by']} | {one['median_ms']:.0f} | "
        f"{one['p95_ms']:.0f} |"
        for one in rounds
    ]
    rows.append(
        f"| milliseconds of a frame, a million points | {million['frame_median_ms']:.0f} | "
        f"{million['frame_p95_ms']:.0f} |"
    )
    return [*rows, "", f"A million points are there after {million['seconds']:.1f} seconds."]


def _spread(values: list[float]) -> str:
    spread = stdev(values) if len(values) > 1 else 0.0
    return f"{mean(values):.4f}" + (f" ± {spread:.4f}" if spread > 5e-5 else "")


USE_TABLES: dict[str, Callable[[], list[str]]] = {
    "anomalies": anomalies,
    "odd_pictures": odd_pictures,
    "kinds": kinds,
    "few_labels": few_labels,
    "ranks": ranks,
    "ratings": ratings,
    "sounds": sounds,
    "likelihood": likelihood,
    "particles": particles,
    "maps": maps,
    "explorer": explorer,
}
