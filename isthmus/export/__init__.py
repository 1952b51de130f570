"""Autoencoders in forms that need neither Isthmus nor PyTorch."""

from isthmus.export.onnx_files import export_onnx, require_graph
from isthmus.export.parity import TOLERANCE, Parity

__all__ = ["TOLERANCE", "Parity", "export_onnx", "require_graph"]
