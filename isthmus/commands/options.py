"""Options that several verbs have."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import typer

from isthmus.addresses import local_path
from isthmus.errors import BadSetting

__all__ = ["OR_ON_HUB", "LaterTable", "Track", "keeping_inputs", "with_options_of"]

#: What verbs that need the model alone say of their RUN.
OR_ON_HUB = "or hub:user/name[@revision], one that isthmus push pushed."

Verb = Callable[..., None]

#: Options that say where a verb writes; all others may say what it reads.
_WRITTEN = ("out", "maps")

LaterTable = Annotated[
    str | None,
    typer.Option(
        "--table",
        help="Of a run fitted to pictures with a table: the table of these pictures. Without it "
        "their numbers are missing.",
    ),
]

Track = Annotated[
    list[str] | None,
    typer.Option(
        help="Keep curves, settings and results in tensorboard or mlflow as well; =WHERE says in "
        "which folder, or at which address: mlflow=sqlite:///FILE. May be repeated."
    ),
]


def with_options_of(other: Verb) -> Callable[[Verb], Verb]:
    """Give a verb those of another's options that it does not state itself, as keywords.

    So they are listed once, with their help.
    """

    def decorate(verb: Verb) -> Verb:
        own = dict(inspect.signature(verb, eval_str=True).parameters)
        del own[next(name for name, each in own.items() if each.kind is each.VAR_KEYWORD)]
        theirs = inspect.signature(other, eval_str=True).parameters
        rest = [each for name, each in theirs.items() if name not in own]
        needed = [each for each in rest if each.default is each.empty]
        parameters = [*needed, *own.values(), *(each for each in rest if each not in needed)]
        # What Typer reads.
        about: Any = verb
        about.__signature__ = inspect.Signature(parameters)
        about.__annotations__ = {each.name: each.annotation for each in parameters}
        return verb

    return decorate


def keeping_inputs(verb: Verb) -> Verb:
    """A verb that refuses to write over what it reads.

    A folder that is replaced takes with it what lies in it, also the current one.
    """
    replaces = "force" in inspect.signature(verb).parameters

    @functools.wraps(verb)
    def guarded(**given: Any) -> None:
        needed = [path for name in given if name not in _WRITTEN for path in _paths(given[name])]
        needed += [Path.cwd()] if replaces else []
        outs = [path for name in _WRITTEN for path in _paths(given.get(name))]
        for out, path in product(outs, needed):
            if out == path or (replaces and out in path.parents):
                raise BadSetting(f"{out}: writing this would replace {path}; write elsewhere.")
        verb(**given)

    return guarded


def _paths(value: Any) -> Iterator[Path]:
    """Files and folders on this machine that the value of an option names."""
    for each in value if isinstance(value, list) else [value]:
        # A value that is no path may be too long for one, or begin with "~".
        with suppress(OSError, RuntimeError):
            path = local_path(each) if isinstance(each, str | Path) else None
            if path is not None and path.exists():
                yield path.resolve()
