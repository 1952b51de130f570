"""Options that several verbs have."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from isthmus.addresses import local_path
from isthmus.errors import BadSetting

__all__ = [
    "OR_ON_HUB",
    "LaterTable",
    "Track",
    "keeping_inputs",
    "refuse_replacing",
    "with_options_of",
]

#: What verbs that need the model alone say of their RUN.
OR_ON_HUB = "or hub:user/name[@revision], one that isthmus push pushed."

Verb = Callable[..., None]

# Parameters of verbs that say where they write, and what they read.
_WRITTEN = ("out", "maps")
_READ = (
    *("run", "data", "test", "table", "labels"),
    *("codes", "pictures", "files", "damaged", "masks"),
)

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
    """A verb that refuses to write over what it reads."""
    replaces = "force" in inspect.signature(verb).parameters

    @functools.wraps(verb)
    def guarded(**given: Any) -> None:
        for out in map(given.get, _WRITTEN):
            refuse_replacing(out, list(map(given.get, _READ)), whole=replaces)
        verb(**given)

    return guarded


def refuse_replacing(out: Any, read: Sequence[Any], *, whole: bool = False) -> None:
    """Raise `BadSetting` where writing would replace what is read.

    Parameters
    ----------
    out, read : values of options
        Where is written, and what is read.
    whole : bool
        Whether a folder is replaced with all that lies in it, be it the current folder.
    """
    for path in _paths(out):
        needed = [part for value in read for part in _parts(value)]
        for part in [*needed, Path.cwd()] if whole else needed:
            if path == part:
                raise BadSetting(f"{path} is needed and would be written over; write elsewhere.")
            if whole and path in part.parents:
                raise BadSetting(f"{path} would be replaced, and {part} with it; write elsewhere.")


def _parts(value: Any) -> Iterator[Path]:
    """What is read where an option has this value; of a run also what it cannot do without."""
    from isthmus.data.builtin import BUILTIN_SETS
    from isthmus.runs.folder import is_run

    if isinstance(value, str) and value in BUILTIN_SETS:
        return
    for path in _paths(value):
        yield path
        if is_run(path):
            yield from (path / "fit.json", *(path / "model").glob("*"))


def _paths(value: Any) -> Iterator[Path]:
    """Files and folders on this machine that the value of an option names."""
    for each in value if isinstance(value, list) else [value]:
        # A value that is no path may be too long for one, or begin with "~".
        with suppress(OSError, RuntimeError):
            path = local_path(each) if isinstance(each, str | Path) else None
            if path is not None and path.exists():
                yield path.resolve()
