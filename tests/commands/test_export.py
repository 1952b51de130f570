"""``isthmus export``: what it writes runs without Isthmus and without PyTorch."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import isthmus
from isthmus import load, open_data

onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX needs isthmus[onnx]")
pytestmark = pytest.mark.usefixtures("quick_exporter")

PAGE = Path(isthmus.__file__).parent.parent / "docs" / "onnx.md"
# Runs a file where neither library can be imported, even where both are installed.
ALONE = """
import runpy, sys
sys.modules.update(dict.fromkeys(("isthmus", "torch")))
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


@pytest.fixture(scope="module")
def run(program, quick_exporter, tmp_path_factory) -> Path:
    """A run of a table with a category, exported; beside it in said.txt what was said."""
    folder = tmp_path_factory.mktemp("export")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "mass": 1000 + 5 * rng.normal(size=60),
            "colour": rng.choice(["blue", "red"], 60),
            "age": rng.integers(1, 90, 60),
        }
    )
    frame.to_csv(folder / "table.csv", index=False)
    fit = ["fit", folder / "table.csv", "-k", 3, "--epochs", 1, "--out", folder / "run"]
    assert program(*fit) == 0
    with redirect_stdout(StringIO()) as said:
        assert program("export", folder / "run", "--onnx") == 0
    (folder / "said.txt").write_text(said.getvalue())
    return folder / "run"


def lines_of_the_page() -> str:
    """The block of the page that is a program."""
    return str(re.search(r"```python\n(import sys\n.*?)```", PAGE.read_text(), re.DOTALL)[1])


def test_the_lines_of_the_page_run_where_neither_library_is(run, tmp_path):
    lines = lines_of_the_page()
    assert (run / "onnx" / "run.py").read_text() == lines
    assert len([line for line in lines.splitlines() if line]) <= 10
    table = open_data(str(run.parent / "table.csv"))
    np.save(tmp_path / "items.npy", table.items)
    subprocess.run(
        [sys.executable, "-c", ALONE, run / "onnx" / "run.py", "items.npy"],
        cwd=tmp_path,
        check=True,
    )
    ae, found = load(run), np.load(tmp_path / "out.npz")
    np.testing.assert_allclose(found["codes"], ae.transform(table.items), rtol=1e-5, atol=1e-5)
    # The whole code of as many columns rebuilds the table.
    np.testing.assert_allclose(found["items"], ae.reconstruct(table.items), rtol=1e-5, atol=1e-3)


def test_a_library_that_is_hidden_cannot_be_imported(tmp_path):
    (tmp_path / "greedy.py").write_text("import torch")
    done = subprocess.run(
        [sys.executable, "-c", ALONE, tmp_path / "greedy.py"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


def test_the_files_say_what_their_columns_are(run):
    session = onnxruntime.InferenceSession(run / "onnx" / "encoder.onnx")
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["columns"]) == ["mass", "colour=blue", "colour=red", "age"]
    assert json.loads(about["item_shape"]) == [4]
    assert (about["isthmus"], about["takes"], about["gives"]) == (
        isthmus.__version__,
        "items",
        "codes",
    )
    [given], [gives] = session.get_inputs(), session.get_outputs()
    assert (given.name, given.shape, given.type) == ("items", ["n", 4], "tensor(double)")
    assert (gives.name, gives.shape, gives.type) == ("codes", ["n", 3], "tensor(float)")


def test_it_says_the_parity_and_where_the_files_are(run):
    said = (run.parent / "said.txt").read_text()
    assert str(run / "onnx") in said
    measured = re.search(r"batches of 1 and 32: codes differ by (\S+), items by (\S+) at", said)
    assert all(float(apart) < 1e-5 for apart in measured.groups())
    names = sorted(path.name for path in (run / "onnx").iterdir())
    assert names == ["decoder.onnx", "encoder.onnx", "run.py"]


def test_what_is_there_is_replaced_only_when_told(program, run, capsys):
    assert program("export", run, "--onnx") == 2
    (run.parent / "other").mkdir()
    assert program("export", run, "--onnx", "--out", run.parent / "other") == 2
    said = capsys.readouterr().err
    assert f"{run / 'onnx'} exists: --force replaces it" in said
    assert f"{run.parent / 'other'} exists: --force replaces it" in said


def test_a_form_must_be_named(program, run, capsys):
    assert program("export", run) == 2
    assert "give --onnx" in capsys.readouterr().err
