"""Many files encoded by one process: what is written, and how it goes on."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from isthmus import load, open_data
from isthmus.errors import BadFile, BadInput, BadSetting, NoData, RunExists
from isthmus.lake import encode_lake, engines
from isthmus.lake.choosing import form_of
from isthmus.lake.listing import list_files
from isthmus.lake.manifest import MANIFEST
from isthmus.lake.sources import pieces_of, sources_of
from isthmus.runs.codes_file import read_codes
from isthmus.runs.folder import read_json
from isthmus.runs.job import fit_run
from isthmus.runs.request import Request


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def wanted(run: Path, lake: Path) -> tuple[list[str], np.ndarray]:
    """Ids and codes of all rows, opened as one table."""
    frames = [pd.read_parquet(path) for path in sorted(lake.rglob("*.parquet"))]
    whole = lake.parent / "whole.parquet"
    pd.concat(frames).to_parquet(whole)
    train = open_data(run.parent / "train.parquet")
    data = open_data(whole, table=train.table)
    return data.ids.tolist(), load(run).transform(data.items)


def test_all_rows_come_in_the_order_of_the_files(
    run_of_rows: Path, lake: Path, tmp_path: Path
) -> None:
    out = tmp_path / "codes"
    found = encode_lake(run_of_rows, f"{lake}/**/*.parquet", str(out))
    ids, codes = read_codes(out)
    known, expected = wanted(run_of_rows, lake)
    assert ids.tolist() == known
    np.testing.assert_allclose(codes, expected, atol=1e-5)
    assert (found.n_pieces, found.n_before, found.n_rows) == (3 + 1 + 7, 0, 1000)
    # pandas and others read the folder as one table.
    assert pd.read_parquet(out)["id"].tolist() == known
    assert list(pd.read_parquet(out).columns) == ["id", "split", "c0", "c1", "c2"]


@pytest.mark.parametrize(
    ("kind", "precision"),
    [("uint8", np.float32), ("float32", np.float32), ("int64", np.float64)],
)
def test_rows_are_float32_where_that_is_exact(tmp_path: Path, kind: str, precision: type) -> None:
    numbers = np.random.default_rng(0).integers(0, 200, (70, 5)).astype(kind)
    frame = pd.DataFrame(numbers, columns=list("abcde")).assign(colour="red")
    frame.to_parquet(tmp_path / "rows.parquet")
    pd.concat([frame, frame.assign(colour="blue")]).to_parquet(tmp_path / "all.parquet")
    request = Request(str(tmp_path / "all.parquet"), n_components=2, epochs=1)
    fit_run(request, tmp_path / "run")
    ae, listing = load(tmp_path / "run"), list_files(str(tmp_path / "rows.parquet"))
    form, listing = form_of(listing, read_json(tmp_path / "run" / "fit.json"), ae)
    (source,) = sources_of(listing.files, 1)
    slices = form.slices(listing.root, source.first)
    (piece,) = pieces_of([replace(source, slices=slices)], listing.files)
    (data,) = form.read(listing.root, piece)
    assert data.items.dtype == precision
    np.testing.assert_array_equal(data.items[:, :5], numbers)
    encode_lake(
        tmp_path / "run", f"{tmp_path}/rows.parquet", str(tmp_path / "codes"), engine="plain"
    )
    _, codes = read_codes(tmp_path / "codes")
    np.testing.assert_allclose(codes, ae.transform(data.items.astype(float)), atol=1e-5)


def test_what_is_missing_is_written_again_and_nothing_else(
    run_of_rows: Path, lake: Path, tmp_path: Path
) -> None:
    out = tmp_path / "codes"
    encode_lake(run_of_rows, str(lake), str(out))
    before = contents(out)
    lost = sorted(before)[2:5]
    for name in lost:
        (out / name).unlink()
    (out / ".part-000001-000000.parquet.xyz").write_bytes(b"half")
    kept = out / sorted(before)[-1]
    written = kept.stat().st_mtime_ns
    found = encode_lake(run_of_rows, str(lake), str(out))
    assert (found.n_before, found.n_pieces) == (len(before) - 1 - len(lost), len(before) - 1)
    assert contents(out) == before
    assert kept.stat().st_mtime_ns == written


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_run_that_was_stopped_goes_on(
    run_of_rows: Path,
    lake: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "codes"
    encode_lake(run_of_rows, str(lake), str(whole))

    def stops(encoder: Any, pieces: Any, workers: Any) -> Any:
        yield from map(encoder, pieces[:4])
        raise error

    with monkeypatch.context() as patch:
        patch.setitem(engines.ENGINES, "plain", stops)  # type: ignore[misc]
        with pytest.raises(error):
            encode_lake(run_of_rows, str(lake), str(out))
    assert len(contents(out)) == 1 + 4
    assert encode_lake(run_of_rows, str(lake), str(out)).n_before == 4
    assert contents(out) == contents(whole)


def test_another_model_is_refused(run_of_rows: Path, lake: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "codes")
    encode_lake(run_of_rows, f"{lake}/a.parquet", out, engine="plain")
    with pytest.raises(RunExists, match="by another model"):
        encode_lake(run_of_rows, f"{lake}/a.parquet", out, search_steps=1)


def test_other_input_is_refused(run_of_rows: Path, lake: Path, tmp_path: Path) -> None:
    out = tmp_path / "codes"
    encode_lake(run_of_rows, f"{lake}/b/*.parquet", str(out))
    before = contents(out)
    with pytest.raises(RunExists, match=r"of c\.parquet, and in its place .* is a\.parquet now"):
        encode_lake(run_of_rows, str(lake), str(out))
    (lake / "b" / "d.parquet").rename(lake / "d.parquet")
    with pytest.raises(RunExists, match=r"of d\.parquet, and in its place .* is nothing now"):
        encode_lake(run_of_rows, f"{lake}/b/*.parquet", str(out))
    shutil.copy(lake / "a.parquet", lake / "b" / "c.parquet")
    with pytest.raises(RunExists, match=r"c\.parquet as it was before it changed"):
        encode_lake(run_of_rows, f"{lake}/b/*.parquet", str(out))
    assert contents(out) == before


def test_files_may_come_after_those_that_are_encoded(
    run_of_rows: Path, lake: Path, tmp_path: Path
) -> None:
    files, out = f"{lake}/b/*.parquet", tmp_path / "codes"
    encode_lake(run_of_rows, files, str(out))
    kept = {name: content for name, content in contents(out).items() if name != MANIFEST}
    shutil.copy(lake / "a.parquet", lake / "b" / "new.parquet")
    assert encode_lake(run_of_rows, files, str(out)).n_before == len(kept)
    assert contents(out).items() >= kept.items()
    encode_lake(run_of_rows, files, str(tmp_path / "anew"))
    assert contents(out) == contents(tmp_path / "anew")


def test_a_file_that_could_not_be_encoded_may_go(
    run_of_rows: Path, lake: Path, tmp_path: Path
) -> None:
    files, out = f"{lake}/b/*.parquet", tmp_path / "codes"
    encode_lake(run_of_rows, files, str(out))
    whole, damaged = contents(out), lake / "b" / "e.parquet"
    damaged.write_bytes(b"none")
    with pytest.raises(BadFile, match=r"e\.parquet cannot be read"):
        encode_lake(run_of_rows, files, str(out))
    damaged.unlink()
    assert encode_lake(run_of_rows, files, str(out)).n_rows == 0
    assert contents(out) == whole


@pytest.mark.parametrize("name", ["before.parquet", "cd.parquet"])
def test_it_may_lie_before_others_go_and_come_back_mended(
    run_of_rows: Path, lake: Path, tmp_path: Path, name: str
) -> None:
    """And files may come behind them all the while."""
    files, out, damaged = f"{lake}/b/*.parquet", tmp_path / "codes", lake / "b" / name
    damaged.write_bytes(b"none")
    with pytest.raises(BadFile, match=rf"{name} cannot be read"):
        encode_lake(run_of_rows, files, str(out))
    damaged.unlink()
    assert encode_lake(run_of_rows, files, str(out)).n_rows == 0
    shutil.copy(lake / "a.parquet", lake / "b" / "new.parquet")
    encode_lake(run_of_rows, files, str(out))
    encode_lake(run_of_rows, files, str(tmp_path / "without"))
    for ours, without in zip(read_codes(out), read_codes(tmp_path / "without"), strict=True):
        np.testing.assert_array_equal(ours, without)
    shutil.copy(lake / "a.parquet", damaged)
    assert encode_lake(run_of_rows, files, str(out)).n_rows == len(pd.read_parquet(damaged))
    encode_lake(run_of_rows, files, str(tmp_path / "anew"))
    assert contents(out) == contents(tmp_path / "anew")


def test_files_of_others_are_not_taken_for_pieces(
    run_of_rows: Path, lake: Path, tmp_path: Path
) -> None:
    out = tmp_path / "codes"
    out.mkdir()
    (out / "part-000000-000000.parquet").write_bytes(b"")
    with pytest.raises(RunExists, match="no manifest"):
        encode_lake(run_of_rows, str(lake), str(out))
    with pytest.raises(BadSetting, match="among the input"):
        encode_lake(run_of_rows, str(lake), str(lake / "b"))


def test_a_damaged_file_hinders_only_itself(run_of_rows: Path, lake: Path, tmp_path: Path) -> None:
    out, damaged = tmp_path / "codes", lake / "b" / "c.parquet"
    good = damaged.read_bytes()
    # The footer is whole, what lies before it is not.
    damaged.write_bytes(good[:4] + bytes(200) + good[204:])
    with pytest.raises(BadFile, match=r"c\.parquet .* \(1 of 11 pieces could not be written"):
        encode_lake(run_of_rows, str(lake), str(out))
    assert len(contents(out)) == 1 + 10
    damaged.write_bytes(good)
    found = encode_lake(run_of_rows, str(lake), str(out))
    assert (found.n_before, found.n_rows) == (10, 90)
    assert read_codes(out)[0].tolist() == [f"row-{i}" for i in range(1000)]


def test_what_columns_lack_is_said_with_the_file(
    run_of_rows: Path, lake: Path, tmp_path: Path
) -> None:
    pd.read_parquet(lake / "a.parquet").drop(columns="b").to_parquet(lake / "a.parquet")
    with pytest.raises(BadInput, match=r"a\.parquet: the table lacks column 'b'"):
        encode_lake(run_of_rows, str(lake), str(tmp_path / "codes"))


def test_rows_without_ids_are_numbered_in_their_file(
    run_of_rows: Path, lake: Path, tmp_path: Path
) -> None:
    frame = pd.read_parquet(lake / "a.parquet").drop(columns="id")
    for path in lake.rglob("*.parquet"):
        path.unlink()
    frame.to_csv(lake / "x.csv", index=False)
    (lake / "b" / "y.csv.gz").write_bytes(gzip.compress((lake / "x.csv").read_bytes()))
    encode_lake(run_of_rows, str(lake), str(tmp_path / "codes"))
    ids, codes = read_codes(tmp_path / "codes")
    assert ids[[0, 249, 250, 499]].tolist() == [
        "b/y.csv.gz#0",
        "b/y.csv.gz#249",
        "x.csv#0",
        "x.csv#249",
    ]
    np.testing.assert_array_equal(codes[:250], codes[250:])


def test_arrays_and_pictures(lake: Path, tmp_path: Path, digits: np.ndarray) -> None:
    pixels = np.round(digits[:250] * 255).astype(np.uint8)
    arrays, pictures = tmp_path / "arrays", tmp_path / "pictures"
    arrays.mkdir()
    np.save(arrays / "a.npy", pixels[:201])
    np.save(arrays / "b.npy", pixels[201:])
    for i, picture in enumerate(pixels):
        path = pictures / str(i % 2) / f"{i:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    (pictures / "0" / "broken.png").write_bytes(b"no picture")
    settings = {"network": "linear", "code": "plain", "loss": "mse"}
    request = Request(str(arrays / "a.npy"), n_components=3, epochs=1, settings=settings)
    fit_run(request, tmp_path / "run")
    expected = load(tmp_path / "run").transform(pixels)

    encode_lake(tmp_path / "run", f"{arrays}/*", str(tmp_path / "1"))
    ids, codes = read_codes(tmp_path / "1")
    assert ids[[0, 200, 201]].tolist() == ["a.npy#0", "a.npy#200", "b.npy#0"]
    np.testing.assert_allclose(codes, expected, atol=1e-5)

    found = encode_lake(tmp_path / "run", str(pictures), str(tmp_path / "2"))
    ids, codes = read_codes(tmp_path / "2")
    assert ids[:2].tolist() == ["0/000.png", "0/002.png"]
    np.testing.assert_allclose(codes, np.concatenate([expected[::2], expected[1::2]]), atol=1e-5)
    assert [lost.path for lost in found.skipped] == ["0/broken.png"]

    Image.fromarray(pixels[0]).save(pictures / "2.png")
    kept = contents(tmp_path / "2")
    assert encode_lake(tmp_path / "run", str(pictures), str(tmp_path / "2")).n_rows == 1
    ids, again = read_codes(tmp_path / "2")
    assert ids[-1] == "2.png"
    np.testing.assert_array_equal(again[:-1], codes)
    (pictures / "0" / "new.png").write_bytes((pictures / "2.png").read_bytes())
    with pytest.raises(
        RunExists, match=r"251 files from 0/000\.png on, which are encoded together"
    ):
        encode_lake(tmp_path / "run", str(pictures), str(tmp_path / "2"))
    assert set(contents(tmp_path / "2")) > set(kept)

    with pytest.raises(BadInput, match=r"two forms, such as arrays/a\.npy and pictures/"):
        encode_lake(tmp_path / "run", f"{tmp_path}/[ap]*s/**", str(tmp_path / "3"))
    with pytest.raises(BadInput, match="not fitted to a table"):
        encode_lake(tmp_path / "run", str(lake), str(tmp_path / "3"))


def test_where_nothing_is(run_of_rows: Path, tmp_path: Path) -> None:
    for data in (f"{tmp_path}/*.parquet", str(tmp_path / "none")):
        with pytest.raises(NoData):
            encode_lake(run_of_rows, data, str(tmp_path / "codes"))
    (tmp_path / "a.xyz").write_bytes(b"")
    with pytest.raises(BadInput, match=r"a\.xyz is of no form"):
        encode_lake(run_of_rows, f"{tmp_path}/*.xyz", str(tmp_path / "codes"))
    assert not (tmp_path / "codes").exists()


def test_a_file_that_is_none_hinders_only_itself(
    run_of_rows: Path, lake: Path, tmp_path: Path
) -> None:
    out, damaged = tmp_path / "codes", lake / "b" / "c.parquet"
    good = damaged.read_bytes()
    damaged.write_bytes(b"")
    with pytest.raises(BadFile, match=r"c\.parquet .* \(1 of 11 pieces could not be written"):
        encode_lake(run_of_rows, str(lake), str(out))
    assert len(contents(out)) == 1 + 10
    damaged.write_bytes(good)
    assert encode_lake(run_of_rows, str(lake), str(out)).n_rows == 90
    assert read_codes(out)[0].tolist() == [f"row-{i}" for i in range(1000)]
    (lake / "a.parquet").write_bytes(b"")
    with pytest.raises(BadFile, match=r"a\.parquet"):
        encode_lake(run_of_rows, str(lake / "a.parquet"), str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_codes_never_become_input(run_of_rows: Path, lake: Path) -> None:
    for data in (str(lake), f"{lake}/**/*.parquet", f"{lake}/*/*.parquet"):
        with pytest.raises(BadSetting, match="among the input"):
            encode_lake(run_of_rows, data, str(lake / "codes"))
    assert not (lake / "codes").exists()
    # Here they would not.
    encode_lake(run_of_rows, f"{lake}/*.parquet", str(lake / "codes"))


@pytest.mark.parametrize(("engine", "workers"), [("ray", 0), ("plain", 2)])
def test_workers_are_of_ray(
    run_of_rows: Path, lake: Path, tmp_path: Path, engine: str, workers: int
) -> None:
    with pytest.raises(BadSetting, match="workers"):
        encode_lake(run_of_rows, str(lake), str(tmp_path / "codes"), engine=engine, workers=workers)


def test_names_of_folders_are_columns(tmp_path: Path) -> None:
    lake, rng = tmp_path / "lake", np.random.default_rng(0)
    for year in (2025, 2026):
        for kind in ("u", "v w"):
            path = lake / f"year={year}" / f"kind={kind}" / "rows.parquet"
            path.parent.mkdir(parents=True)
            pd.DataFrame(rng.standard_normal((30, 3)), columns=list("abc")).to_parquet(path)
    settings = {"network": "linear", "code": "plain", "loss": "mse"}
    request = Request(str(lake), n_components=3, epochs=1, settings=settings)
    fit_run(request, tmp_path / "run")
    encode_lake(tmp_path / "run", f"{lake}/year=2026/**/*.parquet", str(tmp_path / "codes"))
    expected = load(tmp_path / "run").transform(open_data(lake).items)
    np.testing.assert_allclose(read_codes(tmp_path / "codes")[1], expected[60:], atol=1e-5)
