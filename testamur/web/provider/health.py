"""The picture of a check: all rows as one bar, and the findings of each rule; every segment leads to its rows."""

from urllib.parse import urlencode

from django.urls import reverse

from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import Chosen, FindingGroup, SubmissionCard
from testamur.web.pictures import Figure, RuleCount, Share, submission_health
from testamur.web.pictures.palette import FillTone
from testamur.web.provider import words

_TONES: dict[str, FillTone] = {"error": "bad", "warning": "warn", "info": "info"}
_MOST_RULES = 12


def picture_of(card: SubmissionCard, groups: list[FindingGroup] | None = None) -> Figure:
    """Return the picture of a submission's last check."""
    tally = card.tally
    fine = tally.rows - tally.rows_failed - tally.rows_warned
    shares = [
        Share("rows without a finding", max(0, fine), "good"),
        Share("rows with warnings", tally.rows_warned, "warn", findings_url(card, severity="warning")),
        Share("rows to fix", tally.rows_failed, "bad", findings_url(card, severity="error")),
    ]
    found = submissions_queries.finding_groups(card, Chosen()) if groups is None else groups
    rows, files = words.counted(tally.rows, "row"), words.counted(len(tally.files), "file")
    lead = f"{rows} in {files}, and {words.counted(tally.pdfs, 'PDF')}"
    return submission_health(
        shares, _rules(card, found), lead=lead, csv_url=reverse("provider:findings_csv", args=[card.id])
    )


def findings_url(card: SubmissionCard, **wanted: str) -> str:
    """Return the address of the findings, narrowed."""
    return f"{reverse('provider:findings', args=[card.id])}?{urlencode(wanted)}"


def _rules(card: SubmissionCard, groups: list[FindingGroup]) -> list[RuleCount]:
    """Return the findings of each rule, errors first, the most frequent first."""
    counts: dict[tuple[str, str], tuple[str, int]] = {}
    for group in groups:
        label, count = counts.get((group.severity, group.rule), (group.column or group.message, 0))
        counts[group.severity, group.rule] = (label, count + group.count)
    order = list(_TONES)
    ranked = sorted(counts.items(), key=lambda item: (order.index(item[0][0]), -item[1][1], item[0][1]))
    return [
        RuleCount(rule, label, count, _TONES[severity], findings_url(card, severity=severity, rule=rule))
        for (severity, rule), (label, count) in ranked[:_MOST_RULES]
    ]
