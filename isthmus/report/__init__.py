"""The report: one HTML page that shows what a fit kept and what it lost, with PCA beside it."""

from isthmus.report.page import write_report

__all__ = ["write_report"]
