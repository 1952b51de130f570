"""Fits killed at random moments and resumed end with the weights of the uninterrupted one.

    python benchmarks/kill_resume.py --kills 20

Each fit runs as a user's would, by the command line, and is killed with SIGKILL at a moment drawn
evenly over the uninterrupted fit's time; then --resume ends it. Equal means equal to the last bit.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from results_file import write_results

FIT = [sys.executable, "-m", "isthmus", "fit", "digits", "-k", "16", "--epochs", "30"]


def main() -> None:
    """Kill, resume, compare; write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    kills = parser.parse_args().kills
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        whole = Path(folder) / "whole"
        fit(whole)
        duration = time.monotonic() - begun
        wanted = weights(whole)
        chance = random.Random(0)
        moments = [chance.uniform(0.0, 1.0) * duration for _ in range(kills)]
        trials = []
        for i, moment in enumerate(moments):
            run = Path(folder) / f"run{i}"
            state = kill_after(run, moment)
            fit(run, "--resume")
            trials.append(
                {
                    "killed_after_s": round(moment, 2),
                    "state": state,
                    "equal": weights(run) == wanted,
                }
            )
            print(trials[-1], flush=True)
    equal = sum(trial["equal"] for trial in trials)
    write_results(
        "kill_resume",
        {"command": FIT[2:], "seconds": duration, "equal": equal, "trials": trials},
    )
    print(f"{equal} of {kills} equal")


def fit(run: Path, *more: str) -> None:
    subprocess.run([*FIT, "--out", str(run), *more], check=True, stdout=subprocess.DEVNULL)


def kill_after(run: Path, moment: float) -> str:
    """Start a fit, kill it, and say what it left."""
    process = subprocess.Popen([*FIT, "--out", str(run)], stdout=subprocess.DEVNULL)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    part = run.with_name(run.name + ".part")
    if run.exists():
        return "finished"
    return "checkpoint" if (part / "checkpoint.safetensors").exists() else "nothing yet"


def weights(run: Path) -> bytes:
    return (run / "model" / "model.safetensors").read_bytes()


if __name__ == "__main__":
    main()
