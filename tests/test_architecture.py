"""Imports run downwards only, and no file has outgrown its idea."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import isthmus

ROOT = Path(isthmus.__file__).parent

# From the ground up: a room may import from its own level's room and from those below.
LEVELS = (
    ("errors", "__init__"),
    ("addresses", "settings", "spaces", "files", "isth_file", "together"),
    ("slots", "principal", "gaussian"),
    ("waves", "guess", "part_codes", "places"),
    ("data",),
    ("networks", "codes", "corruptions", "losses"),
    ("model", "bits"),
    ("training",),
    ("tracking",),
    ("presets", "slot_settings"),
    ("building",),
    ("inference", "inputs", "restoring", "search", "start", "traits", "chosen", "arranging"),
    ("learning", "model_card", "model_files", "hub", "keeping", "streams"),
    ("autoencoder",),
    ("loading", "export"),
    ("uses",),
    ("report",),
    ("runs",),
    ("bench", "explorer", "lake"),
    ("commands", "__main__"),
)
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
FILES = sorted(ROOT.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Rooms imported when a file is imported; what only type checkers see is left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checking = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    rooms = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in checking and node.module:
            parts = node.module.split(".")
            if parts[0] == "isthmus" and len(parts) > 1:
                rooms.add(parts[1])
    return rooms


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downwards(path: Path) -> None:
    room = room_of(path)
    assert room in LEVEL, f"{room} has no level: give it one here and in docs/architecture.md"
    for other in imported_rooms(path) - {room}:
        assert LEVEL[other] <= LEVEL[room], other


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450


def test_every_room_is_in_the_architecture() -> None:
    text = (ROOT.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {room_of(path) for path in FILES} - {"__init__", "__main__"}
    missing = [room for room in rooms if f"{room}/" not in text and f"{room}.py" not in text]
    assert not missing
