"""The default fit of photographs, end to end by the command line.

    python benchmarks/scenes.py

Two folders as a user has them: 177 original JPEG files of mixed sizes, and 17,033 pictures of
128x128 unpacked from their archive into train/ and test/.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from results_file import write_results


def main() -> None:
    """Fit both folders and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("-k", type=int, default=64)
    arguments = parser.parse_args()
    home = Path(os.environ["ISTHMUS_DATA"])
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / "intel128"
        with zipfile.ZipFile(home / "intel128.zip") as archive:
            archive.extractall(unpacked)
        results = {
            name: fit(source, Path(folder) / "runs" / name, arguments.k, arguments.minutes)
            for name, source in (("originals", home / "intel_originals"), ("intel128", unpacked))
        }
    write_results("scenes", {"minutes": arguments.minutes, "folders": results})
    print(results)


def fit(source: Path, out: Path, k: int, minutes: float) -> dict:
    command = ["fit", str(source), "-k", str(k), "--minutes", str(minutes), "--out", str(out)]
    subprocess.run([sys.executable, "-m", "isthmus", *command], check=True)
    metrics = json.loads((out / "metrics.json").read_text())
    kept = ("n_components", "n_parameters", "epochs", "seconds", "n_train", "n_test", "test")
    shape = metrics["data"]["item_shape"]
    return {key: metrics[key] for key in kept} | {
        "item_shape": shape,
        "by_code_size": metrics["by_code_size"],
    }


if __name__ == "__main__":
    main()
