"""The codes on a map: PCA and t-SNE in two dimensions, t-SNE in three."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from isthmus.report.colours import N_COLOURS
from isthmus.report.markup import Section, escape, figure, note
from isthmus.report.study import Study
from isthmus.report.text import count, percent, shortened

__all__ = ["Classes", "classes_of", "embedded", "flat_map", "legend", "map_section"]

Floats = NDArray[np.floating]

LEAST_ITEMS = 10
PERPLEXITY = 30.0
# Enough for maps of this many items to settle; the larger share of a report's time goes here.
ITERATIONS = {2: 750, 3: 500}
LARGEST_CLASSES = 20
# Names longer or more numerous than these would cover the map.
NAMED_CLASSES, NAMED_LENGTH = 12, 14
SIZE, MARGIN, RADIUS = 400, 14, 3.0
THUMB_SIDE, THUMB_QUALITY, THUMBS_PER_ROW = 28, 80, 40


@dataclass(frozen=True)
class Classes:
    """Which colour each item has.

    Attributes
    ----------
    names : tuple of str
        Largest first; the last may stand for all others.
    of : ndarray of int, shape (n,)
        Index into ``names``.
    grey : bool
        Whether the last name gathers the rest, in grey.
    """

    names: tuple[str, ...]
    of: NDArray[np.intp]
    grey: bool = False

    def kind(self, i: int) -> str:
        """The CSS class of a class: its colour and the shape of its marker."""
        if self.grey and i == len(self.names) - 1:
            return "c-rest s0"
        return f"c{i % N_COLOURS} s{i // N_COLOURS}"


def classes_of(labels: NDArray[np.str_] | None, n: int) -> Classes:
    """Classes of n items by their labels: the largest ones, and the rest together."""
    if labels is None:
        return Classes(("all items",), np.zeros(n, np.intp))
    names, counts = np.unique(labels, return_counts=True)
    kept = sorted(names[np.argsort(-counts, kind="stable")][:LARGEST_CLASSES].tolist())
    place = {name: i for i, name in enumerate(kept)}
    of = np.array([place.get(label, len(kept)) for label in labels.tolist()], np.intp)
    rest = len(names) > len(kept)
    shown = [name or "no label" for name in kept]
    return Classes((*shown, f"{len(names) - len(kept)} others") if rest else tuple(shown), of, rest)


def map_section(study: Study) -> Section:
    """Three maps of the codes of test items, or why there are none."""
    codes = study.codes.astype(np.float64)
    reason = _reason(codes)
    if reason:
        return Section("maps", "The codes on a map", note(reason))
    labels = None if study.test.labels is None else study.test.labels[study.coded]
    classes = classes_of(labels, len(codes))
    flat, shares = principal_map(codes)
    maps = [
        flat_map(
            flat,
            classes,
            "PCA of the codes",
            f"The two directions in which the codes vary most ({percent(float(shares[:2].sum()))} "
            "of their variance): true distances, seen from one side.",
        ),
        flat_map(
            embedded(codes, 2, study.seed),
            classes,
            "t-SNE of the codes",
            "Neighbours stay neighbours; distances between groups mean little.",
        ),
    ]
    body = (
        f"{_lead(study, classes)}{legend(classes)}"
        f'<div class="pair maps">{"".join(maps)}</div>'
        f"{_cloud(study, embedded(codes, 3, study.seed), classes)}"
    )
    return Section("maps", "The codes on a map", body)


def _reason(codes: Floats) -> str:
    """Why no map can be drawn, or nothing."""
    if len(codes) < LEAST_ITEMS:
        return (
            f"A map needs at least {LEAST_ITEMS} items, and there are {len(codes)} test items; "
            "none is drawn."
        )
    if not np.ptp(codes, axis=0).any():
        return "All codes are the same, so there is nothing to map."
    return ""


def principal_map(codes: Floats) -> tuple[Floats, Floats]:
    """Codes along the two directions of largest variance, shape (n, 2), and all shares."""
    centred = codes - codes.mean(axis=0)
    _, values, directions = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    flat = centred @ (directions * signs[:, None])[:2].T
    if flat.shape[1] == 1:
        flat = np.column_stack([flat, np.zeros(len(flat))])
    return flat, values**2 / np.sum(values**2)


def embedded(codes: Floats, n_dimensions: int, seed: int) -> Floats:
    """t-SNE of codes, shape (n, n_dimensions), the same for the same seed.

    van der Maaten and Hinton, "Visualizing data using t-SNE" (JMLR 2008).
    """
    # A start at PCA needs more numbers than the map has dimensions.
    start = "pca" if codes.shape[1] > n_dimensions else "random"
    tsne = TSNE(
        n_dimensions,
        perplexity=min(PERPLEXITY, (len(codes) - 1) / 3),
        init=start,
        max_iter=ITERATIONS[n_dimensions],
        random_state=seed,
    )
    # Threads add in an order of their own, and t-SNE makes rounding errors large.
    with threadpool_limits(1):
        return np.asarray(tsne.fit_transform(codes.astype(np.float32)), dtype=np.float64)


def _lead(study: Study, classes: Classes) -> str:
    n, total = len(study.coded), len(study.test)
    some = f"{count(n)} test items" if n == total else f"{count(n)} of {count(total)} test items"
    what = "" if study.test.labels is None else ", coloured by label (the fit never saw labels)"
    touch = (
        " Point at a dot to see the item." if study.pictures else " Point at a dot for its name."
    )
    return f"<p>{escape(f'The codes of {some}{what}.{touch}')}</p>"


def legend(classes: Classes) -> str:
    """Colours and shapes by their names; nothing where all items are of one class."""
    if len(classes.names) == 1:
        return ""
    keys = "".join(
        f'<li><svg class="{classes.kind(i)}" viewBox="-5 -5 10 10" width="11" height="11" '
        f'aria-hidden="true">{_marker(0, 0, classes.kind(i), 4.0)}</svg>'
        f"{escape(shortened(name))}</li>"
        for i, name in enumerate(classes.names)
    )
    return f'<ul class="legend classes">{keys}</ul>'


def _marker(x: float, y: float, kind: str, radius: float = RADIUS) -> str:
    """A dot, a triangle or a square: the shape tells labels of one colour apart."""
    if kind.endswith("s1"):
        r = radius * 1.25
        path = f"M{x:.1f} {y - r:.1f}l{r:.1f} {1.75 * r:.1f}h{-2 * r:.1f}z"
    elif kind.endswith("s2"):
        r = radius * 0.9
        path = f"M{x - r:.1f} {y - r:.1f}h{2 * r:.1f}v{2 * r:.1f}h{-2 * r:.1f}z"
    else:
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'
    return f'<path class="{kind}" d="{path}"/>'


def flat_map(places: Floats, classes: Classes, title: str, text: str) -> str:
    """A map in two dimensions as SVG."""
    low, high = places.min(axis=0), places.max(axis=0)
    span = float((high - low).max()) or 1.0
    inner = SIZE - 2 * MARGIN
    at = (places - (low + high) / 2) / span * inner + SIZE / 2
    at[:, 1] = SIZE - at[:, 1]
    # Colours alternate in the order of the items, so that no label lies on top of all others.
    dots = "".join(_marker(x, y, classes.kind(i)) for (x, y), i in zip(at, classes.of, strict=True))
    svg = (
        f'<svg class="map" viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{escape(title)}">'
        f'<g class="dots">{dots}</g>{_names(at, classes)}</svg>'
    )
    return figure(svg, text, title=title)


def _named(classes: Classes) -> bool:
    """Whether names are few and short enough to stand on the map."""
    few = 1 < len(classes.names) <= NAMED_CLASSES
    return few and max(map(len, classes.names)) <= NAMED_LENGTH


def _names(at: Floats, classes: Classes) -> str:
    """Names of classes at the middle of their items."""
    if not _named(classes):
        return ""
    texts = []
    for i, name in enumerate(classes.names):
        mine = at[classes.of == i]
        if len(mine):
            # The item nearest to the median: the median itself may lie in a gap.
            middle = mine[np.abs(mine - np.median(mine, axis=0)).sum(axis=1).argmin()]
            texts.append(f'<text x="{middle[0]:.1f}" y="{middle[1] + 5:.1f}">{escape(name)}</text>')
    return f'<g class="names">{"".join(texts)}</g>'


def _cloud(study: Study, places: Floats, classes: Classes) -> str:
    """The map in three dimensions: numbers for the script, and a canvas to draw on."""
    centred = places - places.mean(axis=0)
    # Divided by a typical radius rather than the largest: one far item must not shrink the rest.
    radius = float(np.quantile(np.linalg.norm(centred, axis=1), 0.98)) or 1.0
    data = {
        "points": np.round(centred / radius, 3).tolist(),
        "classes": classes.of.tolist(),
        "kinds": [classes.kind(i) for i in range(len(classes.names))],
        "names": [study.name(int(i)) for i in study.coded],
        "labels": list(classes.names) if _named(classes) else [],
        "thumbs": _thumbs(study),
    }
    content = (
        '<canvas class="cloud" tabindex="0" role="img" aria-label="t-SNE of the codes in three '
        'dimensions; drag or use the arrow keys to turn it"></canvas>'
        "<noscript><p>Turning the cloud needs JavaScript.</p></noscript>"
        f'<script type="application/json" id="cloud-data">{_json(data)}</script>'
    )
    text = "Drag to turn it, or use the arrow keys. Nearer items are larger and stronger."
    return figure(content, text, title="t-SNE in three dimensions", kind="wide")


def _json(data: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c").replace("&", "\\u0026")


def _thumbs(study: Study) -> dict[str, Any] | None:
    """All mapped items on one small sheet, for the pointer to show."""
    if not study.pictures:
        return None
    rows = -(-len(study.coded) // THUMBS_PER_ROW)
    sheet = Image.new("RGB", (THUMBS_PER_ROW * THUMB_SIDE, rows * THUMB_SIDE), (128, 128, 128))
    for place, index in enumerate(study.coded):
        picture = Image.fromarray(study.window.show(np.asarray(study.test.items[index])))
        share = THUMB_SIDE / max(picture.size)
        width, height = (max(1, round(side * share)) for side in picture.size)
        how = Image.Resampling.BOX if share < 1 else Image.Resampling.NEAREST
        left = place % THUMBS_PER_ROW * THUMB_SIDE + (THUMB_SIDE - width) // 2
        top = place // THUMBS_PER_ROW * THUMB_SIDE + (THUMB_SIDE - height) // 2
        sheet.paste(picture.convert("RGB").resize((width, height), how), (left, top))
    stream = io.BytesIO()
    sheet.save(stream, format="JPEG", quality=THUMB_QUALITY)
    uri = f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
    return {"uri": uri, "side": THUMB_SIDE, "columns": THUMBS_PER_ROW}
