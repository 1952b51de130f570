"""All rivals in turn: seed 0 of each, then seed 1 of each, so that a slow hour hits all alike."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isthmus.autoencoder import Autoencoder
from isthmus.bench.job import Failed, Job, Missing, run_job
from isthmus.bench.rivals import RIVALS, Rival, find_rival
from isthmus.bench.split import Split
from isthmus.data.rows import with_channels
from isthmus.errors import BadSetting, unknown_name
from isthmus.networks import Network
from isthmus.presets import find_preset
from isthmus.settings import Interval

__all__ = ["Contest", "Results", "hold", "own_size", "usual_threads"]

#: What a contest has found so far, as JSON holds it: ``data``, ``not_run`` and ``runs``.
Results = dict[str, Any]
#: Is told of each fit: the job, and how it went in a few words.
News = Callable[[Job, str], None]


@dataclass(frozen=True)
class Contest:
    """Who competes at what.

    Attributes
    ----------
    rivals : sequence of str
        Names of `isthmus.bench.rivals.RIVALS`, in their turn.
    sizes : sequence of int
        Code sizes; rivals whose one fit serves all are fitted at the largest. Historical networks
        have their own.
    seconds : sequence of float
        Times that a rival which plans is fitted for, one fit each; none leaves it its own.
    limit : float or None
        Seconds that the others train at most, beside their epochs.
    seeds : int
        How many; they are 0, 1, ...
    epochs : int or None
        Passes at most, instead of each rival's own number.
    noise : float
        Deviation of normal noise on what is seen; errors are against the clean items.
    threads : int
        Of every rival.
    pythons : mapping of str to str
        Interpreters by library, where it is not this one.
    """

    rivals: Sequence[str]
    sizes: Sequence[int]
    seconds: Sequence[float] = ()
    limit: float | None = None
    seeds: int = 3
    epochs: int | None = None
    noise: float = 0.0
    threads: int = field(default_factory=lambda: usual_threads())
    pythons: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raise `BadSetting` for a name or number that cannot be."""
        for name in self.rivals:
            find_rival(name)
        for what, values in (("code size", self.sizes), ("seeds", [self.seeds])):
            for value in values:
                Interval(int, 1).check("bench", what, value)
        Interval(int, 1).check("bench", "threads", self.threads)
        Interval(int, 1, optional=True).check("bench", "epochs", self.epochs)
        Interval(float, 0.0).check("bench", "noise", self.noise)
        for duration in [*self.seconds, *filter(None, [self.limit])]:
            Interval(float, 0.0, closed="neither").check("bench", "seconds", duration)
        if not self.rivals or not self.sizes:
            raise BadSetting("bench: no rivals or no code sizes; name at least one of each.")
        libraries = {rival.library for rival in RIVALS.values()}
        for library, python in self.pythons.items():
            if library not in libraries:
                raise unknown_name("library", library, libraries)
            if not os.access(python, os.X_OK):
                raise BadSetting(f"--python {library}={python}: no program there that can be run.")

    def jobs(self) -> Iterator[Job]:
        """Every fit, in its turn."""
        for seed in range(self.seeds):
            for name in self.rivals:
                rival = find_rival(name)
                for k in self._sizes_of(rival):
                    for seconds in self._seconds_of(rival):
                        epochs = None if rival.epochs is None else self.epochs or rival.epochs
                        yield Job(name, k, seed, epochs, seconds, self.noise, self.threads)

    def runs_in(self, results: Results) -> list[dict[str, Any]]:
        """The runs of some results that this contest asks for, in its order."""
        runs = results["runs"]
        found = (next((run for run in runs if job.is_like(run)), None) for job in self.jobs())
        return [run for run in found if run is not None]

    def python_of(self, rival: Rival) -> str:
        """The interpreter of a rival."""
        return self.pythons.get(rival.library, sys.executable)

    def _sizes_of(self, rival: Rival) -> list[int]:
        if rival.preset is not None:
            return [own_size(rival.preset)]
        return [max(self.sizes)] if rival.one_fit else sorted(set(self.sizes))

    def _seconds_of(self, rival: Rival) -> list[float | None]:
        if rival.plans:
            return [*sorted(self.seconds)] or [None]
        return [None if rival.epochs is None else self.limit]


def usual_threads() -> int:
    """As many as the user asked other programs to take, or one for each core."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdigit() and int(asked) else os.cpu_count() or 1


def own_size(preset: str) -> int:
    """Code size of a historical network."""
    chosen = find_preset(preset)
    assert chosen.native_shape is not None
    network = Network.resolve(Autoencoder.from_preset(preset).network)
    own = chosen.settings.get("n_components")
    return int(own or network.natural_components(chosen.native_shape))


def hold(
    contest: Contest,
    split: Split,
    earlier: Results,
    save: Callable[[Results], None],
    news: News | None = None,
    workplace: Path | None = None,
) -> Results:
    """Run what is missing, and save after every measurement.

    Parameters
    ----------
    contest : Contest
    split : Split
    earlier : dict
        What was saved before, or nothing; its runs are kept, and those asked for here not repeated.
    save : callable
        Is handed all results each time there is more.
    news : callable or None
        Is told how each fit went.
    workplace : Path or None
        Where the split is written for as long as it is needed; None takes the system's.

    Returns
    -------
    dict
        ``data``; ``not_run``, reasons by rival; ``runs``, every single one.

    Raises
    ------
    BadSetting
        If the contest cannot be, or ``earlier`` is of other data.
    """
    contest.check()
    data = split.describe()
    _check_same(earlier, data)
    results: Results = {"data": data, "not_run": {}, "runs": list(earlier.get("runs", []))}
    tell = news or (lambda job, word: None)
    with tempfile.TemporaryDirectory(dir=workplace, prefix=".bench-") as folder:
        split.write(Path(folder))
        for job in contest.jobs():
            why = results["not_run"].get(job.rival) or _unfit(find_rival(job.rival), split)
            if why:
                results["not_run"][job.rival] = why
            elif any(job.is_served_by(run) for run in results["runs"]):
                tell(job, "done before")
            else:
                _run(contest, job, split, Path(folder), results, save)
                tell(job, _outcome(job, results))
    save(results)
    return results


def _check_same(earlier: Results, data: Mapping[str, Any]) -> None:
    if earlier and earlier["data"]["digest"] != data["digest"]:
        raise BadSetting(
            f"the results there are of {earlier['data']['name']} ({earlier['data']['n_train']} "
            f"items), these data are {data['name']} ({data['n_train']}); give another --out."
        )


def _unfit(rival: Rival, split: Split) -> str | None:
    """Why a rival cannot compete on these data, if it cannot."""
    if rival.preset is not None:
        native = find_preset(rival.preset).native_shape
        if with_channels(split.item_shape) != native:
            return f"made for items of shape {native}, these have {split.item_shape}"
    if rival.pixels_only and not split.scaling.is_pixels:
        return f"gives values of 0..1 only, these are {split.scaling.unit}"
    return None


def _run(
    contest: Contest,
    job: Job,
    split: Split,
    folder: Path,
    results: Results,
    save: Callable[[Results], None],
) -> None:
    """One fit, its measurements in the results as they come."""
    others = [run for run in results["runs"] if not job.is_like(run)]
    rival = find_rival(job.rival)

    def listen(found: Mapping[str, Any]) -> None:
        results["runs"] = [*others, {"job": job.to_dict(), **found}]
        save(results)

    python = contest.python_of(rival)
    try:
        run_job(job, split.item_shape, folder, python, listen)
    except Missing as error:
        results["not_run"][job.rival] = f"{error}; {rival.install}"
    except Failed as error:
        results["not_run"][job.rival] = f"failed: {error}"


def _outcome(job: Job, results: Results) -> str:
    if job.rival in results["not_run"]:
        return f"not run: {results['not_run'][job.rival]}"
    last = results["runs"][-1]["points"][-1]
    return f"mse {last['test_mse']:.5f} in {last['seconds']:.1f} s"
