"""The check of a submission: asked for on a page, done by the worker, as often as one likes (issue 2, item 2).

The worker reads and checks outside any transaction and writes what it found in one at the end, if the submission still waits
for it. It may be killed anywhere and started again: what it had written lies in a draft folder that the next one removes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import polars as pl
from django.db import InterfaceError, OperationalError, connection, transaction

from testamur.accounts.roles import Permission
from testamur.kernel import tenancy
from testamur.providers import queries as providers_queries
from testamur.students import bulk as students_bulk
from testamur.submissions import doubts, gathering, holding, layouts, organisations, recognising, storage
from testamur.submissions.actions import holding as held_back
from testamur.submissions.actions import writing
from testamur.submissions.actions.faults import reference_of
from testamur.submissions.checking import CheckOutcome
from testamur.submissions.formats import FORMATS, FileFormat, formats_for
from testamur.submissions.gathering import Arrived
from testamur.submissions.models import CellFix, Submission, SubmittedFile
from testamur.submissions.progress import Reporter
from testamur.submissions.queries import knowing
from testamur.submissions.scanning import Encoding

FINDINGS, FILES = "findings.parquet", "files.parquet"
Fix = tuple[str, str, int, str, str]  # file, sha256, row, column, value


@dataclass(frozen=True, slots=True)
class _Work:
    """Everything that a check needs of the database."""

    submission_id: UUID
    provider_id: int
    form: FileFormat
    profile: layouts.Profile
    replace_all: bool
    encoding: Encoding | None
    chosen: Mapping[str, str | int]
    on: date
    arrived: tuple[Arrived, ...]
    fixes: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a check found: None where no file of the format could be read, with the reason."""

    outcome: CheckOutcome | None
    counts: dict[str, object]
    problem: str = ""


@transaction.atomic
def request_check(submission_id: UUID, *, by: UUID, at: datetime, wake: bool = True) -> None:
    """The submission waits for the worker, which is woken; asked for again while it waits, it wakes the worker again.

    For a provider's data officer. `wake=False` is for a caller that runs the check itself. Refuses (Conflict) a submission
    without files, or one that is declared.
    """
    submission = writing.locked(submission_id)
    writing.refuse_without(Permission.CHANGE_SUBMISSION, submission.provider_id, by=by, at=at)
    if submission.state == "ready" and submission.checked_run:
        return

    if submission.state != "validating":
        writing.move(submission, "check", by=by, at=at)
        submission.save(update_fields=["state"])

    if wake:
        writing.wake(writing.CHECK_JOB, submission)


def check_submission(submission_id: UUID | str, *, at: datetime) -> None:
    """What the check finds is kept, and the submission is ready, needs fixing, or holds nothing of the format.

    The worker's action. Where the submission does not wait for a check it only removes what a killed check left behind. A
    fault of ours puts the submission back to where the check can be asked for again, with a reference number and no
    data; a lost database lets the queue try again.
    """
    number = UUID(str(submission_id))
    work = _load(number, at)
    if work is not None:
        _check_and_record(work, at=at)
    _tidy(number)


def _check_and_record(work: _Work, *, at: datetime) -> None:
    """Check in a draft folder, give it its place, and write what was found; a fault of ours is written instead."""
    room, run = storage.room_of(work.submission_id), uuid4()
    report = Reporter(room.progress)
    try:
        draft = room.new_draft(run)
        found = _check(work, draft, report)
        if found.outcome is not None:
            room.finish(draft, run)
        _record(work, found, run if found.outcome else None, at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:
        _give_up(work, reference_of(fault, "check"), at=at)
    finally:
        report.clear()


def _load(submission_id: UUID, at: datetime) -> _Work | None:
    """Return what is to be checked, None where nothing is."""
    with tenancy.for_register():
        row = Submission.objects.filter(pk=submission_id).first()
        if row is None or row.state != "validating":
            return None
        room = storage.room_of(row.pk)
        files = SubmittedFile.objects.filter(submission=row, current=True).order_by("received_at", "pk")
        fixes = CellFix.objects.filter(submission=row).order_by("pk")
        zone = ZoneInfo(providers_queries.provider(row.provider_id).zone)
        return _Work(
            row.pk,
            row.provider_id,
            FORMATS[row.format],
            "tolerant" if row.profile == "tolerant" else "strict",
            row.replace_all,
            "cp1252" if row.encoding == "cp1252" else None,
            {name: said for name, said in (("state", row.form_state), ("year", row.collection_year)) if said},
            at.astimezone(zone).date(),
            tuple(Arrived(one.name, sha, room.file(sha)) for one in files if (sha := bytes(one.sha256).hex())),
            tuple((fix.file, bytes(fix.sha256).hex(), fix.row, fix.column, fix.value) for fix in fixes),
        )


def _check(work: _Work, draft: Path, report: Reporter) -> _Found:
    """Gather, check, and write everything that was found into the draft folder."""
    report("unpack", 0, 0)
    try:
        gathered = gathering.gather(work.arrived, draft, encoding=work.encoding, versioned=work.form.versioned)
    except gathering.Unreadable as problem:
        return _Found(None, {}, str(problem))
    known = _known_students(work.provider_id)
    with gathered:
        outcome = work.form.check(
            gathered.bundle,
            profile=work.profile,
            on=work.on,
            encoding=work.encoding,
            fixes=_fixes(work.fixes, gathered),
            keep=draft,
            progress=report,
            known_students=known,
            titles=knowing.register_titles,
            **work.chosen,
        )
    if not outcome.recognised:
        return _Found(None, {}, _none_here(work))
    facts = knowing.facts_for(work.provider_id, work.form, replace_all=work.replace_all)
    outcome = doubts.look_again(work.form, outcome, draft, facts)
    outcome.findings.write_parquet(draft / FINDINGS, compression="zstd")
    pl.DataFrame(outcome.files, orient="row").write_parquet(draft / FILES)
    counts = _counts(outcome, gathered)
    counts |= _whose(outcome, facts.codes or ())
    counts["hold"] = holding.look(draft, work.form, outcome, known)
    counts["completes"] = held_back.recognised(work.provider_id, work.form, draft, outcome, work.encoding)
    return _Found(outcome, counts)


def _whose(outcome: CheckOutcome, own: Sequence[str]) -> dict[str, object]:
    """Return what the files name where none of it is the provider's, which the declarer has to confirm (SUB-14)."""
    named = outcome.organisations
    whose = None if named is None else organisations.none_own(named, own)
    return {organisations.OTHER: asdict(whose)} if whose else {}


def _none_here(work: _Work) -> str:
    """Return why nothing could be checked, with the format that the files look like where the provider may lodge it."""
    card = providers_queries.provider_card(work.provider_id, on=work.on)
    offered = formats_for(frozenset(card.sectors)) or list(FORMATS.values())
    return recognising.none_here(work.form, [(one.name, one.path) for one in work.arrived], offered)


def _fixes(fixes: Sequence[Fix], gathered: gathering.Gathered) -> list[tuple[str, int, str, str]]:
    """Return the fixes with the rows that they have in the checked files; fixes of replaced rows are left out."""
    if not fixes:
        return []
    names = ["file", "sha256", "source_row", "column", "value"]
    places = pl.DataFrame(fixes, schema=names, orient="row").with_columns(pl.col("source_row").cast(pl.UInt32))
    return [
        (name, row, column, value)
        for name, lineage in gathered.lineages.items()
        for row, column, value in lineage.rows_of(gathered.folder, places).select("row", "column", "value").iter_rows()
    ]


def _known_students(provider_id: int) -> list[str]:
    """Return the codes of the provider's students whom the register knows already (TEQ-F3)."""
    with tenancy.for_provider(provider_id), connection.cursor() as cursor:
        return students_bulk.known_students(cursor, provider_id)["local_id"].to_list()


def _counts(outcome: CheckOutcome, gathered: gathering.Gathered) -> dict[str, object]:
    """Return what the pages and the history keep of a check; nothing of it is about one student."""
    rows = outcome.findings.filter(pl.col("row").is_not_null())
    failed = rows.filter(pl.col("severity") == "error").select("file", "row").unique()
    warned = rows.filter(pl.col("severity") == "warning").select("file", "row").unique()
    warned = warned.join(failed, on=["file", "row"], how="anti")
    by_rule = outcome.findings.group_by("rule", "severity").len(name="count").sort("rule", "severity")
    bulk = [file for file in outcome.files if file.name in gathered.lineages and file.kind not in ("pdf", "other")]
    return {
        **outcome.counts,
        "rows": sum(file.rows or 0 for file in bulk),
        "rows_failed": failed.height,
        "rows_warned": warned.height,
        "rules": by_rule.to_dicts(),
        "files": [
            {"name": file.name, "kind": file.kind, "sha256": file.sha256, "rows": file.rows or 0}
            | {"made_of": [source.name for source in gathered.lineages[file.name].sources]}
            for file in bulk
        ],
        "pdfs": sum(1 for file in outcome.files if file.kind == "pdf"),
        **({"read_as": asdict(outcome.read_as)} if outcome.read_as else {}),
    }


def _record(work: _Work, found: _Found, run: UUID | None, *, at: datetime) -> None:
    """Write what a check found, unless the submission no longer waits for it."""
    with tenancy.for_provider(work.provider_id):
        submission = writing.locked(work.submission_id)
        if submission.state != "validating":
            return
        asked_by = submission.steps.filter(verb="check").order_by("-at", "-pk").values_list("by", flat=True).first()
        if found.outcome is None:
            writing.move(submission, "refuse", by=None, at=at, note=found.problem)
        else:
            errors = found.outcome.counts["error"]
            note = f"{errors:,} errors, {found.outcome.counts['warning']:,} warnings"
            writing.move(submission, "find_faults" if errors else "pass", by=None, at=at, note=note)
        submission.checked_at, submission.checked_run, submission.counts = at, run, found.counts
        submission.held = {}
        submission.rule_version = rule_version(submission.format, work.profile)
        submission.save()
        writing.tell("submission_findings_ready", submission, {asked_by or submission.opened_by}, at=at)


def _give_up(work: _Work, reference: str, *, at: datetime) -> None:
    """Put the submission back to where a check can be asked for again."""
    with tenancy.for_provider(work.provider_id):
        submission = writing.locked(work.submission_id)
        if submission.state != "validating":
            return
        note = f"The check stopped through a fault of the register, not of your files. Reference {reference}."
        writing.move(submission, "give_up", by=None, at=at, note=note)
        submission.checked_run, submission.counts = None, {}
        submission.save()


def _tidy(submission_id: UUID) -> None:
    """Remove what checks left behind that no page shows; of a withdrawn submission, everything.

    Jobs about one submission never run at once, so that nobody else writes in the folder meanwhile.
    """
    room = storage.room_of(submission_id)
    with tenancy.for_register():
        row = Submission.objects.filter(pk=submission_id).first()
    if row is None:
        return
    room.progress.unlink(missing_ok=True)
    if row.state == "withdrawn":
        room.remove()
    else:
        room.remove_other_runs(row.checked_run)


def rule_version(name: str, profile: str) -> str:
    """Return which rules a check applied: the format, the profile, and the hash of its layouts and of doubts.toml."""
    folder = resources.files(layouts) / name
    digest = hashlib.sha256()
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            digest.update(entry.read_bytes())
    digest.update((resources.files(layouts) / layouts.DOUBTS).read_bytes())
    return f"{name}/{profile}/{digest.hexdigest()[:16]}"
