"""The picture of a submission's check, drawn alike for its provider and for who decides on it; no cell and no person.

Each audience says where the parts of the picture lead: two audiences share no address.
"""

from collections.abc import Callable, Sequence
from typing import Final

from testamur.submissions.formats import FORMATS
from testamur.submissions.queries import FindingGroup, Held, SubmissionCard
from testamur.web.pictures import Figure, RuleCount, Share, submission_health
from testamur.web.pictures.palette import FillTone

MOST_RULES: Final = 12
_TONES: Final[dict[str, FillTone]] = {"error": "bad", "warning": "warn", "info": "info"}
_WORST_FIRST: Final = tuple(_TONES)


def _nowhere(**wanted: str) -> str:
    """Return no address: the picture leads nowhere."""
    return ""


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 file, 1,204 files."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def held_words(held: Held) -> str:
    """Return how many rows are held and why: 12 rows (9 with errors, 3 with their student) and 1 PDF."""
    others = {"with their student": held.with_student, "with their certificate": held.with_certificate}
    counts = [f"{count:,} {words}" for words, count in others.items() if count]
    apart = f" ({', '.join([f'{held.rows:,} with errors', *counts])})" if counts else ""
    return counted(held.all_rows, "row") + apart + (f" and {counted(held.pdfs, 'PDF')}" if held.pdfs else "")


def health_of(
    card: SubmissionCard,
    groups: Sequence[FindingGroup],
    *,
    findings_url: Callable[..., str] = _nowhere,
    csv_url: str = "",
) -> Figure:
    """Return the picture of a submission's last check: all rows as one bar, and the findings of each rule.

    `findings_url` gives the address of the findings of a `severity` and, where named, of a `rule`.
    """
    tally = card.tally
    shares = [
        Share("rows without a finding", max(0, tally.rows - tally.rows_failed - tally.rows_warned), "good"),
        Share("rows with warnings", tally.rows_warned, "warn", findings_url(severity="warning")),
        Share("rows to fix", tally.rows_failed, "bad", findings_url(severity="error")),
    ]
    rules = [
        RuleCount(rule, label, count, _TONES[severity], findings_url(severity=severity, rule=rule))
        for severity, rule, label, count in _by_rule(groups)[:MOST_RULES]
    ]
    pdfs = f", and {counted(tally.pdfs, 'PDF')}" if FORMATS[card.format].sector == "he" else ""
    lead = f"{counted(tally.rows, 'row')} in {counted(len(tally.files), 'file')}{pdfs}"
    return submission_health(shares, rules, lead=lead, csv_url=csv_url)


def _by_rule(groups: Sequence[FindingGroup]) -> list[tuple[str, str, str, int]]:
    """Return severity, rule, words and findings of each rule, the worst kind first, then the most frequent."""
    counts: dict[tuple[str, str], tuple[str, int]] = {}
    for group in groups:
        label, count = counts.get((group.severity, group.rule), (group.column or group.message, 0))
        counts[group.severity, group.rule] = (label, count + group.count)
    found = [(severity, rule, label, count) for (severity, rule), (label, count) in counts.items()]
    return sorted(found, key=lambda one: (_WORST_FIRST.index(one[0]), -one[3], one[1]))
