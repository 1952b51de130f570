"""How fast the explorer is: what lies under the cursor, and a million points.

    OMP_NUM_THREADS=2 python benchmarks/explorer.py RUN --rounds 5

RUN is a run of pictures with a map. In headless Chromium on the same machine, without a graphics
card, the mouse goes over the map, 150 places 25 milliseconds apart, and the browser's own clock
says how long each decoded picture took from being asked for to being there. Then the codes of the
run are replaced by 1,000,000 drawn round 12 middles, and what is timed is the way from the address
to a page that can be used, and each frame while the map is zoomed and moved. The figure of a round
is the 95th percentile of its decodes.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from playwright.sync_api import Page, sync_playwright
from results_file import write_results

PLACES, APART = 150, 25
POINTS, GROUPS = 1_000_000, 12
SIZE = {"width": 1400, "height": 900}
SETTINGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
TOOK = """performance.getEntriesByType('resource')
  .filter((one) => one.name.includes('api/decode?')).map((one) => one.duration)"""
# Zooming in by the wheel and back, the frames being timed.
FRAMES = """() => new Promise((done) => {
  const frames = []; let last = performance.now();
  const look = (now) => {
    frames.push(now - last); last = now;
    if (frames.length < 60) requestAnimationFrame(look); else done(frames);
  };
  requestAnimationFrame(look);
  const { map } = window.isthmus, view = map.view;
  const x = (view.x0 + view.x1) / 2, y = (view.y0 + view.y1) / 2, wide = view.x1 - view.x0;
  const zoom = (i) => map.go(map.around(x, y, wide / (1 + i / 4)));
  for (let i = 1; i < 20; i++) setTimeout(() => zoom(i), 40 * i);
})"""


def main() -> None:
    """Measure both, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        many = Path(folder) / "many"
        shutil.copytree(asked.run, many, ignore=shutil.ignore_patterns("map*", "checkpoint*"))
        of_many_points(many)
        results = {
            "cursor": {"run": asked.run.name, "rounds": cursor(asked.run, asked.rounds)},
            "million": million(many),
        }
    print(results)
    write_results("explorer", results)


def cursor(run: Path, n_rounds: int) -> list[dict[str, Any]]:
    """Rounds of the mouse over the map, and one of a program that asks without a browser."""
    with served(run) as address:
        with opened(address) as page:
            rounds = [decodes(page, seed) for seed in range(n_rounds)]
        return [*rounds, asked_by_a_program(address)]


def million(run: Path) -> dict[str, float]:
    """The way to the page of very many points, and the frames while it is zoomed."""
    with served(run) as address:
        begun = time.perf_counter()
        with opened(address) as page:
            seconds = time.perf_counter() - begun
            frames = page.evaluate(FRAMES)
    return {
        "seconds": seconds,
        "frame_median_ms": float(np.median(frames)),
        "frame_p95_ms": float(np.percentile(frames, 95)),
    }


def of_many_points(run: Path) -> None:
    """Replace the codes of a run."""
    n_components = sum(name[1:].isdigit() for name in pq.read_schema(run / "codes.parquet").names)
    chance = np.random.default_rng(0)
    groups = chance.integers(0, GROUPS, POINTS)
    middles = chance.normal(size=(GROUPS, n_components)) * 4
    codes = (middles[groups] + chance.normal(size=(POINTS, n_components))).astype(np.float32)
    columns = {
        "id": pa.array(np.arange(POINTS).astype(str)),
        "label": pa.array(groups).cast(pa.string()),
        "split": pa.array(["train"] * POINTS),
    } | {f"c{i}": pa.array(column) for i, column in enumerate(codes.T)}
    pq.write_table(pa.table(columns), run / "codes.parquet")


@contextmanager
def served(run: Path) -> Iterator[str]:
    """The address of the page of a run, served by the program."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port = str(asking.getsockname()[1])
    program = [sys.executable, "-m", "isthmus", "explore", str(run), "--port", port, "--no-open"]
    server, address = subprocess.Popen(program), f"http://127.0.0.1:{port}/"
    try:
        while not _answers(f"{address}healthz"):
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def asked_by_a_program(address: str) -> dict[str, Any]:
    """Milliseconds of decodes of places that no browser draws."""
    took = []
    for x, y in np.random.default_rng(0).normal(size=(PLACES, 2)):
        begun = time.perf_counter()
        with urlopen(f"{address}api/decode?x={x}&y={y}") as answer:
            answer.read()
        took.append(1000 * (time.perf_counter() - begun))
    return {"by": "a program"} | _summed(took)


def _answers(address: str) -> bool:
    try:
        with urlopen(address):
            return True
    except URLError:
        return False


@contextmanager
def opened(address: str) -> Iterator[Page]:
    """The page, ready, in a browser of its own."""
    with sync_playwright() as machine:
        browser = machine.chromium.launch(executable_path=shutil.which("chromium"), args=SETTINGS)
        page = browser.new_page(viewport=SIZE)
        page.goto(address)
        page.wait_for_selector("body.ready", timeout=120_000)
        yield page
        browser.close()


def decodes(page: Page, seed: int) -> dict[str, Any]:
    """Milliseconds of decodes in one round."""
    page.evaluate(
        "performance.clearResourceTimings(); performance.setResourceTimingBufferSize(5000)"
    )
    box = page.locator(".sheet").bounding_box()
    assert box is not None
    chance = np.random.default_rng(seed)
    corner, side = np.array([box["x"], box["y"]]), np.array([box["width"], box["height"]])
    # A hand moves on from where it is.
    steps = chance.normal(size=(PLACES, 2)).cumsum(0)
    steps = (steps - steps.min(0)) / np.ptp(steps, axis=0)
    for spot in corner + side * (0.05 + 0.9 * steps):
        page.mouse.move(*map(float, spot))
        page.wait_for_timeout(APART)
    took = page.evaluate(TOOK)
    return {"by": "the browser", "seed": seed} | _summed(took)


def _summed(took: list[float]) -> dict[str, Any]:
    return {
        "n": len(took),
        "median_ms": float(np.median(took)),
        "p95_ms": float(np.percentile(took, 95)),
    }


if __name__ == "__main__":
    main()
