"""Every error a user can cause, each one line that says what came, what was expected, what to do.

::

    IsthmusError
    ├── BadInput        (also ValueError)        the data cannot be used as they are
    ├── BadSetting      (also ValueError)        a parameter is out of range, or a name is unknown
    ├── BadFile         (also ValueError)        a model, checkpoint or prepared file is damaged
    ├── NoData          (also FileNotFoundError) a path or a built-in set is not there
    ├── RunExists       (also FileExistsError)   a run would be overwritten
    ├── CannotWrite     (also OSError)           the disk is full, read-only or missing
    ├── CannotExport    (also ValueError)        a model has no form outside Python
    ├── Diverged        (also ArithmeticError)   training left the numbers
    ├── MissingExtra    (also ImportError)       an optional library is not installed
    └── NotFitted       (also scikit-learn's NotFittedError)

The command line prints the message of an ``IsthmusError`` alone and exits with code 2; any other
exception is a bug in Isthmus and shows its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from sklearn.exceptions import NotFittedError

__all__ = [
    "BadFile",
    "BadInput",
    "BadSetting",
    "CannotExport",
    "CannotWrite",
    "Diverged",
    "IsthmusError",
    "MissingExtra",
    "NoData",
    "NotFitted",
    "RunExists",
    "unknown_name",
]


class IsthmusError(Exception):
    """The parent of all errors that a user can cause and mend."""


class BadInput(IsthmusError, ValueError):
    """The data cannot be used as they are."""


class BadSetting(IsthmusError, ValueError):
    """A parameter is out of its range, or a name is unknown."""


class BadFile(IsthmusError, ValueError):
    """A model, checkpoint or prepared file is damaged or from a newer version."""


class NoData(IsthmusError, FileNotFoundError):
    """A path or a built-in data set is not there."""


class RunExists(IsthmusError, FileExistsError):
    """A run would be overwritten."""


class CannotWrite(IsthmusError, OSError):
    """The disk is full, read-only or missing."""


class CannotExport(IsthmusError, ValueError):
    """A model has no form outside Python, or gives other numbers there."""


class Diverged(IsthmusError, ArithmeticError):
    """Training left the numbers: the loss became NaN or infinite."""


class MissingExtra(IsthmusError, ImportError):
    """An optional library is not installed; the message is its install line."""


class NotFitted(IsthmusError, NotFittedError):
    """A fitted autoencoder was needed; call ``fit`` first."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> BadSetting:
    """The error for a name that is not among the known ones, with the nearest one suggested.

    >>> print(unknown_name("preset", "liner", ["linear", "vae"]))
    unknown preset 'liner'; did you mean 'linear'? Known: linear, vae.
    """
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return BadSetting(f"unknown {kind} {name!r}{hint} Known: {', '.join(names)}.")
