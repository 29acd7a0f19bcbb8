"""The picture of a closure rehearsal, alike for its provider and for the secretariat: numbers only, nobody in it."""

from testamur.regulation.queries.rehearsals import RehearsalFacts
from testamur.regulation.rehearsing import REASONS
from testamur.web.pictures import Figure, RuleCount, Share, submission_health


def headline(found: RehearsalFacts) -> str:
    """Return what a rehearsal says in one sentence."""
    if not found.students:
        return "The register holds no student of this provider yet."
    return f"If the provider closed tonight, {found.percent} % of its {found.students:,} students could be served."


def rehearsal_figure(found: RehearsalFacts) -> Figure:
    """Return all students as one bar, and beneath it how many each reason leaves out."""
    shares = [
        Share("served at once", found.served - found.by_hand, "good"),
        Share("served after an officer compares by hand", found.by_hand, "warn"),
        Share("not served", found.failing, "bad"),
    ]
    rules = [RuleCount(code, REASONS[code], found.reasons.get(code, 0)) for code in REASONS if found.reasons.get(code)]
    return submission_health(
        shares, rules, title="Who could be served", lead=f"{found.students:,} students, and why some could not be"
    )
