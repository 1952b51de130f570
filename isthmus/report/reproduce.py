"""How to fit this again: settings and versions."""

from __future__ import annotations

import json

from isthmus.report.markup import Section, details, escape, table
from isthmus.report.study import Study

__all__ = ["reproduce_section"]

_SHOWN_ELSEWHERE = {"by_code_size", "versions"}


def reproduce_section(study: Study) -> Section:
    """The section: all settings as JSON, all measurements, and the versions used."""
    settings = _json(study.ae.settings())
    measured = {k: v for k, v in study.metrics.items() if k not in _SHOWN_ELSEWHERE}
    versions = study.metrics.get("versions") or {}
    parts = []
    if versions:
        rows = [[str(name), str(version)] for name, version in versions.items()]
        parts.append(table(("library", "version"), rows, "versions"))
    parts.append(details("Settings of the autoencoder (JSON)", settings))
    parts.append(details("Measurements (metrics.json without the curves)", _json(measured)))
    random_state = study.ae.random_state
    text = f"Random state of the fit: {random_state}; seed of this page: {study.seed}."
    return Section("reproduce", "Reproduce", f"<p>{escape(text)}</p>{''.join(parts)}")


def _json(values: object) -> str:
    return f"<pre>{escape(json.dumps(values, indent=2, default=str, ensure_ascii=False))}</pre>"
