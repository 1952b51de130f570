"""Numbers and names as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = [
    "DASH",
    "MINUS",
    "TIMES",
    "count",
    "duration",
    "number",
    "percent",
    "power_of_ten",
    "shape_text",
    "shortened",
    "signed",
]

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 3) -> str:
    """A measured number with ``digits`` significant ones.

    >>> number(0.0053712), number(1234.5), number(None)
    ('0.00537', '1,234', 'not measured')
    """
    if value is None or not math.isfinite(value):
        return "not measured"
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if -5 < exponent < 0:
        return f"{value:#.{digits}g}"
    if 0 <= exponent < 7:
        return f"{value:,.{max(0, digits - 1 - exponent)}f}"
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}{TIMES}{power_of_ten(int(power))}"


def power_of_ten(power: int) -> str:
    """10 with its exponent raised."""
    return f"10{str(power).translate(_SUPERSCRIPTS)}"


def signed(value: float, digits: int = 3) -> str:
    """A number with a true minus sign."""
    return number(value, digits).replace("-", MINUS)


def count(value: int) -> str:
    """A whole number, its thousands apart: 12,345."""
    return f"{value:,}"


def percent(share: float) -> str:
    """A share of 0..1 in percent, finer where it is small or all but the whole.

    >>> percent(0.404), percent(0.0312), percent(0.9988), percent(1.6)
    ('40 %', '3.1 %', '99.9 %', '160 %')
    """
    value = 100 * share
    fine = 0 < abs(value) < 9.95 or 98.95 <= abs(value) < 100
    return f"{value:.1f} %" if fine else f"{value:.0f} %"


def duration(seconds: float | None) -> str:
    """Seconds as people say them.

    >>> duration(8.24), duration(200), duration(7500)
    ('8.2 s', '3 min 20 s', '2 h 5 min')
    """
    if seconds is None:
        return "not measured"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def shape_text(shape: Sequence[int]) -> str:
    """The shape of an item or of feature maps."""
    return f" {TIMES} ".join(count(side) for side in shape)


def shortened(name: object, length: int = 32) -> str:
    """A name cut in its middle, so that a path keeps its end."""
    text = str(np.asarray(name).item()) if isinstance(name, np.generic) else str(name)
    if len(text) <= length:
        return text
    head = (length - 1) // 3
    return f"{text[:head]}…{text[head + 1 - length :]}"
