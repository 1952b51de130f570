"""The program, and runs that several verbs are tried on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits, make_blobs

from isthmus.commands import main

Program = Callable[..., int]


@pytest.fixture(scope="session")
def program() -> Program:
    """Runs the program with some arguments; gives its exit code."""

    def run(*arguments: object) -> int:
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            return int(exit_.code or 0)
        return 0

    return run


@pytest.fixture(scope="session")
def three_kinds(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rows of three kinds, table.csv, and a run of them; `make` has the truth."""
    folder = tmp_path_factory.mktemp("three")
    rows, kinds = make_blobs(240, 5, centers=3, random_state=4)
    frame = pd.DataFrame(rows, columns=list("abcde"))
    frame.insert(0, "id", [f"row-{i}" for i in range(240)])
    frame.to_csv(folder / "table.csv", index=False)
    np.save(folder / "kinds.npy", kinds)
    fit = ["fit", folder / "table.csv", "-k", "3", "--epochs", "2", "--out", folder / "run"]
    assert program(*fit) == 0
    return folder


@pytest.fixture(scope="session")
def digit_pictures(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures in folders of their digits, and a run of them."""
    folder = tmp_path_factory.mktemp("digits")
    found = load_digits(n_class=3)
    for i, (image, digit) in enumerate(zip(found.images, found.target, strict=True)):
        path = folder / "pictures" / str(digit) / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((image * 15.9).astype(np.uint8)).save(path)
    fit = ["fit", folder / "pictures", "-k", "8", "--epochs", "8", "--out", folder / "run"]
    assert program(*fit) == 0
    return folder
