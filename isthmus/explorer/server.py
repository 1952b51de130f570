"""The server of a run: its routes, its errors, and who may ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

import isthmus
from isthmus.autoencoder import Autoencoder
from isthmus.errors import BadSetting, IsthmusError, NoData
from isthmus.explorer.api import api_router
from isthmus.explorer.assets import page_router
from isthmus.explorer.limits import Limits
from isthmus.explorer.payloads import JSON, NPY
from isthmus.explorer.reference import POLICY, reference
from isthmus.explorer.security import OPEN, Guard, check_token
from isthmus.explorer.served import VERBS, ServedRun, Verb
from isthmus.explorer.service import Service
from isthmus.explorer.telemetry import CountRequests, Telemetry
from isthmus.explorer.view import View

__all__ = ["create_app"]

# Characters of a reason: what came may be named in it, and be long.
LONGEST_REASON = 500


def create_app(run: Path, *, token: str | None = None, limits: Limits | None = None) -> FastAPI:
    """A server that answers `VERBS` by a run, and shows it on a page where it has a short code.

    Parameters
    ----------
    run : Path
        A run, as isthmus fit writes it.
    token : str or None
        Whoever asks has to show it; None is for a server that this machine alone can reach.
    limits : Limits or None

    Raises
    ------
    NoData
        If the folder is no run.
    BadSetting
        If the token cannot be one.
    """
    if token is not None:
        check_token(token)
    limits, served = limits or Limits(), ServedRun(run)
    telemetry = Telemetry(verb.name for verb in VERBS)
    service = Service(served, limits, telemetry)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    app = FastAPI(
        title="Isthmus",
        version=isthmus.__version__,
        description=_description(served),
        lifespan=running,
        # FastAPI's own pages of documentation load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    for verb in VERBS:
        _add_verb(app, verb, service, limits, locked=token is not None)
    _add_watching(app, telemetry)
    if _decodes(served.ae):
        _add_page(app, View.open(served))
    app.add_exception_handler(IsthmusError, _refused)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _broken)
    # The last one added is asked first.
    app.add_middleware(Guard, token=token)
    app.add_middleware(CountRequests, telemetry=telemetry)
    return app


def _add_page(app: FastAPI, view: View) -> None:
    """The page of the first map at ``/``, and of each other under ``/maps/NAME/``."""
    _, *others = view.planes
    app.include_router(api_router(view))
    app.include_router(page_router())
    for plane in others:
        # Addresses on the page are relative, so that it is the same page.
        prefix = f"/maps/{plane.name}"
        app.include_router(api_router(view.on(plane)), prefix=prefix, include_in_schema=False)
        app.include_router(page_router(), prefix=prefix)


def _decodes(ae: Autoencoder) -> bool:
    """Whether there are codes that items can be decoded from."""
    try:
        ae.require_code(items=True)
    except BadSetting:
        return False
    return True


def _add_verb(app: FastAPI, verb: Verb, service: Service, limits: Limits, *, locked: bool) -> None:
    async def answer(request: Request) -> Response:
        return await service.answer(verb, request)

    app.add_api_route(
        f"/{verb.name}",
        answer,
        methods=["POST"],
        summary=verb.summary,
        operation_id=verb.name,
        response_class=Response,
        dependencies=[Depends(HTTPBearer(auto_error=False))] if locked else [],
        openapi_extra={"requestBody": {"required": True, "content": _content(verb.takes, 1)}},
        responses=_responses(verb, limits),
    )


def _add_watching(app: FastAPI, telemetry: Telemetry) -> None:
    @app.get(OPEN, summary="Whether the server lives; needs no token.")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/metrics", summary="Counts for Prometheus.", response_class=Response)
    async def metrics() -> Response:
        return Response(telemetry.text(), headers={"Content-Type": telemetry.content_type})

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(reference(app.openapi()), headers={"Content-Security-Policy": POLICY})


async def _refused(request: Request, error: Exception) -> Response:
    """What a client can mend, in one line."""
    if isinstance(error, HTTPException):
        status, reason, headers = error.status_code, str(error.detail), error.headers
    else:
        status, reason, headers = 404 if isinstance(error, NoData) else 422, str(error), None
    line = " ".join(reason.split())
    if len(line) > LONGEST_REASON:
        line = f"{line[:LONGEST_REASON]}..."
    return JSONResponse({"error": line}, status, headers)


async def _broken(request: Request, error: Exception) -> Response:
    """A bug: the log has its traceback, the client does not.

    The server closes the connection after a bug, so the client is told to ask on another.
    """
    line = "an error of the server; its log says more."
    return JSONResponse({"error": line}, 500, {"Connection": "close"})


def _description(run: ServedRun) -> str:
    ae = run.ae
    lines = [
        f"Items have the shape {tuple(ae.item_shape_)}"
        + (f", pixels from 0 to {ae.scaling_.scale:g}." if ae.scaling_.is_pixels else ".")
        + (f" Codes have {ae.n_components_} numbers." if ae.has_code else " There are no codes."),
        f"Requests and answers are {JSON}, or {NPY}: one array as numpy.save writes it, an item a "
        "row. What comes as JSON is answered as JSON, unless the Accept header says otherwise. "
        "null and NaN are missing values.",
    ]
    if run.table is not None:
        columns = ", ".join(column.name for column in run.table.columns)
        lines.append(f"Items may come as objects with the names {columns}.")
    return "\n\n".join(lines)


def _responses(verb: Verb, limits: Limits) -> dict[int | str, dict[str, Any]]:
    reasons = {
        404: "What this needs is not there; the reason says how to make it.",
        408: f"The body did not come in {limits.seconds:g} seconds.",
        413: f"More than {limits.body_bytes} bytes ({limits.json_bytes} of JSON), {limits.items} "
        f"items or {limits.values} values.",
        415: f"Neither {JSON} nor {NPY}.",
        422: "The run cannot do that, or not with what came; the reason says why.",
        503: "Too much waits; try again after the seconds that Retry-After says.",
        504: f"No answer in {limits.seconds:g} seconds.",
    }
    error = {JSON: {"schema": _object({"error": {"type": "string"}})}}
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"description": reason, "content": error} for status, reason in reasons.items()
    }
    return {
        200: {"description": verb.summary, "content": _content(verb.gives, len(verb.gives))},
        **refusals,
    }


def _content(names: tuple[str, ...], n_needed: int) -> dict[str, Any]:
    """The two forms of a body, as OpenAPI describes them; the first names have to be there."""
    rows = {"type": "array", "items": {}, "description": "An item a row."}
    schema = _object(dict.fromkeys(names, rows))
    return {
        JSON: {"schema": {**schema, "required": list(names[:n_needed])}},
        NPY: {"schema": {"type": "string", "format": "binary"}},
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}
