"""Load enrolments, outcomes and fees from files: everything is checked at once, and nothing is half-written."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, TypeVar
from uuid import UUID

from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.enrolments import files, meaning
from testamur.enrolments.actions import details, enrolling, fees, identity, outcomes, passing, writing
from testamur.enrolments.files import Cells
from testamur.enrolments.meaning import EnrolmentRow, FeeRow, Key, OutcomeRow
from testamur.enrolments.models import Enrolment
from testamur.enrolments.queries import lists
from testamur.enrolments.rules import DECISIVE, OutcomeSaid
from testamur.enrolments.said import wrong
from testamur.kernel.errors import Refusal
from testamur.kernel.verdict import Finding
from testamur.students import entering

R = TypeVar("R", OutcomeRow, FeeRow)
_REASON: Final = "Loaded from a file"


@dataclass(slots=True)
class Loaded:
    """What came of files: the findings, for which nothing was written, or what was; `rows` are the data rows of each file."""

    findings: list[Finding] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def found(self, cells: Cells, findings: Iterable[Finding]) -> None:
        """Keep findings about one row."""
        self.findings += [one.at(file=cells.file, row=cells.row, column=one.column) for one in findings]


@transaction.atomic
def load_files(
    provider_id: int, given: Sequence[tuple[str, bytes]], *, by: UUID, at: datetime, only_check: bool = False
) -> Loaded:
    """What files say of a provider's students in training stands, or nothing of it and the findings say why.

    For the provider's data officers. Loaded again, rows that say the same change nothing. With `only_check` nothing is written
    in any case. Each file is named enrolments….csv, outcomes….csv or fees….csv.
    """
    writing.refuse_without(Permission.CHANGE_ENROLMENT, provider_id, by=by, at=at)
    loaded = Loaded()
    rows = _read(given, loaded)
    enrolled = [meaning.enrolment_row(cells) for cells in rows["enrolments"]]
    outcome_rows = [meaning.outcome_row(cells) for cells in rows["outcomes"]]
    fee_rows = [meaning.fee_row(cells) for cells in rows["fees"]]
    for cells in (*rows["enrolments"], *rows["outcomes"], *rows["fees"]):
        loaded.found(cells, cells.findings)

    ids = _enrol(provider_id, enrolled, loaded, by=by, at=at)
    known = _known(provider_id, [*(one.key for one in outcome_rows), *(one.key for one in fee_rows)], enrolled)
    _record_outcomes(outcome_rows, known, loaded, by=by, at=at)
    _record_fees(fee_rows, known, loaded, by=by, at=at)
    _beside(enrolled, ids, loaded, by=by, at=at)

    loaded.findings.sort(key=lambda one: (one.file or "", one.row or 0, one.column or "", one.rule))
    if loaded.findings or only_check:
        transaction.set_rollback(True)
    return loaded


def _read(given: Sequence[tuple[str, bytes]], loaded: Loaded) -> dict[str, list[Cells]]:
    """Return the rows of files by kind; two files of a kind are read as one."""
    rows: dict[str, list[Cells]] = {kind: [] for kind in files.LAYOUTS}
    if not given:
        loaded.findings.append(wrong("", "E00", "There is no file here."))
    for name, content in given:
        read = files.read_file(name, content)
        loaded.findings += read.findings
        loaded.rows[name] = len(read.rows)
        if read.kind:
            rows[read.kind] += read.rows
    return rows


def _enrol(
    provider_id: int, rows: Sequence[EnrolmentRow], loaded: Loaded, *, by: UUID, at: datetime
) -> dict[int, UUID]:
    """Enrol what can be read, and return the enrolment of each row by its place; none where a row of the file is wrong."""
    readable = [(place, one.new) for place, one in enumerate(rows) if one.new]
    seen: set[tuple[str, str, date]] = set()
    for place, new in readable:
        key = (new.student.local_id, new.product_code, new.enrolled_on)
        if key in seen:
            loaded.found(rows[place].cells, [wrong("student_id", "E08", "This enrolment stands in the file twice.")])
        seen.add(key)
    said = [new for _, new in readable]
    today = writing.local_day(provider_id, at)
    found = enrolling.problems(said, provider_id, today=today)
    for place, finding in found:
        loaded.found(rows[readable[place][0]].cells, [finding])
    if found or loaded.findings:
        return {}
    enrolled = enrolling.enrol_many(said, provider_id, by=by, at=at, reason=_REASON)
    loaded.counts |= {
        "enrolments_new": enrolled.new,
        "enrolments_changed": enrolled.changed,
        "enrolments_unchanged": enrolled.unchanged,
    }
    return {place: number for (place, _), number in zip(readable, enrolled.ids, strict=True)}


def _known(
    provider_id: int, keys: Sequence[Key], rows: Sequence[EnrolmentRow]
) -> Callable[[Key], UUID | Finding | None]:
    """Return what finds the enrolment of a key: its id, a finding, or None where a wrong row of the same files names it."""
    numbers = {number for number, _, _ in keys}
    students = {one.student_id: number for number, one in entering.known_by_number(provider_id, numbers).items()}
    held: dict[tuple[str, str], list[tuple[date, UUID]]] = {}
    chosen = Enrolment.objects.filter(provider_id=provider_id, student_id__in=students).exclude(state="cancelled")
    for pk, student, product, day in chosen.values_list("pk", "student_id", "product_code", "enrolled_on"):
        held.setdefault((students[student], product), []).append((day, pk))
    named = {(entering.number_of(one.cells.text("student_id")), one.cells.text("product_code").upper()) for one in rows}

    def find(key: Key) -> UUID | Finding | None:
        number, product, day = key
        fits = [pk for since, pk in held.get((number, product), ()) if day in (None, since)]
        if len(fits) == 1:
            return fits[0]
        if fits:
            message = "The student was enrolled in this product more than once. Give the day of enrolment too."
            return wrong("enrolled_on", "E07", message)
        if (number, product) in named:
            return None
        return wrong("student_id", "E07", "There is no enrolment of this student in this product. Enrol them first.")

    return find


def _placed(rows: Sequence[R], known: Callable[[Key], UUID | Finding | None], loaded: Loaded) -> list[tuple[R, UUID]]:
    """Return the rows whose enrolment is found."""
    placed = []
    for one in rows:
        found = known(one.key)
        if isinstance(found, Finding):
            loaded.found(one.cells, [found])
        elif found is not None:
            placed.append((one, found))
    return placed


def _record_outcomes(
    rows: Sequence[OutcomeRow],
    known: Callable[[Key], UUID | Finding | None],
    loaded: Loaded,
    *,
    by: UUID,
    at: datetime,
) -> None:
    """Record outcomes, or keep what is wrong with them."""
    placed = [(one, pk) for one, pk in _placed(rows, known, loaded) if not one.cells.findings]
    held = lists.said_of([(pk, one.said.unit_code) for one, pk in placed])
    said = [(pk, _laid_over(held.get((pk, one.said.unit_code)), one.said)) for one, pk in placed]
    found = outcomes.problems(said, writing.locked(pk for pk, _ in said), reason="", at=at)
    for place, finding in found:
        loaded.found(placed[place][0].cells, [finding])
    if loaded.findings or not said:
        return
    recorded = outcomes.record_outcomes(said, by=by, at=at)
    loaded.counts |= {
        "outcomes_new": recorded.new,
        "outcomes_changed": recorded.changed,
        "outcomes_unchanged": recorded.unchanged,
    }


def _laid_over(held: OutcomeSaid | None, said: OutcomeSaid) -> OutcomeSaid:
    """Return an outcome as a row says it, with what its empty cells leave standing; an open outcome has no day and no assessor."""
    if held is None:
        return said
    decided = ("decided_on", "assessor") if said.outcome in DECISIVE else ()
    keep = ("started_on", "ended_on", "delivered_in", "assessed_in", "mark", "grade", *decided)
    return replace(said, **{name: getattr(held, name) for name in keep if not getattr(said, name)})


def _record_fees(
    rows: Sequence[FeeRow], known: Callable[[Key], UUID | Finding | None], loaded: Loaded, *, by: UUID, at: datetime
) -> None:
    """Record entries of fees, or keep what is wrong with them."""
    placed = [(one, pk) for one, pk in _placed(rows, known, loaded) if not one.cells.findings]
    said = [(pk, one.said) for one, pk in placed if one.said]
    found = fees.problems(said, writing.locked(pk for pk, _ in said), at=at)
    for place, finding in found:
        loaded.found(placed[place][0].cells, [finding])
    if loaded.findings or not said:
        return
    new = fees.record_fees(said, by=by, at=at)
    loaded.counts |= {"fees_new": new, "fees_unchanged": len(said) - new}


def _beside(rows: Sequence[EnrolmentRow], ids: Mapping[int, UUID], loaded: Loaded, *, by: UUID, at: datetime) -> None:
    """Set what stands beside each enrolment; a refusal is a finding of its row."""
    states = dict(Enrolment.objects.filter(pk__in=ids.values()).values_list("pk", "state"))
    for place, pk in ids.items():
        for column, step in _steps(rows[place], pk, states[pk], by=by, at=at):
            try:
                step()
            except Refusal as refused:
                loaded.found(rows[place].cells, refused.findings or (wrong(column, "E11", refused.message),))


def _steps(
    one: EnrolmentRow, pk: UUID, state: str, *, by: UUID, at: datetime
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what a row asks for besides the enrolment, each with its column: contract, attestation, timely date, ending."""
    if (contract := one.contract) is not None:
        yield "contract_number", lambda: details.set_contract(pk, contract, by=by, at=at, reason=_REASON)
    if (attestation := one.attestation) is not None:
        yield "identity_check", lambda: identity.attest_identity(pk, attestation, by=by, at=at)
    if (timely := one.timely) is not None:
        yield "timely_date", lambda: details.set_timely_date(pk, *timely, by=by, at=at)
    if one.completed and state != "completed":
        yield "completed", lambda: passing.complete(pk, by=by, at=at)
    if (left := one.exit) is not None:
        yield "exited_on", lambda: passing.record_exit(pk, left, by=by, at=at, reason=_REASON)
