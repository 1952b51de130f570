"""The fenced blocks of a page, in their order: what a reader would type."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Block", "blocks_of", "commands_in"]

FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^>]+?) -->\n+)?"
    r"(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```",
    re.MULTILINE | re.DOTALL,
)
SHELL = ("sh", "console", "bash")
# Without a language a block is the shell's if it calls the program; others draw a folder.
PROGRAM = re.compile(r"^(\$ )?(isthmus|pip|make|python) ", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """Some lines of Python, or commands, and why they are not run, if they are not."""

    language: str
    text: str
    reason: str | None = None


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page in Markdown, of a script or of a notebook."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".py":
        return [Block("python", text)]
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return [Block("python", "".join(c["source"])) for c in cells if c["cell_type"] == "code"]
    return [block for found in FENCE.finditer(text) if (block := _block(found))]


def _block(found: re.Match[str]) -> Block | None:
    language, indent = found["language"], len(found["indent"])
    text = "".join(line[indent:] for line in found["text"].splitlines(keepends=True))
    if language == "python":
        return Block("python", text, found["reason"])
    if language in SHELL or (not language and PROGRAM.search(text)):
        return Block("sh", text, found["reason"])
    return None


def commands_in(text: str) -> list[list[str]]:
    """The words of each command: prompts, remarks and broken lines are taken out."""
    lines = text.replace("\\\n", " ").splitlines()
    words = (shlex.split(line.removeprefix("$ "), comments=True) for line in lines)
    return [each for each in words if each]
