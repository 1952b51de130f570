"""How well the parts of a picture with numbers come back."""

from __future__ import annotations

from isthmus.report.markup import Section, figure, table
from isthmus.report.study import Study
from isthmus.report.text import number, percent

__all__ = ["parts_section"]


def parts_section(study: Study) -> Section:
    """A table: of each part what is lost, by the autoencoder, by PCA, and from the other alone."""
    found = study.metrics.get("parts") or {}
    rows = [
        [
            name,
            number(of_part["mse"]),
            number(of_part["pca_mse"]),
            percent(of_part["lost"]),
            percent(of_part["pca_lost"]),
            percent(of_part["lost_alone"]),
        ]
        for name, of_part in found.items()
        if None not in of_part.values()
    ]
    head = ("part", "error", "PCA's", "lost", "by PCA", "lost if only the other is shown")
    text = (
        f"Mean squared error of each part on test items, per value ({study.unit}), and as a share "
        "of the part's variance: 100 % is what the mean item would do. The last column says what "
        "the one part knows of the other."
    )
    return Section("parts", "Pictures and numbers", figure(table(head, rows, "parts"), text))
