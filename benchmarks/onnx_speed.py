"""Encoding by ONNX Runtime against PyTorch, for every preset that is written as ONNX.

    python benchmarks/onnx_speed.py
    python benchmarks/onnx_speed.py --items 512 --rounds 3 --threads 1 --presets undercomplete vae

About ten minutes on two idle cores. Each preset is fitted for an epoch to MNIST digits (one with a
size of its own to random pictures of it), exported, and encodes bytes on so many threads: ONNX
Runtime, ``Autoencoder.transform`` and the bare PyTorch encoder in turn. The bare one is the loop
that a PyTorch user would write: bytes to floats, divided by 255, through the module. It and ONNX
Runtime get batches of 512; ``transform`` chooses its own. Needs onnx, onnxscript and onnxruntime:
``pip install -e ".[onnx]"``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from results_file import read_results, write_results
from timing import middle, seconds

from isthmus import Autoencoder, open_data
from isthmus.data.rows import with_channels
from isthmus.errors import IsthmusError
from isthmus.export import export_onnx, require_graph
from isthmus.presets import PRESETS

NAME, DEFAULT = "onnx_speed", "the default"
DIGITS = (28, 28, 1)
# More than a map compares each item with.
FITTED, HEAVY = 5_000, 32
# Of 64 to 2,675 the batch at which ONNX Runtime was about fastest with dense layers.
BATCH = 512


def main() -> None:
    """Measure what is asked, keep the rest of the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    names = [DEFAULT, *(name for name, preset in PRESETS.items() if preset.has_code)]
    parser.add_argument("--presets", nargs="+", choices=names, default=names)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    for name in asked.presets:
        found = measured(name, asked.items, asked.rounds)
        if found is None:
            continue
        print(name, found, flush=True)
        presets = read_results(NAME).get("presets", {}) | {name: found}
        write_results(NAME, {"presets": {each: presets[each] for each in names if each in presets}})


def measured(name: str, n_items: int, rounds: int) -> dict[str, Any] | None:
    """Items a second of all three, in turn; None where the preset is not written as ONNX."""
    preset = None if name == DEFAULT else name
    ae = Autoencoder.from_preset(preset, training__epochs=1, random_state=0)
    try:
        require_graph(ae)
    except IsthmusError as error:
        print(f"{name}: {error}")
        return None
    fitted, items = pictures(name, n_items)
    with tempfile.TemporaryDirectory() as folder:
        parity = export_onnx(ae.fit(fitted), folder)
        ways = contenders(ae, items, Path(folder) / "encoder.onnx")
        for run in ways.values():
            run()  # the first pays for warming up
        took = [{way: seconds(run) for way, run in ways.items()} for _ in range(rounds)]
    return {
        "items": len(items),
        "parity": parity.codes,
        **{way: len(items) / median(each[way] for each in took) for way in ways},
        **middle("of_transform", (each["transform"] / each["onnx"] for each in took)),
        **middle("of_bare", (each["bare"] / each["onnx"] for each in took)),
    }


def pictures(name: str, n_items: int) -> tuple[np.ndarray, np.ndarray]:
    """Bytes to fit and to encode."""
    shape = DIGITS if name == DEFAULT else PRESETS[name].native_shape or DIGITS
    if shape == DIGITS:
        digits = open_data("mnist").items
        return digits[:FITTED], digits[:n_items]
    drawn = np.random.default_rng(0).integers(0, 256, (HEAVY, *shape), dtype=np.uint8)
    return drawn[: HEAVY // 4], drawn


def contenders(ae: Autoencoder, items: np.ndarray, path: Path) -> dict[str, Callable[[], Any]]:
    """What encodes all items, by its name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    taken = session.get_modelmeta().custom_metadata_map["items_type"]
    batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
    shape, scale = with_channels(ae.item_shape_), float(ae.scaling_.scale)

    def by_onnx() -> Any:
        return [session.run(None, {"items": batch.astype(taken)})[0] for batch in batches]

    @torch.no_grad()
    def bare() -> Any:
        floats = (torch.from_numpy(batch).float() / scale for batch in batches)
        return [ae.model_.encode(x.view(-1, *shape)).numpy() for x in floats]

    return {"onnx": by_onnx, "transform": lambda: ae.transform(items), "bare": bare}


if __name__ == "__main__":
    main()
