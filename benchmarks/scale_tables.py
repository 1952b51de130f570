"""Tables of `tables.py` that are about many processes, files and rows."""

from __future__ import annotations

from collections.abc import Callable

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


SCALE_TABLES: dict[str, Callable[[], list[str]]] = {table.__name__: table for table in (processes,)}
