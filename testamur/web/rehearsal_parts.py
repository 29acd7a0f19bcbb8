"""The picture of a closure rehearsal, alike for its provider and for the secretariat: numbers only, nobody in it."""

from testamur.regulation.queries.rehearsals import RehearsalFacts
from testamur.regulation.rehearsing import REASONS
from testamur.web.pictures import Figure, RuleCount, Share, submission_health


def headline(found: RehearsalFacts, *, own: bool = False) -> str:
    """Return what a rehearsal says in one sentence, to the provider itself where it is its `own`."""
    if not found.students:
        return "The register holds no student yet."
    who, whose = ("you", "your") if own else ("the provider", "its")
    return f"If {who} closed tonight, {found.percent} % of {whose} {found.students:,} students could be served."


def rehearsal_figure(found: RehearsalFacts) -> Figure:
    """Return all students as one bar, and beneath it how many each reason leaves out."""
    shares = [
        Share("served at once", found.served - found.by_hand, "good"),
        Share("served after a look by hand", found.by_hand, "warn"),
        Share("not served", found.failing, "bad"),
    ]
    rules = [RuleCount(code, _short(code), found.reasons.get(code, 0)) for code in REASONS if found.reasons.get(code)]
    lead = f"{found.students:,} students{', and why some could not be' if found.failing else ''}"
    return submission_health(shares, rules, title="Who could be served", lead=lead)


def _short(code: str) -> str:
    """Return the first words of a reason, which stand beside its bar."""
    return REASONS[code].partition(":")[0].partition(",")[0]
