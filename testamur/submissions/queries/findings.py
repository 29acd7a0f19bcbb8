"""What the last check of a submission found, read from its Parquet files: groups, single rows, files to download."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import polars as pl

from testamur.kernel.errors import NotFound
from testamur.submissions import gathering, holding, storage
from testamur.submissions.annotate import annotated_csv, annotated_lines
from testamur.submissions.annotated_books import MEDIA_TYPE as WORKBOOK
from testamur.submissions.annotated_books import annotated_workbook, is_workbook
from testamur.submissions.checking import FINDING_SCHEMA, CheckedFile, CheckOutcome
from testamur.submissions.formats import FORMATS
from testamur.submissions.layouts import Profile
from testamur.submissions.models import CellFix
from testamur.submissions.queries.lives import SubmissionCard
from testamur.submissions.resending import failed_rows
from testamur.submissions.scanning import Encoding, scan

SEVERITIES = ("error", "warning", "info")
_GROUP = ("severity", "rule", "column", "said", "fix", "source")
_MOST_VALUES = 5
_SEALED = ("sealed", "superseded")
_NOW_RECORD = (
    "These rows are part of the record now, where each look at a student is noted. Look the student up, or download what "
    "you lodged."
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which findings are wanted; empty text: all."""

    rule: str = ""
    severity: str = ""
    file: str = ""
    column: str = ""

    @property
    def anything(self) -> bool:
        """Say whether anything is left out."""
        return bool(self.rule or self.severity or self.file or self.column)


@dataclass(frozen=True, slots=True)
class FixHeld:
    """A value that a person put in place of a cell's, laid over the file at the next check."""

    id: int
    value: str
    fixed_by: UUID


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding. `value` is the cell's as the provider sent it; `fix_held` a value put in its place since.

    `head` counts the lines of the file before its first row of data, none of which can be fixed.
    """

    rule: str
    severity: str
    file: str
    row: int | None
    column: str | None
    message: str
    source: str
    fix: str
    value: str | None
    fix_held: FixHeld | None = None
    head: int = 1

    @property
    def fixable(self) -> bool:
        """Say whether the cell can be given another value on the page."""
        return self.row is not None and self.row > self.head and self.column is not None


@dataclass(frozen=True, slots=True)
class ValueCount:
    """One value that a rule found in a column of a file, and in how many cells."""

    file: str
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """All findings of one rule about one column that say the same, with the values found most often."""

    severity: str
    rule: str
    column: str | None
    message: str
    fix: str
    source: str
    count: int
    files: tuple[str, ...]
    values: tuple[ValueCount, ...]


@dataclass(frozen=True, slots=True)
class FindingPage:
    """One page of findings, and how many there are in all."""

    rows: tuple[FindingRow, ...]
    total: int


def finding_groups(card: SubmissionCard, chosen: Chosen) -> list[FindingGroup]:
    """Return the groups of findings that are wanted, errors first, then by rule."""
    said = pl.col("message").str.replace_all(r"\brow [0-9]+", "another row")
    found = _chosen(card, chosen).with_columns(said=said, order=_order())
    groups = (
        found.group_by(*_GROUP, "order")
        .agg(pl.len().alias("count"), pl.col("file").unique().sort().alias("files"))
        .sort("order", "rule", "column", "said", nulls_last=False)
        .collect()
    )
    values = _values(found)
    return [
        FindingGroup(
            severity=group["severity"],
            rule=group["rule"],
            column=group["column"],
            message=group["said"],
            fix=group["fix"],
            source=group["source"],
            count=group["count"],
            files=tuple(group["files"]),
            values=tuple(values.get((group["severity"], group["rule"], group["column"], group["said"]), ())),
        )
        for group in groups.iter_rows(named=True)
    ]


def findings(card: SubmissionCard, chosen: Chosen, *, page: int, size: int) -> FindingPage:
    """Return one page (from 1) of the findings that are wanted, errors first, in the order of files and rows."""
    found = _chosen(card, chosen).with_columns(order=_order())
    total = int(found.select(pl.len()).collect().item())
    here = (
        found.sort("order", "file", "row", "column", "rule", nulls_last=False, maintain_order=True)
        .slice((page - 1) * size, size)
        .drop("order")
        .collect()
    )
    held, head = _fixes_here(card, here), FORMATS[card.format].head
    rows = tuple(
        FindingRow(**row, fix_held=held.get((row["file"], row["row"], row["column"])), head=head)
        for row in here.iter_rows(named=True)
    )
    return FindingPage(rows, total)


def finding_at(card: SubmissionCard, *, file: str, row: int, column: str, rule: str) -> FindingRow:
    """Return one finding about a cell; raises NotFound."""
    wanted = (pl.col("row") == row) & (pl.col("column") == column)
    found = _chosen(card, Chosen(rule=rule, file=file)).filter(wanted).collect()
    if found.is_empty():
        raise NotFound("No finding is about this cell. Open the findings again.")
    held = _fixes_here(card, found)
    about, head = found.row(0, named=True), FORMATS[card.format].head
    return FindingRow(**about, fix_held=held.get((file, row, column)), head=head)


def checked_files(card: SubmissionCard) -> tuple[str, ...]:
    """Return the names of the bulk files that were checked."""
    return tuple(file.name for file in card.tally.files)


def outcome_of(card: SubmissionCard) -> CheckOutcome:
    """Return what the last check found, as the check itself said it; raises NotFound."""
    folder = _folder(card)
    files = tuple(CheckedFile(**row) for row in pl.read_parquet(folder / "files.parquet").iter_rows(named=True))
    counts = {severity: getattr(card.tally, severity) for severity in SEVERITIES}
    profile: Profile = "tolerant" if card.profile == "tolerant" else "strict"
    found = pl.read_parquet(folder / "findings.parquet")
    return CheckOutcome(card.format, profile, files, counts, found, True, card.tally.read_as)


def files_with_findings(card: SubmissionCard, *, most: int = 50) -> tuple[str, ...]:
    """Return the names of files that have findings, bulk files first; at most so many."""
    names = pl.scan_parquet(_folder(card) / "findings.parquet").select(pl.col("file").unique().sort()).collect()["file"]
    bulk = checked_files(card)
    return tuple(name for name in (*bulk, *(name for name in names if name not in bulk)) if name)[:most]


def annotated_file(card: SubmissionCard, name: str) -> Iterator[bytes]:
    """Return a checked file with a column that says what is wrong, in pieces; raises NotFound, also once it is sealed."""
    if card.state in _SEALED:
        raise NotFound(_NOW_RECORD)
    path, encoding, about = _file(card, name)
    return _handed_back(card, name, path, encoding, about, only_failed=False)


def failed_rows_file(card: SubmissionCard, name: str) -> Iterator[bytes]:
    """Return the rows of a checked file that hold an error, with their marks, in pieces; raises NotFound.

    Where rows are held, those held with their student are in it too, and rows that wait with another of their certificate
    always are, so that the file is all that must come again.
    """
    path, encoding, about = _file(card, name)
    if card.held:
        about = pl.concat([about, _held_with_student(card, name)])
    if FORMATS[card.format].versioned:
        return failed_rows(path, encoding, about)
    return _handed_back(card, name, path, encoding, _with_waiting(card, about), only_failed=True)


def media_type_of(card: SubmissionCard, name: str) -> str:
    """Return the media type in which a checked file is handed back; raises NotFound."""
    path, _, _ = _file(card, name)
    if is_workbook(path):
        return WORKBOOK
    return "text/csv" if FORMATS[card.format].cells == "csv" else "text/plain"


def _handed_back(
    card: SubmissionCard, name: str, path: Path, encoding: Encoding, about: pl.DataFrame, *, only_failed: bool
) -> Iterator[bytes]:
    """Return a checked file with what is wrong, as its format adds a column."""
    form = FORMATS[card.format]
    if form.cells == "line":
        return annotated_lines(path, about, head=form.head, only_failed=only_failed)
    if is_workbook(path):
        kind = next(file.kind for file in card.tally.files if file.name == name)
        return annotated_workbook(path, name, form.layout.files[kind], about, only_failed=only_failed)
    return annotated_csv(path, encoding, about, only_failed=only_failed)


def _with_waiting(card: SubmissionCard, about: pl.DataFrame) -> pl.DataFrame:
    """Return findings in which rows that wait with another row of their certificate count as errors too."""
    waits = holding.waits_with_certificate(FORMATS[card.format])
    return about.with_columns(severity=pl.when(waits).then(pl.lit("error")).otherwise("severity"))


def files_held(card: SubmissionCard) -> frozenset[str]:
    """Return the names of checked files in which rows are held; raises NotFound where the findings are gone."""
    return (
        frozenset(pl.read_parquet(_folder(card) / holding.ROWS, columns=["file"])["file"]) if card.held else frozenset()
    )


def _held_with_student(card: SubmissionCard, name: str) -> pl.DataFrame:
    """Return, as findings, the rows of a file that are held because their student's row is."""
    held = pl.scan_parquet(_folder(card) / holding.ROWS).filter((pl.col("file") == name) & ~pl.col("own"))
    said = {
        "rule": "held",
        "severity": "error",
        "column": None,
        "message": holding.WITH_STUDENT,
        "source": "",
        "fix": holding.WITH_STUDENT_FIX,
        "value": None,
    }
    rows = held.select("file", "row", **{key: pl.lit(value, pl.String) for key, value in said.items()})
    return rows.select(list(FINDING_SCHEMA)).collect().cast(FINDING_SCHEMA)  # type: ignore[arg-type]


def next_version_name(card: SubmissionCard, name: str) -> str:
    """Return the name under which corrected rows of a checked file are sent: the version after it, where there are versions."""
    for file in card.tally.files:
        if file.name == name and not FORMATS[card.format].versioned:
            return f"rows with errors of {name.rsplit('/', 1)[-1]}"
        if file.name == name:
            version = int(name.rpartition(" v")[2].removesuffix(".csv")) if " v" in name else 1
            return f"{file.kind} v{version + 1}.csv"
    raise NotFound("This file was not checked.")


def _folder(card: SubmissionCard) -> Path:
    """Return the folder of the last check; raises NotFound."""
    if not card.findings_there or card.run is None:
        raise NotFound("There are no findings: the files were not checked yet, or have changed since.")
    return storage.room_of(card.id).run(card.run)


def _chosen(card: SubmissionCard, chosen: Chosen) -> pl.LazyFrame:
    """Return the findings that are wanted; once sealed, cells are told of held rows only, as the others are the record's."""
    found = pl.scan_parquet(_folder(card) / "findings.parquet")
    if card.state in _SEALED:
        found = _without_sealed_cells(card, found)
    for name in ("rule", "severity", "file", "column"):
        if wanted := getattr(chosen, name):
            found = found.filter(pl.col(name) == wanted)
    return found


def _without_sealed_cells(card: SubmissionCard, found: pl.LazyFrame) -> pl.LazyFrame:
    """Return findings without the cells of rows that were sealed."""
    if not card.held:
        return found.with_columns(value=pl.lit(None, pl.String))
    rows = pl.scan_parquet(_folder(card) / holding.ROWS).select("file", "row", held=pl.lit(value=True)).unique()
    joined = found.join(rows, on=["file", "row"], how="left", maintain_order="left")
    return joined.with_columns(value=pl.when("held").then("value")).drop("held")


def _order() -> pl.Expr:
    """Return the weight of a finding, errors first."""
    return pl.col("severity").replace_strict(list(SEVERITIES), list(range(len(SEVERITIES))), return_dtype=pl.UInt8)


def _values(found: pl.LazyFrame) -> Mapping[tuple[str, str, str | None, str], list[ValueCount]]:
    """Return the values that each group of findings holds more than once, the most frequent first."""
    keys = ["severity", "rule", "column", "said", "file", "value"]
    counted = (
        found.filter(pl.col("value").is_not_null() & pl.col("column").is_not_null())
        .group_by(keys)
        .len(name="count")
        .filter(pl.col("count") > 1)
        .sort("count", "file", "value", descending=[True, False, False])
        .collect()
    )
    values: dict[tuple[str, str, str | None, str], list[ValueCount]] = {}
    for severity, rule, column, said, file, value, count in counted.iter_rows():
        group = values.setdefault((severity, rule, column, said), [])
        if len(group) < _MOST_VALUES:
            group.append(ValueCount(file, value, count))
    return values


def _fixes_here(card: SubmissionCard, rows: pl.DataFrame) -> dict[tuple[str, int, str], FixHeld]:
    """Return the fixes of cells that some findings are about, by file, row and column of the checked file."""
    wanted = rows.filter(pl.col("row").is_not_null() & pl.col("column").is_not_null())
    if wanted.is_empty() or not card.fix_count:
        return {}
    folder = _folder(card)
    held = {
        (bytes(fix.sha256).hex(), fix.row, fix.column): FixHeld(fix.pk, fix.value, fix.fixed_by)
        for fix in CellFix.objects.filter(submission_id=card.id)
    }
    found = {}
    for name, lineage in gathering.read_lineages(folder).items():
        here = wanted.filter(pl.col("file") == name).select("row", "column").unique()
        places = lineage.places(folder, here["row"].unique().to_list())
        for row, column in here.iter_rows():
            source, source_row = places.get(row, (None, 0))
            if source and (fix := held.get((source.sha256, source_row, column))):
                found[name, row, column] = fix
    return found


def _file(card: SubmissionCard, name: str) -> tuple[Path, Encoding, pl.DataFrame]:
    """Return where a checked file lies, its encoding and its findings; raises NotFound."""
    folder = _folder(card)
    if all(file.name != name for file in card.tally.files):
        raise NotFound("This file was not checked.")
    path = gathering.bulk_path(folder, name)
    about = pl.scan_parquet(folder / "findings.parquet").filter(pl.col("file") == name).collect()
    return path, scan(path, "cp1252" if card.encoding == "cp1252" else None).encoding or "utf-8", about
