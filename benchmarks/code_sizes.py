"""One ordered fit against fits of one size each, at each of their times and at the sum of them.

    python benchmarks/code_sizes.py mnist fashion-mnist --seeds 3
    python benchmarks/code_sizes.py mnist --sizes 100 392

Test errors by code size: PCA, the preset ``single-size`` fitted for each size, and the default
fitted once for all of them. Run again it does what is missing.
"""

from __future__ import annotations

from contest_file import common, compete, contest_parser

from isthmus.bench.contest import Contest

NAME = "code_sizes"
SIZES = (2, 8, 16, 20, 32, 49, 64)


def main() -> None:
    """Run what is missing, write after every measurement."""
    parser = contest_parser(__doc__)
    parser.add_argument("data", nargs="+")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--seconds", type=float, default=120.0, help="of each fit of one size")
    asked = parser.parse_args()
    together = asked.seconds * len(asked.sizes)
    for data in asked.data:
        alone = Contest(
            ["pca", "isthmus-single-size"], asked.sizes, [asked.seconds], **common(asked)
        )
        ordered = Contest(
            ["isthmus"], [max(asked.sizes)], [asked.seconds, together], **common(asked)
        )
        compete(NAME, f"{data}-{max(asked.sizes)}", data, alone, ordered)


if __name__ == "__main__":
    main()
