"""The README's picture: the head of a report, some items and the curve.

    python docs/pictures/report.py

Fits MNIST for three minutes and wants Chromium.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).with_suffix(".png")
WIDTH, HEIGHT = 1100, 1400
# Two sections of nine, and of the items the typical ones without differences.
STYLE = """
nav, section:not(#items):not(#code-size), #items figure ~ figure, #items .scale,
#items figcaption, .stages .sub, .stages .cell {display: none}
section {margin-top: 2rem !important}
"""


def main() -> None:
    """Fit, hide, take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        fit = ["fit", "mnist", "-k", "32", "--minutes", "3", "--out", str(run)]
        subprocess.run([sys.executable, "-m", "isthmus", *fit], check=True)
        photograph(run / "report.html")


def photograph(report: Path) -> None:
    """Draw part of a report as `PICTURE`."""
    page = report.read_text(encoding="utf-8").replace("</head>", f"<style>{STYLE}</style></head>")
    report.write_text(page, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    size, out = f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={PICTURE}"
    subprocess.run(["chromium", *options, size, out, report.as_uri()], check=True)


if __name__ == "__main__":
    main()
