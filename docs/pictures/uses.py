"""The pictures of the pages on uses, each from a fit of real data.

    python docs/pictures/uses.py                 # all of them
    python docs/pictures/uses.py holes generate  # some

Fits of one or two minutes each: MNIST, Fashion-MNIST and spoken digits, as $ISTHMUS_DATA has them.
Photographs and terrain are cut out of the README's sheets (benchmarks/before_after.py).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tiles import sheet

from isthmus import AnomalyDetector, Autoencoder, Clusters, FewLabelsClassifier, Parts, open_data
from isthmus.report.chart_file import FONT
from isthmus.report.markup import asset
from isthmus.report.pictures import painted, sequential_picture
from isthmus.uses.alike import NeighbourGraph
from isthmus.uses.generation import CodeDensity, along_the_data, straight, varied

HERE = Path(__file__).parent
OUT = HERE / "uses"
RESULTS = HERE.parent.parent / "benchmarks" / "results"
MINUTES = 2.0
Pixels = NDArray[np.uint8]
Items = NDArray[Any]


def shorten() -> None:
    """Digits squeezed to 8 and to 16 numbers, PCA's beside."""
    data = open_data("mnist")
    ae = fitted(Autoencoder(32), data.items)
    X, pca = some_of_each(data.test), ae.rival(data.items)
    rows = [("original", X)]
    for size in (16, 8):
        scaled = ae.scaling_.apply(X.reshape(len(X), -1), np.float64)
        of_pca = pca.inverse_transform(pca.transform(scaled)[:, :size]).reshape(X.shape)
        rows.append((f"{size} numbers", as_bytes(ae.reconstruct(X, size))))
        rows.append((f"PCA, {size}", as_bytes(255 * of_pca)))
    sheet(OUT / "shorten.png", rows)


def noise() -> None:
    """Digits with normal noise, and without it again."""
    data, rng = open_data("mnist"), np.random.default_rng(0)
    wanted = {"name": "gaussian", "deviation": 0.5}
    ae = fitted(Autoencoder.from_preset("restore-noise", corruption=wanted), data.items)
    X = some_of_each(data.test)
    noisy = np.clip(X + 127 * rng.normal(size=X.shape), 0, 255).astype(np.float32)
    restored = ae.restore(noisy)
    rows = [("noisy", as_bytes(noisy)), ("restored", as_bytes(restored)), ("original", X)]
    sheet(OUT / "noise.png", rows)


def holes() -> None:
    """Clothes with holes of any form, filled in."""
    data = open_data("fashion-mnist")
    ae = fitted(Autoencoder.from_preset("restore-mask"), data.items)
    X = some_of_each(data.test)
    rng, hidden = np.random.default_rng(3), np.zeros(X.shape, bool)
    for each in hidden:
        top, left = rng.integers(6, 14, 2)
        each[top : top + 9, left : left + 9] = True
    given = [painted(*pair) for pair in zip(X, hidden, strict=True)]
    restored = as_bytes(ae.restore(X.astype(np.float32), hidden))
    sheet(OUT / "holes.png", [("given", given), ("restored", restored), ("original", X)])


def photographs() -> None:
    """Columns of the README's sheet, each laid down: given, restored, original."""
    restored = Image.open(HERE / "restored.webp")
    tile, left, top = 232, 96, 30
    for column, name in enumerate(("noise", "hole", "colours", "terrain")):
        found = [
            restored.crop((x, y, x + tile, y + tile))
            for x in [left + column * (tile + 8)]
            for y in (top + row * (tile + 8) for row in range(3))
        ]
        page = Image.new("RGBA", (3 * tile + 16, tile))
        for place, each in enumerate(found):
            page.paste(each, (place * (tile + 8), 0))
        page.save(OUT / f"photo-{name}.webp", quality=85)


def anomalies() -> None:
    """Trousers are normal: others by how odd they are, and where."""
    data = open_data("fashion-mnist")
    normal = data.items[data.labels == "Trouser"][:2000]
    detector = AnomalyDetector(fitted_later(Autoencoder(32))).fit(normal)
    X = data.test.items[:1000]
    scores = detector.score_samples(X)
    order = np.argsort(-scores)
    trousers = data.test.labels[:1000][order] == "Trouser"
    shown = np.r_[order[trousers][[5, 40, 80, -2, -1]], order[~trousers][[0, 3, 200, 600, -1]]]
    parts = detector.contributions(X[shown])
    heat = [sequential_picture(part, 0.0, float(np.quantile(parts, 0.99))) for part in parts]
    p_values = [f"p = {p:.3f}" for p in detector.p_values(X[shown])]
    below = [p_values, [""] * len(shown)]
    sheet(OUT / "anomalies.png", [("item", X[shown]), ("why", heat)], below=below)


def clusters() -> None:
    """Kinds of clothes that nobody named, by their most typical members."""
    data = open_data("fashion-mnist")
    X = data.items[:6000]
    found = Clusters(10, autoencoder=contrastive("contrastive-things")).fit(X)
    rows = [
        (f"kind {kind}", X[found.kinds_.typical(kind)[:12]]) for kind in range(found.n_clusters_)
    ]
    sheet(OUT / "clusters.png", rows, side=42)


def labels() -> None:
    """Forty digits with a label, what they say of others, and which to label next."""
    data, rng = open_data("mnist-5k"), np.random.default_rng(0)
    digits = np.unique(data.labels)
    known = np.concatenate([rng.choice(np.flatnonzero(data.labels == d), 4) for d in digits])
    y = np.full(len(data), None, object)
    y[known] = data.labels[known]
    learner = FewLabelsClassifier(contrastive("contrastive")).fit(data.items, y)
    others = np.setdiff1d(np.arange(len(data)), known)
    right = (learner.transduction_ == data.labels)[others].mean()
    print(f"labels: {100 * right:.1f} % of the other {len(others)} are told right")
    told, sure = learner.transduction_, learner.label_distributions_.max(1)
    drawn = rng.choice(others, 10, replace=False)
    rows = [known[::4], drawn, learner.to_label_next(10)]
    below = [list(data.labels[known[::4]])]
    below += [[f"{told[i]}, {100 * sure[i]:.0f} %" for i in row] for row in rows[1:]]
    names = ("labelled", "told", "label next")
    tiles = [(name, data.items[row]) for name, row in zip(names, rows, strict=True)]
    sheet(OUT / "labels.png", tiles, below=below)


def recommend() -> None:
    """How good lists are, as the benchmark has them: bars, since they are means of seeds."""
    found = json.loads((RESULTS / "recommendations.json").read_text(encoding="utf-8"))
    runs = found["sets"]["movielens-1m"]["runs"]
    names = [name for name in runs[0] if isinstance(runs[0][name], dict)]
    means = {name: mean(run[name]["ndcg"] for run in runs) for name in names}
    (OUT / "recommend.svg").write_text(bars(means, "NDCG@20 on MovieLens-1M"), encoding="utf-8")


def generate() -> None:
    """New digits, the way between two, and what one number does."""
    data = open_data("mnist")
    ae = fitted(Autoencoder(16), data.items)
    X, labels = data.items[:6000], data.labels[:6000]
    Z = ae.transform(X).astype(np.float64)
    new = CodeDensity().fit(Z).sample(10, random_state=1)
    graph = NeighbourGraph.of(Z)
    first, last = (int(np.flatnonzero(labels == digit)[5]) for digit in ("3", "8"))
    rows = [
        ("new", new),
        ("near others", along_the_data(graph, first, last, 10)),
        ("straight", straight(Z[first], Z[last], 10)),
        ("one number", varied(Z, Z[first], 2, 10)),
    ]
    sheet(OUT / "generate.png", [(name, as_bytes(ae.inverse_transform(z))) for name, z in rows])


def mixed() -> None:
    """Clothes with numbers beside them: either part is guessed from the other."""
    data = open_data("fashion-mnist")
    numbers = measured(data.items)
    parts = Parts((28, 28))
    rows = parts.join(data.items, numbers)
    ae = fitted(Autoencoder(16).for_parts((28, 28)), rows[:20_000])
    X = some_of_each(data.test)
    whole = parts.join(X, measured(X))
    alone = parts.without(whole, "picture")
    both, guessed = (255 * parts.split(ae.reconstruct(each))[0] for each in (whole, alone))
    told = parts.split(ae.restore(parts.without(whole, "numbers")))[1]
    below = [
        [f"{a:.2f}" for a in measured(X)[:, 0]],
        [f"{a:.2f}" for a in told[:, 0]],
        [""] * len(X),
    ]
    rows = [("picture", X), ("from both", as_bytes(both)), ("numbers alone", as_bytes(guessed))]
    sheet(OUT / "mixed.png", rows, below=below)


def sound() -> None:
    """Spoken digits as pictures of sound, from few numbers."""
    data = open_data("fsdd")
    ae = fitted(Autoencoder(64), data.items)
    X = data.test.items[::40][:6]
    rows = [("recorded", X)]
    rows += [(f"{size} numbers", as_bytes(ae.reconstruct(X, size))) for size in (64, 16)]
    sheet(OUT / "sound.png", rows, side=96)


def maps() -> None:
    """A map of digits, and what its places decode to."""
    items = open_data("mnist").items[:10_000]
    # Epochs, since arranging items takes time of which a decoder should have the same.
    ae = Autoencoder.from_preset("map", training__epochs=20, random_state=0).fit(items)
    Z = ae.transform(items)
    low, high = np.quantile(Z, 0.01, axis=0), np.quantile(Z, 0.99, axis=0)
    side = 20
    across, down = np.meshgrid(*(np.linspace(a, b, side) for a, b in zip(low, high, strict=True)))
    places = np.stack([across.ravel(), down.ravel()], 1)
    decoded = as_bytes(ae.inverse_transform(places)).reshape(side, side, 28, 28)
    whole = decoded.transpose(0, 2, 1, 3).reshape(side * 28, side * 28)
    sheet(OUT / "maps.png", [("", [whole])], side=560, colours=32)


def fitted(ae: Autoencoder, items: Items) -> Autoencoder:
    return fitted_later(ae).fit(items)


def fitted_later(ae: Autoencoder) -> Autoencoder:
    return ae.set_params(training__minutes=MINUTES, random_state=0)


def contrastive(name: str) -> Autoencoder:
    return fitted_later(Autoencoder.from_preset(name))


def bars(values: Mapping[str, float], title: str) -> str:
    """An SVG of bars that lie; the first is ours."""
    row, beside, width = 30, 150, 300
    parts = [f'<text x="0" y="14" class="label">{title}</text>']
    for number, (name, value) in enumerate(values.items()):
        top, length = 28 + number * row, width * value / max(values.values())
        colour = "var(--rest)" if number else "var(--ae)"
        parts += [
            f'<text x="0" y="{top + 15}">{name}</text>',
            f'<rect x="{beside}" y="{top}" width="{length:.1f}" height="20" fill="{colour}"/>',
            f'<text x="{beside + length + 6:.1f}" y="{top + 15}" class="label">{value:.3f}</text>',
        ]
    size = f"0 0 {beside + width + 60} {28 + len(values) * row}"
    style = f"<style>{FONT}{asset('chart.css')}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" role="img">'
    return f"{head}<title>{title}</title>{style}{''.join(parts)}</svg>\n"


def some_of_each(data: Any) -> Pixels:
    """One picture of each of ten labels."""
    names = np.unique(data.labels)
    return np.stack([data.items[np.flatnonzero(data.labels == name)[7]] for name in names])


def measured(pictures: Pixels) -> NDArray[np.floating]:
    """How much of a picture is bright, how wide and how high it is, and how it differs, 0..1."""
    bright = pictures > 40
    wide, high = bright.any(1).mean(1), bright.any(2).mean(1)
    return np.column_stack([pictures.mean((1, 2)) / 255, wide, high, pictures.std((1, 2)) / 255])


def as_bytes(pictures: Items) -> Pixels:
    return np.rint(np.clip(pictures, 0, 255)).astype(np.uint8)


PICTURES: Mapping[str, Callable[[], None]] = {
    make.__name__: make
    for make in (
        shorten,
        noise,
        holes,
        photographs,
        anomalies,
        clusters,
        labels,
        recommend,
        generate,
        mixed,
        sound,
        maps,
    )
}

if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PICTURES:
        PICTURES[name]()
