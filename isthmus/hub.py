"""Models on a hub of repositories, Hugging Face's or one's own: fetched into a cache, and pushed.

Only files of JSON and tensors are fetched, by their names, and then checked as a folder's are
(`isthmus.model_files`); a repository's code is never looked at. Where the hub is, whose token is
shown and where the cache lies are matters of huggingface_hub: ``HF_ENDPOINT``, ``HF_TOKEN`` or
``hf auth login``, ``HF_HOME``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import isthmus
from isthmus.errors import BadSetting, CannotWrite, IsthmusError, MissingExtra, NoData
from isthmus.model_card import About, metadata, model_card
from isthmus.model_files import CARD, CONFIG, WEIGHTS, read, read_config

__all__ = ["HUB", "fetched", "is_on_hub", "push"]

HUB = "hub:"
_REPOSITORY = r"[\w.-]+/[\w.-]+"
_PLACE = re.compile(rf"{HUB}(?P<repository>{_REPOSITORY})(?:@(?P<revision>\S+))?")
_TOKEN = "hf auth login keeps one, HF_TOKEN gives one"


def is_on_hub(place: str | Path) -> bool:
    """Whether a place is on the hub and not a folder."""
    return _text(place).startswith(HUB)


def fetched(place: str | Path, *beside: str) -> Path:
    """The folder in the cache with the model of ``hub:user/name`` or ``hub:user/name@revision``.

    What was fetched once is not fetched again, and does where the hub cannot be reached.

    Parameters
    ----------
    place : str or Path
    *beside : str
        Names of further files that are wanted, where they are there.

    Raises
    ------
    NoData
        If there is no such repository or revision, or it may not be read, or the hub cannot be
        reached and the model is not in the cache.
    BadFile
        If the repository holds no model of Isthmus; its weights are then not fetched.
    BadSetting
        If the place is not written as above.
    MissingExtra
        If huggingface_hub is not installed.
    """
    found = _PLACE.fullmatch(_text(place))
    if found is None:
        raise BadSetting(f"{_text(place)!r}, expected hub:user/name or hub:user/name@revision.")
    repository, revision = found["repository"], found["revision"]
    library = _library()

    def fetch(revision: str | None, names: list[str]) -> Path:
        with _in_one_line(NoData, repository, revision):
            return Path(
                library.snapshot_download(
                    repository,
                    revision=revision,
                    allow_patterns=names,
                    library_name="isthmus",
                    library_version=isthmus.__version__,
                )
            )

    folder = fetch(revision, [CONFIG, *beside])
    if not (folder / CONFIG).is_file():
        raise NoData(f"{repository} has no {CONFIG}; it holds no model of Isthmus.")
    # Any repository may have files of these names, and weights may be a hundred gigabytes.
    read_config(folder)
    # The folder is named for the commit, so both are of the same one.
    return fetch(folder.name, [WEIGHTS])


def push(
    ae: Any,
    folder: Path,
    repository: str,
    *,
    private: bool = False,
    licence: str | None = None,
    data: str | None = None,
    metrics: Mapping[str, Any] | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> str:
    """Put a saved model into a repository of the hub, in one commit with its card.

    Parameters
    ----------
    ae : Autoencoder
        The model, fitted. (Not a type here: the estimator stands above its files.)
    folder : Path
        Where it was saved; its files are pushed as they are.
    repository : str
        ``"user/name"``; made if it is not there.
    private : bool
        Make it for its owner alone; a repository that all may read already is refused.
    licence : str or None
        As the hub names licences: ``"mit"``, ``"cc-by-4.0"``, ``"apache-2.0"``.
    data : str or None
        What it was fitted to, in words; None says what ``metrics`` has.
    metrics : mapping or None
        Results for the card, as ``metrics.json`` of a run has them.
    beside : mapping of str to bytes or None
        Further files.

    Returns
    -------
    str
        Where it is: ``"hub:user/name@commit"``.

    Raises
    ------
    CannotWrite
        If the hub refuses or cannot be reached.
    BadSetting
        If the repository's name or the licence is none.
    BadFile, MissingExtra
    """
    if re.fullmatch(_REPOSITORY, repository) is None:
        raise BadSetting(f"repository {repository!r}, expected user/name.")
    library, (config, _) = _library(), read(folder)
    if library.get_token() is None:
        raise CannotWrite(f"to push to {repository} the hub wants a token: {_TOKEN}.")
    about = About(f"{HUB}{repository}", licence, data, config["versions"])
    files = {name: (folder / name).read_bytes() for name in (CONFIG, WEIGHTS)}
    files[CARD] = _card(ae, metrics, about).encode()
    files.update(beside or {})
    api = library.HfApi(library_name="isthmus", library_version=isthmus.__version__)
    with _in_one_line(CannotWrite, repository, None):
        api.create_repo(repository, private=private or None, exist_ok=True)
        if private and not api.model_info(repository).private:
            raise CannotWrite(
                f"{repository} is there and all may read it: push to another name, or make it "
                "private on its page first."
            )
        done = api.create_commit(
            repository,
            [library.CommitOperationAdd(name, data) for name, data in files.items()],
            commit_message=f"A model of Isthmus {isthmus.__version__}",
        )
    return f"{about.place}@{done.oid}"


def _card(ae: Any, metrics: Mapping[str, Any] | None, about: About) -> str:
    import yaml

    head = yaml.safe_dump(metadata(ae, metrics, about), sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n\n{model_card(ae, metrics, about)}"


def _text(place: str | Path) -> str:
    return place.as_posix() if isinstance(place, Path) else place


def _library() -> Any:
    try:
        import httpx2  # noqa: F401 - older ones raise the errors of another library
        import huggingface_hub
    except ImportError as error:
        raise MissingExtra('models on the hub need: pip install "isthmus[hub]"') from error
    return huggingface_hub


@contextmanager
def _in_one_line(kind: type[IsthmusError], repository: str, revision: str | None) -> Iterator[None]:
    """Turn what huggingface_hub raises into one line, of ``kind`` where settings are not wrong."""
    try:
        yield
    except IsthmusError:
        raise
    except Exception as error:
        line = _one_line(error, kind, repository, revision)
        if line is error:
            raise
        raise line from error


def _one_line(
    error: BaseException, kind: type[IsthmusError], repository: str, revision: str | None
) -> BaseException:
    """The error for a user; of what is no matter of the hub, the error as it came."""
    import httpx2
    from huggingface_hub import constants, errors

    at = constants.ENDPOINT
    match error:
        case RuntimeError(__cause__=BaseException() as cause):
            # An upload in a thread of its own.
            return _one_line(cause, kind, repository, revision)
        case errors.GatedRepoError():
            return kind(
                f"{repository} is gated: ask for access at {at}/{repository}, and show your token "
                f"({_TOKEN})."
            )
        case errors.RevisionNotFoundError():
            return kind(f"{repository} has no revision {revision!r}; leave it out for the newest.")
        case errors.RepositoryNotFoundError():
            return kind(
                f"{at} has no repository {repository}, or it is private: then show a token that "
                f"may read it ({_TOKEN})."
            )
        case errors.LocalEntryNotFoundError():
            reason = _first_line(error.__cause__ or error)
            return kind(f"{repository} is not in the cache, and {at} gives nothing: {reason}")
        case httpx2.TransportError() | ConnectionError() | RuntimeError():
            # The last two are those of the part that sends large files.
            return kind(f"{at} cannot be reached: {_first_line(error)}")
        case errors.HfHubHTTPError():
            status, said = error.response.status_code, error.server_message or _first_line(error)
            hint = f"; is the token one that may do it? ({_TOKEN})" if status in (401, 403) else ""
            return kind(f"{at} refuses {repository}: {status}, {said}{hint}")
        case errors.HFValidationError():
            return BadSetting(f"repository {repository!r}: {_first_line(error)}")
        case ValueError():
            # What the hub says of the card: a licence it does not know.
            return BadSetting(f"{at} refuses the card: {' '.join(str(error).split())}")
        case OSError(errno=int()):
            return CannotWrite(
                f"cannot write the cache {constants.HF_HUB_CACHE}: {error.strerror}."
            )
    return error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
