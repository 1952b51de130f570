"""Tables of settings, made from the classes, where ranges, defaults and docstrings are kept."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from griffe import Docstring, DocstringSectionKind

from isthmus.autoencoder import Autoencoder
from isthmus.codes import Code
from isthmus.corruptions import Corruption
from isthmus.losses import Term
from isthmus.networks import Network
from isthmus.slots import Slot
from isthmus.training import Training

__all__ = ["SLOTS", "choice_list", "searched_table", "setting_table", "table"]

#: The slots, by the word that markers have for them.
SLOTS: dict[str, type[Slot]] = {
    "network": Network,
    "code": Code,
    "loss": Term,
    "corruption": Corruption,
}
OTHERS: dict[str, type[Any]] = {"training": Training, "autoencoder": Autoencoder}


def setting_table(owner: str, choice: str | None = None) -> str:
    """The settings of a choice in a slot, or of the training: default, range, what each is."""
    kind = SLOTS[owner].choices[choice] if choice else OTHERS[owner]
    rows = [
        (f"`{name}`", f"`{default!r}`", allowed, what)
        for name, default, allowed, what in settings_of(kind)
    ]
    if not rows:
        return f"`{choice}` has no settings."
    return table(("setting", "default", "may be", "what it is"), rows)


def settings_of(kind: type[Any]) -> Iterator[tuple[str, Any, str, str]]:
    """Name, default, range in words and description of each argument of a class."""
    described = descriptions(kind)
    ranges = getattr(kind, "ranges", {})
    for name, parameter in inspect.signature(kind).parameters.items():
        words, what = described.get(name, ("", ""))
        allowed = ranges[name].describe() if name in ranges else words
        yield name, parameter.default, allowed, what


def searched_table() -> str:
    """What `isthmus tune` varies, of each network and of the training."""
    kinds = {f"network `{name}`": kind for name, kind in sorted(Network.choices.items())}
    rows = [
        (owner, f"`{name}`", space.describe())
        for owner, kind in {**kinds, "training": Training}.items()
        for name, space in kind.search.items()
    ]
    return table(("of", "setting", "what is tried"), rows)


def descriptions(kind: type[Any]) -> dict[str, tuple[str, str]]:
    """Type and description of each parameter, of a class or of one that it comes from."""
    found: dict[str, tuple[str, str]] = {}
    for ancestor in reversed(kind.__mro__):
        if not ancestor.__module__.startswith("isthmus"):
            continue
        text = Docstring(inspect.cleandoc(ancestor.__doc__ or ""))
        for section in text.parse("numpy", warnings=False):
            if section.kind is DocstringSectionKind.parameters:
                for each in section.value:
                    before = found.get(each.name, ("", ""))[1]
                    found[each.name] = (str(each.annotation or ""), each.description or before)
    return found


def choice_list(slot: str) -> str:
    """All choices of a slot, with the first sentence of what each is."""
    choices = SLOTS[slot].choices
    rows = [(f"[`{name}`](#{anchor(name)})", summary(choices[name])) for name in sorted(choices)]
    return table((slot, "what it is"), rows)


def anchor(name: str) -> str:
    """Where a page has the heading of a name."""
    return re.sub(r"[^\w-]", "", name).lower()


def summary(thing: Any) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join(inspect.cleandoc(thing.__doc__ or "").split("\n\n")[0].split())


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)


def cell(text: str) -> str:
    """Text that fits in one cell."""
    code = text.startswith("`") and text.endswith("`")
    text = " ".join(text.replace("``", "`").split())
    return text.replace("|", "\\|") if not code else text.replace("|", "&#124;")
