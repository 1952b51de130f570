"""Items and codes as they come and go: JSON, and arrays in NumPy's own form (npy).

Nothing that comes is unpickled, and nothing is allocated because a header claims it.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import AsyncIterator, Mapping
from typing import Any

import numpy as np
from fastapi import HTTPException
from numpy.lib import format as npy
from numpy.typing import NDArray

from isthmus.errors import BadInput
from isthmus.explorer.limits import Limits
from isthmus.explorer.served import Answer, Asked

__all__ = [
    "JSON",
    "NPY",
    "Body",
    "BytesAtOnce",
    "answer_kind",
    "as_body",
    "body_kind",
    "read_asked",
]

JSON, NPY = "application/json", "application/octet-stream"
# Bytes of an npy header: a name, a type and a shape.
LONGEST_HEADER = 4096
MOST_AXES = 4


class BytesAtOnce:
    """A count of the bytes of all bodies under way, which may not pass a limit."""

    def __init__(self, most: int) -> None:
        self.most, self.held = most, 0

    def take(self, n: int) -> None:
        """Count n more; raises 503 where that would be too many."""
        if self.held + n > self.most:
            raise HTTPException(
                503, "the server holds as much as it may; try again.", {"Retry-After": "1"}
            )
        self.held += n

    def give_back(self, n: int) -> None:
        """Count n fewer."""
        self.held -= n


class Body:
    """A body that is read up to a limit, and counted as long as it is held.

    ::

        with Body(limits, at_once) as body:
            data = await body.read(kind, request.headers, request.stream())
    """

    def __init__(self, limits: Limits, at_once: BytesAtOnce) -> None:
        self.limits, self.at_once, self.held = limits, at_once, 0

    def __enter__(self) -> Body:
        return self

    def __exit__(self, *failure: object) -> None:
        self.at_once.give_back(self.held)

    async def read(
        self, kind: str, headers: Mapping[str, str], chunks: AsyncIterator[bytes]
    ) -> bytes:
        """All bytes of a body of a kind; stops at the limit, however many the client said come.

        Raises
        ------
        HTTPException
            413 for too many bytes, 503 where all requests together hold too many.
        """
        most = self.limits.body_bytes
        advice = ""
        if kind == JSON and self.limits.json_bytes < most:
            most, advice = self.limits.json_bytes, f" As {NPY} (npy) more are."
        promised = headers.get("content-length", "")
        # A number of ten digits or more is above any limit, and may be too long to be read as one.
        if promised.isdecimal() and (len(promised) > 9 or int(promised) > most):
            raise _too_large(
                f"the body has {promised[:20]} bytes; at most {most} are taken.{advice}"
            )
        parts: list[bytes] = []
        async for chunk in chunks:
            if self.held + len(chunk) > most:
                raise _too_large(f"the body has over {most} bytes; no more are taken.{advice}")
            self.at_once.take(len(chunk))
            self.held += len(chunk)
            parts.append(chunk)
        return b"".join(parts)


def body_kind(headers: Mapping[str, str]) -> str:
    """`JSON` or `NPY`; raises 415 for anything else.

    A body of no kind is refused too: a web page elsewhere may send such without asking first.
    """
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in (JSON, NPY):
        raise HTTPException(415, f"send Content-Type: {JSON}, or {NPY} for an .npy array.")
    return kind


def answer_kind(headers: Mapping[str, str], came: str) -> str:
    """What the client accepts, `JSON` or `NPY`; the kind that came where it accepts either."""
    accepted = [kind for kind in (JSON, NPY) if kind in headers.get("accept", "").lower()]
    return accepted[0] if len(accepted) == 1 else came


def read_asked(body: bytes, kind: str, names: tuple[str, ...], limits: Limits) -> Asked:
    """What a body asks.

    Parameters
    ----------
    body : bytes
    kind : {JSON, NPY}
    names : tuple of str
        What may come in JSON; the first has to.
    limits : Limits

    Raises
    ------
    BadInput
        If it cannot be read.
    HTTPException
        413 if it holds more items or values than the limits say.
    """
    if kind == NPY:
        return Asked(_read_npy(body, limits))
    values, name = _read_json(body), names[0]
    if not isinstance(values, dict) or not isinstance(values.get(name), list):
        raise BadInput(f'expected JSON such as {{"{name}": [...]}}, a list of {name}.')
    if not values.keys() <= set(names):
        raise BadInput(f"the body has names that are not taken here; known: {', '.join(names)}.")
    items = values[name]
    _check_number(len(items), limits)
    hidden = values.get("hidden")
    flags = None if hidden is None else _flags(hidden)
    if items and all(isinstance(item, dict) for item in items):
        return Asked(items, flags)
    return Asked(_numbers(items, name, limits), flags)


def as_body(answer: Answer, names: tuple[str, ...], kind: str) -> bytes:
    """Arrays with a row an item as a body; in npy several are the columns of one, float64."""
    if kind == JSON:
        found = {name: _listed(values) for name, values in zip(names, answer, strict=True)}
        return json.dumps(found, allow_nan=False, separators=(",", ":")).encode()
    file = io.BytesIO()
    whole = answer[0] if len(answer) == 1 else np.column_stack(answer)
    npy.write_array(file, np.ascontiguousarray(whole), allow_pickle=False)
    return file.getvalue()


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except RecursionError:
        raise BadInput("the body is no JSON of items: its lists are nested too deep.") from None
    except ValueError as error:
        where = f", at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise BadInput(f"the body is no JSON{where}.") from None


def _numbers(values: list[Any], name: str, limits: Limits) -> NDArray[np.float64]:
    """Nested lists as an array; null is NaN."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise BadInput(
            f"{name} cannot be one array: its lists differ in length, or hold something else than "
            "numbers and null."
        ) from None
    return _check_shape(array, limits)


def _flags(values: Any) -> NDArray[np.bool_]:
    try:
        flags = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RecursionError):
        flags = np.array(math.nan)
    if not np.isin(flags, (0, 1)).all():
        raise BadInput("hidden has to be true and false, in lists like those of the items.")
    return flags.astype(bool)


def _read_npy(body: bytes, limits: Limits) -> NDArray[Any]:
    """An array that lies in the body as a view of it, in a type that models take."""
    file = io.BytesIO(body)
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, columns_first, dtype = read(file, max_header_size=LONGEST_HEADER)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise BadInput("the body is no .npy array, as numpy.save writes it.") from None
    if dtype.kind not in "buif":
        raise BadInput(f"the array has the type {dtype.str}; expected numbers.")
    if any(length < 0 for length in shape):
        raise BadInput("the array has a negative length; it is damaged.")
    there, claimed = len(body) - file.tell(), math.prod(shape) * dtype.itemsize
    if there != claimed:
        raise BadInput(
            f"the array has {there} bytes, and its header claims {claimed}: it is damaged."
        )
    flat = np.frombuffer(body, dtype, math.prod(shape), file.tell())
    array = flat.reshape(shape, order="F" if columns_first else "C")
    return _check_shape(_plain(array), limits)


def _plain(array: NDArray[Any]) -> NDArray[Any]:
    """Bytes and floats in this machine's order; half floats and flags as floats, others doubles."""
    dtype = array.dtype.newbyteorder("=")
    if dtype in (np.float32, np.float64, np.uint8, np.uint16):
        return array.astype(dtype, order="C", copy=False)
    return array.astype(np.float32 if dtype.itemsize <= 2 and dtype.kind in "bf" else np.float64)


def _check_shape(array: NDArray[Any], limits: Limits) -> NDArray[Any]:
    if not 2 <= array.ndim <= MOST_AXES:
        raise BadInput(
            f"what came has the shape {array.shape}; expected an item a row, such as (n, p) or "
            "(n, H, W)."
        )
    _check_number(len(array), limits)
    if array.size > limits.values:
        raise _too_large(f"{array.size} values came; at most {limits.values} are taken at once.")
    if array.size == 0:
        raise BadInput(f"what came has the shape {array.shape}: there is nothing in it.")
    return array


def _check_number(n: int, limits: Limits) -> None:
    if n > limits.items:
        raise _too_large(f"{n} items came; at most {limits.items} are taken at once.")


def _listed(values: NDArray[Any]) -> list[Any]:
    """Nested lists for JSON, which has no NaN."""
    there = np.isfinite(values)
    if there.all():
        return values.tolist()
    objects = values.astype(object)
    objects[~there] = None
    return objects.tolist()


def _too_large(reason: str) -> HTTPException:
    return HTTPException(413, reason)
