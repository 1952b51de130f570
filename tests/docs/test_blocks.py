"""Which blocks of a page count, and what a reader types of them."""

from __future__ import annotations

from pathlib import Path

from tests.docs.blocks import Block, blocks_of, commands_in

PAGE = """
```python
x = 1
```

<!-- not run: wants a hub -->
```sh
isthmus push run
```

- in a list

    ```console
    $ isthmus fit data \\
        -k 2   # few
    ```

```
RUN/   a folder
```

```
isthmus demo
```

```json
{}
```
"""


def test_blocks_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    python, push, fit, demo = blocks_of(page)
    assert python == Block("python", "x = 1\n")
    assert push == Block("sh", "isthmus push run\n", "wants a hub")
    assert commands_in(fit.text) == [["isthmus", "fit", "data", "-k", "2"]]
    assert (demo.text, demo.reason) == ("isthmus demo\n", None)


def test_code_of_a_notebook(tmp_path: Path) -> None:
    page = tmp_path / "page.ipynb"
    page.write_text(
        '{"cells": [{"cell_type": "markdown", "source": ["# A"]},'
        '{"cell_type": "code", "source": ["a = 1\\n", "a"]}]}'
    )
    assert blocks_of(page) == [Block("python", "a = 1\na")]
