"""Every named autoencoder is the same in ONNX Runtime, or says why it is not written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isthmus import Autoencoder
from isthmus.building import Slots
from isthmus.errors import IsthmusError
from isthmus.export import export_onnx
from isthmus.presets import PRESETS

onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX needs isthmus[onnx]")

SHAPE, MANY_VALUES = (8, 8), 10_000
CLOSE = {"rtol": 1e-5, "atol": 1e-5}

pytestmark = pytest.mark.usefixtures("quick_exporter")


def reason_not_to(ae: Autoencoder) -> str:
    """Why an autoencoder cannot be two graphs, as its own classes say it; empty where it can."""
    slots = Slots.of(ae)
    try:
        slots.require_code()
        slots.require_items()
    except IsthmusError as error:
        return str(error)
    return "".join(slot.no_onnx for slot in (slots.network, slots.code, slots.corruption))


def heavy(name: str) -> bool:
    return np.prod(PRESETS[name].native_shape or 1) > MANY_VALUES


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if heavy(name) else []) for name in PRESETS],
)
def test_it_is_the_same_or_says_why_not(name, tmp_path):
    shape = PRESETS[name].native_shape or SHAPE
    ae = Autoencoder.from_preset(name, training__epochs=1, training__batch_size=8, random_state=0)
    reason, folder = reason_not_to(ae), tmp_path / "onnx"
    if reason:
        with pytest.raises(IsthmusError) as refused:
            export_onnx(ae, folder)
        assert reason in str(refused.value)
        assert "\n" not in str(refused.value)
        assert not list(tmp_path.iterdir())
        return
    n = 3 if heavy(name) else 40
    items = np.random.default_rng(0).random((n, *shape), dtype=np.float32)
    export_onnx(ae.fit(items), folder, items=items)
    encoder, decoder = (
        onnxruntime.InferenceSession(folder / f"{half}.onnx") for half in ("encoder", "decoder")
    )
    for batch in (items[:1], items[:3]):
        wanted = ae.transform(batch)
        codes = encoder.run(["codes"], {"items": batch})[0]
        np.testing.assert_allclose(codes, wanted, **CLOSE)
        for size in {ae.n_components_, 1} if ae.ordered else {ae.n_components_}:
            rebuilt = decoder.run(["items"], {"codes": codes[:, :size]})[0]
            np.testing.assert_allclose(rebuilt, ae.inverse_transform(wanted[:, :size]), **CLOSE)
    about = decoder.get_modelmeta().custom_metadata_map
    assert json.loads(about["item_shape"]) == list(ae.item_shape_)
    assert json.loads(about["n_components"]) == ae.n_components_
    assert json.loads(about["ordered"]) == ae.ordered
