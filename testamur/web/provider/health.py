"""The picture of a check on the provider's pages: every segment leads to its rows."""

from functools import partial
from urllib.parse import urlencode

from django.urls import reverse

from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import Chosen, FindingGroup, SubmissionCard
from testamur.web.pictures import Figure
from testamur.web.submission_health import health_of


def picture_of(card: SubmissionCard, groups: list[FindingGroup] | None = None) -> Figure:
    """Return the picture of a submission's last check."""
    found = submissions_queries.finding_groups(card, Chosen()) if groups is None else groups
    csv_url = reverse("provider:findings_csv", args=[card.id])
    return health_of(card, found, findings_url=partial(findings_url, card), csv_url=csv_url)


def findings_url(card: SubmissionCard, **wanted: str) -> str:
    """Return the address of the findings, narrowed."""
    return f"{reverse('provider:findings', args=[card.id])}?{urlencode(wanted)}"
