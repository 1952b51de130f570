"""From a module to a graph in ONNX."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn

import isthmus
from isthmus.errors import CannotExport

__all__ = ["first_line", "graph_of"]

# The first of which all operators are in ONNX Runtime 1.18, by whichever PyTorch they are written.
OPSET = 20
# Bytes of all weights in a file, which protobuf writes up to 2 GiB; a graph's steps take some more.
LARGEST = 2**31 - 2**24
# What the exporter takes down about each step, paths on this machine among it, is no one else's.
NOTED = ("input", "output", "initializer", "node", "value_info")


def graph_of(
    module: nn.Module,
    given: Tensor,
    axes: Mapping[int, torch.export.Dim],
    about: Mapping[str, str],
) -> bytes:
    """A module of one tensor as the bytes of an ONNX file.

    Parameters
    ----------
    module : Module
    given : Tensor
        Something that it takes, of any size along ``axes``.
    axes : mapping of int to Dim
        Axes of what it takes that may have any length, with their names and ends.
    about : mapping of str to str
        The file's metadata; under ``takes`` and ``gives`` the names of what goes in and comes out.

    Raises
    ------
    CannotExport
        If PyTorch finds no graph for it, or a file cannot hold its weights.
    """
    with _quietly():
        try:
            program = torch.export.export(module.eval(), (given,), dynamic_shapes=(dict(axes),))
            written = torch.onnx.export(
                program,
                dynamo=True,
                opset_version=OPSET,
                custom_translation_table=_translations(),
                verbose=False,
                input_names=[about["takes"]],
                output_names=[about["gives"]],
                dynamic_shapes=({axis: dim.__name__ for axis, dim in axes.items()},),
            )
        # A network of a user's own may fail in any way while it is followed.
        except Exception as error:
            raise CannotExport(
                f"PyTorch finds no ONNX graph from {about['takes']} to {about['gives']}: "
                f"{first_line(error)}"
            ) from error
    proto = cast(torch.onnx.ONNXProgram, written).model_proto
    weights = sum(len(each.raw_data) for each in proto.graph.initializer)
    if weights > LARGEST:
        raise CannotExport(
            f"from {about['takes']} to {about['gives']} the model has {weights / 2**30:.1f} GiB of "
            "weights, and a file of ONNX holds 2; fit a smaller one, or a map to fewer items."
        )
    return bytes(_finished(proto, about).SerializeToString())


def _translations() -> dict[Any, Any]:
    """What ONNX has no words for, in words of ours."""
    from isthmus.export.cells import nearest_in_cells

    return {torch.ops.isthmus.nearest_in_cells.default: nearest_in_cells}


def first_line(error: Exception) -> str:
    """What an error of another library says first, or its name where it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _finished(proto: Any, about: Mapping[str, str]) -> Any:
    """A graph with its own metadata, and without the exporter's."""
    for noted in (proto.graph, *(entry for part in NOTED for entry in getattr(proto.graph, part))):
        del noted.metadata_props[:]
    proto.producer_name, proto.producer_version = "isthmus", isthmus.__version__
    for key, value in about.items():
        proto.metadata_props.add(key=key, value=value)
    return proto


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what the exporter tells its own authors."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        log.setLevel(before)
