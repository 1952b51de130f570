"""The rule by which everything in the docs is run shortened; nothing in a page knows of it.

- A fit ends after its first epoch, however long it was asked to be, and writes no checkpoints.
- A built-in set has 120 of its items, and as many to test on; the digits of scikit-learn are the
  first 120.
- A set that is not on this machine is stood in for by digits from a package.
- What `stand_ins.py` names is made of small real data.
- Samples of factors are few (ratings).
- A server ends where it would answer, and no browser is opened.
- Lines that call programs of others (`OTHERS`) are passed over: what they install is here, and what
  they show is theirs.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sklearn.datasets
from sklearn.utils import Bunch

from isthmus.commands import main
from isthmus.data import Dataset
from isthmus.data.builtin import BUILTIN_SETS
from isthmus.training.loop import Fit
from tests.docs.blocks import Block, commands_in
from tests.docs.stand_ins import make_stand_ins

__all__ = ["Reader", "shorten"]

ITEMS, STAND_IN = 120, "digits"
# Sets that were read, by what was asked for: reading all of MNIST takes seconds.
READ: dict[str, Dataset] = {}
OTHERS = ("pip", "git", "cd", "make", "accelerate", "torchrun", "tensorboard", "mlflow")


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the rule in force for one test."""
    finished = Fit.finished
    monkeypatch.setattr(Fit, "finished", lambda fit: fit.progress.epoch > 0 or finished(fit))
    monkeypatch.setattr("isthmus.training.loop.write_checkpoint", lambda path, checkpoint: None)
    for name, chosen in BUILTIN_SETS.items():
        here = chosen if chosen.found or chosen.form else BUILTIN_SETS[STAND_IN]
        monkeypatch.setitem(BUILTIN_SETS, name, replace(here, name=name, read=_short(here.read)))
    whole = sklearn.datasets.load_digits
    monkeypatch.setattr(sklearn.datasets, "load_digits", lambda **asked: _first(whole(**asked)))
    monkeypatch.setattr("isthmus.uses.factors.ROUNDS", 4)
    monkeypatch.setattr("isthmus.uses.factors.BURN_IN", 0)
    monkeypatch.setattr("isthmus.explorer.listening.serve", lambda app, socket: None)
    monkeypatch.setattr("webbrowser.open", lambda address: None)


def _short(read: Any) -> Any:
    def short(*arguments: Any, **settings: Any) -> Dataset:
        asked = repr((read, arguments, settings))
        if asked not in READ:
            data = read(*arguments, **settings)
            test = None if data.test is None else _few(data.test)
            READ[asked] = replace(_few(data), test=test)
        return READ[asked]

    return short


def _few(data: Dataset) -> Dataset:
    # Every so many, since some sets are in the order of their labels.
    return data.subset(range(0, len(data), max(1, len(data) // ITEMS)))


def _first(bunch: Bunch) -> Bunch:
    few = {key: bunch[key][:ITEMS] for key in ("data", "target", "images")}
    return Bunch(**{**bunch, **few})


class Reader:
    """Somebody who types what a page says, from its first block to its last, in one folder."""

    def __init__(self, text: str, folder: Path):
        self.names: dict[str, Any] = {"__name__": "__main__"}
        make_stand_ins(text, folder)
        if re.search(r"^isthmus \w+ RUN\b", text, re.MULTILINE):
            run_program(["fit", "digits", "-k", "8", "--out", "RUN"])

    def type(self, block: Block) -> None:
        """Run one block; a command that fails is an error."""
        if block.language == "python":
            exec(compile(block.text, "<page>", "exec"), self.names)
            return
        for program, *arguments in commands_in(block.text):
            if program in OTHERS:
                continue
            assert program == "isthmus", f"{program}: say above the block why it is not run"
            run_program(arguments)


def run_program(arguments: list[str]) -> None:
    """Run the program; an exit code but 0 is an error."""
    code: Any = 0
    try:
        main(arguments)
    except SystemExit as exit_:
        code = exit_.code
    assert not code, arguments
