"""A lake that lies in S3: what s3fs asks is answered by a server of this file, in memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

from isthmus import open_data
from isthmus.errors import NoData
from isthmus.lake import encode_lake

s3fs = pytest.importorskip("s3fs")

CHANGED = "Sat, 28 Nov 2026 12:00:00 GMT"


class SmallS3(BaseHTTPRequestHandler):
    """Objects by ``/bucket/key``."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]

    def log_message(self, *_: object) -> None:
        pass

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.path).path).strip("/")

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "/" not in self.key:
            self.listing(asked.get("prefix", [""])[0], asked.get("delimiter", [""])[0])
        elif self.key not in self.objects:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self.content(self.objects[self.key])

    do_HEAD = do_GET  # noqa: N815

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "aws-chunked":
            body = unchunked(body)
        self.objects[self.key] = body
        self.answer(200, b"", ETag=f'"{hashlib.md5(body).hexdigest()}"')

    def do_POST(self) -> None:  # deletes several
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        for part in body.split("<Key>")[1:]:
            self.objects.pop(f"{self.key}/{part.partition('</Key>')[0]}", None)
        self.answer(200, b"<DeleteResult/>")

    def content(self, whole: bytes) -> None:
        about = {"ETag": f'"{hashlib.md5(whole).hexdigest()}"', "Last-Modified": CHANGED}
        wanted = self.headers.get("Range")
        if wanted is None:
            self.answer(200, whole, **about)
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start = int(first) if first else len(whole) - int(last)
        stop = min(int(last) + 1, len(whole)) if first and last else len(whole)
        about["Content-Range"] = f"bytes {start}-{stop - 1}/{len(whole)}"
        self.answer(206, whole[start:stop], **about)

    def listing(self, prefix: str, delimiter: str) -> None:
        bucket = self.key
        keys = [k[len(bucket) + 1 :] for k in sorted(self.objects) if k.startswith(f"{bucket}/")]
        found, folders = [], set()
        for key in (key for key in keys if key.startswith(prefix)):
            above, mark, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            if mark:
                folders.add(prefix + above + mark)
            else:
                found.append(key)
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[f'{bucket}/{key}'])}</Size>"
            f"<ETag>{hashlib.md5(self.objects[f'{bucket}/{key}']).hexdigest()}</ETag>"
            "<LastModified>2026-11-28T12:00:00.000Z</LastModified></Contents>"
            for key in found
        )
        below = "".join(
            f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
            for folder in sorted(folders)
        )
        self.answer(
            200,
            f"<ListBucketResult><Name>{bucket}</Name><KeyCount>{len(found) + len(folders)}"
            f"</KeyCount><IsTruncated>false</IsTruncated>{contents}{below}"
            "</ListBucketResult>".encode(),
        )

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def unchunked(body: bytes) -> bytes:
    """What was sent in chunks, each with its length (and a signature) before it."""
    whole = b""
    while body:
        head, _, body = body.partition(b"\r\n")
        n = int(head.partition(b";")[0] or b"0", 16)
        if not n:
            break
        whole, body = whole + body[:n], body[n + 2 :]
    return whole


@contextmanager
def serving(objects: dict[str, bytes]) -> Iterator[str]:
    """The address of a server of these objects."""
    handler = type("Handler", (SmallS3,), {"objects": objects})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What lies in the store, by bucket and key."""
    held: dict[str, bytes] = {}
    with serving(held) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("ISTHMUS_CACHE", str(tmp_path / "cache"))
        yield held
        s3fs.S3FileSystem.clear_instance_cache()


def test_from_s3_to_s3(
    run_of_rows: Path, lake: Path, tmp_path: Path, objects: dict[str, bytes]
) -> None:
    for path in lake.rglob("*.parquet"):
        objects[f"bucket/lake/{path.relative_to(lake).as_posix()}"] = path.read_bytes()
    encode_lake(run_of_rows, str(lake), str(tmp_path / "codes"))
    encode_lake(run_of_rows, "s3://bucket/lake/**/*.parquet", "s3://bucket/codes")
    for path in (tmp_path / "codes").glob("part-*"):
        assert objects[f"bucket/codes/{path.name}"] == path.read_bytes()
    del objects["bucket/codes/part-000001-000000.parquet"]
    found = encode_lake(run_of_rows, "s3://bucket/lake/**/*.parquet", "s3://bucket/codes")
    assert found.n_pieces - found.n_before == 1
    assert len(open_data("s3://bucket/lake/a.parquet")) == 250
    assert len(open_data("s3://bucket/lake/b")) == 750
    with pytest.raises(NoData, match=r"nothing at s3://bucket/none\.npy"):
        open_data("s3://bucket/none.npy")
