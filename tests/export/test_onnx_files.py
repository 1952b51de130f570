"""Autoencoders as ONNX: raw items in, items in the user's units out, whole or not at all."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError
from torch import nn

from isthmus import Autoencoder, Parts
from isthmus.errors import BadInput, CannotExport, MissingExtra
from isthmus.export import Parity, export_onnx
from isthmus.export.graphs import graph_of
from isthmus.export.parity import parity
from isthmus.networks import Arrangement, Banks, Looks, Network
from isthmus.networks.cells import FEW, PROBED
from isthmus.networks.placing import Placing

onnx = pytest.importorskip("onnx", reason="ONNX needs isthmus[onnx]")
onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX needs isthmus[onnx]")
pytestmark = pytest.mark.usefixtures("quick_exporter")


class Exported:
    """Both files, run by ONNX Runtime."""

    def __init__(self, folder: Path):
        self.encoder, self.decoder = (
            onnxruntime.InferenceSession(folder / f"{half}.onnx") for half in ("encoder", "decoder")
        )
        self.about = self.encoder.get_modelmeta().custom_metadata_map

    def encode(self, items: np.ndarray) -> np.ndarray:
        return self.encoder.run(["codes"], {"items": items.astype(self.about["items_type"])})[0]

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return self.decoder.run(["items"], {"codes": codes})[0]


def same(ae: Autoencoder, items: np.ndarray | pd.DataFrame, folder: Path) -> Exported:
    """The exported autoencoder, after it was compared with PyTorch's on items."""
    export_onnx(ae, folder)
    exported, unit = Exported(folder), ae.scaling_.scale
    codes = ae.transform(items)
    np.testing.assert_allclose(exported.encode(np.asarray(items)), codes, rtol=1e-5, atol=1e-5)
    rebuilt = exported.decode(codes.astype(np.float32))
    apart = (rebuilt - ae.inverse_transform(codes.astype(np.float64))).reshape(len(items), -1)
    assert np.abs(apart / unit).max() < 1e-5
    return exported


def test_bytes_go_in_and_come_out_in_their_units(digits, quick, tmp_path):
    pixels = np.round(digits[:80] * 255).astype(np.uint8)
    exported = same(quick().fit(pixels), pixels, tmp_path)
    assert exported.about["items_type"] == "float32"
    assert exported.decode(exported.encode(pixels)).max() > 100
    # What the exporter noted of each step, paths of this machine among it, is in neither file.
    for path in tmp_path.glob("*.onnx"):
        file = path.read_bytes()
        assert not [noted for noted in (b"stack_trace", b"pkg.torch") if noted in file]


def test_files_are_of_the_version_that_the_page_names(digits, quick, tmp_path):
    export_onnx(quick().fit(digits[:40]), tmp_path / "onnx")
    for path in (tmp_path / "onnx").glob("*.onnx"):
        file = onnx.load(path)
        # https://onnxruntime.ai/docs/reference/compatibility.html: those of ONNX Runtime 1.18.
        assert (file.ir_version, [each.version for each in file.opset_import]) == (10, [20])
        assert not file.functions


def test_columns_far_from_zero_keep_their_digits(rows, quick, tmp_path):
    frame = pd.DataFrame(rows + 1e8, columns=list("abcdef"))
    ae = quick(scale="columns").fit(frame)
    exported = same(ae, frame, tmp_path / "onnx")
    assert exported.about["items_type"] == "float64"
    assert json.loads(exported.about["columns"]) == list("abcdef")


def test_a_picture_with_numbers_may_lack_either(tmp_path):
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(60, 3)) * [1, 1000, 0.1] + [5, 0, 0]
    rows = Parts((4, 4)).join(rng.random((60, 4, 4)), numbers)
    small = {"name": "pca-start", "completion": (8,)}
    ae = Autoencoder(3, network=small, training={"epochs": 1}, random_state=0)
    rows[:5, :16], rows[5:10, 16:], rows[10, 17] = np.nan, np.nan, np.nan
    exported = same(ae.for_parts((4, 4)).fit(rows), rows, tmp_path / "onnx")
    assert json.loads(exported.about["picture"]) == [4, 4]
    assert json.loads(exported.about["gaps"])


def test_cells_may_be_missing(rows, quick, tmp_path):
    gappy = np.where(np.random.default_rng(0).random(rows.shape) < 0.2, np.nan, rows)
    ae = quick(corruption="cells", scale="columns").fit(rows)
    same(ae, gappy, tmp_path / "onnx")


def test_colour_pictures_that_begin_at_waves(tmp_path):
    # Sides that no grid divides.
    pictures = np.random.default_rng(0).random((30, 21, 18, 3), dtype=np.float32)
    network = {"name": "picture-start", "widths": (4, 4), "blocks": (1, 1), "hidden": (16,)}
    ae = Autoencoder(6, network=network, training={"epochs": 1}, random_state=0).fit(pictures)
    assert ae.waves_ is not None
    same(ae, pictures, tmp_path / "onnx")


def test_a_map_of_many_items_places_as_by_its_cells():
    generator = torch.Generator().manual_seed(0)
    known, asked = torch.randn(4 * FEW, 3, generator=generator), torch.randn(50, 3)
    start = Arrangement(torch.zeros(3), torch.eye(3), 1.0, known, known[:, :2])
    placing = Placing(Looks((3,)), start)
    assert len(placing.centres) > PROBED
    n = torch.export.Dim("n", min=1)
    file = graph_of(placing, asked[:2], {0: n}, {"takes": "items", "gives": "codes"})
    places = onnxruntime.InferenceSession(file).run(None, {"items": asked.numpy()})[0]
    np.testing.assert_allclose(places, placing(asked), rtol=1e-5, atol=1e-5)


def refused(ae: Autoencoder, folder: Path, kind: type[Exception]) -> str:
    """The one line of a refusal, which leaves what was there as it was."""
    folder.mkdir()
    (folder / "kept").touch()
    with pytest.raises(kind) as error:
        export_onnx(ae, folder)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert [path.name for path in folder.iterdir()] == ["kept"]
    assert "\n" not in str(error.value)
    return str(error.value)


def test_other_numbers_are_refused(quick, digits, tmp_path, monkeypatch):
    monkeypatch.setattr("isthmus.export.parity.TOLERANCE", 1e-12)
    message = refused(quick().fit(digits[:40]), tmp_path / "onnx", CannotExport)
    assert "1e-12 is allowed; nothing was written" in message


def test_a_graph_that_does_not_run_is_refused(quick, digits):
    ae = quick().fit(digits[:40])
    with pytest.raises(CannotExport, match="ONNX Runtime cannot run the graph"):
        parity(ae, b"no graph", b"no graph", digits[:3])


def test_what_is_no_number_is_no_parity():
    Parity(1e-6, 1e-6, (1, 32)).require()
    with pytest.raises(CannotExport, match="other items than PyTorch"):
        Parity(0.0, math.nan, (1, 32)).require()


def test_weights_that_no_file_holds_are_refused(quick, digits, tmp_path, monkeypatch):
    monkeypatch.setattr("isthmus.export.graphs.LARGEST", 1000)
    message = refused(quick().fit(digits[:40]), tmp_path / "onnx", CannotExport)
    assert "from items to codes the model has 0.0 GiB" in message


def test_items_to_compare_on_must_fit(quick, digits, tmp_path):
    ae = quick().fit(digits[:40])
    for wrong in (digits[:1], digits[:5, :4]):
        with pytest.raises(BadInput, match="expected two or more"):
            export_onnx(ae, tmp_path / "onnx", items=wrong)


def test_a_network_that_has_no_graph_is_refused(digits, tmp_path):
    ae = Autoencoder(2, network="by-value", code="plain", training={"epochs": 1})
    message = refused(ae.fit(digits[:40]), tmp_path / "onnx", CannotExport)
    assert "PyTorch finds no ONNX graph from items to codes" in message


class ByValue(Network):
    """What it does depends on what it sees, which a graph cannot."""

    name = "by-value"

    def build(self, site):
        encoder = nn.Sequential(nn.Flatten(), Deciding(), nn.Linear(site.n_seen, 2))
        return Banks(encoder, nn.Sequential(nn.Linear(2, 64), nn.Unflatten(1, site.item_shape)))


class Deciding(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


def test_codes_by_search_are_refused(quick, tmp_path):
    message = refused(quick(search_steps=2), tmp_path / "onnx", CannotExport)
    assert "search_steps=2" in message


def test_what_is_not_fitted_is_refused(quick, tmp_path):
    with pytest.raises(NotFittedError):
        export_onnx(quick(), tmp_path / "onnx")


def test_a_missing_library_is_named_with_its_install_line(quick, tmp_path, monkeypatch):
    monkeypatch.setattr("isthmus.export.onnx_files.find_spec", lambda name: None)
    message = refused(quick(), tmp_path / "onnx", MissingExtra)
    assert 'pip install "isthmus[onnx]"' in message
