"""All rivals on MNIST with 8, 20 and 64 numbers: error against seconds and against code size.

    python benchmarks/rivals.py --threads 1 --python keras=KERAS/bin/python

Who they are and how they are installed is in benchmarks/README.md. Run again it does what is
missing; a rival that is not installed is named and left out.
"""

from __future__ import annotations

from contest_file import common, compete, contest_parser

from isthmus.bench.contest import Contest
from isthmus.bench.rivals import GENERAL

NAME = "rivals"


def main() -> None:
    """Run what is missing; results are written after every measurement, plots at the end."""
    parser = contest_parser(__doc__)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--rivals", nargs="+", default=list(GENERAL))
    parser.add_argument("--sizes", nargs="+", type=int, default=[8, 20, 64])
    parser.add_argument("--seconds", nargs="+", type=float, default=[5.0, 15.0, 60.0, 180.0])
    asked = parser.parse_args()
    contest = Contest(
        asked.rivals, asked.sizes, asked.seconds, limit=max(asked.seconds), **common(asked)
    )
    compete(NAME, f"rivals-{asked.data}", asked.data, contest)


if __name__ == "__main__":
    main()
