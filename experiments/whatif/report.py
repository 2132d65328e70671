"""The report of a study: one page that needs nothing but itself."""

from __future__ import annotations

from experiments.whatif.study import Study


def report_page(study: Study) -> str:
    """The page as HTML."""
    return "<p>" + "</p><p>".join(item.verdict.sentence for item in study.findings.comparisons)
