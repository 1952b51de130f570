"""The program's verbs, from what it says of itself."""

from __future__ import annotations

from typing import Any

import typer
from setting_tables import table

from isthmus.commands.app import _add_verbs, app

__all__ = ["command_list"]


def command_list() -> str:
    """Each verb with its arguments and options."""
    _add_verbs()
    program: Any = typer.main.get_command(app)
    return "\n\n".join(described(*each) for each in sorted(program.commands.items()))


def described(name: str, verb: Any) -> str:
    """One verb."""
    arguments = [each for each in verb.params if each.param_type_name == "argument"]
    options = [each for each in verb.params if each.param_type_name == "option"]
    words = ["isthmus", name, *map(shown_argument, arguments), "[OPTIONS]" if options else ""]
    rows = [(f"`{shown_argument(each)}`", each.help or "") for each in arguments]
    rows += [described_option(each) for each in options]
    usage = " ".join(words).strip()
    parts = [f"## isthmus {name}", verb.help, f"```text\n{usage}\n```"]
    return "\n\n".join(parts + ([table(("", "what it is"), rows)] if rows else []))


def shown_argument(argument: Any) -> str:
    word = argument.name.upper() + ("..." if argument.nargs == -1 else "")
    return word if argument.required else f"[{word}]"


def described_option(option: Any) -> tuple[str, str]:
    """Its names, its help and its default."""
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    default = option.default
    if default in (None, False, "", (), []):
        return names, option.help or ""
    if default is True:
        return names, f"{option.help} Default: yes."
    return names, f"{option.help} Default: `{default}`."
