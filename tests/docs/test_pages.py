"""What the pages say can be typed, runs: every block of every page, script and notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

import isthmus
from tests.docs.blocks import blocks_of
from tests.docs.shortened import Reader, shorten

ROOT = Path(isthmus.__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").glob("*.py")),
    *sorted((ROOT / "examples").glob("*.ipynb")),
]
READ = [page for page in PAGES if "plans" not in page.parts and blocks_of(page)]
# How many blocks of a page are not run: each says why in a remark above it, and is counted here, so
# that none goes by unseen.
NOT_RUN = {"docs/hub.md": 2, "docs/lake.md": 2, "docs/onnx.md": 1}


# A reader does not mind what libraries of others say to each other.
@pytest.mark.filterwarnings("default::DeprecationWarning", "ignore:The ``noload`` loader strategy")
@pytest.mark.parametrize("page", READ, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_it_says_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shorten(monkeypatch)
    reader = Reader(page.read_text(encoding="utf-8"), tmp_path)
    for block in blocks_of(page):
        if block.reason is None:
            reader.type(block)


def test_few_are_not_run_and_say_why() -> None:
    reasons = {
        str(page.relative_to(ROOT)): [block.reason for block in blocks_of(page) if block.reason]
        for page in READ
    }
    assert {page: len(given) for page, given in reasons.items() if given} == NOT_RUN, reasons
