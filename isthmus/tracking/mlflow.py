"""Runs in MLflow: a database file, or a server."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from isthmus.errors import MissingExtra
from isthmus.tracking.tracker import KeepingTracker

__all__ = ["MLflow"]

#: By this tag a fit that goes on finds what was kept of it.
TAG = "isthmus.fit"
#: What a run's folder has that is large, and made from the rest.
LARGE = ("codes.parquet", "checkpoint.safetensors")
#: Settings of MLflow, where there are none: a server that is away would hold up a fit for minutes,
#: and nobody else is told what is fitted.
PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
LIBRARIES = ("mlflow", "sqlalchemy", "alembic")
AT_ONCE = 100
Item = TypeVar("Item")


class MLflow(KeepingTracker):
    """Keeps a fit's curves, settings and results as a run of MLflow, with a run's files beside.

    Parameters
    ----------
    uri : str or None, default=None
        ``"sqlite:///FILE"`` or a server's address; None is MLflow's own: ``MLFLOW_TRACKING_URI``,
        else the database ``mlflow.db`` in the folder where the program runs.
    experiment : str, default="isthmus"
        Made if it is not there.
    run_name : str or None, default=None
        None lets MLflow find one.
    key : str or None, default=None
        What a fit that goes on finds its run by; None takes ``run_name``.
    about, warn
        See `KeepingTracker`.

    Raises
    ------
    MissingExtra
        If MLflow is not installed.

    Examples
    --------
    >>> from isthmus import Autoencoder
    >>> from isthmus.tracking import MLflow
    >>> ae = Autoencoder(8).fit(X, watcher=MLflow(run_name="first"))  # doctest: +SKIP
    """

    name: ClassVar[str] = "mlflow"

    def __init__(
        self,
        uri: str | None = None,
        *,
        experiment: str = "isthmus",
        run_name: str | None = None,
        key: str | None = None,
        about: Mapping[str, Any] | None = None,
        warn: Callable[[str], None] | None = None,
    ):
        super().__init__(about, warn)
        self.uri, self.experiment, self.run_name = uri, experiment, run_name
        self.key = run_name if key is None else key
        self.run_id: str | None = None
        self._client: Any = None
        if not all(find_spec(library) for library in LIBRARIES):
            raise MissingExtra('MLflow needs: pip install "isthmus[mlflow]"')

    @classmethod
    def of_run(
        cls,
        where: str | None,
        out: Path,
        about: Mapping[str, Any],
        warn: Callable[[str], None] | None,
    ) -> Self:
        """A run of the name of the run's folder, found again by where that lies."""
        return cls(where, run_name=out.name, key=str(out.resolve()), about=about, warn=warn)

    def _begin(self, first: int | None) -> None:
        for name, value in PATIENCE.items():
            os.environ.setdefault(name, value)
        from mlflow import MlflowClient
        from mlflow.entities import Param

        self._client = MlflowClient(self.uri)
        experiment = self._experiment()
        run = None if first == 0 else self._earlier(experiment)
        if run is None:
            run = self._client.create_run(experiment, run_name=self.run_name, tags=self._tags())
        else:
            self._client.update_run(run.info.run_id, status="RUNNING")
        self.run_id = run.info.run_id
        # What was said before cannot be said otherwise.
        new = [key for key in self.settings if key not in run.data.params]
        for some in _batches(Param(key, str(self.settings[key])) for key in new):
            self._client.log_batch(self.run_id, params=some)

    def _log(self, numbers: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        for some in _batches(Metric(name, x, now, step) for name, x in numbers.items()):
            self._client.log_batch(self.run_id, metrics=some)

    def _close(self, failed: bool) -> None:
        self._client.set_terminated(self.run_id, "FAILED" if failed else "FINISHED")

    def _keep(self, numbers: Mapping[str, float], step: int, folder: Path) -> None:
        self._log(numbers, step)
        for path in sorted(folder.iterdir()):
            if path.is_dir():
                self._client.log_artifacts(self.run_id, str(path), path.name)
            elif path.name not in LARGE:
                self._client.log_artifact(self.run_id, str(path))
        self._close(failed=False)

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(self.experiment)
        return str(
            found.experiment_id if found else self._client.create_experiment(self.experiment)
        )

    def _tags(self) -> dict[str, str]:
        # A digest: it needs no quotes in a search, and tells nobody where a run lies.
        return {} if self.key is None else {TAG: hashlib.sha256(self.key.encode()).hexdigest()[:16]}

    def _earlier(self, experiment: str) -> Any:
        """The newest run of the same key, or None."""
        if self.key is None:
            return None
        wanted = f"tags.`{TAG}` = '{self._tags()[TAG]}'"
        newest = ["attributes.start_time DESC"]
        found = self._client.search_runs([experiment], wanted, max_results=1, order_by=newest)
        return next(iter(found), None)


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    while some := list(islice(items, AT_ONCE)):
        yield some
