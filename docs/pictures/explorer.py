"""The picture of the explorer: a map, an item under the cursor, the way between two others.

    python docs/pictures/explorer.py RUN

RUN is of digits, best with a map; wants Playwright and Chromium.
"""

from __future__ import annotations

import shutil
import sys
import threading
import time
from pathlib import Path

import numpy as np
import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from isthmus.explorer.selection import typical_of
from isthmus.explorer.server import create_app
from isthmus.runs.uses import Own

PICTURE = Path(__file__).with_suffix(".png")
SIZE = {"width": 1400, "height": 900}
SETTINGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
# The ends of the way, and what the cursor is on: typical items of these labels.
ENDS, UNDER_CURSOR = ("0", "7"), "3"
SPOT_OF = """async (item) => {
  const { place } = await (await fetch(`api/item/${item}`)).json();
  return isthmus.map.toPixel(...place);
}"""


def main(run: Path) -> None:
    """Serve the run, point and click, take the picture."""
    server = uvicorn.Server(uvicorn.Config(create_app(run), port=0, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.1)
    port = server.servers[0].sockets[0].getsockname()[1]
    with sync_playwright() as machine:
        browser = machine.chromium.launch(executable_path=shutil.which("chromium"), args=SETTINGS)
        page = browser.new_page(viewport=SIZE)
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector("body.ready")
        photograph(page, Own.of(run))
        browser.close()
    few_colours = Image.open(PICTURE).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few_colours.save(PICTURE, optimize=True)


def photograph(page: Page, own: Own) -> None:
    """Take the picture of the page as `PICTURE`."""
    for label in ENDS:
        page.evaluate("(item) => isthmus.pin(item)", typical(own, label))
    page.wait_for_selector("#path .strip")
    page.wait_for_timeout(1500)
    spot = page.evaluate(SPOT_OF, typical(own, UNDER_CURSOR))
    box = page.locator(".sheet").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + spot[0], box["y"] + spot[1])
    page.wait_for_timeout(1500)
    page.screenshot(path=PICTURE)


def typical(own: Own, label: str) -> int:
    """The item of a label nearest to the mean of their codes."""
    return int(typical_of(own.codes, np.flatnonzero(own.labels == label), 1)[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
