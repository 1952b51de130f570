"""Optuna's studies: where they lie, what they are of, and which processes are at them.

A study lies in a journal, a file that every process appends to under a lock. SQLite would do for
one process: where four took thirty enqueued trials from it, some were run twice and processes ended
with errors in two of three attempts, and it took two to four times as long (it has no ``select for
update``, see optuna/optuna issue 4002). Several machines share a database by its address.

A process that is killed leaves its trial running. So that others can tell, each holds the lock of a
file beside the journal, which ends with it; databases have heartbeats instead.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from isthmus.errors import BadFile, BadSetting, MissingExtra, RunExists
from isthmus.files import holding, is_held, writing

try:
    import optuna
    from optuna.storages import BaseStorage, JournalStorage, RDBStorage, fail_stale_trials
    from optuna.storages.journal import JournalFileBackend
    from optuna.trial import FrozenTrial, TrialState
except ImportError as error:
    raise MissingExtra('tuning needs: pip install "isthmus[tune]"') from error

# Optuna itself is taken from here, where its absence is said in words.
__all__ = [
    "DONE",
    "TAKEN",
    "Keeper",
    "forget_study",
    "known_study",
    "n_done",
    "open_study",
    "optuna",
    "quiet",
    "refuse_searched",
]

#: States of trials that have ended as they should, early or not, and of those that may.
DONE = (TrialState.COMPLETE, TrialState.PRUNED)
TAKEN = (*DONE, TrialState.RUNNING)
# Names of attributes in a study and in a trial.
OF, PROCESS = "of", "process"
# Seconds between heartbeats, and without one until a trial counts as given up.
HEARTBEAT, SILENCE = 10, 60
# Seconds between looks at the trials of others.
LOOK = 0.5


def open_study(
    where: Path | str | None, name: str, of: str, about: Mapping[str, Any] | None = None
) -> optuna.Study:
    """The study of a name, made where there is none; smaller values are better.

    Parameters
    ----------
    where : Path, str or None
        A file, the address of a database (``postgresql://...``), or None for a study in memory.
    name : str
    of : str
        What is tuned on what, as a digest: a study of something else is refused.
    about : mapping or None
        Attributes of a study that is made.

    Raises
    ------
    BadSetting
        If there is a study of this name of other data or settings, or no such database.
    BadFile
        If the file is no journal of a study.
    """
    with _plain_errors(where):
        study = optuna.create_study(
            storage=_storage(where), study_name=name, direction="minimize", load_if_exists=True
        )
        known = study.user_attrs
        if OF not in known:
            for key, value in {**(about or {}), OF: of}.items():
                study.set_user_attr(key, value)
    if known.get(OF, of) != of:
        raise BadSetting(
            f"study {name!r} in {where} is of other data or settings; give those that it began "
            "with, or keep this one elsewhere (--out, --storage), or --force to begin anew."
        )
    return study


def known_study(where: Path | str, name: str) -> optuna.Study | None:
    """The study of a name, or None where there is none; raises what `open_study` does."""
    if not _is_address(where) and not Path(where).exists():
        return None
    with _plain_errors(where):
        storage = _storage(where)
        assert storage is not None
        try:
            return optuna.load_study(study_name=name, storage=storage)
        except KeyError:
            return None


def n_done(study: optuna.Study) -> int:
    """Trials that have ended, early or not."""
    return len(study.get_trials(deepcopy=False, states=DONE))


def refuse_searched(where: Path | str, name: str) -> None:
    """Raise `RunExists` where other processes are at the study of a name."""
    study = known_study(where, name)
    if study is not None and Keeper(where, study).others():
        raise RunExists(
            f"other processes are at the search {name} in {where}: wait for them, or --storage "
            "FILE keeps this one elsewhere."
        )


def forget_study(where: Path | str, name: str) -> None:
    """Delete the study of a name, if there is one; raises what `open_study` does."""
    study = known_study(where, name)
    if study is not None:
        optuna.delete_study(study_name=name, storage=study._storage)


class Keeper:
    """Knows which processes are at a study.

    Parameters
    ----------
    where : Path, str or None
        Where the study lies.
    study : Study
    """

    def __init__(self, where: Path | str | None, study: optuna.Study):
        self.study = study
        shared = where is not None and not _is_address(where)
        self.file = Path(where) if where is not None and shared else None
        self.folder = Path(f"{where}.processes") if shared else None
        self.name = uuid4().hex

    @contextmanager
    def present(self) -> Iterator[None]:
        """Let others know that this process lives."""
        if self.folder is None:
            yield
            return
        try:
            with ExitStack() as held:
                with self.alone(), writing(self.folder):
                    self.folder.mkdir(exist_ok=True)
                    held.enter_context(holding(self.folder / self.name))
                yield
        finally:
            with self.alone():
                self._tidy(self.folder)

    def _tidy(self, folder: Path) -> None:
        """Remove the files of processes that have gone, and the folder behind the last."""
        for path in folder.glob("*"):
            if not is_held(path):
                path.unlink()
        if not any(folder.glob("*")):
            folder.rmdir()

    def alone(self) -> AbstractContextManager[None]:
        """Hold up other processes at the same file for a moment."""
        return nullcontext() if self.file is None else holding(self.file)

    def sign(self, trial: optuna.Trial) -> None:
        """Say that this process is at a trial."""
        trial.set_user_attr(PROCESS, self.name)

    def give_up_lost(self) -> None:
        """End the trials of processes that were killed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            fail_stale_trials(self.study)
        for trial in self._running() if self.folder else ():
            if self._is_lost(trial):
                self.study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)

    def wait(self) -> None:
        """Wait until no other process is at the study any more."""
        while self.others():
            time.sleep(LOOK)

    def others(self) -> bool:
        """Whether other processes are at the study, or trials of theirs are under way."""
        self.give_up_lost()
        at_it = self.folder.glob("*") if self.folder else ()
        return any(map(is_held, at_it)) or bool(self._running())

    def _running(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))

    def _is_lost(self, trial: FrozenTrial) -> bool:
        assert self.folder is not None
        process = trial.user_attrs.get(PROCESS)
        if process is not None:
            return not is_held(self.folder / process)
        # It may be about to sign.
        begun = trial.datetime_start
        return begun is not None and (datetime.now() - begun).total_seconds() > SILENCE


@contextmanager
def quiet() -> Iterator[None]:
    """Without Optuna's own news."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def _is_address(where: Path | str) -> bool:
    return "://" in str(where)


def _storage(where: Path | str | None) -> BaseStorage | None:
    if where is None:
        return None
    if not _is_address(where):
        path = Path(where)
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _check_journal(path)
            return JournalStorage(JournalFileBackend(str(path)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return RDBStorage(str(where), heartbeat_interval=HEARTBEAT, grace_period=SILENCE)


def _check_journal(path: Path) -> None:
    """Raise where a file holds something else, before anything is appended to it."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            first = file.readline()
        if first and "op_code" not in json.loads(first):
            raise ValueError("its first line is none of a journal")


@contextmanager
def _plain_errors(where: Path | str | None) -> Iterator[None]:
    """What goes wrong in reading a study, as one line."""
    try:
        yield
    except (BadFile, BadSetting):
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if where is None or _is_address(where):
            raise
        raise BadFile(f"{where} is no journal of a study ({error}); name another file.") from error
    except Exception as error:
        if where is None or not _is_address(where):
            raise
        reason = str(error).splitlines()[0]
        raise BadSetting(
            f"--storage {where} cannot be used ({reason}); expected the address of a database, "
            "such as sqlite:///study.db, or a file."
        ) from error
