"""Who is let in, and who is not."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from isthmus.errors import BadSetting
from isthmus.explorer.security import Guard, check_token, is_loopback, new_token

TOKEN = "s3cret.-_~+/="
HERE = "http://localhost:8321"


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("inside")(scope, receive, send)


def ask(
    token: str | None, path: str = "/encode", *, base: str = HERE, method: str = "POST", **more: Any
) -> httpx.Response:
    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(Guard(inside, token))
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, **more)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "base", [HERE, "http://127.0.0.1", "http://[::1]:8321", "http://LOCALHOST"]
)
def test_this_machine_is_let_in_by_its_own_names(base: str) -> None:
    answer = ask(None, base=base)
    assert answer.text == "inside"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8321",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "10.0.0.7",
        "0.0.0.0",
        "",
        "[",
        "[::2]",
    ],
)
def test_names_that_were_made_to_lead_here_are_not(host: str) -> None:
    answer = ask(None, headers={"Host": host})
    assert answer.status_code == 403
    assert "localhost" in answer.json()["error"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost", "["])
def test_pages_from_elsewhere_are_not(origin: str) -> None:
    assert ask(None, headers={"Origin": origin}).status_code == 403


def test_its_own_page_is() -> None:
    assert ask(None, headers={"Origin": HERE}).text == "inside"


def test_a_token_is_demanded_of_everything_but_whether_it_lives() -> None:
    for path in ("/encode", "/", "/metrics", "/openapi.json", "/healthz/", "/healthz/../encode"):
        answer = ask(TOKEN, path, method="GET", base="http://server.example")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert TOKEN not in answer.text
    assert ask(TOKEN, "/healthz", base="http://server.example").text == "inside"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
        b"Bearer \xff\xfe",
    ],
)
def test_another_token_is_none(header: Any) -> None:
    assert ask(TOKEN, headers={"Authorization": header}).status_code == 401
    assert (
        ask(TOKEN, headers={"Cookie": "isthmus_token_8321=x; isthmus_token_="}).status_code == 401
    )


def test_the_token_lets_in_from_anywhere() -> None:
    for word in ("Bearer", "bearer"):
        answer = ask(
            TOKEN, base="http://server.example", headers={"Authorization": f"{word} {TOKEN}"}
        )
        assert answer.text == "inside"


def test_a_browser_gets_a_cookie_and_an_address_without_the_token() -> None:
    async def run() -> None:
        transport = httpx.ASGITransport(Guard(inside, TOKEN))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            answer = await client.get("/", params={"token": TOKEN})
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            cookie = answer.headers["set-cookie"].lower()
            assert "httponly" in cookie
            assert "samesite=lax" in cookie
            assert "secure" not in cookie
            assert (await client.get("/")).text == "inside"
            assert (await client.post("/encode")).text == "inside"

    asyncio.run(run())
    assert (
        "secure"
        in ask(TOKEN, "/", method="GET", params={"token": TOKEN}, base="https://server.example")
        .headers["set-cookie"]
        .lower()
    )


def test_a_token_in_an_address_is_for_the_first_page_only() -> None:
    for method, path in (("POST", "/"), ("GET", "/metrics"), ("GET", "/docs")):
        assert ask(TOKEN, path, method=method, params={"token": TOKEN}).status_code == 401
    assert ask(TOKEN, "/", method="GET", params={"token": "other"}).status_code == 401


def test_tokens() -> None:
    check_token(new_token())
    assert new_token() != new_token()
    for bad in ("", "a b", "a;b", "ä", "a\n"):
        with pytest.raises(BadSetting):
            check_token(bad)


def test_addresses_of_this_machine_alone() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.3.2.1", "::1", "[::1]", "localhost"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "", "10.0.0.1", "server.example"]))
