"""An autoencoder as two ONNX files, which any program can run.

::

    FOLDER/
      encoder.onnx   items (n, *item_shape) -> codes (n, n_components)
      decoder.onnx   codes -> items
      run.py         both of them, run by onnxruntime

Items are in the user's units, the scaling is in the graph; n is any number. Each file says in its
metadata what it takes and gives (`metadata`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

import isthmus
from isthmus.autoencoder import Autoencoder
from isthmus.building import Slots
from isthmus.errors import CannotExport, MissingExtra
from isthmus.export.graphs import graph_of
from isthmus.export.halves import Decoding, Encoding, items_type
from isthmus.export.parity import Parity, parity, trial_items
from isthmus.files import replacing_folder

__all__ = ["DECODER", "ENCODER", "PROGRAM", "export_onnx", "metadata", "require_graph"]

ENCODER, DECODER, PROGRAM = "encoder.onnx", "decoder.onnx", "run.py"
ITEMS, CODES = "items", "codes"
NEEDED = ("onnx", "onnxscript", "onnxruntime")

#: What ``run.py`` says; ``docs/onnx.md`` shows it.
LINES = """\
import sys
from pathlib import Path

import numpy as np
import onnxruntime

folder = Path(__file__).parent
encoder = onnxruntime.InferenceSession(folder / "encoder.onnx")
decoder = onnxruntime.InferenceSession(folder / "decoder.onnx")
items = np.load(sys.argv[1]).astype(encoder.get_modelmeta().custom_metadata_map["items_type"])
codes = encoder.run(["codes"], {"items": items})[0]
np.savez("out.npz", codes=codes, items=decoder.run(["items"], {"codes": codes})[0])
"""


def export_onnx(
    ae: Autoencoder,
    folder: str | Path,
    *,
    items: NDArray[Any] | None = None,
    columns: Sequence[str] | None = None,
) -> Parity:
    """Write both halves as ONNX, if ONNX Runtime gives what PyTorch does.

    Parameters
    ----------
    ae : Autoencoder
        Fitted.
    folder : str or Path
        Replaced if it is there.
    items : ndarray, shape (n, *item_shape), or None
        To compare both on, in the user's units, two or more; None draws some.
    columns : sequence of str or None
        Names of a table's columns, for the metadata; None takes those of the fit.

    Returns
    -------
    Parity
        The differences that were measured, at most `isthmus.export.TOLERANCE`.

    Raises
    ------
    MissingExtra
        If onnx, onnxscript or onnxruntime is not installed.
    BadSetting, CannotExport
        If there is no short code, if a choice in a slot has no ONNX form, or if the numbers differ;
        then nothing is written.
    """
    if any(find_spec(name) is None for name in NEEDED):
        raise MissingExtra('ONNX needs: pip install "isthmus[onnx]"')
    require_graph(ae)
    check_is_fitted(ae)
    n = torch.export.Dim("n", min=1)
    taken = torch.from_numpy(trial_items(ae, items))
    encoder = graph_of(Encoding(ae), taken, {0: n}, metadata(ae, ITEMS, CODES, columns))
    axes = {0: n}
    if ae.ordered and ae.n_components_ > 1:
        axes[1] = torch.export.Dim("size", min=1, max=ae.n_components_)
    code = torch.zeros(len(taken), ae.n_components_)
    decoder = graph_of(Decoding(ae), code, axes, metadata(ae, CODES, ITEMS, columns))
    measured = parity(ae, encoder, decoder, taken.numpy())
    measured.require()
    with replacing_folder(Path(folder)) as new:
        (new / ENCODER).write_bytes(encoder)
        (new / DECODER).write_bytes(decoder)
        (new / PROGRAM).write_text(LINES, encoding="utf-8")
    return measured


def metadata(
    ae: Autoencoder, takes: str, gives: str, columns: Sequence[str] | None = None
) -> dict[str, str]:
    """What a file says of itself, in texts: words as they are, all else as JSON.

    ``takes`` and ``gives`` are the names of what goes in and what comes out. ``ordered`` says
    whether the decoder takes the first numbers of a code too, ``gaps`` whether NaN may stand for
    what an item lacks, ``columns`` what the numbers of a row are, and ``picture`` of which shape
    the picture is that they begin behind.
    """
    if columns is None:
        columns = getattr(ae, "feature_names_in_", None)
    about: dict[str, Any] = {
        "item_shape": list(ae.item_shape_),
        "n_components": ae.n_components_,
        "ordered": ae.ordered,
        "gaps": ae.takes_gaps,
        "columns": None if columns is None else [str(name) for name in columns],
        "picture": None if ae.parts is None else list(ae.parts.picture),
    }
    return {
        "isthmus": isthmus.__version__,
        "takes": takes,
        "gives": gives,
        "items_type": items_type(ae).name,
        **{key: json.dumps(value) for key, value in about.items() if value is not None},
    }


def require_graph(ae: Autoencoder) -> None:
    """Raise where the choices in the slots have no form as two graphs, fitted or not.

    Raises
    ------
    BadSetting
        If there is no short code, or what comes out ranks items.
    CannotExport
        If a slot says so (`isthmus.slots.Slot.no_onnx`), or codes are searched for.
    """
    slots = Slots.of(ae)
    slots.require_code()
    slots.require_items()
    for slot in (slots.network, slots.code, slots.corruption):
        if slot.no_onnx:
            raise CannotExport(f"{slot.name!r} cannot be written as ONNX: {slot.no_onnx}")
    if ae.search_steps:
        raise CannotExport(
            f"search_steps={ae.search_steps}: a search takes derivatives, which ONNX has not; set "
            "search_steps=0 for the encoder's own codes."
        )
