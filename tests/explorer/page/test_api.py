"""What the page is told is what the library says."""

from __future__ import annotations

import io
import shutil
import time

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from isthmus.data import open_data
from isthmus.loading import load
from isthmus.runs.labelled import classify_run
from isthmus.runs.uses import Own
from isthmus.uses.evaluation import pca_errors

# The server answers to names of this machine alone.
HERE = "http://127.0.0.1"


@pytest.fixture(scope="module")
def ask(mapped_run, app_of) -> TestClient:
    return TestClient(app_of(mapped_run), base_url=HERE)


@pytest.fixture(scope="module")
def own(mapped_run) -> Own:
    return Own.of(mapped_run)


@pytest.fixture(scope="module")
def ae(mapped_run):
    return load(mapped_run)


def pixels(answer) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/png"
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def done(ask: TestClient, path: str):
    """The answer to what is computed in the background."""
    for _ in range(600):
        answer = ask.get(path)
        if answer.status_code != 202:
            return answer
        assert 0 <= answer.json()["done"] <= 1
        time.sleep(0.02)
    raise AssertionError(f"{path} is not done")


def as_bytes(items: np.ndarray) -> np.ndarray:
    return np.rint(items.clip(0, 255)).astype(np.uint8)


def test_run_says_what_it_is(ask, own) -> None:
    run = ask.get("/api/run").json()
    assert (run["n"], run["noun"], run["n_components"]) == (1797, "picture", 6)
    assert run["map"]["name"] == "map"
    assert run["map"]["note"].startswith("Isthmus: trustworthiness 0.")
    keys = [each["key"] for each in run["colourings"]]
    assert keys[0] == "label"
    assert {"given", "error", "score", "split"} <= set(keys)
    assert len(run["by_code_size"]) > 1


def test_points_are_the_places_of_the_codes(ask, own, mapped_run) -> None:
    answer = ask.get("/api/points")
    assert answer.headers["x-total"] == "1797"
    which = np.frombuffer(answer.content[: 4 * 1797], "<u4")
    places = np.frombuffer(answer.content[4 * 1797 :], "<f4").reshape(-1, 2)
    assert sorted(which) == list(range(1797))
    np.testing.assert_allclose(places, load(mapped_run / "map").transform(own.codes)[which])


def test_fewer_points_are_a_sample_of_the_window(ask) -> None:
    window = "x0=-1&x1=1&y0=-1&y1=1"
    whole = ask.get(f"/api/points?{window}")
    some = ask.get(f"/api/points?{window}&most=10")
    assert some.headers["x-total"] == whole.headers["x-total"]
    assert len(some.content) == 120
    places = np.frombuffer(whole.content[len(whole.content) // 3 :], "<f4")
    assert np.abs(places).max() <= 1


def test_density_counts_the_points(ask) -> None:
    run = ask.get("/api/run").json()["bounds"]
    ends = f"x0={run['x'][0]}&x1={run['x'][1]}&y0={run['y'][0]}&y1={run['y'][1]}"
    cells = np.frombuffer(ask.get(f"/api/density?{ends}&width=1&height=2").content, np.uint8)
    assert cells.max() == 255
    assert (cells > 0).all()


def test_colours_are_labels(ask, own) -> None:
    legend = ask.get("/api/colour/label").json()
    assert [word["name"] for word in legend["words"]] == [str(i) for i in range(10)]
    assert legend["words"][8]["kind"] == "c1 s1"
    values = np.frombuffer(ask.get("/api/colour/label/values").content, "<u2")
    assert (np.array([str(i) for i in range(10)])[values] == own.labels).all()


def test_errors_are_those_of_the_autoencoder(ask, ae) -> None:
    assert done(ask, "/api/colour/error").json()["kind"] == "numbers"
    values = np.frombuffer(done(ask, "/api/colour/error/values").content, "<f4")
    items = open_data("digits").items
    np.testing.assert_allclose(values, -ae.score_samples(items), rtol=1e-4)
    assert ask.get("/api/item/7").json()["error"] == pytest.approx(values[7], rel=1e-4)


def test_anomaly_scores_come_in_the_background(ask) -> None:
    values = np.frombuffer(done(ask, "/api/colour/score/values").content, "<f4")
    assert len(values) == 1797
    assert np.isfinite(values).all()
    assert ask.get("/api/item/7").json()["score"] == pytest.approx(values[7])


def test_decoded_is_what_the_place_means(ask, ae, mapped_run) -> None:
    code = load(mapped_run / "map").inverse_transform(np.array([[0.3, -0.2]], np.float32))
    shown = pixels(ask.get("/api/decode?x=0.3&y=-0.2"))
    wanted = ae.inverse_transform(code)[0]
    np.testing.assert_allclose(shown, as_bytes(wanted), atol=1)
    np.testing.assert_allclose(ask.get("/api/code?x=0.3&y=-0.2").json()["code"], code[0], rtol=1e-5)


def test_a_prefix_of_a_code_is_a_code(ask, ae, own) -> None:
    short = own.codes[5, :2].tolist()
    answer = ask.post("/api/decode", json={"code": short})
    wanted = ae.inverse_transform(np.array([short], np.float32))[0]
    np.testing.assert_allclose(pixels(answer), as_bytes(wanted), atol=1)
    assert len(answer.headers["x-place"].split(",")) == 2


def test_ends_of_a_way_are_the_items(ask) -> None:
    for how, what in (("code", "rebuilt"), ("pixels", "picture")):
        strip = pixels(ask.get(f"/api/path/{how}.png?first=3&last=40&steps=5"))
        assert strip.shape == (8, 40)
        for item, end in ((3, strip[:, :8]), (40, strip[:, -8:])):
            np.testing.assert_array_equal(end, pixels(ask.get(f"/api/item/{item}/{what}.png")))


def test_way_begins_and_ends_at_the_items(ask) -> None:
    way = ask.get("/api/path?first=3&last=40").json()["places"]
    assert len(way) == 9
    for item, end in ((3, way[0]), (40, way[-1])):
        np.testing.assert_allclose(end, ask.get(f"/api/item/{item}").json()["place"], rtol=1e-4)


def test_sizes_have_pca_beside(ask, ae) -> None:
    found = done(ask, "/api/item/11/size/3").json()
    data = open_data("digits")
    item = data.items[11:12]
    scaled = ae.scaling_.apply(item.reshape(1, -1), np.float64)
    assert found["mse"] == pytest.approx(
        np.square(ae.reconstruct(item, 3).reshape(1, -1) / ae.scaling_.scale - scaled).mean(),
        rel=1e-3,
    )
    from isthmus.runs.items import fitting_items
    from isthmus.runs.request import Request

    fitting = fitting_items(Request(data="digits"), None)
    pca = ae.rival(fitting.data.items, fitting.kept)
    assert found["pca_mse"] == pytest.approx(pca_errors(pca, scaled, (3,))[0, 0], rel=1e-4)
    assert pixels(ask.get("/api/item/11/pca.png?size=3")).shape == (8, 8)


def test_selection_is_what_lies_inside(ask, own, mapped_run) -> None:
    places = load(mapped_run / "map").transform(own.codes)
    low, high = np.quantile(places, [0.3, 0.7], axis=0).tolist()
    square = [low, [high[0], low[1]], high, [low[0], high[1]]]
    found = ask.post("/api/selection?by=label", json={"polygon": square}).json()
    inside = np.flatnonzero(((places > low) & (places < high)).all(1))
    assert found["n"] == len(inside)
    assert set(found["typical"]) <= set(inside.tolist())
    counts = {word["name"]: word["n"] for word in found["shares"]["words"]}
    assert counts == {name: (own.labels[inside] == name).sum() for name in counts}
    text = ask.post("/api/csv", json={"polygon": square}).text
    table = pd.read_csv(io.StringIO(text), dtype={"id": str, "label": str})
    assert table["id"].tolist() == own.ids[inside].tolist()
    assert table["label"].tolist() == own.labels[inside].tolist()
    np.testing.assert_allclose(table[["x", "y"]], places[inside], rtol=1e-5)


def test_labels_are_kept_and_feed_classify(copied, app_of) -> None:
    ask = TestClient(app_of(copied), base_url=HERE)
    own = Own.of(copied)
    for name in ("0", "1"):
        items = np.flatnonzero(own.labels == name)[:10].tolist()
        saved = ask.post("/api/labels", json={"items": items, "label": f"digit, “{name}”"})
        assert saved.json()["n"] == 10
    taken = int(np.flatnonzero(own.labels == "1")[0])
    assert ask.post("/api/labels", json={"items": [taken], "label": ""}).json()["n"] == 1
    assert not list(copied.glob(".labels*"))
    again = TestClient(app_of(copied), base_url=HERE)
    words = again.get("/api/colour/given").json()
    assert {word["name"]: word["n"] for word in words["words"]} == {
        "digit, “0”": 10,
        "digit, “1”": 9,
    }
    record = classify_run(copied, copied / "labels.csv")
    assert record["n_labelled"] == 19
    assert "told" in [each["key"] for each in again.get("/api/run").json()["colourings"]]


def test_a_label_that_could_not_be_read_back_is_refused(copied, app_of) -> None:
    ask = TestClient(app_of(copied), base_url=HERE)
    for label in ("NA", "two\nlines", "x" * 300):
        answer = ask.post("/api/labels", json={"items": [1], "label": label})
        assert answer.status_code == 422
        assert "\n" not in answer.json()["error"]
    assert not (copied / "labels.csv").exists()


def test_twins_are_not_labelled(copied, app_of) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(copied / "codes.parquet")
    ids = table["id"].to_pylist()
    ids[-1] = ids[0]
    pq.write_table(table.set_column(0, "id", [ids]), copied / "codes.parquet")
    ask = TestClient(app_of(copied), base_url=HERE)
    saved = ask.post("/api/labels", json={"items": [5, len(ids) - 1], "label": "mine"}).json()
    assert (saved["n"], saved["twins"]) == (1, 1)


def test_a_dropped_item_lies_where_it_came_from(ask, tmp_path) -> None:
    digit = open_data("digits").items[23]
    content = io.BytesIO()
    np.save(content, digit[None])
    found = ask.post("/api/dropped?name=mine.npy", content=content.getvalue()).json()
    item = found["items"][0]
    assert found["total"] == 1
    assert item["neighbours"][0] == 23
    np.testing.assert_allclose(item["place"], ask.get("/api/item/23").json()["place"], rtol=1e-4)
    score = done(ask, f"/api/dropped/{found['number']}/0/score").json()
    done(ask, "/api/colour/score")
    of_the_same = ask.get("/api/item/23").json()["score"]
    assert score["score"] == pytest.approx(of_the_same, rel=1e-3)
    assert 0 < score["p_value"] <= 1
    shown = pixels(ask.get(f"/api/dropped/{found['number']}/0/picture.png"))
    np.testing.assert_array_equal(shown, pixels(ask.get("/api/item/23/picture.png")))


def test_a_dropped_picture_is_made_to_fit(ask) -> None:
    content = io.BytesIO()
    Image.fromarray(np.full((30, 20), 90, np.uint8)).save(content, format="PNG")
    found = ask.post("/api/dropped?name=photo.PNG", content=content.getvalue())
    assert found.status_code == 200, found.text
    assert len(found.json()["items"][0]["neighbours"]) == 8


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"no picture"),
        ("a.exe", b"MZ"),
        ("../../etc/passwd", b"root"),
        ("rows.csv", b"a,b\n1,2\n"),
        ("a.npy", b""),
        ("a.png", b""),
    ],
)
def test_a_bad_file_is_refused_in_one_line(ask, name, content) -> None:
    answer = ask.post("/api/dropped", params={"name": name}, content=content)
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert "\n" not in answer.json()["error"]
    assert "/tmp" not in answer.json()["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/item/1797",
        "/api/item/-1",
        "/api/item/one",
        "/api/decode?x=nan&y=0",
        "/api/decode?x=0",
        "/api/colour/nothing",
        "/api/points?x0=1",
        "/api/points?x0=1&x1=0&y0=0&y1=1",
        "/api/density?x0=0&x1=1&y0=0&y1=1&width=9999&height=1",
        "/api/path?first=0&last=1797",
        "/api/path/words.png?first=0&last=1",
        "/api/item/0/rebuilt.png?size=7",
        "/api/item/0/size/0",
        "/api/item/0/sound.wav",
        "/api/dropped/999/0/score",
    ],
)
def test_bad_questions_are_refused_in_one_line(ask, path) -> None:
    answer = ask.get(path)
    assert answer.status_code == 422
    assert answer.json().keys() == {"error"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("selection", {}),
        ("selection", {"polygon": [[0, 0], [1, 1]]}),
        ("selection", {"polygon": [[90, 90], [91, 90], [91, 91]]}),
        ("selection", {"items": [5000]}),
        ("selection", {"items": [1], "polygon": [[0, 0], [1, 1], [0, 1]]}),
        ("decode", {"code": []}),
        ("decode", {"code": [0] * 7}),
        ("decode", {"code": ["x"]}),
        ("labels", {"items": [1]}),
    ],
)
def test_bad_bodies_are_refused_in_one_line(ask, path, body) -> None:
    answer = ask.post(f"/api/{path}", json=body)
    assert answer.status_code == 422
    assert answer.json().keys() == {"error"}


def test_a_run_without_a_map_is_shown_in_the_plane_of_its_codes(digits_run, app_of) -> None:
    ask = TestClient(app_of(digits_run), base_url=HERE)
    run = ask.get("/api/run").json()
    assert run["map"]["name"] == "pca"
    assert f"isthmus map {digits_run}" in run["map"]["note"]
    place = ask.get("/api/item/9").json()["place"]
    assert pixels(ask.get(f"/api/decode?x={place[0]}&y={place[1]}")).shape == (8, 8)


def test_other_maps_have_pages_of_their_own(maps_run, app_of) -> None:
    ask = TestClient(app_of(maps_run), base_url=HERE)
    first, tsne = ask.get("/api/run").json(), ask.get("/maps/tsne/api/run").json()
    assert list(first["maps"]) == list(tsne["maps"]) == ["map", "tsne", "pca"]
    assert (first["map"]["name"], tsne["map"]["name"]) == ("map", "tsne")
    assert "trustworthiness 0.910" in tsne["map"]["note"]
    assert "87.3 % of test labels" in tsne["map"]["note"]
    assert ask.get("/maps/tsne/").text == ask.get("/").text
    # It is the first one turned over.
    place, turned = (ask.get(f"{at}api/item/9").json()["place"] for at in ("/", "/maps/tsne/"))
    np.testing.assert_allclose(turned, place[::-1], rtol=1e-5)
    seen = ask.get(f"/maps/tsne/api/decode?x={turned[0]}&y={turned[1]}")
    own = ask.get("/api/item/9/rebuilt.png")
    np.testing.assert_allclose(pixels(seen), pixels(own), atol=1)
    assert ask.get("/maps/umap/api/run").status_code == 404


def test_a_label_given_on_one_map_is_seen_on_the_others(maps_run, tmp_path, app_of) -> None:
    run = shutil.copytree(maps_run, tmp_path / "run")
    ask = TestClient(app_of(run), base_url=HERE)
    answer = ask.post("/api/labels", json={"items": [3], "label": "odd"})
    assert answer.status_code == 200
    assert ask.get("/maps/pca/api/item/3").json()["given"] == "odd"


def test_data_that_are_gone_leave_the_map(copied, app_of) -> None:
    import json

    path = copied / "fit.json"
    fit = json.loads(path.read_text())
    fit["request"]["data"] = "no/such/folder"
    path.write_text(json.dumps(fit))
    ask = TestClient(app_of(copied), base_url=HERE)
    assert ask.get("/api/points").status_code == 200
    assert pixels(ask.get("/api/decode?x=0&y=0")).shape == (8, 8)
    answer = ask.get("/api/item/0/picture.png")
    assert answer.status_code == 422
    assert "no/such/folder" in answer.json()["error"]


def test_rows_are_shown_by_their_columns(table_run, app_of) -> None:
    ask = TestClient(app_of(table_run), base_url=HERE)
    run = ask.get("/api/run").json()
    assert run["is_table"]
    assert run["columns"] == ["size", "weight", "colour"]
    frame = pd.read_csv(table_run.parent / "rows.csv")
    item = ask.get("/api/item/4").json()
    assert item["id"] == "row/4"
    assert item["row"][0] == pytest.approx(frame["size"][4], rel=1e-5)
    assert item["row"][2] == frame["colour"][4]
    assert len(ask.get("/api/decode?x=0&y=0").json()["row"]) == 3
    legend = done(ask, "/api/colour/column-2").json()
    assert [word["name"] for word in legend["words"]] == ["green", "red"]
    values = np.frombuffer(done(ask, "/api/colour/column-1/values").content, "<f4")
    np.testing.assert_allclose(values, frame["weight"], rtol=1e-5)
    assert ask.get("/api/item/4/picture.png").status_code == 422


def test_the_page_needs_nothing_from_elsewhere(ask) -> None:
    page = ask.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "<script>" not in page.text
    assert "http" not in page.text.replace("http://www.w3.org", "")
    assert ask.get("/plotly.js").text[:200].count("plotly.js")
    assert ask.get("/page/app.js").headers["content-type"].startswith("text/javascript")
    for name in ("nothing.js", "..%2Fview.py", "%2e%2e/view.py"):
        assert ask.get(f"/page/{name}").status_code == 404
    colours = ask.get("/page/colours.css").text
    for selector in ("[data-theme=light]", "[data-theme=dark]", "prefers-color-scheme: dark"):
        assert colours.count(selector) == 1
