"""``isthmus encode``: codes for new data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from isthmus.commands.options import OR_ON_HUB, LaterTable, refuse_replacing
from isthmus.errors import BadSetting

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["encode"]


def encode(
    run: Annotated[
        str, typer.Argument(help=f"Folder of a run, as isthmus fit writes it, {OR_ON_HUB}")
    ],
    data: Annotated[
        str,
        typer.Argument(
            help="Data of the same form as the run's; or many files, by a pattern such as "
            "'folder/**/*.parquet' or 's3://bucket/path/*.npy'."
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option(
            help="Parquet file to write, codes.parquet if not given; of many files a folder, "
            "codes if not given. Either may be an address."
        ),
    ] = None,
    table: LaterTable = None,
    search_steps: Annotated[
        int | None,
        typer.Option(
            help="Steps of search for codes that rebuild the items better, at many times the "
            "time; the run's own if not given."
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="Of many files: plain is one process, ray is workers of Ray on one machine or "
            "many. Both write the same files, and go on where they were stopped."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Of --engine ray; one for each processor if not given.")
    ] = None,
) -> None:
    """Write the codes of new items, with their identifiers."""
    from rich.console import Console

    from isthmus.addresses import is_pattern

    if engine is not None or is_pattern(data):
        if table is not None:
            raise BadSetting("--table lies beside one folder of pictures, not beside a pattern.")
        _encode_lake(Console(), run, data, out or "codes", engine, workers, search_steps)
        return
    if workers is not None:
        raise BadSetting("--workers is for many files: give a pattern and --engine ray.")
    out = out or "codes.parquet"
    refuse_replacing(out, [data, table])
    _encode_one(Console(), run, data, out, table, search_steps)


def _encode_lake(
    console: Console,
    run: str,
    data: str,
    out: str,
    engine: str | None,
    workers: int | None,
    search_steps: int | None,
) -> None:
    from dataclasses import asdict

    from isthmus.commands.show import ProgressBars, print_skipped
    from isthmus.lake import encode_lake
    from isthmus.lake.memory import share_freed_memory

    share_freed_memory()
    with ProgressBars(console) as bars:
        found = encode_lake(
            run,
            data,
            out,
            engine=engine or "plain",
            workers=workers,
            search_steps=search_steps,
            progress=bars.preparing,
        )
    print_skipped(console, [asdict(lost) for lost in found.skipped])
    before = f", {found.n_before} of them there before" if found.n_before else ""
    console.print(
        f"{found.n_rows} codes; {found.n_pieces} files{before}: {out}",
        highlight=False,
        soft_wrap=True,
    )


def _encode_one(
    console: Console,
    run: str,
    data: str,
    out: str,
    table: str | None,
    search_steps: int | None,
) -> None:
    from dataclasses import asdict

    import numpy as np

    from isthmus.commands.show import ProgressBars, print_skipped
    from isthmus.loading import load
    from isthmus.runs.codes_file import write_codes
    from isthmus.runs.folder import read_json
    from isthmus.runs.items import later_items
    from isthmus.runs.pushed import found_run

    folder = found_run(run)
    ae = load(folder.path)
    if search_steps is not None:
        ae.set_params(search_steps=search_steps)
    with ProgressBars(console) as bars:
        fit = read_json(folder.path / "fit.json")
        items = later_items(data, fit, ae, bars.preparing, table)
    splits = {"all": items} if items.test is None else {"train": items, "test": items.test}
    parts = [(part, np.broadcast_to(name, len(part))) for name, part in splits.items()]
    write_codes(out, ae, parts)
    n = sum(len(part) for part, _ in parts)
    print_skipped(console, [asdict(lost) for lost in items.skipped])
    console.print(f"{n} codes of {ae.n_components_} numbers: {out}", highlight=False)
