"""An accepted submission becomes part of the permanent record: everything in one transaction, or nothing (issue 2, item 3).

The worker's action. Killed anywhere, it leaves nothing, and the next run does the whole; run again after the end, it does
nothing. Contacts and the USI go to tables of their own beside the record, the USI encrypted and waiting for verification
(USI-02).
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings
from django.db import InterfaceError, OperationalError

from testamur.documents import actions as documents_actions
from testamur.documents import vault
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict
from testamur.providers import queries as providers_queries
from testamur.register import actions as register_actions
from testamur.register import preparing
from testamur.register.actions import Part
from testamur.students import bulk as students_bulk
from testamur.students import sealing as students_sealing
from testamur.students.linkage import actions as linkage_actions
from testamur.submissions import formats, gathering, holding, spans, storage
from testamur.submissions.actions import doubting, returning, writing
from testamur.submissions.actions import holding as held_back
from testamur.submissions.actions.declaring import undeclare
from testamur.submissions.actions.faults import reference_of
from testamur.submissions.actions.validating import FILES
from testamur.submissions.gathering import Arrived
from testamur.submissions.holding import Held
from testamur.submissions.models import Submission, SubmittedFile
from testamur.submissions.progress import Reporter

CONTACTS = ("address_1", "address_2", "suburb", "state", "country", "postcode", "phone", "email")
_DOCUMENTS = {"local_id": pl.String, "document": pl.String, "n": pl.Int64, "sha256": pl.String, "size": pl.Int64}


@dataclass(frozen=True, slots=True)
class _Pdf:
    """One PDF that a check let through: whose, what, which, and its bytes."""

    local_id: str
    document: str
    n: int
    sha256: str
    size: int
    path: Path


def seal_submission(submission_id: UUID | str, *, at: datetime) -> None:
    """Everything of an accepted submission is part of the permanent record, with one leaf for every version of a record.

    Does nothing where the submission does not wait for sealing. A fault of ours sends it back to be declared again, with a
    reference number; a lost database lets the queue try again.
    """
    number = UUID(str(submission_id))
    provider_id = _provider_of(number)
    if provider_id is None:
        return
    report = Reporter(storage.room_of(number).progress)
    try:
        with tenancy.for_provider(provider_id):
            submission = writing.locked(number)
            if submission.state == "accepted":
                _seal(submission, report, at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:
        _send_back(number, provider_id, reference_of(fault, "sealing"), at=at)
    finally:
        report.clear()


def _provider_of(submission_id: UUID) -> int | None:
    """Return whose submission waits for sealing, None where it does not."""
    with tenancy.for_register():
        row = Submission.objects.filter(pk=submission_id, state="accepted").first()
        return row.provider_id if row else None


def _seal(submission: Submission, report: Reporter, *, at: datetime) -> None:
    """Seal a submission in the caller's transaction."""
    if submission.checked_run is None or submission.declared_by is None:
        raise Conflict("A submission is sealed after it was checked and declared.")
    room = storage.room_of(submission.pk)
    run = room.run(submission.checked_run)
    on = at.astimezone(ZoneInfo(providers_queries.provider(submission.provider_id).zone)).date()
    codes = holding.held_codes(run) if submission.held else frozenset[str]()
    documents = _keep_documents(submission, room, run, codes, report, at=at)
    bundle = register_actions.Bundle(
        provider_id=submission.provider_id,
        submission=submission.pk,
        format=submission.format,
        rule_version=submission.rule_version,
        parts=_parts(submission, run, documents, codes),
        documents=documents,
        asserted_by=submission.opened_by,
        declared_by=submission.declared_by,
        replace_all=submission.replace_all,
    )
    period = _period(bundle)
    months = spans.months_of(bundle.frames("results", "certificates"))
    beside = _protected(submission.provider_id, bundle)
    counts = register_actions.record_submission(
        bundle, by=submission.declared_by, at=at, on=on, period=period, progress=report, beside=beside
    )
    held_back.keep_list(submission, run)
    held = Held.of(submission.held)
    became = asdict(counts) | {"documents": len(documents)} | ({"held": held.all_rows} if held else {})
    returning.supersede_nil_returns(
        submission.provider_id, submission_id=submission.pk, format=submission.format, period=period, sealed=on, at=at,
        months=months,
    )  # fmt: skip
    submission.counts = {**submission.counts, "months": months}
    doubting.queue_doubts(submission, run, codes, at=at)
    _finish(submission, became, at=at, on=on)


def _finish(submission: Submission, outcome: dict[str, object], *, at: datetime, on: date) -> None:
    """Note that a submission is sealed, supersede those that it replaces, and tell both people."""
    writing.move(submission, "seal", by=None, at=at)
    submission.sealed_at, submission.sealed_date, submission.outcome = at, on, outcome
    submission.save()
    held_back.note_completed(submission, at=at)
    if submission.replace_all:
        earlier = Submission.objects.filter(provider_id=submission.provider_id, state="sealed")
        for other in earlier.exclude(pk=submission.pk).select_for_update():
            writing.move(other, "supersede", by=submission.declared_by, at=at, note=f"by {submission.number}")
            other.superseded_by = submission.pk
            other.save(update_fields=["state", "superseded_by"])
            doubting.close_superseded([other.pk], at=at)
    writing.tell("submission_sealed", submission, {submission.opened_by, submission.declared_by}, at=at)
    linkage_actions.wake_linkage()


def _send_back(submission_id: UUID, provider_id: int, reference: str, *, at: datetime) -> None:
    """Put a submission that could not be sealed back to where it can be declared again."""
    with tenancy.for_provider(provider_id):
        submission = writing.locked(submission_id)
        if submission.state != "accepted":
            return
        note = (
            "The sealing stopped through a fault of the register, not of your files, and nothing was written. "
            f"Declare the submission again. Reference {reference}."
        )
        writing.move(submission, "return", by=None, at=at, note=note)
        undeclare(submission)
        submission.save()


def _parts(submission: Submission, run: Path, documents: pl.DataFrame, codes: frozenset[str]) -> tuple[Part, ...]:
    """Return what the checked files give, in the order of loading, without the rows of held students (`codes`).

    Documents go by the hash over their sorted hashes.
    """
    form = formats.FORMATS[submission.format]
    hashes = {file["kind"]: file["sha256"] for file in submission.counts["files"]}
    parts = [
        Part(gives.part, gives.holds, path, hashes[gives.kind], gives.level)
        for gives in form.gives
        if gives.kind in hashes and (path := holding.frame_to_seal(run, formats.FRAMES[gives.holds], codes)).is_file()
    ]
    if not documents.is_empty():
        listed = "\n".join(sorted(documents["sha256"]))
        parts.append(Part("documents", "documents", None, hashlib.sha256(listed.encode()).hexdigest()))
    return tuple(parts)


def _period(bundle: register_actions.Bundle) -> tuple[date | None, date | None]:
    """Return the half-open period, in whole years, that results and certificates cover; unknown years (0) are left out."""
    years = [_years(path) for path in bundle.frames("results", "certificates")]
    if not years:
        return None, None
    known = pl.concat(years).filter(pl.col("year").is_between(1, 9998))
    first, last = known.select(first=pl.col("year").min(), last=pl.col("year").max()).collect().row(0)
    return (date(first, 1, 1), date(last + 1, 1, 1)) if first else (None, None)


def _years(path: Path) -> pl.LazyFrame:
    """Return the year of each row of a frame: of study, or in which something ended, was completed or issued."""
    frame = pl.scan_parquet(path)
    names = frame.collect_schema().names()
    years = [pl.col("study_year")] if "study_year" in names else []
    years += [pl.col(name).dt.year() for name in ("ended", "completed", "issued_date") if name in names]
    return frame.select(pl.coalesce(years).cast(pl.Int32).alias("year"))


def _keep_documents(
    submission: Submission, room: storage.Room, run: Path, codes: frozenset[str], report: Reporter, *, at: datetime
) -> pl.DataFrame:
    """Put every PDF but those of held students (`codes`) into the vault and return them as rows.

    Raises Conflict where bytes are not the checked ones.
    """
    files = SubmittedFile.objects.filter(submission=submission, current=True).order_by("received_at", "pk")
    arrived = [Arrived(one.name, sha, room.file(sha)) for one in files if (sha := bytes(one.sha256).hex())]
    wanted = _wanted(run, codes)
    rows = []
    with _opened(arrived, wanted, room) as pdfs:
        for done, pdf in enumerate(pdfs, start=1):
            with pdf.path.open("rb") as stream:
                kept = _keep_one(stream, at)
            if kept != pdf.sha256:
                raise Conflict("A PDF is not the one that was checked.")
            rows.append((pdf.local_id, pdf.document, pdf.n, pdf.sha256, pdf.size))
            report("documents", done, len(wanted))
    if len(rows) != len(wanted):
        raise Conflict("A PDF that was checked is no longer there.")
    return _numbered(pl.DataFrame(sorted(rows), schema=_DOCUMENTS, orient="row"))


def _numbered(documents: pl.DataFrame) -> pl.DataFrame:
    """Return documents each under a number of its own: names that differ in capitals only mean the same one.

    The same bytes under one name are one document; other bytes get the next free number, so nothing is lost.
    """
    key = ["local_id", "document"]
    once = documents.unique([*key, "n", "sha256"], keep="first", maintain_order=True)
    twice = once.select(pl.struct(*key, "n").is_duplicated().any()).item()
    return once.with_columns(n=pl.int_range(1, pl.len() + 1).over(key)) if twice else once


def _keep_one(stream: BinaryIO, at: datetime) -> str:
    """Keep one PDF's bytes and return their hash."""
    pieces = vault.chunks_of(stream)
    return documents_actions.keep_file(pieces, media_type="application/pdf", kind="lodged document", at=at).sha256


def _wanted(run: Path, codes: frozenset[str]) -> dict[str, dict[str, object]]:
    """Return the PDFs of a check that become part of the record, by their name in the bundle."""
    files = pl.read_parquet(run / FILES).filter(pl.col("student_code").is_not_null())
    return {row["name"]: row for row in files.iter_rows(named=True) if row["student_code"] not in codes}


@contextmanager
def _opened(
    arrived: list[Arrived], wanted: dict[str, dict[str, object]], room: storage.Room
) -> Iterator[Iterator[_Pdf]]:
    """Open the provider's files again and yield the wanted PDFs; archives are unpacked one after another."""

    def pdfs() -> Iterator[_Pdf]:
        seen = set[str]()
        for item in reversed(arrived):
            with gathering.open_arrived(item, work) as bundle:
                for file in bundle.files:
                    row = wanted.get(file.name)
                    if row is None or file.name in seen:
                        continue
                    seen.add(file.name)
                    yield _Pdf(
                        str(row["student_code"]),
                        str(row["document"]),
                        int(str(row["number"])),
                        str(row["sha256"]),
                        file.size,
                        file.path,
                    )

    with storage.workplace(room) as work:
        yield pdfs()


def _protected(provider_id: int, bundle: register_actions.Bundle) -> Callable[[Any, pl.DataFrame], None] | None:
    """Return the work that keeps contact details, and identifiers encrypted, beside the record (PRV-02, PRV-08, USI-02)."""
    paths = bundle.frames("students")
    if not paths:
        return None
    columns = ["line", "student_code", *CONTACTS, "usi"]
    every = pl.concat(pl.read_parquet(path, columns=columns) for path in paths)
    rows = every.sort("line").unique("student_code", keep="last", maintain_order=True)

    def keep(cursor: Any, students: pl.DataFrame) -> None:
        placed = rows.join(students.select("local_id", "student_id"), left_on="student_code", right_on="local_id")
        _keep_contacts(cursor, provider_id, placed)
        _keep_usis(cursor, provider_id, placed)

    return keep


def _keep_contacts(cursor: Any, provider_id: int, placed: pl.DataFrame) -> None:
    """Keep the contact details of students who have any."""
    some = placed.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in CONTACTS))
    if len(some):
        details = preparing.facts_json(some, {name: name for name in CONTACTS}).alias("details")
        students_bulk.write_contacts(cursor, provider_id, some.select("student_id", details))


def _keep_usis(cursor: Any, provider_id: int, placed: pl.DataFrame) -> None:
    """Keep the identifiers of students who have one, each sealed for its student."""
    some = placed.filter(pl.col("usi").is_not_null()).select("student_id", "usi")
    if some.is_empty():
        return
    key = students_sealing.identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS)
    sealed = [
        students_sealing.seal_identifier(key, usi, student_id=student_id, kind="usi")
        for student_id, usi in some.iter_rows()
    ]
    identifiers = some.select("student_id", pl.lit("usi").alias("kind")).with_columns(
        pl.Series("sealed", sealed, pl.Binary)
    )
    students_bulk.write_identifiers(cursor, provider_id, identifiers)
