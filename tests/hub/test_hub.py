"""Models pushed to a hub and loaded from it, by a real client and a server on this machine."""

from __future__ import annotations

import pickle
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import isthmus
from isthmus import Autoencoder, load
from isthmus.errors import BadFile, BadSetting, CannotWrite, IsthmusError, MissingExtra, NoData
from isthmus.model_files import CARD, CONFIG, WEIGHTS


@pytest.fixture
def files(fitted: Autoencoder, tmp_path: Path) -> dict[str, bytes]:
    """What a pushed model's repository holds."""
    fitted.save(tmp_path / "model")
    return {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}


def test_a_pushed_model_loads_with_equal_codes(hub, fitted, digits) -> None:
    place = fitted.push_to_hub("user/digits", licence="mit", data="handwritten digits")
    repository = hub.repositories["user/digits"]
    assert set(repository.files) == {CONFIG, WEIGHTS, CARD}
    assert place == f"hub:user/digits@{next(iter(repository.commits))}"
    codes = fitted.transform(digits[:50])
    np.testing.assert_array_equal(load("hub:user/digits").transform(digits[:50]), codes)
    np.testing.assert_array_equal(load(place).transform(digits[:50]), codes)
    np.testing.assert_array_equal(load(Path("hub:user/digits")).transform(digits[:50]), codes)


def test_a_card_says_what_it_is(hub, fitted) -> None:
    fitted.push_to_hub("user/card", licence="cc-by-4.0", data="handwritten digits")
    _, head, body = hub.repositories["user/card"].files[CARD].decode().split("---\n", 2)
    assert yaml.safe_load(head) == {
        "library_name": "isthmus",
        "license": "cc-by-4.0",
        "pipeline_tag": "feature-extraction",
        "tags": ["isthmus", "autoencoder"],
    }
    assert 'ae = load("hub:user/card")' in body
    assert "handwritten digits" in body
    assert "8 numbers" in body
    assert "cc-by-4.0" in body
    assert "torch " in body


def test_a_revision_is_loaded_as_it_was(hub, fitted, quick, digits) -> None:
    first = fitted.push_to_hub("user/twice")
    later = quick(2).fit(digits[:60])
    second = later.push_to_hub("user/twice")
    assert len(hub.repositories["user/twice"].commits) == 2
    assert load(first).n_components_ == 8
    assert load(second).n_components_ == load("hub:user/twice").n_components_ == 2


def test_what_did_not_change_is_not_pushed_again(hub, fitted) -> None:
    assert fitted.push_to_hub("user/same") == fitted.push_to_hub("user/same")
    assert len(hub.repositories["user/same"].commits) == 1


def test_a_second_load_comes_from_the_cache(hub, files, gone) -> None:
    hub.add("user/cached", files)
    load("hub:user/cached")
    before = len(hub.asked)
    load("hub:user/cached")
    assert hub.asked_since(before) == ["GET /api/models/user/cached/revision/main"]
    before = len(hub.asked)
    load(f"hub:user/cached@{hub.repositories['user/cached'].sha('main')}")
    assert hub.asked_since(before) == []
    gone()
    assert load("hub:user/cached").n_components_ == 8
    with pytest.raises(NoData, match=r"user/never is not in the cache, and http://127\S+ gives"):
        load("hub:user/never")


def test_nothing_but_json_and_tensors_is_fetched(hub, files) -> None:
    others = {"modeling.py": b"raise SystemExit", "pytorch_model.bin": pickle.dumps(print)}
    hub.add("stranger/bomb", {**files, **others})
    before = len(hub.asked)
    load("hub:stranger/bomb")
    fetched = {line.split("/")[-1] for line in hub.asked_since(before) if "/resolve/" in line}
    assert fetched == {CONFIG, WEIGHTS}


def test_weights_of_what_is_no_model_of_isthmus_are_not_fetched(hub, files) -> None:
    hub.add("stranger/giant", {CONFIG: b'{"model_type": "other"}', WEIGHTS: b"huge"})
    hub.add("stranger/empty", {"notes.txt": b""})
    before = len(hub.asked)
    with pytest.raises(BadFile, match="not a model of Isthmus"):
        load("hub:stranger/giant")
    with pytest.raises(NoData, match=r"no config\.json; it holds no model of Isthmus"):
        load("hub:stranger/empty")
    assert not any(WEIGHTS in line for line in hub.asked[before:])


def test_damaged_weights_are_refused(hub, files) -> None:
    damaged = bytearray(files[WEIGHTS])
    damaged[-1] ^= 1
    hub.add("user/damaged", {**files, WEIGHTS: bytes(damaged)})
    with pytest.raises(BadFile, match="digest differs"):
        load("hub:user/damaged")


@pytest.mark.parametrize(
    ("place", "kind", "words"),
    [
        ("hub:user/none", NoData, "has no repository user/none, or it is private"),
        ("hub:other/private", NoData, "has no repository other/private, or it is private"),
        ("hub:stranger/gated", NoData, "is gated: ask for access at http"),
        ("hub:user/there@v9", NoData, "user/there has no revision 'v9'"),
        ("hub:digits", BadSetting, "expected hub:user/name"),
        ("hub:user/there@", BadSetting, "expected hub:user/name"),
        ("hub:user/a--b", BadSetting, "repository 'user/a--b'"),
    ],
)
def test_what_cannot_be_loaded_says_so_in_a_line(hub, files, place, kind, words) -> None:
    hub.add("other/private", files, private=True)
    hub.add("stranger/gated", files, gated=True)
    hub.add("user/there", files)
    assert words in one_line(kind, lambda: load(place))


def test_a_private_model_loads_with_its_owners_token(hub, fitted, monkeypatch) -> None:
    fitted.push_to_hub("user/private", private=True)
    assert hub.repositories["user/private"].private
    assert load("hub:user/private").n_components_ == 8
    fitted.push_to_hub("user/open")
    words = "user/open is there and all may read it"
    assert words in one_line(CannotWrite, lambda: fitted.push_to_hub("user/open", private=True))


def test_what_cannot_be_pushed_says_so_in_a_line(hub, fitted, monkeypatch, gone) -> None:
    def refused(kind: type[IsthmusError], repository: str, **settings: Any) -> str:
        return one_line(kind, lambda: fitted.push_to_hub(repository, **settings))

    assert "expected user/name" in refused(BadSetting, "digits")
    assert '"license" must be one of' in refused(BadSetting, "user/odd", licence="my own")
    assert "403, You don't have the rights" in refused(CannotWrite, "other/digits")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "401, Invalid username or password" in refused(CannotWrite, "user/digits")
    monkeypatch.delenv("HF_TOKEN")
    assert "wants a token: hf auth login" in refused(CannotWrite, "user/digits")
    monkeypatch.setenv("HF_TOKEN", "hf_owner")
    gone()
    assert "cannot be reached" in refused(CannotWrite, "user/digits")


def test_a_hub_that_does_not_take_chunks_of_large_files_is_named(hub, fitted, monkeypatch) -> None:
    from huggingface_hub import constants

    pytest.importorskip("hf_xet")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    words = "xet-write-token"
    assert words in one_line(CannotWrite, lambda: fitted.push_to_hub("user/chunks"))


def test_without_the_library_its_install_line_is_given(monkeypatch, fitted) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    for ask in (lambda: load("hub:user/digits"), lambda: fitted.push_to_hub("user/digits")):
        assert 'pip install "isthmus[hub]"' in one_line(MissingExtra, ask)


def test_the_docs_snippet_runs(hub) -> None:
    text = (Path(isthmus.__file__).parent.parent / "docs" / "hub.md").read_text()
    (snippet,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    np.testing.assert_array_equal(names["Z"], names["ae"].transform(names["X"]))


def one_line(kind: type[IsthmusError], ask: Callable[[], object]) -> str:
    """The message of an error of just this kind."""
    with pytest.raises(kind) as caught:
        ask()
    assert caught.type is kind
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def gone(hub, monkeypatch) -> Callable[[], None]:
    """Makes the hub unreachable: nobody listens where it is looked for."""

    def leave() -> None:
        import socket

        from huggingface_hub import constants

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{free.getsockname()[1]}"
        monkeypatch.setattr(constants, "ENDPOINT", address)

    return leave
