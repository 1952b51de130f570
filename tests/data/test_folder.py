from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.data import Skipped, open_data
from isthmus.errors import BadFile, BadInput, CannotWrite


def shade(path: Path, value: int, size: tuple[int, int] = (6, 4), mode: str = "L") -> Path:
    """Save an image of one shade; `size` is Pillow's (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value if mode == "L" else (value,) * 3).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    shade(root / "dogs" / "b.png", 20)
    shade(root / "cats" / "deep" / "a.png", 10)
    shade(root / "cats" / "c.BMP", 30)
    (root / "cats" / "notes.txt").write_text("no image")
    shade(root / "cats" / ".hidden.png", 99)
    shade(root / ".thumbnails" / "a.png", 99)
    return root


def test_subfolders_are_labels(folder: Path) -> None:
    data = open_data(folder)
    assert data.name == "pictures"
    assert data.kind == "images"
    assert data.ids.tolist() == ["cats/c.BMP", "cats/deep/a.png", "dogs/b.png"]
    assert data.labels is not None
    assert data.labels.tolist() == ["cats", "cats", "dogs"]
    assert data.items.shape == (3, 4, 6)
    assert data.items.dtype == np.uint8
    assert data.items[:, 0, 0].tolist() == [30, 10, 20]
    assert isinstance(data.items, np.memmap)
    assert not data.items.flags.writeable
    assert data.skipped == ()


def test_a_flat_folder_has_no_labels(tmp_path: Path) -> None:
    shade(tmp_path / "a.png", 1)
    assert open_data(str(tmp_path)).labels is None


def test_one_colour_image_makes_all_rgb(folder: Path) -> None:
    shade(folder / "dogs" / "z.png", 50, mode="RGB")
    items = open_data(folder).items
    assert items.shape == (4, 4, 6, 3)
    assert (items[3] == 50).all()


@pytest.mark.parametrize(
    ("tops", "test_top"),
    [(("train", "test"), "test"), (("train", "val", "test"), "test"), (("train", "val"), "val")],
)
def test_official_split(tmp_path: Path, tops: tuple[str, ...], test_top: str) -> None:
    for i, top in enumerate(tops):
        for j, label in enumerate(("x", "y")):
            shade(tmp_path / top / label / "1.png", 10 * i + j)
    data = open_data(tmp_path)
    assert data.test is not None
    assert data.test.ids.tolist() == [f"{test_top}/x/1.png", f"{test_top}/y/1.png"]
    assert data.test.labels is not None
    assert data.test.labels.tolist() == ["x", "y"]
    assert isinstance(data.test.items, np.memmap)
    rest = sorted(f"{top}/{label}/1.png" for top in tops if top != test_top for label in "xy")
    assert data.ids.tolist() == rest
    for part in (data, data.test):
        for item, id in zip(part.items, part.ids, strict=True):
            top, label, _ = id.split("/")
            assert (item == 10 * tops.index(top) + "xy".index(label)).all()


def test_train_and_test_beside_others_are_labels(tmp_path: Path) -> None:
    for top in ("train", "test", "more"):
        shade(tmp_path / top / "1.png", 1)
    data = open_data(tmp_path)
    assert data.test is None
    assert data.labels is not None
    assert data.labels.tolist() == ["more", "test", "train"]


def test_commonest_size_wins_and_is_shrunk(tmp_path: Path) -> None:
    for i, size in enumerate([(300, 150), (300, 150), (80, 80)]):
        shade(tmp_path / f"{i}.png", 1, size)
    data = open_data(tmp_path)
    assert data.items.shape == (3, 64, 128)
    assert "resized to 64x128" in data.source
    assert "2 of 3 were 150x300" in data.source


def test_size_is_height_and_width(folder: Path) -> None:
    assert open_data(folder, size=(3, 9)).items.shape == (3, 3, 9)


def test_unreadable_files_are_reported(folder: Path) -> None:
    (folder / "cats" / "broken.png").write_bytes(b"nothing")
    cut = shade(folder / "dogs" / "cut.bmp", 5, (64, 64))
    cut.write_bytes(cut.read_bytes()[:200])
    (folder / "dogs" / "gone.png").symlink_to(folder / "nowhere.png")
    for _ in ("prepared now", "from the cache"):
        data = open_data(folder, size=(4, 6))
        assert len(data) == 3
        assert [skip.path for skip in data.skipped] == [
            "cats/broken.png",
            "dogs/cut.bmp",
            "dogs/gone.png",
        ]
        assert data.skipped[0] == Skipped("cats/broken.png", "not an image that Pillow can read")
        with pytest.raises(BadInput, match=r"broken\.png|gone\.png"):
            open_data(folder, size=(4, 6), strict=True)


def test_strict_names_a_file_cut_short(folder: Path) -> None:
    cut = shade(folder / "dogs" / "cut.bmp", 5, (64, 64))
    cut.write_bytes(cut.read_bytes()[:200])
    with pytest.raises(BadInput, match=r"dogs/cut\.bmp cannot be read: .*truncated"):
        open_data(folder, strict=True)


def test_nothing_readable(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(BadInput, match=r"none of the images .* a\.png: not an image"):
        open_data(tmp_path)


def test_a_folder_without_images_says_what_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no images.*\.jpg.*\.png"):
        open_data(tmp_path)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "rows.parquet").write_bytes(b"")
    with pytest.raises(BadInput, match=r"holds no images.* a pattern, '.*/\*\*/\*\.parquet'"):
        open_data(tmp_path)


def test_links_in_a_circle_end(folder: Path) -> None:
    (folder / "cats" / "again").symlink_to(folder, target_is_directory=True)
    assert len(open_data(folder)) == 3


def test_a_linked_folder_is_followed(folder: Path, tmp_path: Path) -> None:
    shade(tmp_path / "elsewhere" / "q.png", 70)
    (folder / "owls").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert "owls/q.png" in open_data(folder).ids


def test_progress_reaches_the_total(folder: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    open_data(folder, progress=lambda *call: calls.append(call))
    assert [call for call in calls if call[0] == "preparing images"] == [
        ("preparing images", done, 3) for done in (1, 2, 3)
    ]


def test_zip_equals_the_folder(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    zipped, plain = open_data(path), open_data(folder)
    assert zipped.name == plain.name
    assert zipped.ids.tolist() == plain.ids.tolist()
    np.testing.assert_array_equal(zipped.items, plain.items)


def test_damaged_zip(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK no zip")
    with pytest.raises(BadFile, match=r"a\.zip is not a zip file"):
        open_data(path)


# --- the cache ------------------------------------------------------------------------------


def prepared_files(cache: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in cache.rglob("*") if path.is_file()}


def test_the_cache_is_reused(folder: Path, cache: Path) -> None:
    first = open_data(folder)
    before = prepared_files(cache)
    calls: list[str] = []
    second = open_data(folder, progress=lambda stage, done, total: calls.append(stage))
    assert prepared_files(cache) == before
    assert len(before) == 2
    assert calls == []
    np.testing.assert_array_equal(first.items, second.items)
    assert second.source == first.source


def test_a_changed_file_is_prepared_anew(folder: Path, cache: Path) -> None:
    open_data(folder)
    changed = shade(folder / "dogs" / "b.png", 77)
    status = changed.stat()
    os.utime(changed, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert (open_data(folder).items[2] == 77).all()
    assert len(prepared_files(cache)) == 4


def test_a_new_file_or_size_is_prepared_anew(folder: Path) -> None:
    open_data(folder)
    shade(folder / "dogs" / "new.png", 5)
    assert len(open_data(folder)) == 4
    assert open_data(folder, size=(2, 2)).items.shape == (4, 2, 2)


@pytest.mark.parametrize("name", ["items.npy", "index.json"])
@pytest.mark.parametrize("damage", [b"", b"{}", b"\x93NUMPY\x01\x00"])
def test_a_damaged_cache_is_rebuilt(folder: Path, cache: Path, name: str, damage: bytes) -> None:
    expected = np.array(open_data(folder).items)
    (path,) = cache.rglob(name)
    path.write_bytes(damage)
    np.testing.assert_array_equal(open_data(folder).items, expected)


def test_a_cache_cut_short_is_rebuilt(folder: Path, cache: Path) -> None:
    expected = np.array(open_data(folder).items)
    (path,) = cache.rglob("items.npy")
    path.write_bytes(path.read_bytes()[:-5])
    np.testing.assert_array_equal(open_data(folder).items, expected)


def test_a_cache_that_cannot_be_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "a_file"
    blocked.write_text("")
    monkeypatch.setenv("ISTHMUS_CACHE", str(blocked))
    with pytest.raises(CannotWrite, match="ISTHMUS_CACHE"):
        open_data(folder)


def test_a_full_disk_leaves_nothing_behind(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(CannotWrite, match=r"the disk is full.*ISTHMUS_CACHE"):
        open_data(folder)
    assert prepared_files(cache) == {}


def test_real_originals(real_data: Path) -> None:
    data = open_data(real_data / "intel_originals")
    assert data.items.shape == (177, 128, 128, 3)
    assert data.labels is not None
    assert set(data.labels) == {"buildings", "forest", "glacier", "mountain", "sea", "street"}
    assert data.skipped == ()
