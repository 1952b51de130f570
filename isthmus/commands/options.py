"""Options that several verbs have."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

__all__ = ["OR_ON_HUB", "LaterTable", "Track", "with_options_of"]

#: What verbs that need the model alone say of their RUN.
OR_ON_HUB = "or hub:user/name[@revision], one that isthmus push pushed."

Verb = Callable[..., None]

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
