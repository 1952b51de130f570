"""The job: files in, a folder of codes out, a file of it for each piece of the input."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from isthmus.autoencoder import Autoencoder
from isthmus.data import Skipped
from isthmus.errors import BadSetting, IsthmusError, RunExists, unknown_name
from isthmus.lake.choosing import form_of
from isthmus.lake.engines import ENGINES
from isthmus.lake.folder import Folder
from isthmus.lake.forms import Form
from isthmus.lake.listing import Listing, list_files
from isthmus.lake.manifest import Manifest
from isthmus.lake.pieces import Done, PieceEncoder
from isthmus.lake.sources import PREFIX, Source, piece_file, pieces_of
from isthmus.loading import load
from isthmus.model_files import CONFIG
from isthmus.runs.folder import read_json
from isthmus.runs.items import Preparing
from isthmus.runs.pushed import found_run
from isthmus.settings import Interval

__all__ = ["Encoded", "encode_lake"]

# Headers of files that are looked at together, since a store far off answers slowly.
AT_ONCE = 16


@dataclass(frozen=True)
class Encoded:
    """What was done.

    Attributes
    ----------
    n_pieces : int
        Files of codes in the folder.
    n_before : int
        How many of them were there already.
    n_rows : int
        Codes that were written now.
    skipped : tuple of Skipped
        Files that could not be read now.
    """

    n_pieces: int
    n_before: int
    n_rows: int
    skipped: tuple[Skipped, ...]


def encode_lake(
    run: Path | str,
    data: str,
    out: str,
    *,
    engine: str = "plain",
    workers: int | None = None,
    search_steps: int | None = None,
    progress: Preparing | None = None,
) -> Encoded:
    """Encode many files into a folder of Parquet files, one for each piece, in their order.

    Called again after it was stopped or killed it does what is missing.

    Parameters
    ----------
    run : Path or str
        A folder, an address or ``hub:user/name``.
    data : str
        A pattern, ``folder/**/*.parquet`` or ``s3://bucket/path/*.npy``; or a folder, or a file.
    out : str
        A folder: a path or an address.
    engine : {"plain", "ray"}
    workers : int or None
        Of Ray; None is one for each processor.
    search_steps : int or None
        See `Autoencoder`; None is the run's own.
    progress : callable or None

    Raises
    ------
    RunExists
        If the folder holds codes by another model or of other input.
    IsthmusError
        The first of what hindered a piece, once all other pieces are written.
    """
    if engine not in ENGINES:
        raise unknown_name("engine", engine, ENGINES)
    Interval(int, 1, optional=True).check("encode", "workers", workers)
    if workers is not None and engine == "plain":
        raise BadSetting("the plain engine is one process; --workers is for --engine ray.")
    home = found_run(run).path
    fit, ae = read_json(home / "fit.json"), load(home)
    if search_steps is not None:
        ae.set_params(search_steps=search_steps)
    ae.require_code()
    form, listing = form_of(list_files(data), fit, ae)
    folder = Folder(out)
    manifest, unread = _manifest(home, ae, form, listing, folder, progress)
    pieces = list(pieces_of(manifest.sources, listing.files))
    written = folder.names()
    missing = [piece for piece in pieces if piece.file not in written]
    encoder = PieceEncoder(ae, listing.root, form, folder)
    done: list[Done] = []
    for found in ENGINES[engine](encoder, missing, workers):
        done.append(found)
        if progress is not None:
            progress("encoding", len(pieces) - len(missing) + len(done), len(pieces))
    folder.sweep(PREFIX)
    _raise_first([*done, *unread], len(pieces) + len(unread))
    skipped = tuple(lost for found in done for lost in found.skipped)
    n_rows = sum(found.n_rows for found in done)
    return Encoded(len(pieces), len(pieces) - len(missing), n_rows, skipped)


def _manifest(
    home: Path,
    ae: Autoencoder,
    form: Form,
    listing: Listing,
    folder: Folder,
    progress: Preparing | None,
) -> tuple[Manifest, list[Done]]:
    """What the folder is to be of, written there, and files that cannot be looked into.

    Raises where the folder is of something else.
    """
    if listing.would_hold(folder.name(piece_file(0, 0))):
        raise BadSetting(
            f"--out {folder.place} lies among the input, which codes would then be taken for; "
            "write elsewhere."
        )
    settings = json.dumps([type(form).__name__, form.settings()], sort_keys=True)
    model = {
        "sha256": read_json(_config(home))["sha256"],
        "form": hashlib.sha256(settings.encode()).hexdigest()[:16],
        "search_steps": ae.search_steps,
    }
    earlier = Manifest.read(folder)
    if earlier is None and any(name.startswith(PREFIX) for name in folder.names()):
        raise RunExists(
            f"{folder.place} holds files called {PREFIX}... and no manifest; choose another --out."
        )
    manifest = earlier or Manifest(model, ())
    manifest = manifest.continued(model, listing.files, form.together, folder)
    sources, unread = _cut(manifest.sources, form, listing, progress)
    if unread and not any(source.slices for source in sources):
        raise unread[0].exception()
    manifest = replace(manifest, sources=sources)
    if manifest != earlier:
        manifest.write(folder)
    return manifest, unread


def _config(home: Path) -> Path:
    """Where the model's own digest is; what comes from the hub has no folder ``model``."""
    return next(path for path in (home / "model" / CONFIG, home / CONFIG) if path.is_file())


def _cut(
    sources: Sequence[Source], form: Form, listing: Listing, progress: Preparing | None
) -> tuple[tuple[Source, ...], list[Done]]:
    """The sources with the slices that they are cut into; those that cannot be have none."""

    def cut(source: Source) -> tuple[Source, Done | None]:
        if source.slices or not source.n_files:
            return source, None
        try:
            return replace(source, slices=form.slices(listing.root, source.first)), None
        except IsthmusError as error:
            return source, Done.failed(source.first, error)

    found: list[Source] = []
    unread: list[Done] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for source, failed in pool.map(cut, sources):
            found.append(source)
            unread += [failed] if failed else []
            if progress is not None:
                progress("looking at files", len(found), len(sources))
    return tuple(found), unread


def _raise_first(done: Sequence[Done], n_pieces: int) -> None:
    """Raise what hindered the first piece that was not written, if any was not."""
    failed = sorted((found for found in done if found.error), key=lambda found: found.file)
    if failed:
        error = failed[0].exception()
        n = len(failed)
        raise type(error)(
            f"{error} ({n} of {n_pieces} pieces could not be written; the same command does what "
            "is missing.)"
        )
