"""``isthmus fit``: from data to codes, a model and a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from isthmus.commands.options import Track
from isthmus.errors import BadSetting

if TYPE_CHECKING:
    from isthmus.commands.show import ProgressBars
    from isthmus.runs.request import Request
    from isthmus.tracking import Several

__all__ = ["fit", "request_of", "told_by"]


def fit(
    data: Annotated[
        str,
        typer.Argument(
            help="A folder of pictures or sounds (subfolders are labels), .npy, .npz, .csv, "
            ".parquet, a folder of IDX files, or a built-in set (see: isthmus datasets)."
        ),
    ],
    preset: Annotated[
        str | None, typer.Option(help="A named autoencoder (see: isthmus presets).")
    ] = None,
    restore: Annotated[
        str | None,
        typer.Option(
            help="Learn to restore instead of to shorten: noise, for example; the presets called "
            "restore-NAME are what there is (see: isthmus presets)."
        ),
    ] = None,
    k: Annotated[int | None, typer.Option("-k", help="Numbers in the code.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Train this long instead.")] = None,
    seed: Annotated[int | None, typer.Option(help="Fixes every draw; 0 if not given.")] = None,
    test: Annotated[
        str | None,
        typer.Option(help="Data to test on; else the official split, or a tenth held out."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; runs/DATA-PRESET-K if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an unfinished fit.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a run that is there.")] = False,
    size: Annotated[
        str | None, typer.Option(help="Resize pictures to HEIGHTxWIDTH, such as 128x128.")
    ] = None,
    cut: Annotated[
        bool | None,
        typer.Option(
            help="Cut pictures into pieces of that size, at their own resolution, instead of "
            "resizing them; the default with --restore and --preset compression.",
        ),
    ] = None,
    label: Annotated[str | None, typer.Option(help="A table's column of labels.")] = None,
    id: Annotated[str | None, typer.Option(help="A table's column of identifiers.")] = None,
    table: Annotated[
        str | None,
        typer.Option(
            help="Numbers and categories of each picture: a .csv or .parquet file whose column id "
            "(or --id) names the pictures. Either part may be missing."
        ),
    ] = None,
    hidden: Annotated[
        float | None, typer.Option(help="With --restore terrain: a height that means no data.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(help="Sounds: what one item is of; as long as 95 % of them, at most 4 s."),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="With --preset recommend: the column of users.")
    ] = None,
    item: Annotated[
        str | None, typer.Option(help="With --preset recommend: the column of their items.")
    ] = None,
    rating: Annotated[
        str | None, typer.Option(help="With --preset recommend: the column of ratings.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse unreadable pictures instead of skipping them.")
    ] = False,
    track: Track = None,
    set: Annotated[
        list[str] | None,
        typer.Option(
            help="Any other setting, as NAME=VALUE: training__patience=5, "
            'training__augment=["flip"], corruption__share=0.4. May be repeated.'
        ),
    ] = None,
) -> None:
    """Fit an autoencoder: writes codes, a model, metrics with PCA's beside them, and a report."""
    from rich.console import Console

    from isthmus.commands.show import ProgressBars, print_result
    from isthmus.runs.job import fit_run
    from isthmus.together import is_first

    request = request_of(
        data=data,
        test=test,
        preset=preset,
        restore=restore,
        k=k,
        epochs=epochs,
        minutes=minutes,
        seed=seed,
        size=size,
        cut=cut,
        label=label,
        id=id,
        table=table,
        hidden=hidden,
        seconds=seconds,
        user=user,
        item=item,
        rating=rating,
        strict=strict,
        set=set,
    )
    folder = out or Path("runs") / request.run_name
    console = Console(quiet=not is_first())
    with ProgressBars(console) as bars:
        metrics = fit_run(
            request,
            folder,
            resume=resume,
            force=force,
            watcher=told_by(bars, track, folder, request),
            preparing=bars.preparing,
        )
    print_result(console, metrics, folder)


def request_of(
    *,
    preset: str | None,
    restore: str | None,
    k: int | None,
    size: str | None,
    strict: bool,
    set: list[str] | None,
    **same: Any,
) -> Request:
    """What was asked for on the command line; most options are called the same there."""
    from isthmus.runs.request import Request

    return Request(
        preset=_preset(preset, restore),
        n_components=k,
        size=None if size is None else _size(size),
        strict=strict or None,
        settings=dict(_setting(text) for text in set or []),
        **same,
    )


def told_by(bars: ProgressBars, track: list[str] | None, out: Path, request: Request) -> Several:
    """What is told of a fit: the bars on the screen, and trackers."""
    from isthmus.tracking import Several, trackers_of

    about = {"request": {key: x for key, x in request.to_dict().items() if x not in (None, {})}}
    return Several(bars, *trackers_of(track or [], out, about, bars.warn))


def _preset(preset: str | None, restore: str | None) -> str | None:
    from isthmus.presets import restorer

    if restore is None:
        return preset
    if preset is not None:
        raise BadSetting(f"give --preset {preset} or --restore {restore}, not both.")
    return restorer(restore)


def _size(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) != 2 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise BadSetting(f"--size {text!r}, expected HEIGHTxWIDTH in pixels, such as 128x128.")
    return int(parts[0]), int(parts[1])


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadSetting(f"--set {text!r}, expected NAME=VALUE, such as training__patience=5.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
