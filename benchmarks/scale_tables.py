"""Tables of `tables.py`: many processes, rows and files, other runtimes, tuned settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from results_file import read_results

__all__ = ["SCALE_TABLES"]


def processes() -> list[str]:
    found = read_results("processes")
    rows = [
        "| processes | rows a second | held-out error: mean (least to greatest) |",
        "|---:|---:|---|",
    ]
    for count, rate in found["rows_a_second"].items():
        mse = found["held_out_mse"][count]
        rows.append(
            f"| {count} | {rate:,.0f} | {mse['mean']:.6f} ({mse['min']:.6f} to {mse['max']:.6f}) |"
        )
    low, high = found["gain_quartiles"]
    return [
        *rows,
        "",
        f"{found['gain_median']:.2f} times the rows a second (quartiles {low:.2f} to {high:.2f}); "
        f"{found['items']:,} digits, {found['epochs']} epochs, {len(found['runs'])} seeds.",
    ]


def large() -> list[str]:
    rows = [
        "| rows | form | to fit: s | rows a second while training "
        "| memory (resident), MB | to encode: s | rows a second | memory (resident), MB |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    results = read_results("large")
    forms = {"npy": "one `.npy`", "parquet": "Parquet files"}
    whole = {"fit", "encode"}
    found = [(row["rows"], form, row) for form in forms for row in results.get(form, [])]
    measured = [(n_rows, form, row) for n_rows, form, row in found if whole <= row.keys()]
    if not measured:
        raise KeyError("large")
    for n_rows, form, row in sorted(measured, key=lambda row: (row[1], row[0])):
        fit, encode = row["fit"], row["encode"]
        rows.append(
            f"| {n_rows:,} | {forms[form]} | {fit['seconds']:.0f} | "
            f"{fit['training_rows_a_second']:,.0f} | {memory(fit)} | {encode['seconds']:.0f} | "
            f"{encode['rows_a_second']:,.0f} | {memory(encode)} |"
        )
    return rows


def memory(found: dict[str, Any]) -> str:
    return f"{found['anonymous_mb']:.0f} ({found['resident_mb']:.0f})"


def lake_kills() -> list[str]:
    results = read_results("lake_kills")
    lake, trials = results["lake"], results["trials"]
    equal, killed = (sum(t[name] for t in trials) for name in ("equal", "workers_killed"))
    return [
        f"{equal} of {len(trials)} equal, of {lake['files']} files with {lake['rows']} rows each; "
        f"{killed} workers were killed, and every driver once."
    ]


def onnx_speed() -> list[str]:
    rows = [
        "| preset | ONNX Runtime, items a second | of transform: median (quartiles) "
        "| of the bare encoder: median (quartiles) |",
        "|---|---:|---:|---:|",
    ]
    for name, found in read_results("onnx_speed")["presets"].items():
        of = [
            f"{found[f'{other}_median']:.2f} ({low:.2f} to {high:.2f})"
            for other in ("of_transform", "of_bare")
            for low, high in [found[f"{other}_quartiles"]]
        ]
        rows.append(f"| {name} | {found['onnx']:,.0f} | {' | '.join(of)} |")
    return rows


def tuning() -> list[str]:
    rows = [
        "| set | rows fitted | ended early | minutes | held out: default | tuned | test: default "
        "| tuned | tuned beats the default | what mattered most |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|---|",
    ]
    for name, entry in read_results("tuning")["sets"].items():
        for run in entry["runs"]:
            held, test = (
                f"{run[where]['default']:.4f} | {run[where]['tuned']:.4f}"
                for where in ("held_out", "test")
            )
            same = run["best"] == run["before"]
            beats = "the default is the best" if same else "yes" if run["beats_default"] else "no"
            most = next(iter(run["importances"]), "")
            rows.append(
                f"| {name} | {run['n_train']:,} | {run['ended_early']} of {run['trials']} | "
                f"{run['seconds'] / 60:.0f} | {held} | {test} | {beats} | "
                f"{most.rsplit('__', 1)[-1].replace('_', ' ')} |"
            )
    return rows


SCALE_TABLES: dict[str, Callable[[], list[str]]] = {
    table.__name__: table for table in (processes, large, lake_kills, onnx_speed, tuning)
}
