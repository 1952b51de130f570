"""A hub on this machine that speaks the calls huggingface_hub makes, and keeps repositories."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

TOKENS = {"hf_owner": "user", "hf_other": "other"}
LICENCES = {"mit", "apache-2.0", "cc-by-4.0"}


@dataclass
class Repository:
    """Commits, the newest last: an identifier and the files, by name."""

    private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, bytes]:
        return list(self.commits.values())[-1]

    def commit(self, changes: dict[str, bytes]) -> str:
        files = {**(self.files if self.commits else {}), **changes}
        name = hashlib.sha1(repr((len(self.commits), sorted(files.items()))).encode()).hexdigest()
        self.commits[name] = files
        return name

    def sha(self, revision: str) -> str | None:
        if revision == "main":
            return list(self.commits)[-1] if self.commits else "0" * 40
        return revision if revision in self.commits else None


class FakeHub(ThreadingHTTPServer):
    """Repositories by ``user/name``, large files by their digest, and what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories: dict[str, Repository] = {}
        self.large: dict[str, bytes] = {}
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def add(self, name: str, files: dict[str, bytes], **settings: bool) -> Repository:
        """A repository that somebody else pushed."""
        found = self.repositories[name] = Repository(**settings)
        found.commit(files)
        return found

    def asked_since(self, before: int) -> list[str]:
        """Requests but for the list of programs, which huggingface_hub fetches now and then."""
        return [each for each in self.asked[before:] if "agent-harnesses" not in each]


def is_large(path: str) -> bool:
    return path.endswith(".safetensors")


class Handler(BaseHTTPRequestHandler):
    """Answers as the documentation of the hub and huggingface_hub's own requests have it."""

    server: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(f"{self.command} {path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        for pattern, method in ROUTES:
            found = re.fullmatch(pattern, path)
            if found:
                getattr(self, method)(*found.groups(), body=body)
                return
        self._send(404, {"error": f"no such page: {path}"})

    def _send(self, status: int, body: Any = b"", **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _refuse(self, status: int, said: str, code: str = "") -> None:
        self._send(status, {"error": said}, X_Error_Code=code, X_Error_Message=said)

    @property
    def user(self) -> str | None:
        return TOKENS.get(self.headers.get("Authorization", "").removeprefix("Bearer "))

    def _may_write(self, owner: str) -> bool:
        if self.user is None:
            self._refuse(401, "Invalid username or password.")
        elif self.user != owner:
            self._refuse(403, f"You don't have the rights to create a model under {owner}")
        return self.user == owner

    def _readable(self, name: str, revision: str = "main") -> tuple[Repository, str] | None:
        found = self.server.repositories.get(name)
        if found is None or (found.private and self.user != name.split("/")[0]):
            # Whether it is there is not for everyone to know.
            self._refuse(404 if self.user else 401, "Repository not found", "RepoNotFound")
            return None
        sha = found.sha(revision)
        if sha is None:
            self._refuse(404, f"Invalid rev id: {revision}", "RevisionNotFound")
            return None
        return found, sha

    # ---------------------------------------------------------------- writing

    def create(self, *, body: bytes) -> None:
        asked = json.loads(body)
        name = f"{asked['organization']}/{asked['name']}"
        if not self._may_write(asked["organization"]):
            return
        status = 409 if name in self.server.repositories else 200
        private = asked.get("visibility") == "private"
        self.server.repositories.setdefault(name, Repository(private))
        self._send(status, {"url": f"{self.server.address}/{name}", "name": name})

    def validate_yaml(self, *, body: bytes) -> None:
        head = json.loads(body)["content"].split("---\n")[1]
        licence = yaml.safe_load(head).get("license", "mit")
        errors = [] if licence in LICENCES else [{"message": '"license" must be one of [...]'}]
        self._send(400 if errors else 200, {"errors": errors, "warnings": []})

    def preupload(self, name: str, *, body: bytes) -> None:
        if not self._may_write(name.split("/")[0]):
            return
        repository = self.server.repositories[name]
        there = repository.files if repository.commits else {}
        files = []
        for asked in json.loads(body)["files"]:
            path = asked["path"]
            mode = "lfs" if is_large(path) else "regular"
            oid = oid_of(path, there[path]) if path in there else None
            files.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        self._send(200, {"files": files})

    def batch(self, name: str, *, body: bytes) -> None:
        objects = []
        for asked in json.loads(body)["objects"]:
            oid = asked["oid"]
            upload = {"href": f"{self.server.address}/large/{oid}", "header": {}}
            verify = {"href": f"{self.server.address}/verify/{oid}", "header": {}}
            actions = {"upload": upload, "verify": verify}
            there = oid in self.server.large
            objects.append({**asked} if there else {**asked, "actions": actions})
        self._send(200, {"transfer": "basic", "objects": objects})

    def put_large(self, oid: str, *, body: bytes) -> None:
        assert hashlib.sha256(body).hexdigest() == oid
        self.server.large[oid] = body
        self._send(200)

    def verify(self, oid: str, *, body: bytes) -> None:
        good = len(self.server.large[oid]) == json.loads(body)["size"]
        self._send(200 if good else 400, {})

    def commit(self, name: str, *, body: bytes) -> None:
        if not self._may_write(name.split("/")[0]):
            return
        changes = {}
        for line in body.splitlines():
            operation = json.loads(line)
            value = operation["value"]
            if operation["key"] == "file":
                changes[value["path"]] = base64.b64decode(value["content"])
            elif operation["key"] == "lfsFile":
                changes[value["path"]] = self.server.large[value["oid"]]
        sha = self.server.repositories[name].commit(changes)
        url = f"{self.server.address}/{name}/commit/{sha}"
        self._send(200, {"success": True, "commitOid": sha, "commitUrl": url})

    # ---------------------------------------------------------------- reading

    def info(self, name: str, revision: str | None = None, *, body: bytes) -> None:
        found = self._readable(name, revision or "main")
        if found:
            repository, sha = found
            about = {"id": name, "modelId": name, "sha": sha, "private": repository.private}
            self._send(200, {**about, "tags": [], "downloads": 0, "siblings": []})

    def tree(self, name: str, revision: str, *, body: bytes) -> None:
        found = self._readable(name, revision)
        if found is None:
            return
        repository, sha = found
        rows: list[dict[str, Any]] = []
        for path, data in repository.commits[sha].items():
            row = {"type": "file", "oid": git_oid(data), "size": len(data), "path": path}
            if is_large(path):
                row["lfs"] = {"oid": oid_of(path, data), "size": len(data), "pointerSize": 134}
            rows.append(row)
        self._send(200, rows)

    def resolve(self, name: str, revision: str, path: str, *, body: bytes) -> None:
        found = self._readable(name, revision)
        if found is None:
            return
        repository, sha = found
        if repository.gated:
            said = f"Access to model {name} is restricted and you are not in the authorized list."
            self._refuse(403, said, "GatedRepo")
            return
        data = repository.commits[sha].get(path)
        if data is None:
            self._refuse(404, "Entry not found", "EntryNotFound")
            return
        etag = f'"{oid_of(path, data)}"'
        if not is_large(path):
            self._send(200, data, ETag=etag, X_Repo_Commit=sha)
            return
        # Another name for this machine: to huggingface_hub a server that gets no token.
        oid = oid_of(path, data)
        self.server.large[oid] = data
        self._send(
            302,
            Location=f"http://localhost:{self.server.server_port}/large/{oid}?signature=x",
            X_Repo_Commit=sha,
            X_Linked_ETag=etag,
            X_Linked_Size=str(len(data)),
        )

    def get_large(self, oid: str, *, body: bytes) -> None:
        if self.command == "PUT":
            self.put_large(oid, body=body)
            return
        assert "Authorization" not in self.headers
        self._send(200, self.server.large[oid], ETag=f'"{oid}"')


NAME = r"([\w.-]+/[\w.-]+)"
ROUTES = (
    (r"/api/repos/create", "create"),
    (r"/api/validate-yaml", "validate_yaml"),
    (rf"/api/models/{NAME}/preupload/main", "preupload"),
    (rf"/{NAME}\.git/info/lfs/objects/batch", "batch"),
    (r"/large/(\w+)", "get_large"),
    (r"/verify/(\w+)", "verify"),
    (rf"/api/models/{NAME}/commit/main", "commit"),
    (rf"/api/models/{NAME}", "info"),
    (rf"/api/models/{NAME}/revision/(.+)", "info"),
    (rf"/api/models/{NAME}/tree/(\w+)", "tree"),
    (rf"/{NAME}/resolve/([^/]+)/(.+)", "resolve"),
)


def git_oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def oid_of(path: str, data: bytes) -> str:
    return hashlib.sha256(data).hexdigest() if is_large(path) else git_oid(data)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHub]:
    """A hub that huggingface_hub is led to by its own environment variables, with a cache."""
    server = FakeHub()
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    home = tmp_path_factory.mktemp("home")
    settings = {
        "HF_ENDPOINT": server.address,
        "HF_HOME": str(home),
        "HF_TOKEN": "hf_owner",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    unset = [
        name for name in os.environ if name.startswith(("HF_", "HUGGING")) or name == "no_proxy"
    ]
    earlier = {name: sys.modules.pop(name) for name in _modules()}
    with pytest.MonkeyPatch.context() as patch:
        for name in unset:
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(name, value)
        # The variables are read when it is imported.
        from huggingface_hub import close_session, constants

        assert Path(constants.HF_HOME) == home
        yield server
        close_session()
    for name in _modules():
        del sys.modules[name]
    sys.modules.update(earlier)
    server.shutdown()
    server.server_close()


def _modules() -> list[str]:
    return [name for name in sys.modules if name.split(".")[0] == "huggingface_hub"]
