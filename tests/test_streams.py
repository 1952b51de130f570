"""Learning from a stream: what is kept, how far codes move, and what says so."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from isthmus import Autoencoder, load, streams
from isthmus.errors import BadInput, BadSetting
from isthmus.streams import Reservoir


@pytest.fixture(scope="module")
def batches(digits: np.ndarray) -> list[np.ndarray]:
    """Four batches of digits, and others to test on."""
    mixed = digits[np.random.default_rng(0).permutation(len(digits))]
    return np.array_split(mixed[:1000], 5)


@pytest.fixture(scope="module")
def streamed(batches) -> tuple[Autoencoder, list[float], list[np.ndarray]]:
    """After four batches: the autoencoder, its errors after each, and codes as then written."""
    ae = make()
    errors, codes = [], []
    for batch in batches[:-1]:
        ae.partial_fit(batch, epochs=8)
        errors.append(-ae.score(batches[-1]))
        codes.append(ae.transform(batch))
    return ae, errors, codes


def make() -> Autoencoder:
    training = {"epochs": 15, "batch_size": 16}
    return Autoencoder.from_preset("undercomplete", 8, random_state=0).set_params(
        network={"name": "dense", "hidden": (64,)}, training=training
    )


def test_the_first_batch_is_learnt_as_by_fit(batches):
    ae = make().partial_fit(batches[0], epochs=1)
    np.testing.assert_array_equal(
        ae.transform(batches[1]), make().fit(batches[0]).transform(batches[1])
    )
    assert (ae.drift_, ae.aligned_, ae.n_iter_) == (0.0, True, 15)


def test_later_batches_make_it_better(streamed):
    _, errors, _ = streamed
    assert errors[-1] < 0.85 * errors[0]
    assert errors == sorted(errors, reverse=True)


def test_codes_written_earlier_are_as_far_off_as_drift_says(streamed, batches):
    ae, _, codes = streamed
    assert ae.aligned_
    # The sample is of all items here, and the last batch has just been learnt.
    then, now = np.concatenate(codes[:-1]), ae.transform(np.concatenate(batches[:-2]))
    moved = np.square(now - then).sum(1).mean() / then.var(0).sum()
    assert len(ae.reservoir_) == ae.reservoir_.n_seen == 800
    assert ae.drift_ == pytest.approx(np.sqrt(moved), rel=1e-3)


def test_without_the_hold_codes_move_and_it_says_so(batches, monkeypatch):
    monkeypatch.setattr(streams, "HELD", 0.0)
    ae = make()
    ae.set_params(training__learning_rate=5e-3)
    for batch in batches[:2]:
        ae.partial_fit(batch, epochs=15)
    assert ae.drift_ > streams.ALIGNED
    assert not ae.aligned_


def test_what_teaches_nothing_is_not_kept(batches):
    ae = make().partial_fit(batches[0])
    ae.set_params(training__learning_rate=1.0)
    before = ae.transform(batches[1])
    ae.partial_fit(batches[1], epochs=1)
    np.testing.assert_array_equal(ae.transform(batches[1]), before)
    assert (ae.best_epoch_, ae.drift_) == (0, 0.0)
    ae.set_params(training__validation=0.0, training__learning_rate=1e-3)
    ae.partial_fit(batches[1], epochs=1)
    assert not np.array_equal(ae.transform(batches[1]), before)


def test_the_same_stream_gives_the_same_model(batches):
    def codes() -> np.ndarray:
        ae = make()
        for batch in batches[:2]:
            ae.partial_fit(batch, epochs=1)
        return ae.transform(batches[2])

    np.testing.assert_array_equal(codes(), codes())


def test_scaling_and_units_stay(batches):
    ae = make().set_params(scale="global").partial_fit(batches[0] * 100)
    scaling = ae.scaling_
    ae.partial_fit(batches[1] * 300, epochs=1)
    assert ae.scaling_ is scaling


def test_after_fit_or_load_the_batch_itself_is_the_sample(batches, tmp_path):
    ae = make().fit(batches[0])
    ae.save(tmp_path / "model")
    for fitted in (ae, load(tmp_path / "model")):
        before = fitted.transform(batches[1])
        fitted.partial_fit(batches[1], epochs=2)
        moved = np.square(fitted.transform(batches[1]) - before).sum(1).mean()
        assert fitted.drift_ == pytest.approx(np.sqrt(moved / before.var(0).sum()), rel=1e-4)
        assert len(fitted.reservoir_) == len(batches[1])
    ae.fit(batches[0])
    assert not hasattr(ae, "drift_")
    assert not hasattr(ae, "reservoir_")


def test_one_item_may_come_alone(streamed, batches):
    ae = copy.deepcopy(streamed[0])
    ae.partial_fit(batches[-1][:1], epochs=1)
    assert ae.reservoir_.n_seen == 801


def test_other_shapes_and_settings_are_refused(streamed, batches):
    ae = copy.deepcopy(streamed[0])
    before = ae.transform(batches[-1])
    with pytest.raises(BadInput, match="Resize"):
        ae.partial_fit(batches[-1][:, :-1])
    with pytest.raises(BadInput, match="NaN in row 0"):
        ae.partial_fit(np.full((2, 8, 8), np.nan))
    with pytest.raises(BadSetting, match="epochs"):
        ae.partial_fit(batches[-1], epochs=0)
    np.testing.assert_array_equal(ae.transform(batches[-1]), before)


def test_the_sample_is_even_over_all_that_came(monkeypatch):
    class Names:
        has_code = True

        def transform(self, items):
            return np.asarray(items[:, :1], np.float32)

    monkeypatch.setattr(streams, "MOST_KEPT", 300)
    kept = None
    for number, start in enumerate(range(0, 3000, 500)):
        fresh = Reservoir.of(Names(), np.arange(start, start + 500.0)[:, None], number)
        kept = fresh if kept is None else kept.and_then(fresh)
    assert len(kept) == 300
    assert kept.n_seen == 3000
    np.testing.assert_array_equal(kept.items, kept.codes)
    # 50 of each batch are expected; 6.5 is one standard deviation.
    counts = np.bincount(kept.items[:, 0].astype(int) // 500, minlength=6)
    assert (np.abs(counts - 50) < 26).all()
    assert len(np.unique(kept.items)) == 300


def test_sparse_rows_stay_sparse():
    has = (np.random.default_rng(0).random((90, 12)) < 0.3).astype(np.float32)
    ae = Autoencoder.from_preset("recommend", 4, random_state=0, training__epochs=2)
    for start in (0, 30, 60):
        ae.partial_fit(csr_matrix(has[start : start + 30]), epochs=2)
    assert ae.aligned_ == (ae.drift_ <= streams.ALIGNED)
    np.testing.assert_array_equal(ae.reservoir_.items.toarray(), has)


def test_rows_with_gaps_are_restored_after_a_stream(rows):
    gappy = np.where(np.random.default_rng(0).random(rows.shape) < 0.1, np.nan, rows)
    ae = Autoencoder.from_preset("restore-cells", random_state=0, training__epochs=2)
    for part in np.array_split(gappy, 3):
        ae.partial_fit(part, epochs=1)
    assert np.isfinite(ae.restore(gappy)).all()
    assert ae.drift_ is ae.aligned_ is None
