"""What systems are answered about submissions: the same facts as on the pages, under the names of the register's own words."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from ninja import Field, Schema

from testamur.kernel.identifiers import printed
from testamur.submissions.queries import FindingRow, Held, Standing, SubmissionCard
from testamur.web.provider import words


class Counted(Schema):
    """A rule and how often."""

    rule: str
    count: int


class HeldOut(Schema):
    """What is or would be held: counts and rules. `left` rows were not sealed by a later submission."""

    rows: int
    with_student: int
    pdfs: int
    good: int
    left: int
    whole_files: int
    sealable: int
    rules: list[Counted]

    @staticmethod
    def resolve_rules(held: Held) -> list[dict[str, Any]]:
        """Return the rules with their counts."""
        return [{"rule": rule, "count": count} for rule, count in held.rules]


class TallyRule(Schema):
    """How often one rule found something at one severity."""

    rule: str
    severity: str
    count: int


class CheckedOut(Schema):
    """One file as it was checked, perhaps made of several that were sent."""

    name: str
    kind: str
    sha256: str
    rows: int
    made_of: list[str]


class TallyOut(Schema):
    """What the last check counted."""

    error: int
    warning: int
    info: int
    rows: int
    rows_failed: int
    rows_warned: int
    pdfs: int
    rules: list[TallyRule]
    files: list[CheckedOut]


class ReadAsOut(Schema):
    """As what the last check read NAT files; `told_…` is what the files themselves say. Null: the national form, no year."""

    state: str | None
    year: int | None
    told_state: str | None
    told_year: int | None


class ProgressOut(Schema):
    """How far the worker is: a stage, `done` of `total` (0: not known), and both in percent."""

    stage: str
    words: str
    done: int
    total: int
    percent: int | None = Field(None, ge=0, le=100)

    @classmethod
    def of(cls, standing: Standing) -> "ProgressOut":
        """Return how far a worker says that it is."""
        percent = min(100, standing.done * 100 // standing.total) if standing.total else None
        return cls(
            stage=standing.stage, words=standing.words, done=standing.done, total=standing.total, percent=percent
        )


# What a key can do to a submission; the other moves are the worker's and the regulator's.
BY_KEY: Final = frozenset({"receive", "choose", "fix", "check", "hold", "stop_holding", "declare", "withdraw"})


class SubmissionOut(Schema):
    """One submission. `verbs` says what may be done to it by key now; `trouble` what went wrong last, if anything did."""

    id: UUID
    number: str = Field(description="Its public number, as the receipt prints it.")
    format: str
    profile: str
    encoding: str
    replace_all: bool
    form_state: str = Field(description="The state's form that somebody chose for NAT files; empty: as the files tell.")
    collection_year: int | None = Field(description="The collection year that somebody chose; null: as the files tell.")
    form_chosen_at: datetime | None
    read_as: ReadAsOut | None = Field(description="As what the last check read NAT files; null in other formats.")
    state: str
    verbs: list[str]
    at_work: bool
    opened_at: datetime
    checked_at: datetime | None
    rule_version: str
    findings_there: bool
    findings_current: bool
    tally: TallyOut
    file_count: int
    file_bytes: int
    fix_count: int
    held: HeldOut | None
    may_hold: HeldOut | None
    completes: str
    declaration: str
    confirmation: str
    declared_at: datetime | None
    accepted_at: datetime | None
    sealed_at: datetime | None
    sealed_date: date | None
    outcome: dict[str, int]

    @staticmethod
    def resolve_verbs(card: SubmissionCard) -> list[str]:
        """Return the moves that its state allows, without those of the worker and of the regulator."""
        return [verb for verb in card.verbs if verb in BY_KEY]

    @staticmethod
    def resolve_number(card: SubmissionCard) -> str:
        """Return the number as it is printed."""
        return printed(card.number)

    @staticmethod
    def resolve_read_as(card: SubmissionCard) -> Any:
        """Return as what the last check read the files."""
        return card.tally.read_as


class SubmissionFull(SubmissionOut):
    """One submission with who chose its form, how far the worker is, and what went wrong last."""

    form_chosen_by: str = Field("", description="Who chose the state's form or the year; empty where nobody did.")

    @staticmethod
    def resolve_form_chosen_by(card: SubmissionCard) -> str:
        """Return the person or the system."""
        return words.chosen_by(card)

    progress: ProgressOut | None = None
    trouble: str = ""


class SubmissionsOut(Schema):
    """Some submissions, the newest first; `next` is the `after` of the following ones."""

    items: list[SubmissionOut]
    next: UUID | None


class StepOut(Schema):
    """What was done to a submission, by whom, when."""

    verb: str
    to_state: str
    by: str
    at: datetime
    note: str


class FileOut(Schema):
    """One file as it arrived; `size` in bytes."""

    id: int
    name: str
    sha256: str
    size: int
    received_at: datetime


class ReceivedOut(Schema):
    """How many files are new here, and how many were here already with the same bytes."""

    new: int
    unchanged: int


class UploadOut(Schema):
    """One upload in pieces: `have` of `size` bytes have arrived; `received` once the submission holds the file."""

    id: UUID
    name: str
    size: int
    sha256: str
    begun_at: datetime
    have: int
    received: bool


class FixOut(Schema):
    """A fix that is laid over the file at the next check."""

    id: int
    value: str | None = Field(None, description="With values=1 only.")


class FindingOut(Schema):
    """One finding. `row` counts as a spreadsheet does, header 1; null for a whole file. `value` with values=1 only."""

    rule: str
    severity: str
    file: str
    row: int | None
    column: str | None
    message: str
    fix: str
    source: str
    fixable: bool
    value: str | None = None
    fix_held: FixOut | None = None


class FindingsOut(Schema):
    """One page of findings, errors first, then by file and row."""

    items: list[FindingOut]
    page: int
    size: int
    total: int


class ValueOut(Schema):
    """A value that stands in several cells of a file."""

    file: str
    value: str
    count: int


class GroupOut(Schema):
    """All findings of one rule about one column that say the same. `values` with values=1 only."""

    severity: str
    rule: str
    column: str | None
    message: str
    fix: str
    source: str
    count: int
    files: list[str]
    values: list[ValueOut] = []


class FixedOut(Schema):
    """How many cells have another value from the next check on; 0 for a request that was made before."""

    cells: int


class FixMade(Schema):
    """The fix of one cell."""

    id: int
    file: str
    row: int
    column: str


class DeclarationOut(Schema):
    """The text that a declaration of this thing makes now; `declaration` names it in the declaration itself.

    `confirmation` is a sentence to confirm besides, where the files name another organisation only; mostly "".
    """

    declaration: str
    title: str
    text: str
    confirmation: str = ""


class ArrivedOut(Schema):
    """A file as it arrived, by hash."""

    name: str
    size: int
    sha256: str


class LogOut(Schema):
    """Where the log stands: the latest checkpoint, null while leaves wait for their place in it."""

    size: int
    root: str


class ReceiptOut(Schema):
    """The receipt of a sealed submission."""

    number: str
    sealed_at: datetime
    sealed_date: date
    opened_by: str
    declared_by: str
    declared_at: datetime
    declaration: str
    confirmation: str
    rule_version: str
    form_state: str
    collection_year: int | None
    form_chosen_by: str
    read_as: ReadAsOut | None
    outcome: dict[str, int]
    leaves: int
    held: HeldOut | None
    checked: list[CheckedOut]
    arrived: list[ArrivedOut]
    log: LogOut | None


def finding_out(row: FindingRow, *, values: bool) -> dict[str, Any]:
    """Return a finding, its values only where they were asked for."""
    names = ("rule", "severity", "file", "row", "column", "message", "fix", "source", "fixable")
    found = {name: getattr(row, name) for name in names}
    fix = {"id": row.fix_held.id, "value": row.fix_held.value if values else None} if row.fix_held else None
    return {**found, "value": row.value if values else None, "fix_held": fix}
