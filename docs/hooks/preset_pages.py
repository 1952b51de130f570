"""The presets, from their table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from setting_tables import table

from isthmus.presets import PRESETS, Preset
from isthmus.uses.catalogue import catalogue

__all__ = ["preset_list"]

FAMILY, RESTORING, HISTORICAL = "For any data", "To restore", "Historical networks"


def preset_list() -> str:
    """A table of each group of presets, then each with its slots."""
    parameters = {row["name"]: row["n_parameters"] for row in catalogue()}
    groups: dict[str, list[str]] = {FAMILY: [], RESTORING: [], HISTORICAL: []}
    for name, preset in PRESETS.items():
        groups[group_of(preset)].append(name)
    parts = []
    for title, names in groups.items():
        rows = [(f"[`{name}`](#{name})", PRESETS[name].summary) for name in names]
        parts += [f"## {title}", table(("preset", "what it is"), rows)]
        parts += [described(name, PRESETS[name], parameters[name]) for name in names]
    return "\n\n".join(parts)


def group_of(preset: Preset) -> str:
    if preset.native_shape is not None:
        return HISTORICAL
    return FAMILY if preset.has_code else RESTORING


def described(name: str, preset: Preset, n_parameters: int | None) -> str:
    """One preset: what it is, whence, and its choice in each slot."""
    count = "" if n_parameters is None else f" {n_parameters:,} parameters."
    slots = json.dumps(preset.settings, indent=2, default=as_json)
    return (
        f"### {name}\n\n{preset.summary[0].upper()}{preset.summary[1:]}.{count}\n\n"
        f"Source: {preset.source}.\n\n```json\n{short_lists(slots)}\n```"
    )


def as_json(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def short_lists(text: str) -> str:
    """Lists of numbers on one line."""
    lines, open_list = [], ""
    for line in text.splitlines():
        if open_list:
            open_list += line.strip() + " "
            if line.strip().startswith("]"):
                lines.append(open_list.replace(" ]", "]").rstrip())
                open_list = ""
        elif line.endswith("["):
            open_list = line
        else:
            lines.append(line)
    return "\n".join(lines)
