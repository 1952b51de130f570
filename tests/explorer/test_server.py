"""What a server answers, beside what the autoencoder does."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from fastapi import FastAPI

from isthmus import Autoencoder, load
from isthmus.commands import main
from isthmus.errors import BadSetting, NoData
from isthmus.explorer.limits import Limits
from isthmus.explorer.reference import reference
from isthmus.explorer.served import VERBS, ServedRun
from isthmus.explorer.server import create_app

NPY = {"Content-Type": "application/octet-stream"}


def as_npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def of_npy(answer: httpx.Response) -> np.ndarray:
    assert answer.headers["content-type"] == NPY["Content-Type"]
    return np.load(io.BytesIO(answer.content), allow_pickle=False)


@pytest.fixture(scope="module")
def ae(mapped_run: Path) -> Autoencoder:
    return load(mapped_run)


def test_codes_are_those_of_transform(
    client: httpx.Client, ae: Autoencoder, pixels: np.ndarray
) -> None:
    expected = ae.transform(pixels)
    answer = client.post("/encode", json={"items": pixels.tolist()})
    assert answer.status_code == 200
    np.testing.assert_allclose(answer.json()["codes"], expected, rtol=1e-9)
    flat = client.post("/encode", json={"items": pixels.reshape(50, -1).tolist()})
    np.testing.assert_allclose(flat.json()["codes"], expected, rtol=1e-9)
    for dtype in (np.float64, np.float32, np.uint8):
        items = pixels.astype(dtype)
        codes = of_npy(client.post("/encode", content=as_npy(items), headers=NPY))
        assert codes.dtype == ae.transform(items).dtype
        np.testing.assert_allclose(codes, ae.transform(items), atol=1e-5)


def test_items_are_those_of_inverse_transform_also_of_shorter_codes(
    client: httpx.Client, ae: Autoencoder, pixels: np.ndarray
) -> None:
    codes = ae.transform(pixels)
    for k in (4, 2):
        answer = client.post("/decode", json={"codes": codes[:, :k].tolist()})
        expected = ae.inverse_transform(codes[:, :k])
        np.testing.assert_allclose(answer.json()["items"], expected, rtol=1e-7, atol=1e-9)


def test_scores_are_those_of_the_command(
    client: httpx.Client, mapped_run: Path, pixels: np.ndarray, tmp_path: Path
) -> None:
    odd = pixels[:20].copy()
    odd[7] = 255 - odd[7]
    np.save(tmp_path / "new.npy", odd.astype(np.uint8))
    out = tmp_path / "scores.parquet"
    with pytest.raises(SystemExit, match="0"):
        main(["score", str(mapped_run), str(tmp_path / "new.npy"), "--out", str(out)])
    expected = pd.read_parquet(out)
    found = client.post("/score", json={"items": odd.tolist()}).json()
    np.testing.assert_allclose(found["scores"], expected["score"], rtol=1e-4)
    np.testing.assert_allclose(found["p_values"], expected["p_value"])
    assert np.argmax(found["scores"]) == 7
    columns = of_npy(client.post("/score", content=as_npy(odd), headers=NPY))
    np.testing.assert_allclose(columns, np.transpose([found["scores"], found["p_values"]]))


def test_places_are_those_of_the_map(
    client: httpx.Client, ae: Autoencoder, mapped_run: Path, pixels: np.ndarray
) -> None:
    places = load(mapped_run / "map" / "model").transform(ae.transform(pixels))
    answer = client.post("/map", json={"items": pixels.tolist()})
    np.testing.assert_allclose(answer.json()["places"], places, rtol=1e-6)


def test_the_kind_that_is_accepted_is_given(client: httpx.Client, pixels: np.ndarray) -> None:
    accept = {"Accept": "application/octet-stream"}
    codes = of_npy(client.post("/encode", json={"items": pixels[:2].tolist()}, headers=accept))
    headers = {**NPY, "Accept": "application/json"}
    answer = client.post("/encode", content=as_npy(pixels[:2]), headers=headers)
    np.testing.assert_allclose(answer.json()["codes"], codes)


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/encode", {"items": [[[1.0] * 8] * 7]}, "fitted to (8, 8)"),
        ("/encode", {"items": [[1.0] * 63]}, "63"),
        ("/encode", {"items": [[1.0] * 64, [1.0]]}, "differ in length"),
        ("/encode", {"items": [[None] * 64]}, "NaN"),
        ("/encode", {"items": [[1e400] * 64]}, "infinity"),
        ("/encode", {"items": [{"a": 1}]}, "by names"),
        ("/encode", {"items": [[1.0] * 64], "hidden": [[True] * 64]}, "known: items"),
        ("/encode", {"codes": [[1.0] * 64]}, "items"),
        ("/decode", {"codes": [[1.0] * 5]}, "expected (n, 4)"),
        ("/decode", {"codes": [[None] * 4]}, "NaN"),
        ("/decode", {"codes": [{"c0": 1}]}, "no names"),
        ("/score", {"items": [[1.0] * 63]}, "63"),
        ("/map", {"items": [[1.0] * 63]}, "63"),
        ("/restore", {"items": [[[1.0] * 8] * 8]}, "--restore"),
    ],
)
def test_what_cannot_be_is_422_with_the_reason(
    client: httpx.Client, path: str, body: Any, reason: str
) -> None:
    json_type = {"Content-Type": "application/json"}
    answer = client.post(path, content=json.dumps(body), headers=json_type)
    assert answer.status_code == 422
    assert list(answer.json()) == ["error"]
    assert reason in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


def test_what_is_not_there_is_404(serving: Any, digit_run: Path, pixels: np.ndarray) -> None:
    with serving(create_app(digit_run)) as client:
        answer = client.post("/map", json={"items": pixels[:1].tolist()})
        assert answer.status_code == 404
        assert answer.json() == {"error": f"no map; make one with isthmus map {digit_run.name}"}
        for path in ("/redoc", "/encode/x", "/..%2f..%2fetc/passwd", "/model/config.json"):
            assert client.get(path).status_code == 404
        assert client.get("/encode").status_code == 405


def test_a_run_that_restores_fills_in_what_is_null(
    serving: Any, restoring_run: Path, table: Path
) -> None:
    restorer = load(restoring_run)
    rows = [[0.5, None, 1.0, 0.0], [None, 40.0, 0.0, 1.0]]
    gaps = np.array(rows, dtype=float)
    whole = restorer.restore(gaps)
    with serving(create_app(restoring_run)) as client:
        found = client.post("/restore", json={"items": rows}).json()["items"]
        np.testing.assert_allclose(found, whole)
        hidden = np.isnan(gaps)
        body = {"items": np.nan_to_num(gaps).tolist(), "hidden": hidden.tolist()}
        np.testing.assert_allclose(client.post("/restore", json=body).json()["items"], whole)
        npy = client.post("/restore", content=as_npy(gaps), headers=NPY)
        np.testing.assert_allclose(of_npy(npy), whole)
        named = [{"flow": 0.5, "kind": "blue"}, {"pressure": 40.0, "kind": "red"}]
        answer = client.post("/restore", json={"items": named})
        np.testing.assert_allclose(answer.json()["items"], whole)
        for path, body in (
            ("/encode", {"items": rows}),
            ("/decode", {"codes": [[1.0]]}),
            ("/score", {"items": rows}),
            ("/restore", {"items": rows, "hidden": [[True]]}),
        ):
            answer = client.post(path, json=body)
            assert answer.status_code == 422
            assert answer.json()["error"]


def test_rows_come_by_the_names_of_their_columns(
    table_run: Path, table: Path, serving: Any
) -> None:
    frame = pd.read_csv(table).head(5)
    numbers = [[a, b, float(c == "blue"), float(c == "red")] for a, b, c in frame.to_numpy()]
    rows = frame.assign(unknown="x").to_dict("records")
    with serving(create_app(table_run)) as client:
        by_name, by_number = (
            client.post("/encode", json={"items": items}).json()["codes"]
            for items in (rows, numbers)
        )
        np.testing.assert_allclose(by_name, by_number)
        for row, reason in (
            ({"flow": 1.0, "pressure": 2.0, "kind": "green"}, "'green'"),
            ({"flow": "much", "pressure": 2.0, "kind": "red"}, "'much'"),
            ({"flow": 1.0, "kind": "red"}, "column 'pressure'"),
            ({"flow": [1.0], "pressure": {}, "kind": "red"}, "flow"),
            ({"kind": "x" * 9999}, "..."),
        ):
            answer = client.post("/encode", json={"items": [row]})
            assert answer.status_code == 422, row
            assert reason in answer.json()["error"]
            assert len(answer.content) < 1000


@pytest.fixture(scope="module")
def small(digit_run: Path, serving: Any) -> Iterator[httpx.Client]:
    """A client of a server that takes little."""
    with serving(create_app(digit_run, limits=Limits(body_bytes=3000, items=5))) as client:
        yield client


def test_limits_are_said(small: httpx.Client) -> None:
    items = small.post("/encode", json={"items": [[1] * 64] * 6})
    assert (items.status_code, "at most 5" in items.text) == (413, True)
    large = small.post("/encode", content=b" " * 3001, headers=NPY)
    assert (large.status_code, "at most 3000" in large.text) == (413, True)
    in_chunks = small.post("/encode", content=(b" " * 1000 for _ in range(50)), headers=NPY)
    assert (in_chunks.status_code, "3000" in in_chunks.text) == (413, True)
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-pickle"):
        other = small.post("/encode", content=b"{}", headers={"Content-Type": kind})
        assert other.status_code == 415
    assert small.post("/encode", content=b"{}").status_code == 415
    assert small.post("/encode", json={"items": [[1] * 64] * 5}).status_code == 200


def test_what_would_be_decoded_counts(digit_run: Path, serving: Any) -> None:
    with serving(create_app(digit_run, limits=Limits(values=128))) as client:
        codes = [[1.0] * 4]
        assert client.post("/decode", json={"codes": codes * 2}).status_code == 200
        assert client.post("/decode", json={"codes": codes * 3}).status_code == 413


def slow_app(run: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits) -> FastAPI:
    """A server whose detector is never made in time."""
    import time

    monkeypatch.setattr("isthmus.explorer.served.detector_of", lambda *_: time.sleep(1))
    return create_app(run, limits=limits)


def test_slow_answers_end_with_504_and_do_not_hold_up_other_verbs(
    digit_run: Path, serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = slow_app(digit_run, monkeypatch, Limits(seconds=0.3))
    with serving(app) as client:
        answer = client.post("/score", json={"items": [[1] * 64]})
        assert answer.status_code == 504
        assert "0.3 seconds" in answer.json()["error"]
        assert client.post("/encode", json={"items": [[1] * 64]}).status_code == 200


def test_a_bug_is_500_and_says_nothing_of_itself(
    digit_run: Path, serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: Any) -> None:
        raise ZeroDivisionError("a secret of the server")

    monkeypatch.setattr("isthmus.explorer.served.detector_of", broken)
    with serving(create_app(digit_run)) as client:
        answer = client.post("/score", json={"items": [[1] * 64]})
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["connection"] == "close"
        assert client.get("/healthz").json() == {"status": "ok"}


def test_metrics_count(digit_run: Path, serving: Any) -> None:
    with serving(create_app(digit_run)) as client:
        for n in (1, 3):
            client.post("/encode", json={"items": [[1] * 64] * n})
        client.post("/encode", json={"items": [[1]]})
        for made_up in range(3):
            client.get(f"/{made_up}")
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    counts = dict(
        line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")
    )
    assert float(counts['isthmus_requests_total{status="200",verb="encode"}']) == 2
    assert float(counts['isthmus_requests_total{status="422",verb="encode"}']) == 1
    assert float(counts['isthmus_requests_total{status="404",verb="other"}']) == 3
    assert float(counts['isthmus_items_total{verb="encode"}']) == 4
    assert float(counts['isthmus_batch_items_sum{verb="encode"}']) == 4
    assert float(counts['isthmus_request_seconds_count{verb="encode"}']) == 3
    assert "made_up" not in answer.text


def test_every_verb_is_described(client: httpx.Client) -> None:
    found = client.get("/openapi.json").json()
    assert "(8, 8)" in found["info"]["description"]
    for verb in VERBS:
        described = found["paths"][f"/{verb.name}"]["post"]
        assert set(described["requestBody"]["content"]) == {
            "application/json",
            "application/octet-stream",
        }
        schema = described["responses"]["200"]["content"]["application/json"]["schema"]
        assert list(schema["properties"]) == list(verb.gives)
        assert {"413", "422", "503", "504"} <= set(described["responses"])


def test_the_description_is_a_page_without_scripts(client: httpx.Client) -> None:
    answer = client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    page = answer.text.lower()
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    for verb in VERBS:
        assert f"post /{verb.name}" in page


def test_names_of_columns_are_text_on_that_page(table_run: Path) -> None:
    app = create_app(table_run)
    app.description = "<script>alert(1)</script>"
    assert "<script" not in reference(app.openapi())


def test_a_token_is_demanded_where_one_is_set(digit_run: Path, serving: Any) -> None:
    with serving(create_app(digit_run, token="abc")) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/metrics").status_code == 401
        items = {"items": [[1] * 64]}
        # Nothing of a body is read before the token is seen.
        assert client.post("/encode", content=b"{", headers=NPY).status_code == 401
        shown = {"Authorization": "Bearer abc"}
        assert client.post("/encode", json=items, headers=shown).status_code == 200
        schemes = client.get("/openapi.json", headers=shown).json()["components"]
        assert schemes["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


def test_what_cannot_be_served_is_refused_at_once(digit_run: Path, tmp_path: Path) -> None:
    with pytest.raises(NoData):
        create_app(tmp_path)
    with pytest.raises(BadSetting):
        create_app(digit_run, token="")


def test_a_map_that_is_made_meanwhile_is_found(digit_run: Path, mapped_run: Path) -> None:
    run = ServedRun(digit_run)
    with pytest.raises(NoData):
        run.map_model()
    run.folder = mapped_run
    assert run.map_model().n_components_ == 2
