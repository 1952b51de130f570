"""The scripts and notebooks of examples/, each shown whole."""

from __future__ import annotations

import ast
import json
from pathlib import Path

__all__ = ["example_list"]


def example_list(folder: Path) -> str:
    """All of them: first the scripts, then the notebooks."""
    scripts = [shown_script(path) for path in sorted(folder.glob("*.py"))]
    return "\n\n".join(scripts + [shown_notebook(path) for path in sorted(folder.glob("*.ipynb"))])


def shown_script(path: Path) -> str:
    """The first line of its docstring as a heading, the rest as text, and the code behind it."""
    text = path.read_text(encoding="utf-8")
    words = ast.get_docstring(ast.parse(text)) or path.stem
    title, _, rest = words.partition("\n")
    code = text[text.index('"""', 3) + 3 :].strip()
    return heading(title, path) + rest.strip() + f"\n\n```python\n{code}\n```"


def shown_notebook(path: Path) -> str:
    """Its cells one after the other."""
    title, *cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    parts = []
    for cell in cells:
        source = "".join(cell["source"])
        parts.append(f"```python\n{source}\n```" if cell["cell_type"] == "code" else source)
    first, _, rest = "".join(title["source"]).partition("\n")
    return heading(first.lstrip("# "), path) + rest.strip() + "\n\n" + "\n\n".join(parts)


def heading(title: str, path: Path) -> str:
    return f"## {title.rstrip('.')}\n\n`examples/{path.name}`\n\n"
