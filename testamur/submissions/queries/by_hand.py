"""Certificates typed into a submission, as its file holds them now, and the provider's submissions that are filled by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.crypto import salted_hmac

from testamur.kernel.errors import NotAllowed, NotFound
from testamur.providers import queries as providers_queries
from testamur.submissions import by_hand, storage
from testamur.submissions.by_hand import TypedCertificate, TypedFinding
from testamur.submissions.formats import FORMATS
from testamur.submissions.layouts import Profile
from testamur.submissions.models import CellFix, Submission, SubmittedFile
from testamur.submissions.queries import knowing

_OTHER_FILE: Final = (
    "This submission holds a file that was uploaded. Certificates are entered by hand in a submission of their own; "
    "begin one, or add these certificates to your file."
)
_NOW_RECORD: Final = (
    "What was entered here is part of the record now, where each look at a student is noted. Look the student up, or "
    "download what you lodged."
)
_TAKING: Final = ("drafted", "uploaded", "rejected", "needs_fix", "ready")


@dataclass(frozen=True, slots=True)
class EnteredCertificate:
    """One certificate of a submission that is filled by hand.

    `mark` names it as it stands now and says nothing about it to those who lack the site's key; once it is changed it has
    another. `rows` are its rows in the file, `findings` what the check says about it.
    """

    mark: str
    typed: TypedCertificate
    rows: range
    findings: tuple[TypedFinding, ...] = ()

    def count(self, severity: str) -> int:
        """Return how many findings of a severity there are."""
        return sum(1 for one in self.findings if one.severity == severity)


def mark_of(submission_id: UUID, certificate: TypedCertificate) -> str:
    """Return the name of a certificate as it stands in a submission: 32 characters made with the site's key."""
    said = "\0".join("\t".join(cells) for cells in (certificate.cells, *certificate.units))
    return salted_hmac(f"testamur.by_hand.{submission_id}", said, algorithm="sha256").hexdigest()[:32]


def typed_certificates(submission: Submission) -> list[TypedCertificate]:
    """Return the certificates of a submission in the order of its file, cells that were fixed with their new values.

    Raises NotAllowed where the submission has another format or holds a file that was not written by hand.
    """
    if submission.format != by_hand.FORMAT:
        raise NotAllowed("Certificates are entered by hand in a submission of the format “Certificate register” only.")
    files = list(SubmittedFile.objects.filter(submission=submission, current=True))
    if not files:
        return []
    if len(files) > 1 or files[0].name != by_hand.FILE_NAME:
        raise NotAllowed(_OTHER_FILE)
    sha256 = bytes(files[0].sha256)
    fixes = CellFix.objects.filter(submission=submission, sha256=sha256).order_by("pk")
    try:
        content = storage.room_of(submission.pk).file(sha256.hex()).read_bytes()
        return by_hand.read(content, fixes.values_list("row", "column", "value"))
    except FileNotFoundError as gone:
        raise NotFound("The certificates that were entered here are deleted, as originals are after sealing.") from gone
    except by_hand.NotByHand as other:
        raise NotAllowed(_OTHER_FILE) from other


def entered_certificates(submission_id: UUID, *, at: datetime, with_findings: bool = True) -> list[EnteredCertificate]:
    """Return the certificates of a submission in the order of its file, each with what the check says about it.

    Without `with_findings` nothing is checked and the findings are empty. Raises NotFound for another provider's submission
    and for a sealed one, NotAllowed where it is not filled by hand.
    """
    submission = Submission.objects.filter(pk=submission_id).first()
    if submission is None:
        raise NotFound("There is no such submission, or none that you may see.")
    if submission.state in ("sealed", "superseded"):
        raise NotFound(_NOW_RECORD)
    typed = typed_certificates(submission)
    found = findings_of(submission, typed, at=at) if with_findings else [[] for _ in typed]
    return [
        EnteredCertificate(mark_of(submission_id, one), one, rows, tuple(findings))
        for one, rows, findings in zip(typed, by_hand.rows_of(typed), found, strict=True)
    ]


def findings_of(
    submission: Submission, certificates: Sequence[TypedCertificate], *, at: datetime
) -> list[list[TypedFinding]]:
    """Return what the check of the format says about each certificate on the provider's day."""
    if not certificates:
        return []
    profile: Profile = "tolerant" if submission.profile == "tolerant" else "strict"
    facts = knowing.facts_for(submission.provider_id, FORMATS[submission.format], replace_all=submission.replace_all)
    return by_hand.check(certificates, profile=profile, on=_day(submission.provider_id, at), facts=facts)


def filled_by_hand(provider_id: int) -> list[UUID]:
    """Return the provider's submissions that may take a certificate typed by hand now, the newest first."""
    open_ones = Submission.objects.filter(provider_id=provider_id, format=by_hand.FORMAT, state__in=_TAKING)
    others = SubmittedFile.objects.filter(current=True, submission__in=open_ones).exclude(name=by_hand.FILE_NAME)
    kept = open_ones.exclude(pk__in=others.values("submission")).order_by("-opened_at", "-pk")
    return list(kept.values_list("pk", flat=True))


def _day(provider_id: int, at: datetime) -> date:
    """Return the day in the provider's zone (CAL-5)."""
    return at.astimezone(ZoneInfo(providers_queries.provider(provider_id).zone)).date()
