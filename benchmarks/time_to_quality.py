"""Seconds until Isthmus is as good as an old network at the end of its training.

    python benchmarks/time_to_quality.py dense-20 --threads 1 --python keras=KERAS/bin/python

The old network is trained in Keras as its source did; its quality is the median of its last test
errors. Where that takes hours, ``--epochs 2`` or ``--limit 900`` (seconds) stops it early: the
quality is then what its source printed, and its time is taken from the epochs that were run.
Isthmus is fitted anew for each of several times, and its shortest fit that is as good counts: its
PCA and its judging too.
"""

from __future__ import annotations

from dataclasses import dataclass

from contest_file import common, compete, contest_parser

from isthmus.bench.contest import Contest, own_size
from isthmus.presets import find_preset

NAME = "time_to_quality"


@dataclass(frozen=True)
class Question:
    """One old network.

    Attributes
    ----------
    data : str
    seconds : tuple of float
        Times that Isthmus is fitted for.
    printed : float
        The error that its source printed at the end (of training, for the test errors were not).
    n_components : int or None
        Numbers in Isthmus's code; None takes the old network's.
    rival : str
        Which Isthmus: the default, or a preset made for the same task.
    """

    data: str
    seconds: tuple[float, ...]
    printed: float
    n_components: int | None = None
    rival: str = "isthmus"


QUESTIONS = {
    "dense-20": Question("mnist", (1.0, 1.5, 2.0, 3.0, 5.0, 15.0), 0.0145, None, "isthmus-quick"),
    # Its code of 1,568 numbers is twice as long as a digit: nothing is squeezed there, and nothing
    # in ours. PCA has 128.
    "denoising-conv": Question(
        "mnist", (10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 60.0), 0.0106, 128, "isthmus-denoiser"
    ),
    "scenes-1024": Question("intel128", (60.0, 600.0), 0.015, None, "isthmus-single-size"),
}


def noise_of(preset: str) -> float:
    """Deviation of the noise that a preset removes; 0 for none."""
    corruption = find_preset(preset).settings.get("corruption", {})
    return float(corruption.get("deviation", 0.0))


def main() -> None:
    """Run what is missing of the questions asked, write after every measurement."""
    parser = contest_parser(__doc__)
    parser.add_argument("networks", nargs="+", choices=list(QUESTIONS))
    parser.add_argument("--limit", type=float, help="seconds to train an old network at most")
    asked = parser.parse_args()
    for name in asked.networks:
        question = QUESTIONS[name]
        sizes = [question.n_components or own_size(name)]
        rivals = ["pca", question.rival, f"keras-{name}"]
        contest = Contest(
            rivals,
            sizes,
            question.seconds,
            limit=asked.limit,
            noise=noise_of(name),
            **common(asked),
        )
        compete(NAME, name, question.data, contest)


if __name__ == "__main__":
    main()
