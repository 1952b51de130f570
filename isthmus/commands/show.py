"""What the commands print: progress and results."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from isthmus.bench.job import Job
    from isthmus.runs.compressed import Compressed
    from isthmus.runs.recommended import Offer
    from isthmus.runs.restored import Restored
    from isthmus.training import Epoch
    from isthmus.uses.choice import Choice
    from isthmus.uses.tuning import Tuning
    from isthmus.uses.volume import Volume

__all__ = [
    "ProgressBars",
    "print_choice",
    "print_compressed",
    "print_contest",
    "print_job",
    "print_kinds",
    "print_labelled",
    "print_offer",
    "print_restored",
    "print_result",
    "print_skipped",
    "print_trial",
    "print_tuned",
    "print_volumes",
]

THOUSANDTHS = 1000
# Files named of those that were left out.
SKIPPED = 5
# Items named of what a user has.
SHOWN_OF_USER = 6


class ProgressBars:
    """Bars for the preparation of data and for a fit; on no terminal, a line now and then.

    Is a `Watcher` and, by `preparing`, a listener to the preparation of data.
    """

    def __init__(self, console: Console):
        self.console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(16),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(),
            TextColumn("left"),
            TextColumn("{task.fields[news]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._preparing: Any = None
        self._fitting: Any = None
        self._held_out = ""
        self._told = -1.0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def preparing(self, what: str, done: int, total: int) -> None:
        """The preparation of the data goes on."""
        if self._preparing is None:
            self._preparing = self._bars.add_task(what, total=total, news="")
        self._bars.update(self._preparing, description=what, completed=done, total=total)

    def warn(self, text: str) -> None:
        """Something beside the fit went wrong."""
        _say(self.console, f"warning: {text}")

    def step(self, done: float, loss: float) -> None:
        """A fit goes on."""
        self._show(done, f"loss {loss:.4g}{self._held_out}")

    def epoch(self, epoch: Epoch) -> None:
        """An epoch has ended."""
        if epoch.held_out_mse is not None:
            loss, mse = epoch.held_out_loss, epoch.held_out_mse
            self._held_out = f"  held-out {loss:.4g}, mse {mse:.5f}"
        due = epoch.seconds >= 2 * self._told or epoch.epoch == 0
        if not self.console.is_terminal and due:
            self._told = max(epoch.seconds, 1.0)
            news = "" if epoch.loss is None else f"  loss {epoch.loss:.4g}"
            self.console.print(
                f"epoch {epoch.epoch:>3}  {epoch.seconds:6.1f} s{news}{self._held_out}"
            )

    def _show(self, done: float, news: str) -> None:
        if self._fitting is None:
            self._fitting = self._bars.add_task("fitting", total=THOUSANDTHS, news="")
        self._bars.update(self._fitting, completed=int(done * THOUSANDTHS), news=news)


def print_skipped(
    console: Console,
    skipped: Sequence[Mapping[str, str]],
    where: str = "",
    most: int | None = SKIPPED,
) -> None:
    """Which files were left out and why: the first of them, and how many more."""
    for lost in skipped[:most]:
        _say(console, f"skipped {lost['path']}: {lost['reason']}")
    if most is not None and len(skipped) > most:
        _say(console, f"... and {len(skipped) - most} more{where}")


def print_result(console: Console, metrics: dict[str, Any], out: Path) -> None:
    """What a fit came to, with PCA beside it, and where to look."""
    say = partial(console.print, highlight=False, soft_wrap=True)
    print_skipped(console, metrics["data"]["skipped"], f"; all are in {out / 'metrics.json'}")
    constant = metrics["data"]["constant_columns"]
    if constant:
        say(f"{len(constant)} columns never change: {', '.join(constant[:10])}")
    for row in metrics["by_code_size"] or []:
        say(
            f"  {row['k']:>5} numbers: mse {row['mse']:.5f}   PCA {row['pca_mse']:.5f}",
        )
    if "lists" in metrics:
        _say_lists(console, metrics)
    else:
        _say_error(console, metrics)
    if metrics["interrupted"]:
        say("stopped by Ctrl-C; the best weights so far are kept, --resume goes on.")
    say(f"report: {out / 'report.html'}")


def _say_lists(console: Console, metrics: dict[str, Any]) -> None:
    """How good lists for test users are, with the rivals beside."""
    lists, took = metrics["lists"], f"{metrics['epochs']} epochs, {metrics['seconds']:.0f} s"
    at = lists["places"]
    for name, rank in lists["rank"].items():
        line = f"  {name:<10} NDCG@{at} {rank['ndcg']:.4f}   recall@{at} {rank['recall']:.4f}"
        _say(console, line)
    _say(console, f"by held-back items of {lists['n_users']} test users; {took}")
    rated = metrics["ratings"]
    if rated:
        means = f"items' and users' means {rated['means_rmse']:.4f}"
        _say(console, f"held-back ratings: root mean square error {rated['rmse']:.4f}, {means}")


def _say_error(console: Console, metrics: dict[str, Any]) -> None:
    """The test error with PCA's beside it."""
    test, unit = metrics["test"], metrics["unit"]
    k, damaged = metrics["n_components"], test["damaged_mse"]
    how = f"with {k} numbers" if k else "restored"
    before = "" if damaged is None else f", as given {damaged:.5f}"
    if test.get("root") is not None:
        unit += f"; root {test['root']:.4g} in the data's own unit"
    _say(
        console,
        f"test mse {test['mse']:.5f} {how}, PCA {test['pca_mse']:.5f}{before} ({unit}); "
        f"{metrics['epochs']} epochs, {metrics['seconds']:.0f} s",
    )


def print_restored(console: Console, done: Restored, out: Path) -> None:
    """How many files were restored, which were left out and why, and where they are."""
    print_skipped(console, [asdict(lost) for lost in done.skipped], most=None)
    untouched = len(done.untouched)
    whole = f", {untouched} of them whole already: nothing in them is hidden" if untouched else ""
    _say(console, f"{len(done.names)} restored{whole}: {out}")


def print_compressed(console: Console, done: Compressed, out: Path) -> None:
    """How many pictures were written, in how many bytes, and which were left out and why."""
    print_skipped(console, [asdict(lost) for lost in done.skipped], most=None)
    size = ""
    if done.n_bytes:
        size = f" in {done.n_bytes} bytes, {8 * done.n_bytes / done.n_pixels:.3f} bits per pixel"
    _say(console, f"{len(done.names)} pictures{size}: {out}")


def print_volumes(console: Console, volumes: list[Volume]) -> None:
    """A volume with its area and mean height; of several the mean and how far they lie apart."""
    km3, one = [each.km3 for each in volumes], volumes[0]
    metres = statistics.mean(each.mean_metres for each in volumes)
    spread = ""
    if len(volumes) > 1:
        spread = f" +- {statistics.stdev(km3):.4g} (deviation of {len(km3)} samples)"
    _say(
        console,
        f"{statistics.mean(km3):.5g} km3{spread} on {one.km2:.5g} km2, {metres:.4g} m on average",
    )


def print_choice(console: Console, choice: Choice) -> None:
    """The size chosen, what it reaches, and what PCA takes for it."""
    reached = f"{100 * choice.keep:.2f} % of the variance, mse {choice.mse:.5f}"
    if choice.psnr is not None:
        reached = f"{choice.psnr:.2f} dB, {reached}"
    n = choice.pca_components
    pca = "PCA does not reach it with the whole code size" if n is None else f"PCA takes {n}"
    console.print(
        f"{choice.n_components} numbers: {reached}; {pca}.", highlight=False, soft_wrap=True
    )


def print_kinds(console: Console, record: Mapping[str, Any]) -> None:
    """The kinds found, a typical and the oddest member of each, and whether they are there."""
    from isthmus.uses.words import stability_text

    for i, kind in enumerate(record["kinds"]):
        share = f"{100 * kind['size'] / record['n_items']:.1f} %"
        typical, oddest = kind["typical"]["ids"][0], kind["oddest"]["ids"][:1]
        odd = f", oddest {oddest[0]}" if oddest else ""
        _say(console, f"  kind {i:>3}: {kind['size']:>7} items, {share:>6}; typical {typical}{odd}")
    none = f", {record['n_none']} of {record['n_items']} items of none" if record["n_none"] else ""
    _say(console, f"{stability_text(len(record['kinds']), record['stability'])}{none}.")


def print_map(console: Console, run: Path, record: Mapping[str, Any]) -> None:
    """What the map keeps, beside others of the same codes, and where to look at it."""
    from isthmus.uses.words import MAPS

    for way in record["shown"]["places"]:
        name, figures = MAPS[way], record[way]
        told = figures["told"]
        labels = "" if told is None else f", neighbours tell {100 * told:.1f} % of test labels"
        _say(
            console,
            f"  {name}: trustworthiness {figures['trustworthiness']:.3f}, continuity "
            f"{figures['continuity']:.3f}, distances {figures['distances']:.2f}{labels}",
        )
    _say(
        console,
        f"{record['n_items']} items in {record['seconds']:.0f} s; "
        f"to see them: isthmus explore {run}",
    )


def print_labelled(console: Console, record: Mapping[str, Any]) -> None:
    """What the labels are worth, and which to give next."""
    from isthmus.uses.words import fine_tuning_text, judgement_text

    for kind in record["classes"]:
        alone = "; one label cannot be judged" if kind["given"] == 1 else ""
        _say(
            console,
            f"  {kind['name']}: {kind['given']} labels given, {kind['told']} of "
            f"{record['n_items']} items told to be it{alone}",
        )
    _say(console, judgement_text(record))
    if record["fine_tuned"] is not None:
        _say(console, fine_tuning_text(record["fine_tuned"]))
    following = record["next"]["ids"]
    if following:
        _say(console, f"to label next: {', '.join(following)}")


def print_job(console: Console, job: Job, word: str) -> None:
    """How one fit of a contest went."""
    planned = "" if job.seconds is None else f", {job.seconds:g} s"
    _say(console, f"seed {job.seed}  {job.rival}, {job.n_components} numbers{planned}: {word}")


def print_contest(
    console: Console,
    runs: Sequence[Mapping[str, Any]],
    not_run: Mapping[str, str],
    paths: Sequence[Path],
) -> None:
    """The table of a contest, who did not run and why, and where the results are."""
    from isthmus.bench.summary import table_rows

    head, rows = table_rows(runs)
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for first, *rest in [head, *rows] if rows else []:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        _say(console, "  ".join([first.ljust(widths[0]), *cells]))
    for name, why in not_run.items():
        _say(console, f"{name} not run: {why}")
    for path in paths:
        _say(console, str(path))


def print_trial(console: Console, found: Tuning, trial: FrozenTrial) -> None:
    """What a trial came to, beside the best so far."""
    reached = "no value" if trial.value is None else f"{trial.value:.4g}"
    ended = ", ended early" if trial.state.name == "PRUNED" else ""
    default = ", the default" if found.default and found.default.number == trial.number else ""
    seconds = trial.duration.total_seconds() if trial.duration else 0.0
    best = "" if found.best is None else f"; best {found.best.value:.4g} in {found.best.number}"
    _say(console, f"trial {trial.number:>3}  {reached}{ended}{default}  {seconds:.1f} s{best}")


def print_tuned(console: Console, record: Mapping[str, Any]) -> None:
    """What the trials found, and which settings mattered most."""
    from isthmus.uses.words import tuning_text

    _say(console, f"{tuning_text(record)}.")
    best = next(each for each in record["trials"] if each["number"] == record["best"])
    for name, share in record["importances"].items():
        was, now = record["before"][name], best["values"][name]
        value = f"{_told(was)}" if was == now else f"{_told(was)} -> {_told(now)}"
        _say(console, f"  {100 * share:3.0f} %  {name}: {value}")


def _told(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _say(console: Console, text: str) -> None:
    """One line, however long, as it is."""
    console.print(text, highlight=False, soft_wrap=True, markup=False)


def print_offer(console: Console, offer: Offer) -> None:
    """What one user is recommended."""
    some = ", ".join(offer.has[:SHOWN_OF_USER])
    more = f" and {len(offer.has) - SHOWN_OF_USER} more" if len(offer.has) > SHOWN_OF_USER else ""
    _say(console, f"{offer.user} has {some or 'nothing'}{more}")
    for i, item in enumerate(offer.items):
        rating = "" if offer.ratings is None else f"  would rate {offer.ratings[i]:.1f}"
        _say(console, f"{i + 1:>4}  {offer.scores[i]:7.3f}{rating}  {item}")
