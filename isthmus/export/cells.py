"""The search of `isthmus.networks.cells` in ONNX: the same loop over cells, as a Loop."""

from __future__ import annotations

from typing import Any

from onnxscript import FLOAT, INT64, opset18, script

__all__ = ["nearest_in_cells"]

# Its operators' types are too many for a checker.
op: Any = opset18


# Read by onnxscript, never run. Cells that nobody asks for are not gone through; what is found in
# one is put where it was asked for.
@script()
def nearest_in_cells(
    numbers: FLOAT, cells: INT64, known: FLOAT, lengths: FLOAT, ends: INT64, count: int
) -> INT64:
    zero = op.Constant(value_ints=[0])
    one = op.Constant(value_ints=[1])
    flat = op.Constant(value_ints=[-1])
    by_item = op.Constant(value_ints=[0, -1])
    infinity = op.Constant(value_float=float("inf"))
    nobody = op.Constant(value_int=-1)
    wanted = op.Reshape(op.Constant(value_int=count), flat)
    shape = op.Concat(op.Shape(cells), wanted, axis=0)
    near = op.Expand(infinity, shape)
    which = op.Expand(nobody, shape)
    begins = op.Concat(zero, ends, axis=0)
    asked, _first, _back, _turns = op.Unique(op.Reshape(cells, flat))
    for i in range(op.Size(asked)):
        cell = op.Gather(asked, op.Reshape(i, flat))
        begin = op.Gather(begins, cell)
        end = op.Gather(ends, cell)
        # Which item asks for it, and as which of its cells, (k, 2).
        asking = op.Transpose(op.NonZero(op.Equal(cells, cell)))
        rows = op.Gather(numbers, op.Squeeze(op.Slice(asking, zero, one, one), one))
        apart = op.Gemm(
            rows,
            op.Slice(known, begin, end, zero),
            op.Slice(lengths, begin, end, zero),
            alpha=-2.0,
            transB=1,
        )
        some = op.Min(wanted, end - begin)
        values, places = op.TopK(apart, some, axis=1, largest=0, sorted=0)
        lacking = op.Concat(zero, zero, zero, wanted - some, axis=0)
        near = op.ScatterND(near, asking, op.Pad(values, lacking, infinity))
        which = op.ScatterND(which, asking, op.Pad(places + begin, lacking, nobody))
    _least, best = op.TopK(op.Reshape(near, by_item), wanted, axis=1, largest=0)
    return op.GatherElements(op.Reshape(which, by_item), best, axis=1)
