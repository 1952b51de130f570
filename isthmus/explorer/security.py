"""Who may ask the server.

On this machine alone there is no token. Then what is to fear is a page from elsewhere, open in a
browser here: its own name may be made to lead to this machine (DNS rebinding), and it may send what
needs no leave. So the Host, and the Origin where there is one, have to be this machine's.

With a token all must show it, but for `OPEN`: in a header, ``Authorization: Bearer TOKEN``, or in a
cookie, which a browser gets when it opens ``/?token=TOKEN``.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from isthmus.errors import BadSetting

__all__ = ["OPEN", "Guard", "check_token", "is_loopback", "new_token"]

#: What anybody may ask: whether the server lives.
OPEN = "/healthz"
# What a header and a cookie carry as it is.
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
}


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(24)


def check_token(token: str) -> None:
    """Raise `BadSetting` for a token that is empty or that a header cannot carry."""
    if not TOKEN.fullmatch(token):
        raise BadSetting("a token is of letters, digits and . _ ~ + / = -, at least one of them.")


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone: 127.0.0.1, ::1, localhost."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Middleware that lets in who may ask, and sets headers that keep browsers careful.

    Parameters
    ----------
    app : ASGI application
    token : str or None
        None lets in requests to this machine's own names.
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return

        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self.instead(HTTPConnection(scope))
        await (answer or self.app)(scope, receive, careful)

    def instead(self, asked: HTTPConnection) -> Response | None:
        """What to answer instead of what was asked; None lets it in."""
        path = asked.scope["path"]
        if path == OPEN:
            return None
        if self.token is None:
            return _of_elsewhere(asked)
        shown = asked.headers.get("authorization", "")
        if shown[:7].lower() == "bearer " and self._is_token(shown[7:].strip()):
            return None
        if self._is_token(asked.cookies.get(_cookie_of(asked), "")):
            return None
        opens = path == "/" and asked.scope.get("method") == "GET"
        if opens and self._is_token(asked.query_params.get("token", "")):
            return self._welcome(asked)
        reason = "a token is needed: Authorization: Bearer TOKEN, or open /?token=TOKEN."
        return JSONResponse({"error": reason}, 401, {"WWW-Authenticate": "Bearer"})

    def _is_token(self, shown: str) -> bool:
        """Whether it is the token, in a time that does not tell how much of it is right."""
        assert self.token is not None
        return secrets.compare_digest(shown.encode("utf-8", "replace"), self.token.encode())

    def _welcome(self, asked: HTTPConnection) -> Response:
        """The token into a cookie and out of the address, where others may read it."""
        assert self.token is not None
        answer = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
        secure = asked.scope["scheme"] == "https"
        answer.set_cookie(
            _cookie_of(asked), self.token, httponly=True, samesite="lax", secure=secure
        )
        return answer


def _cookie_of(asked: HTTPConnection) -> str:
    """The name of the cookie; browsers share cookies among all servers of a machine."""
    server = asked.scope.get("server")
    return f"isthmus_token_{server[1] if server else ''}"


def _of_elsewhere(asked: HTTPConnection) -> Response | None:
    """A refusal of what was not meant for this machine, or was asked by a page from elsewhere."""
    host = asked.headers.get("host", "")
    if not is_loopback(_name_of(f"//{host}")):
        reason = "this server is asked as localhost or 127.0.0.1 only; elsewhere it needs a token."
        return JSONResponse({"error": reason}, 403)
    origin = asked.headers.get("origin")
    if origin is not None and origin.lower() not in (
        f"http://{host.lower()}",
        f"https://{host.lower()}",
    ):
        return JSONResponse({"error": "pages from elsewhere may not ask this server."}, 403)
    return None


def _name_of(address: str) -> str:
    """The name of a machine in an address, without the port; empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
