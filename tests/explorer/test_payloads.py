"""Bodies, good and hostile."""

from __future__ import annotations

import asyncio
import io
import json
import pickle
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from fastapi import HTTPException

from isthmus.errors import BadInput
from isthmus.explorer.limits import Limits
from isthmus.explorer.payloads import (
    JSON,
    NPY,
    Body,
    BytesAtOnce,
    answer_kind,
    as_body,
    body_kind,
    read_asked,
)

LIMITS = Limits(body_bytes=1000, json_bytes=500, items=10, values=200)
NAMES = ("items", "hidden")


def as_npy(array: Any, **settings: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **settings)
    return file.getvalue()


def header(shape: str, descr: str = "'<f8'") -> bytes:
    """An npy file that claims a shape, and has sixteen bytes."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(16)


def read_json(value: Any, limits: Limits = LIMITS) -> Any:
    return read_asked(json.dumps(value).encode(), JSON, NAMES, limits)


def test_null_and_nan_are_missing() -> None:
    asked = read_json({"items": [[1, None], [float("nan"), 2.5]]})
    assert asked.values.dtype == np.float64
    np.testing.assert_array_equal(asked.values, [[1, np.nan], [np.nan, 2.5]])


def test_what_is_hidden_comes_beside() -> None:
    asked = read_json({"items": [[1, 2]], "hidden": [[True, False]]})
    assert asked.hidden.dtype == bool
    assert asked.hidden.tolist() == [[True, False]]


def test_rows_may_come_by_names() -> None:
    rows = [{"a": 1, "b": "red"}, {"a": None}]
    assert read_json({"items": rows}).values == rows


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"[" * 100_000,
        b'{"items": ' + b"[" * 90 + b"1" + b"]" * 90 + b"}",
        b'{"items": ' + b"9" * 5000 + b"}",
        b"[1, 2]",
        b"null",
        b'{"codes": [[1]]}',
        b'{"items": 3}',
        b'{"items": []}',
        b'{"items": [1, 2]}',
        b'{"items": [[1, 2], [3]]}',
        b'{"items": [["a", 2]]}',
        b'{"items": [[{"a": 1}]]}',
        b'{"items": [{"a": 1}, 2]}',
        b'{"items": [[[[[1]]]]]}',
        b'{"items": [[]]}',
        b'{"items": [[1%s]]}' % (b"0" * 400),
        b'{"items": [[1]], "else": 2}',
        b'{"items": [[1]], "hidden": [[2]]}',
        b'{"items": [[1]], "hidden": "yes"}',
        b'{"items": [[1]], "hidden": [[true], [true, false]]}',
    ],
    ids=lambda body: repr(body[:40]),
)
def test_json_that_is_no_items_is_refused_in_one_line(body: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_asked(body, JSON, NAMES, LIMITS)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("dtype", ["f8", "f4", "u1", "u2", ">f4", ">f8", ">u2", "f2", "i8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_all_numbers_are_read(dtype: str, order: Any) -> None:
    array = np.asarray(np.arange(24).reshape(2, 3, 4) % 7, dtype, order=order)
    values = read_asked(as_npy(array), NPY, NAMES, LIMITS).values
    assert isinstance(values, np.ndarray)
    assert values.dtype in (np.float64, np.float32, np.uint8, np.uint16)
    assert values.dtype.isnative
    np.testing.assert_array_equal(values, array)
    if dtype in ("f8", "f4", "u1", "u2"):
        assert values.dtype == dtype


class Trap:
    """Fails the test if anything unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("it was unpickled",)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x93NUMPY",
        pickle.dumps(Trap()),
        as_npy(np.array([[Trap()]], dtype=object)),
        as_npy(np.zeros((2, 2), complex)),
        as_npy(np.array([["a"]])),
        as_npy(np.zeros(2, [("a", "f8")])),
        as_npy(np.zeros((2, 2), "M8[s]")),
        as_npy(np.zeros(3)),
        as_npy(np.float64(1)),
        as_npy(np.zeros((0, 3))),
        as_npy(np.zeros((2, 3)))[:-1],
        as_npy(np.zeros((2, 3))) + b"\0",
        header("(1000000000, 1000000000)"),
        header("(99999999999999999999, 99999999999999999999)"),
        header("(-1, -2)"),
        header("(2, 1.0)"),
        header("(2,) * 2"),
        header("(2, 1)", "__import__('os').system('true')"),
        header("(2, 1)", "'<f8', 'x'"),
        b"\x93NUMPY\x01\x00\xff\xff{" + b"(" * 5000,
        b"\x93NUMPY\x03\x00" + as_npy(np.zeros((2, 1)))[8:],
        b"\x93NUMPY\x09\x00" + as_npy(np.zeros((2, 1)))[8:],
    ],
    ids=range(23),
)
def test_arrays_that_are_none_are_refused(body: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_asked(body, NPY, NAMES, LIMITS)
    assert "\n" not in str(refused.value)


def test_a_header_that_claims_much_allocates_nothing() -> None:
    body = header("(100000000, 10)")
    tracemalloc.start()
    with pytest.raises(BadInput):
        read_asked(body, NPY, NAMES, LIMITS)
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps({"items": [[1]] * 11}).encode(), JSON),
        (json.dumps({"items": [{"a": 1}] * 11}).encode(), JSON),
        (json.dumps({"items": [[1] * 201]}).encode(), JSON),
        (as_npy(np.zeros((11, 2))), NPY),
        (as_npy(np.zeros((2, 101))), NPY),
        (header("(1000000000, 0)")[:-16], NPY),
    ],
)
def test_too_much_is_refused_with_the_limit(body: bytes, kind: str) -> None:
    with pytest.raises(HTTPException) as refused:
        read_asked(body, kind, NAMES, LIMITS)
    assert refused.value.status_code == 413
    assert "10" in refused.value.detail or "200" in refused.value.detail


def read_body(chunks: list[bytes], kind: str = NPY, **headers: str) -> tuple[bytes | int, int]:
    """What is read or the status of the refusal, and after how many chunks."""
    taken = 0

    async def stream() -> AsyncIterator[bytes]:
        nonlocal taken
        for chunk in chunks:
            taken += 1
            yield chunk

    async def read() -> bytes:
        with Body(LIMITS, BytesAtOnce(10_000)) as body:
            return await body.read(kind, headers, stream())

    try:
        return asyncio.run(read()), taken
    except HTTPException as error:
        return error.status_code, taken


def test_a_body_is_read_up_to_the_limit_and_no_further() -> None:
    assert read_body([b"a" * 500, b"b" * 500]) == (b"a" * 500 + b"b" * 500, 2)
    assert read_body([b"a" * 400] * 1000) == (413, 3)
    promised = {"content-length": "1001"}
    assert read_body([b"a"], **promised) == (413, 0)
    assert read_body([b"a"], **{"content-length": "9" * 6000}) == (413, 0)
    assert read_body([b"a" * 400] * 2, JSON) == (413, 2)
    assert read_body([b"a"], JSON, **{"content-length": "501"}) == (413, 0)
    # A client that promises little and sends much.
    assert read_body([b"a" * 400] * 1000, **{"content-length": "5"}) == (413, 3)


def test_all_bodies_together_have_a_limit() -> None:
    at_once = BytesAtOnce(1500)

    async def stream() -> AsyncIterator[bytes]:
        yield b"a" * 800

    async def read() -> None:
        with Body(LIMITS, at_once) as first:
            await first.read(NPY, {}, stream())
            with Body(LIMITS, at_once) as second, pytest.raises(HTTPException) as refused:
                await second.read(NPY, {}, stream())
            assert refused.value.status_code == 503
            assert at_once.held == 800
        assert at_once.held == 0

    asyncio.run(read())


def test_answers_come_back_by_json_and_numpy() -> None:
    scores, p_values = np.array([1.5, np.nan]), np.array([0.25, 1])
    body = as_body((scores, p_values), ("scores", "p_values"), JSON)
    assert json.loads(body) == {"scores": [1.5, None], "p_values": [0.25, 1]}
    body = as_body((scores, p_values), ("scores", "p_values"), NPY)
    columns = np.load(io.BytesIO(body), allow_pickle=False)
    np.testing.assert_array_equal(columns, [[1.5, 0.25], [np.nan, 1]])
    codes = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    back = np.load(io.BytesIO(as_body((codes,), ("codes",), NPY)))
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, codes)
    assert json.loads(as_body((codes,), ("codes",), JSON)) == {"codes": codes.tolist()}


def test_kinds_of_bodies() -> None:
    assert body_kind({"content-type": "Application/JSON; charset=utf-8"}) == JSON
    assert body_kind({"content-type": NPY}) == NPY
    for other in ({}, {"content-type": "text/plain"}, {"content-type": "multipart/form-data"}):
        with pytest.raises(HTTPException) as refused:
            body_kind(other)
        assert refused.value.status_code == 415
    assert answer_kind({}, NPY) == NPY
    assert answer_kind({"accept": "*/*"}, JSON) == JSON
    assert answer_kind({"accept": NPY}, JSON) == NPY
    assert answer_kind({"accept": "application/json"}, NPY) == JSON
    assert answer_kind({"accept": f"{JSON}, {NPY}"}, NPY) == NPY
