"""Encoding: rows a second against ONNX Runtime, and time and memory from 10^4 to 10^7 rows.

    python benchmarks/encode_rate.py
    python benchmarks/encode_rate.py --only runtimes

The default network of digits with 64 numbers, on two threads. ``Autoencoder.transform`` of 60,000
digits (bytes) runs in turn with ONNX Runtime on the same network, handed batches of the same size
that the same code has scaled to float32, for a user would have to. For the numbers of rows
``isthmus encode`` runs as a command, files on disk at both ends. Needs the packages onnx and
onnxscript and onnxruntime: ``pip install -e ".[onnx]"``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from memory import peaks, write_rows
from results_file import read_results, write_results
from timing import middle, seconds

from isthmus import Autoencoder, open_data
from isthmus.data.rows import Rows
from isthmus.inference import pieces

NAME, K, PAIRS = "encode_rate", 64, 9
ROWS = (10_000, 100_000, 1_000_000, 10_000_000)


def main() -> None:
    """Measure what is asked, keep the rest of the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts: dict[str, Callable[[], Any]] = {"runtimes": runtimes, "rows": by_rows}
    parser.add_argument("--only", choices=list(parts))
    only = parser.parse_args().only
    for name, measure in parts.items():
        if only in (None, name):
            found = {part: read_results(NAME).get(part) for part in parts}
            write_results(NAME, found | {name: measure()})
            print(json.dumps(read_results(NAME)[name], indent=1))


def runtimes() -> dict[str, Any]:
    """Both runtimes on the same digits, in turn."""
    import onnxruntime

    digits = open_data("mnist").items
    ae = Autoencoder(K, training={"epochs": 1}, random_state=0).fit(digits[:20_000])
    rows = Rows(digits, ae.scaling_)
    batches = list(pieces(len(rows), ae.n_features_in_))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "encoder.onnx"
        export(ae, rows.batch(batches[0]), path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        given = session.get_inputs()[0].name

        def theirs() -> Any:
            codes = [session.run(None, {given: rows.batch(b).numpy()})[0] for b in batches]
            return np.concatenate(codes)

        difference = float(np.abs(ae.transform(digits) - theirs()).max())
        pairs = [(seconds(lambda: ae.transform(digits)), seconds(theirs)) for _ in range(PAIRS)]
    return {
        "rows": len(digits),
        "greatest_difference": difference,
        "rows_a_second": len(digits) / median(ours for ours, _ in pairs),
        "onnxruntime_rows_a_second": len(digits) / median(other for _, other in pairs),
        **middle("ratio", (other / ours for ours, other in pairs)),
        "onnxruntime": onnxruntime.__version__,
    }


def export(ae: Autoencoder, batch: torch.Tensor, path: Path) -> None:
    """The encoder with any number of items, as ONNX."""
    rows = torch.export.Dim("rows")
    torch.onnx.export(
        ae.model_.encoder, (batch,), path, dynamo=True, dynamic_shapes=({0: rows},), verbose=False
    )


def by_rows() -> list[dict[str, Any]]:
    """The command on files of more and more rows."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        write_rows(home / "few.npy", 20_000)
        isthmus = [sys.executable, "-m", "isthmus"]
        fit = ["fit", str(home / "few.npy"), "-k", str(K), "--epochs", "1"]
        subprocess.run([*isthmus, *fit, "--out", str(home / "run")], check=True)
        for n_rows in ROWS:
            data, codes = home / "rows.npy", home / "codes.parquet"
            write_rows(data, n_rows)
            encode = ["encode", str(home / "run"), str(data), "--out", str(codes)]
            begun = time.monotonic()
            _, peak = peaks([*isthmus, *encode])
            took = time.monotonic() - begun
            found.append({"rows": n_rows, "seconds": took, "peak_resident_mb": peak / 1e6})
            print(found[-1], flush=True)
            codes.unlink()
    return found


if __name__ == "__main__":
    main()
