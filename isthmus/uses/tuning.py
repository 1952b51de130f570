"""Better settings for some items, found by trials that held-out items judge."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from isthmus.autoencoder import Autoencoder
from isthmus.data.indices import Indices
from isthmus.errors import BadSetting, Diverged
from isthmus.inputs import as_items
from isthmus.networks import Network
from isthmus.settings import Interval
from isthmus.together import Together
from isthmus.training import Epoch, Watcher
from isthmus.uses.fingerprint import fingerprint
from isthmus.uses.search_space import SearchSpace
from isthmus.uses.studies import DONE, TAKEN, Keeper, open_study, optuna

__all__ = ["Tuning", "refuse_launched", "tune"]

# A trial is judged for pruning at tenths of its fit, from this one on: the learning rate rises over
# the first. Trials that are ended early need some to be compared with.
TENTHS, FIRST_TENTH, FEWEST_TO_COMPARE = 10, 3, 5
# Trials that were not ended early, without which nothing can be said of what mattered.
FEWEST_TO_WEIGH = 8
DEFAULT = "default"

Told = Callable[["Tuning", "optuna.trial.FrozenTrial"], None]


@dataclass(frozen=True)
class Tuning:
    """A study of an autoencoder's settings.

    Attributes
    ----------
    ae : Autoencoder
        Unfitted, with the settings that the study began with.
    space : SearchSpace
    study : optuna.Study
    """

    ae: Autoencoder
    space: SearchSpace
    study: optuna.Study

    @property
    def trials(self) -> list[optuna.trial.FrozenTrial]:
        """Those that ended, early or not."""
        return self.study.get_trials(deepcopy=False, states=DONE)

    @property
    def default(self) -> optuna.trial.FrozenTrial | None:
        """The trial of the settings that the study began with; None before it has ended."""
        return next((trial for trial in self.trials if trial.user_attrs.get(DEFAULT)), None)

    @property
    def best(self) -> optuna.trial.FrozenTrial | None:
        """The first trial of the smallest value; None before one has come to an end."""
        try:
            return self.study.best_trial
        except ValueError:
            return None

    @property
    def settings(self) -> dict[str, Any]:
        """The best arguments of `Autoencoder`; none where the default is the best.

        Raises
        ------
        Diverged
            If no trial came to an end.
        """
        best = self.best
        if best is None:
            raise Diverged(
                f"none of {len(self.trials)} trials came to an end; lower learning_rate, or give "
                "them more time (--epochs, --minutes)."
            )
        return {} if _is_default(best) else self.space.settings(best.params)

    def autoencoder(self) -> Autoencoder:
        """Unfitted, with the best settings."""
        return clone(self.ae).set_params(**self.settings)

    def importances(self) -> dict[str, float]:
        """How much of the differences between trials each setting explains, shares of 1.

        By fANOVA: Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing
        hyperparameter importance" (ICML 2014). Of trials that were not ended early; one that is
        worse than the default and than half of them counts as no worse, since how bad a bad trial
        is says little. Empty where they are too few or all alike.
        """
        ended = [trial for trial in self.trials if trial.state == optuna.trial.TrialState.COMPLETE]
        values = sorted(_value(trial) for trial in ended)
        if len(ended) < FEWEST_TO_WEIGH or values[0] == values[-1]:
            return {}
        worst = values[len(values) // 2]
        if self.default is not None and self.default.value is not None:
            worst = max(worst, self.default.value)
        found = optuna.importance.get_param_importances(
            self.study,
            evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0),
            target=lambda trial: min(_value(trial), worst),
        )
        return {name: float(share) for name, share in found.items()}

    def record(self) -> dict[str, Any]:
        """The study as JSON can hold it.

        ``unit`` (a key of `isthmus.uses.words.UNITS`), ``trials`` (each ``number``, ``pruned``,
        ``default``, ``value``, ``seconds`` and ``values`` by setting), ``best`` and ``default``
        (numbers of trials), ``before`` (values by setting of the default), ``importances`` and
        ``settings``.
        """
        settings = self.settings
        return {
            "unit": _unit(self.ae),
            "trials": [_trial(trial) for trial in self.trials],
            "best": self.best and self.best.number,
            "default": self.default and self.default.number,
            "before": self.space.default(),
            "importances": self.importances(),
            "settings": settings,
        }


def tune(
    X: Any,
    ae: Autoencoder | None = None,
    n_trials: int = 40,
    *,
    subset: Indices | None = None,
    storage: str | Path | None = None,
    name: str = "isthmus",
    about: Mapping[str, Any] | None = None,
    told: Told | None = None,
) -> Tuning:
    """Look for settings that rebuild held-out items better than an autoencoder's own.

    What is searched stands beside the ranges of each network and of the training. Each trial is a
    fit, judged as every fit is: on the same items held out of X, in the unit of `Verdict.score`.
    The autoencoder as it is, is the first trial and is never ended early, so that the best is never
    worse. Trials that are worse than half of the others at the same part of their fit are ended.
    Akiba et al., "Optuna: a next-generation hyperparameter optimization framework" (KDD 2019).

    Parameters
    ----------
    X : array-like, shape (n, p), (n, H, W) or (n, H, W, C)
        What `Autoencoder.fit` takes. Items for a test must not be among them.
    ae : Autoencoder or None
        Unfitted; None is the default. A random state that is no number becomes 0, since all trials
        must hold out the same items.
    n_trials : int, default=40
        Trials that the study shall have, those that it has already counted; several processes at
        one study may run a few more.
    subset : ndarray of int, AllBut or None
        Rows of X to fit; see `Autoencoder.fit`.
    storage : str, Path or None
        A file that keeps the study, which may be shared by processes of one machine, or the address
        of a database, ``postgresql://...``, for several machines. A study that lies there goes on.
        None keeps it in memory.
    name : str, default="isthmus"
        Of the study in its storage.
    about : mapping or None
        Attributes for the study, as JSON can hold them.
    told : callable or None
        Is told of every trial that has ended here.

    Returns
    -------
    Tuning
        ``settings``, ``autoencoder()`` and ``study``.

    Raises
    ------
    BadSetting
        If n_trials is below 1, nothing is held out, the storage has a study of this name of other
        data or settings, or ``accelerate launch`` started several processes.
    BadFile
        If the storage is a file of something else.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().images
    >>> found = tune(X, Autoencoder(8, training={"epochs": 3}), n_trials=5)  # doctest: +SKIP
    >>> better = found.autoencoder().fit(X)  # doctest: +SKIP
    """
    Interval(int, 1).check("tune", "n_trials", n_trials)
    refuse_launched()
    ae = clone(ae or Autoencoder())
    seed = int(ae.random_state) if isinstance(ae.random_state, Integral) else 0
    ae.random_state = seed
    items = as_items(clone(ae), X, reset=True, gaps=True)
    n_items = items.shape[0] if subset is None else len(subset)
    space = SearchSpace.of(ae, items.shape[1:], n_items)
    if space.training.validation == 0:
        raise BadSetting(
            "training__validation=0 holds nothing out, and settings are chosen by held-out items; "
            "set training__validation=0.1."
        )
    study = open_study(storage, name, fingerprint(ae, items), about)
    study.pruner = optuna.pruners.MedianPruner(FEWEST_TO_COMPARE, FIRST_TENTH)
    found = Tuning(ae, space, study)
    _run(found, X, subset, n_trials, seed, Keeper(storage, study), told)
    return found


def refuse_launched() -> None:
    """Raise `BadSetting` in processes that would fit one autoencoder together."""
    count = Together.here().count
    if count > 1:
        raise BadSetting(
            f"{count} processes were launched to fit together, and each trial is a fit of its own: "
            "start the same isthmus tune several times instead, they share its trials."
        )


def _run(
    found: Tuning,
    X: Any,
    subset: Indices | None,
    n_trials: int,
    seed: int,
    keeper: Keeper,
    told: Told | None,
) -> None:
    """Run trials until there are enough, those of other processes at the study counted."""
    study = found.study

    def objective(trial: optuna.Trial) -> float:
        keeper.sign(trial)
        return _judged(found, trial, X, subset)

    def after(_: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        if told is not None:
            told(found, trial)

    def enough(states: tuple[optuna.trial.TrialState, ...]) -> bool:
        trials = study.get_trials(deepcopy=False, states=states)
        return len(trials) >= n_trials and any(map(_is_default, trials))

    while not enough(DONE):
        with keeper.present():
            while not enough(TAKEN):
                with keeper.alone():
                    keeper.give_up_lost()
                    _ask_for_default(found)
                # What is drawn depends on the seed and on how many trials there are, so that a
                # study that goes on draws what it would have drawn.
                drawn = np.random.SeedSequence((seed, len(study.trials)))
                study.sampler = optuna.samplers.TPESampler(seed=int(drawn.generate_state(1)[0]))
                study.optimize(objective, n_trials=1, callbacks=[after])
        keeper.wait()


def _ask_for_default(found: Tuning) -> None:
    """Let the next trial be the one of the settings as they are, if it was not or was lost."""
    asked = [
        trial.state
        for trial in found.study.get_trials(deepcopy=False)
        if trial.user_attrs.get(DEFAULT)
    ]
    if all(state == optuna.trial.TrialState.FAIL for state in asked):
        found.study.enqueue_trial(found.space.default(), user_attrs={DEFAULT: True})


def _judged(found: Tuning, trial: optuna.Trial, X: Any, subset: Indices | None) -> float:
    """Fit once; gives the score of the weights that are kept."""
    drawn, ae = found.space.draw(trial), clone(found.ae)
    if not _is_default(trial):
        ae.set_params(**found.space.settings(drawn))
    watch = Pruning(trial, _start(ae))
    try:
        ae.fit(X, subset=subset, watcher=watch)
    except Diverged as error:
        raise optuna.TrialPruned(str(error)) from error
    if ae.interrupted_:
        raise KeyboardInterrupt
    if not math.isfinite(watch.best):
        raise optuna.TrialPruned("its held-out error is no number")
    return watch.best


class Pruning(Watcher):
    """Reports a fit's best score at each tenth of it, and ends it where others were better by then.

    Parameters
    ----------
    trial : Trial
    start : float
        The score of a fit that learns nothing; infinite where it has no start that counts.
    """

    def __init__(self, trial: optuna.Trial, start: float):
        self.trial = trial
        self.best = start
        self._tenth = 0

    def step(self, done: float, loss: float) -> None:
        """Scores are known after epochs only."""

    def epoch(self, epoch: Epoch) -> None:
        if epoch.held_out_score is not None:
            self.best = min(self.best, epoch.held_out_score)
        reached = int(TENTHS * epoch.done + 1e-9)
        if reached == self._tenth or not math.isfinite(self.best):
            return
        # Long epochs pass several tenths at once; others may have been told at any of them.
        for tenth in range(self._tenth + 1, reached + 1):
            self.trial.report(self.best, tenth)
        self._tenth = reached
        if reached < TENTHS and not _is_default(self.trial) and self.trial.should_prune():
            raise optuna.TrialPruned


def _start(ae: Autoencoder) -> float:
    """The score of what the autoencoder begins at, in its own unit."""
    return math.inf if _unit(ae) == "loss" else 1.0


def _unit(ae: Autoencoder) -> str:
    """In what unit the held-out items are judged."""
    network = Network.resolve(ae.network)
    if network.needs_pca:
        return "pca"
    return "gaussian" if network.needs_gaussian else "loss"


def _is_default(trial: optuna.Trial | optuna.trial.FrozenTrial) -> bool:
    return bool(trial.user_attrs.get(DEFAULT))


def _value(trial: optuna.trial.FrozenTrial) -> float:
    """What a trial reached; of one without any value it is infinite."""
    return math.inf if trial.value is None else trial.value


def _trial(trial: optuna.trial.FrozenTrial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "pruned": trial.state == optuna.trial.TrialState.PRUNED,
        "default": _is_default(trial),
        "value": trial.value,
        "seconds": round(trial.duration.total_seconds(), 3) if trial.duration else None,
        "values": trial.params,
    }
