"""The docs name what there is; that what they say runs is in `tests/docs`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import isthmus
from isthmus.commands.app import NOT_VERBS
from isthmus.presets import PRESETS

ROOT = Path(isthmus.__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_verb_is_in_the_readme() -> None:
    verbs = {path.stem for path in (ROOT / "isthmus" / "commands").glob("*.py")}
    for verb in verbs - NOT_VERBS - {"__init__"}:
        assert f"isthmus {verb}" in README


def test_historical_presets_are_in_the_reproductions() -> None:
    text = (ROOT / "docs" / "reproductions.md").read_text(encoding="utf-8")
    for name, preset in PRESETS.items():
        assert preset.native_shape is None or name in text


@pytest.mark.parametrize(
    "page",
    ["README.md", *[str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md")]],
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target


def test_tables_are_those_of_the_results() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "tables.py"), "--check"]
    subprocess.run(command, check=True)
