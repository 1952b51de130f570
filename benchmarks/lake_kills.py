"""Encoding of many files whose workers and driver are killed: is a row lost, doubled or another?

    python benchmarks/lake_kills.py                     # ten trials, half an hour on two cores
    python benchmarks/lake_kills.py --seeds 0 1 2       # some of them; others are kept

A lake of Parquet files is encoded by the plain engine, and in each trial by ``isthmus encode
--engine ray`` as a user would: while it runs, its actors are killed (SIGKILL) at moments drawn at
random, then its driver, with all that it started; then the same command runs again, its actors
being killed too. Equal means the same files with the same rows in the same order, to the last bit.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from results_file import read_results, write_results

ISTHMUS = [sys.executable, "-m", "isthmus"]
# Search makes encoding slow enough for many kills in a small lake.
SEARCH, COLUMNS, WORKERS = 3, 64, 2
# After how many more pieces, and how many seconds on, a worker is killed. A worker takes seconds to
# start: if kills did not wait for pieces, nobody would ever get anything done on a slow machine.
PIECES_BETWEEN_KILLS, SECONDS_ON = (1, 5), 1.5


def main() -> None:
    """Make the lake, encode it plainly, then in trials; keep trials of other seeds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=range(10), help="one a trial")
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--rows", type=int, default=200, help="of each file")
    asked = parser.parse_args()
    # The same threads for all: sums of floats depend on how many share them.
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make_lake(home, asked.files, asked.rows)
        begun = time.monotonic()
        subprocess.run(encode(home, "plain"), check=True, stdout=subprocess.DEVNULL)
        plain_seconds = time.monotonic() - begun
        for seed in asked.seeds:
            found = {"seed": seed, **trial(home, asked.files, random.Random(seed))}
            print(found, flush=True)
            keep(found, {"files": asked.files, "rows": asked.rows}, plain_seconds)


def keep(found: dict[str, Any], lake: dict[str, int], plain_seconds: float) -> None:
    """Add a trial to the results; trials with another lake are dropped."""
    before = read_results("lake_kills")
    trials = before["trials"] if before.get("lake") == lake else []
    trials = [trial for trial in trials if trial["seed"] != found["seed"]] + [found]
    trials.sort(key=lambda trial: int(trial["seed"]))
    write_results("lake_kills", {"lake": lake, "plain_seconds": plain_seconds, "trials": trials})


def make_lake(home: Path, n_files: int, n_rows: int) -> None:
    """Files of rows in folders, and a run that was fitted to the first of them."""
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((8, COLUMNS))
    for file in range(n_files):
        rows = np.tanh(rng.standard_normal((n_rows, 8)) @ mixing).astype(np.float32)
        frame = pd.DataFrame(rows, columns=[f"x{i}" for i in range(COLUMNS)])
        frame.insert(0, "id", [f"{file}-{row}" for row in range(n_rows)])
        path = home / "lake" / f"day-{file % 7}" / f"{file:04d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path)
    first = next(iter(sorted((home / "lake").rglob("*.parquet"))))
    fit = ["fit", str(first), "-k", "8", "--epochs", "2", "--out", str(home / "run")]
    subprocess.run([*ISTHMUS, *fit], check=True, stdout=subprocess.DEVNULL)


def encode(home: Path, engine: str, out: str = "") -> list[str]:
    command = [*ISTHMUS, "encode", str(home / "run"), str(home / "lake" / "**" / "*.parquet")]
    command += ["--out", str(home / (out or engine)), "--search-steps", str(SEARCH)]
    return [*command, "--engine", engine, *(["--workers", str(WORKERS)] * (engine == "ray"))]


def trial(home: Path, n_files: int, chance: random.Random) -> dict[str, Any]:
    """One encoding with its kills, compared with the plain one."""
    out = home / f"ray-{chance.random()}"
    begun = time.monotonic()
    until = chance.randint(1, max(1, n_files - 2))  # so many pieces, then the driver dies
    workers_killed = run_with_kills(encode(home, "ray", out.name), out, chance, until)
    written = len(pieces_in(out))
    workers_killed += run_with_kills(encode(home, "ray", out.name), out, chance, None)
    return {
        "equal": same(home / "plain", out),
        "workers_killed": workers_killed,
        "pieces_when_the_driver_died": written,
        "seconds": round(time.monotonic() - begun, 1),
    }


def run_with_kills(command: list[str], out: Path, chance: random.Random, until: int | None) -> int:
    """Run a command whose actors die now and then; after so many pieces it dies itself.

    Returns how many actors were killed.
    """
    driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    killed, next_kill = 0, chance.randint(*PIECES_BETWEEN_KILLS)
    while driver.poll() is None:
        time.sleep(0.05)
        written = len(pieces_in(out))
        if until is not None and written >= until:
            time.sleep(chance.uniform(0, SECONDS_ON))
            family = descendants(driver.pid)
            end([driver.pid, *family])
            driver.wait()
            return killed
        if written >= next_kill:
            time.sleep(chance.uniform(0, SECONDS_ON))
            family = descendants(driver.pid)
            actors = [pid for pid, name in family.items() if name.startswith("ray::MapWorker")]
            if actors:
                end([chance.choice(actors)])
                killed += 1
            next_kill = written + chance.randint(*PIECES_BETWEEN_KILLS)
    if driver.returncode != 0:
        raise SystemExit(f"{command} failed")
    return killed


def pieces_in(out: Path) -> list[Path]:
    return list(out.glob("part-*")) if out.exists() else []


def descendants(pid: int) -> dict[int, str]:
    """The processes that a process started, and those that they did, with their command lines."""
    parents, names = {}, {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            names[int(path.name)] = (path / "cmdline").read_bytes().decode(errors="replace")
        except OSError:  # it has just ended
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {child: names.get(child, "") for child in found - {pid}}


def end(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def same(plain: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same rows."""
    names = sorted(path.name for path in plain.glob("part-*"))
    if names != sorted(path.name for path in other.iterdir() if path.name != "_manifest.json"):
        return False
    return all(pd.read_parquet(plain / n).equals(pd.read_parquet(other / n)) for n in names)


if __name__ == "__main__":
    main()
