"""Where submissions are in their lives: lists, one in full, its files and what was done to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from testamur.accounts import systems as accounts_systems
from testamur.kernel.errors import NotFound
from testamur.submissions import storage
from testamur.submissions.checking import ReadAs
from testamur.submissions.holding import Held
from testamur.submissions.models import CellFix, Submission, SubmissionStep, SubmittedFile
from testamur.submissions.organisations import OtherOrganisation
from testamur.submissions.progress import Standing, read_progress
from testamur.submissions.states import SUBMISSION

_PREPARING = ("open", "receive", "fix", "hold", "choose")
_HOLDING = frozenset({"ready", "submitted", "accepted", "sealed", "superseded"})


@dataclass(frozen=True, slots=True)
class CheckedBulk:
    """One bulk file as it was checked: made of which files, its hash in hex, its data rows."""

    name: str
    kind: str
    sha256: str
    rows: int
    made_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleTally:
    """How often one rule found something at one severity."""

    rule: str
    severity: str
    count: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What the last check counted; all zero before a check. `read_as` says in which form NAT files were read.

    `other_organisation` is there where the files name none of the provider's codes: the declarer has to confirm that.
    """

    error: int = 0
    warning: int = 0
    info: int = 0
    rows: int = 0
    rows_failed: int = 0
    rows_warned: int = 0
    pdfs: int = 0
    rules: tuple[RuleTally, ...] = ()
    files: tuple[CheckedBulk, ...] = ()
    read_as: ReadAs | None = None
    other_organisation: OtherOrganisation | None = None

    @classmethod
    def of(cls, counts: Mapping[str, Any]) -> "Tally":
        """Return the tally of a submission's stored counts."""
        plain = {
            name: int(counts.get(name, 0))
            for name in ("error", "warning", "info", "rows", "rows_failed", "rows_warned", "pdfs")
        }
        rules = tuple(RuleTally(**rule) for rule in counts.get("rules", ()))
        files = tuple(
            CheckedBulk(file["name"], file["kind"], file["sha256"], file["rows"], tuple(file["made_of"]))
            for file in counts.get("files", ())
        )
        read_as = ReadAs(**counts["read_as"]) if "read_as" in counts else None
        return cls(**plain, rules=rules, files=files, read_as=read_as, other_organisation=OtherOrganisation.of(counts))


@dataclass(frozen=True, slots=True)
class Step:
    """What was done to a submission, by whom (None: the register itself), when."""

    verb: str
    to_state: str
    by: UUID | None
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class FileHeld:
    """One file of a submission as it arrived; `sha256` in hex, `size` in bytes."""

    id: int
    name: str
    sha256: str
    size: int
    received_by: UUID
    received_at: datetime


@dataclass(frozen=True, slots=True)
class SubmissionCard:
    """One submission in full, except its files, findings and steps.

    `findings_current` says that the findings are about the files and fixes as they are now; `findings_there` that there are
    findings to work on, perhaps with fixes made since. `held` is what is held of it, `may_hold` what a check with errors
    would let be held, `completes` the number of the earlier submission whose held rows these files bring again.
    `outcome` counts what became of the rows: new, changed, withdrawn, unchanged, students, documents, held.
    `form_state` and `collection_year` were chosen by a person for NAT files; "" and None: as the files tell.
    """

    id: UUID
    number: str
    provider_id: int
    format: str
    profile: str
    encoding: str
    replace_all: bool
    state: str
    opened_by: UUID
    opened_at: datetime
    checked_at: datetime | None
    rule_version: str
    tally: Tally
    declared_by: UUID | None
    declared_at: datetime | None
    declaration: str
    confirmation: str
    accepted_by: UUID | None
    accepted_at: datetime | None
    sealed_at: datetime | None
    sealed_date: date | None
    outcome: Mapping[str, int]
    originals_deleted_at: datetime | None
    superseded_by: UUID | None
    run: UUID | None
    held: Held | None = None
    may_hold: Held | None = None
    completes: str = ""
    file_count: int = 0
    file_bytes: int = 0
    fix_count: int = 0
    verbs: tuple[str, ...] = field(default=())
    form_state: str = ""
    collection_year: int | None = None
    form_chosen_by: UUID | None = None
    form_chosen_at: datetime | None = None

    @property
    def findings_there(self) -> bool:
        """Say whether a check's findings can be shown."""
        return self.run is not None and self.originals_deleted_at is None

    @property
    def findings_current(self) -> bool:
        """Say whether nothing changed since the check."""
        return self.findings_there and self.state != "uploaded"

    @property
    def at_work(self) -> bool:
        """Say whether the worker has it."""
        return self.state in {"validating", "accepted"}


def submissions() -> list[SubmissionCard]:
    """Return the submissions that this transaction may see, the newest first."""
    return [_card(row) for row in _with_sizes(Submission.objects.order_by("-opened_at", "-pk"))]


def submissions_of(provider_id: int, *, after: UUID | None = None, most: int | None = None) -> list[SubmissionCard]:
    """Return the submissions of a provider, the newest first: all, or so many at most that come after a given one.

    Raises NotFound where the given one is not the provider's.
    """
    rows = Submission.objects.filter(provider_id=provider_id).order_by("-opened_at", "-pk")
    if after is not None:
        last = rows.filter(pk=after).first()
        if last is None:
            raise NotFound("There is no submission with the id in `after`, or none that you may see.")
        rows = rows.filter(Q(opened_at__lt=last.opened_at) | Q(opened_at=last.opened_at, pk__lt=last.pk))
    return [_card(row) for row in _with_sizes(rows[:most])]


def submissions_waiting(state: str = "submitted") -> list[SubmissionCard]:
    """Return the submissions in a state, the oldest first: what a supervisor has to accept."""
    return [_card(row) for row in _with_sizes(Submission.objects.filter(state=state).order_by("opened_at", "pk"))]


def submission(submission_id: UUID) -> SubmissionCard:
    """Return one submission; raises NotFound, also for another provider's."""
    row = _with_sizes(Submission.objects.filter(pk=submission_id)).first()
    if row is None:
        raise NotFound("There is no such submission, or none that you may see.")
    return _card(row)


def files_of(submission_id: UUID) -> list[FileHeld]:
    """Return the files that a submission holds now, by name."""
    rows = SubmittedFile.objects.filter(submission_id=submission_id, current=True).order_by("name")
    return [
        FileHeld(row.pk, row.name, bytes(row.sha256).hex(), row.size, row.received_by, row.received_at) for row in rows
    ]


def steps_of(submission_id: UUID) -> list[Step]:
    """Return what was done to a submission, the newest first."""
    rows = SubmissionStep.objects.filter(submission_id=submission_id).order_by("-at", "-pk")
    return [Step(row.verb, row.to_state, row.by, row.at, row.note) for row in rows]


def people_of(submission_id: UUID) -> frozenset[UUID]:
    """Return who prepared a submission, themselves or through a system whose key they made, and may not declare it."""
    files = SubmittedFile.objects.filter(submission_id=submission_id).values_list("received_by", flat=True)
    steps = SubmissionStep.objects.filter(submission_id=submission_id, verb__in=_PREPARING)
    people = {person for person in {*files, *steps.values_list("by", flat=True)} if person is not None}
    return accounts_systems.people_behind(people)


def last_trouble(steps: Sequence[Step]) -> str:
    """Return what the register says about the last thing that went wrong, nothing where the last move went well."""
    moves = [step for step in steps if step.verb not in {"restart", "purge"}]
    return moves[0].note if moves and moves[0].verb in {"give_up", "refuse", "return"} else ""


def progress_of(submission_id: UUID) -> Standing | None:
    """Return how far the worker is with a submission, None where it has not begun or has ended."""
    return read_progress(storage.room_of(submission_id).progress)


def _with_sizes(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """Add to submissions what they hold: files, bytes, fixes; one statement for all of them."""
    files = SubmittedFile.objects.filter(submission=OuterRef("pk"), current=True).order_by().values("submission")
    fixes = CellFix.objects.filter(submission=OuterRef("pk")).order_by().values("submission")
    return rows.annotate(
        file_count=Coalesce(Subquery(files.annotate(number=Count("pk")).values("number")), 0),
        file_bytes=Coalesce(Subquery(files.annotate(total=Sum("size")).values("total")), 0),
        fix_count=Coalesce(Subquery(fixes.annotate(number=Count("pk")).values("number")), 0),
    )


def _card(row: Any) -> SubmissionCard:
    """Return a submission with its sizes as it crosses the package's edge."""
    return SubmissionCard(
        id=row.pk,
        number=row.number,
        provider_id=row.provider_id,
        format=row.format,
        profile=row.profile,
        encoding=row.encoding,
        replace_all=row.replace_all,
        state=row.state,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        checked_at=row.checked_at,
        rule_version=row.rule_version,
        tally=Tally.of(row.counts),
        declared_by=row.declared_by,
        declared_at=row.declared_at,
        declaration=row.declaration,
        confirmation=row.confirmation,
        accepted_by=row.accepted_by,
        accepted_at=row.accepted_at,
        sealed_at=row.sealed_at,
        sealed_date=row.sealed_date,
        outcome=row.outcome,
        originals_deleted_at=row.originals_deleted_at,
        superseded_by=row.superseded_by,
        run=row.checked_run,
        held=Held.of(row.held) if row.state in _HOLDING else None,
        may_hold=Held.of(row.counts.get("hold", {})) if row.state == "needs_fix" else None,
        completes=row.counts.get("completes", {}).get("number", ""),
        file_count=row.file_count,
        file_bytes=row.file_bytes,
        fix_count=row.fix_count,
        verbs=SUBMISSION.verbs(row.state),
        form_state=row.form_state,
        collection_year=row.collection_year,
        form_chosen_by=row.form_chosen_by,
        form_chosen_at=row.form_chosen_at,
    )
