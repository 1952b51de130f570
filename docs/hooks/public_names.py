"""What is public, found by walking: `isthmus.__all__` and the estimators of `isthmus.uses`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

from setting_tables import summary, table
from sklearn.base import BaseEstimator

import isthmus
import isthmus.uses

__all__ = ["api_page", "name_list", "public_names"]


def public_names() -> dict[str, str]:
    """Each name and where it is at home, ``{"Autoencoder": "isthmus.autoencoder.Autoencoder"}``."""
    found = {name: getattr(isthmus, name) for name in isthmus.__all__ if name[0] != "_"}
    for module in pkgutil.walk_packages(isthmus.uses.__path__, "isthmus.uses."):
        inside = importlib.import_module(module.name)
        found |= {name: thing for name in inside.__all__ if whole(thing := getattr(inside, name))}
    return {name: home_of(thing) for name, thing in sorted(found.items(), key=by_name)}


def by_name(pair: tuple[str, Any]) -> str:
    return pair[0].lower()


def whole(thing: Any) -> bool:
    """Whether something is an estimator that leaves nothing to be said by others."""
    if not inspect.isclass(thing) or not issubclass(thing, BaseEstimator):
        return False
    parts = (getattr(thing, name, None) for name in dir(thing))
    return not any(getattr(part, "__isabstractmethod__", False) for part in parts)


def home_of(thing: Any) -> str:
    if inspect.ismodule(thing):
        return thing.__name__
    return f"{thing.__module__}.{thing.__qualname__}"


def api_page(name: str, home: str) -> str:
    """The page of a name; mkdocstrings fills it from the docstrings."""
    return f"# {name}\n\n::: {home}\n"


def name_list() -> str:
    """All public names, each with the first sentence of what it is."""
    rows = []
    for name, home in public_names().items():
        thing = getattr(isthmus, name, None) or at(home)
        rows.append((f"[`{name}`]({name}.md)", summary(thing)))
    return table(("name", "what it is"), rows)


def at(home: str) -> Any:
    module, _, name = home.rpartition(".")
    return getattr(importlib.import_module(module), name)
