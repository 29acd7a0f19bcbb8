"""Good rows go on while rows with errors are held (rulebook F.1; issue 3): what would be held, and what then is sealed.

Held are the rows with an error and, because a result without its student would be nobody's, every result, certificate
and PDF of a student whose own row is held, or who is in no good row and not in the register either. A fault of a whole
file holds nothing: it is put right first. What a check writes beside its findings:

held.parquet            file, row, own (the row has an error itself; otherwise its student's row has)
held-codes.parquet      student_code of everybody whose dependent rows are held
held-students.parquet   student_code of student rows with errors, where the check of a format can say so
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from testamur.submissions.checking import CheckedFile, CheckOutcome
from testamur.submissions.composing import MARK_HEADER, mark_of, marks_of
from testamur.submissions.formats import FRAMES, FileFormat
from testamur.submissions.gathering import bulk_path
from testamur.submissions.records import split_records
from testamur.submissions.scanning import Encoding, scan
from testamur.submissions.sheets import HELD_STUDENTS

ROWS, CODES = "held.parquet", "held-codes.parquet"
LIST = "held-list.parquet"
WITH_STUDENT: Final = (
    "This row is held because the student's own row is held: a result is sealed together with its student or after."
)
WITH_STUDENT_FIX: Final = (
    "Nothing is wrong in this row. Leave it as it is and send it with the student's corrected row."
)
_ROWS: Final = {"file": pl.String, "row": pl.Int64, "own": pl.Boolean}
_LIST: Final = {"kind": pl.String, "row": pl.Int64, "mark": pl.String}
_DEPENDENT: Final = ("results", "certificates")
_WAITS: Final = "held_with"
_HEAD_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Completed:
    """A later submission sealed some of the held rows."""

    submission: str
    number: str
    rows: int


@dataclass(frozen=True, slots=True)
class Held:
    """What is or would be held of a submission: counts and rules, nothing about anybody.

    `rows` have an error; `with_student` are held because their student's row is; `pdfs` likewise; `with_certificate` because
    another row of their certificate has an error, in the formats that write one in several rows. `good` rows go on.
    `whole_files` counts errors about whole files, which rule holding out; `sealable` what would be left to seal.
    """

    rows: int
    with_student: int
    pdfs: int
    good: int
    rules: tuple[tuple[str, int], ...]
    whole_files: int = 0
    sealable: int = 0
    completed: tuple[Completed, ...] = ()
    with_certificate: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, Any]) -> "Held | None":
        """Return what stored counts say; None where they say nothing."""
        if not counts:
            return None
        plain = {
            name: int(counts[name]) for name in ("rows", "with_student", "pdfs", "good", "whole_files", "sealable")
        }
        plain["with_certificate"] = int(counts.get("with_certificate", 0))
        rules = tuple((str(rule), int(count)) for rule, count in counts["rules"])
        return cls(**plain, rules=rules, completed=tuple(Completed(**one) for one in counts.get("completed", ())))

    @property
    def all_rows(self) -> int:
        """Return every held row."""
        return self.rows + self.with_student + self.with_certificate

    @property
    def left(self) -> int:
        """Return the held rows that no later submission has sealed."""
        return max(0, self.all_rows - sum(one.rows for one in self.completed))

    @property
    def under(self) -> str:
        """Return the rules under which rows are held, with their findings: V07 (3), V26 (1)."""
        return ", ".join(f"{rule} ({count:,})" for rule, count in self.rules)


def look(folder: Path, form: FileFormat, outcome: CheckOutcome, known: Collection[str]) -> dict[str, object]:
    """Write what would be held beside a check's findings and return its counts; nothing where there is no error.

    `folder` holds the check's frames; `known` are the codes of students whom the register holds already.
    """
    errors = outcome.findings.filter(pl.col("severity") == "error")
    if errors.is_empty():
        return {}
    in_rows = (pl.col("row") > form.head).fill_null(value=False)
    own = errors.filter(in_rows).select("file", "row").unique()
    codes = _codes(folder, form, outcome.files, known)
    others = _dependents(folder, form, outcome.files, codes).join(own, on=["file", "row"], how="anti")
    held = pl.concat([own.with_columns(own=pl.lit(value=True)), others.with_columns(own=pl.lit(value=False))])
    held.cast(_ROWS).sort("file", "row").write_parquet(folder / ROWS)  # type: ignore[arg-type]
    pl.DataFrame({"student_code": sorted(codes)}, schema={"student_code": pl.String}).write_parquet(folder / CODES)
    waiting = outcome.findings.filter(waits_with_certificate(form)).select("file", "row").unique()
    with_certificate = waiting.join(held, on=["file", "row"], how="anti").height
    rules = errors.filter(in_rows).group_by("rule").len().sort("rule")
    pdfs = [file for file in outcome.files if file.kind == "pdf" and file.student_code]
    kept = sum(1 for file in pdfs if file.student_code not in codes)
    return {
        "rows": own.height,
        "with_student": others.height,
        "pdfs": len(pdfs) - kept,
        "with_certificate": with_certificate,
        "good": max(0, sum(file.rows or 0 for file in outcome.files) - held.height - with_certificate),
        "rules": [list(row) for row in rules.iter_rows()],
        "whole_files": errors.filter(~in_rows).height,
        "sealable": _sealable(folder, form, codes) + kept,
    }


def waits_with_certificate(form: FileFormat) -> pl.Expr:
    """Say of a finding whether it is that a row waits with another row of its certificate, which goes on whole or not at all."""
    rules = {rule.rule for file in form.layout.files.values() for rule in file.rules if rule.kind == _WAITS}
    return pl.col("rule").is_in(sorted(rules)) & (pl.col("severity") == "info")


def _codes(folder: Path, form: FileFormat, files: Sequence[CheckedFile], known: Collection[str]) -> frozenset[str]:
    """Return the codes of students whose dependent rows are held."""
    told = folder / HELD_STUDENTS
    codes = set(pl.read_parquet(told)["student_code"]) if told.is_file() else set()
    read = {file.kind for file in files if file.rows}
    students = folder / FRAMES["students"]
    if students.is_file() and any(gives.holds == "students" and gives.kind in read for gives in form.gives):
        good = {*pl.read_parquet(students, columns=["student_code"])["student_code"], *known}
        for path in _frames(folder, form):
            codes |= set(pl.read_parquet(path, columns=["student_code"])["student_code"].unique()) - good
    return frozenset(code for code in codes if code)


def _frames(folder: Path, form: FileFormat) -> list[Path]:
    """Return the frames whose rows depend on students."""
    names = dict.fromkeys(FRAMES[gives.holds] for gives in form.gives if gives.holds in _DEPENDENT)
    return [path for name in names if (path := folder / name).is_file()]


def _dependents(folder: Path, form: FileFormat, files: Sequence[CheckedFile], codes: frozenset[str]) -> pl.DataFrame:
    """Return file and row of the good rows whose student is held."""
    names = {file.kind: file.name for file in files if file.rows is not None}
    found = [pl.DataFrame(schema={"file": pl.String, "row": pl.Int64})]
    for gives in form.gives:
        path = folder / FRAMES[gives.holds]
        if gives.holds not in _DEPENDENT or gives.kind not in names or not path.is_file():
            continue
        rows = pl.scan_parquet(path).filter(pl.col("student_code").is_in(sorted(codes)))
        if gives.level is not None:
            rows = rows.filter(pl.col("level").cast(pl.String) == gives.level)
        lines = rows.select(file=pl.lit(names[gives.kind]), row=pl.col("line").cast(pl.Int64)).unique()
        found.append(lines.collect())
    return pl.concat(found).unique()


def _sealable(folder: Path, form: FileFormat, codes: frozenset[str]) -> int:
    """Return how many rows of the record would be left to seal."""
    students = folder / FRAMES["students"]
    total = pl.scan_parquet(students).select(pl.len()).collect().item() if students.is_file() else 0
    for path in _frames(folder, form):
        total += pl.scan_parquet(path).filter(_not_held(codes)).select(pl.len()).collect().item()
    return int(total)


def _not_held(codes: Collection[str]) -> pl.Expr:
    """Say whether a row's student is not held."""
    return ~pl.col("student_code").is_in(sorted(codes))


# Sealing -------------------------------------------------------------------------------------------------------------


def held_codes(run: Path) -> frozenset[str]:
    """Return whose dependent rows the check of a submission with held rows left out."""
    return frozenset(pl.read_parquet(run / CODES)["student_code"])


def frame_to_seal(run: Path, name: str, codes: frozenset[str]) -> Path:
    """Return the frame of a check without the rows of held students; written beside it where it differs."""
    path = run / name
    if not codes or name == FRAMES["students"] or not path.is_file():
        return path
    good = run / f"good-{name}"
    pl.scan_parquet(path).filter(_not_held(codes)).sink_parquet(good, compression="lz4", statistics=False)
    return good


def sealed_frame(run: Path, name: str) -> Path:
    """Return the frame of a check as it was sealed."""
    good = run / f"good-{name}"
    return good if good.is_file() else run / name


def write_list(run: Path, target: Path, kinds: Mapping[str, str], encoding: Encoding | None) -> None:
    """Keep which rows are held, by kind of file, number and mark: what recognises them when they come again.

    `kinds` gives each checked file's kind by its name. The marks say nothing of what a row holds.
    """
    held = pl.read_parquet(run / ROWS)
    found = [pl.DataFrame(schema=_LIST)]
    for name, kind in kinds.items():
        wanted = set(held.filter(pl.col("file") == name)["row"])
        if wanted:
            marks = _marks(bulk_path(run, name), wanted, encoding)
            found.append(pl.DataFrame([(kind, *mark) for mark in marks], schema=_LIST, orient="row"))
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pl.concat(found).write_parquet(target)


def _marks(path: Path, wanted: Collection[int], encoding: Encoding | None) -> list[tuple[int, str]]:
    """Return the marks of some rows of a checked file, as its file of failed rows writes them."""
    scanned = scan(path, encoding)
    read = scanned.encoding or "utf-8"
    records = split_records(path, start=scanned.start, end=scanned.end, newline=scanned.newline, encoding=read)
    return [
        (row, mark_of(row, record.body().decode(read, "replace")))
        for row, record in enumerate(records, start=1)
        if row in wanted
    ]


# Coming again --------------------------------------------------------------------------------------------------------


def marks_sent(folder: Path, form: FileFormat, outcome: CheckOutcome, encoding: Encoding | None) -> pl.DataFrame:
    """Return the marks that checked files carry: file, row, kind, mark. Rows with an error are left out."""
    found = [pl.DataFrame(schema={"file": pl.String, "row": pl.Int64, "kind": pl.String, "mark": pl.String})]
    for file in outcome.files if form.versioned else ():
        path = bulk_path(folder, file.name)
        if file.rows and file.kind in form.layout.files and _is_marked(path):
            marks = marks_of(path, form.layout.files[file.kind], encoding)
            named = marks.with_columns(file=pl.lit(file.name), kind=pl.lit(file.kind))
            found.append(named.select("file", "row", "kind", "mark"))
    held = folder / ROWS
    sent = pl.concat(found)
    return sent.join(pl.read_parquet(held), on=["file", "row"], how="anti") if held.is_file() else sent


def _is_marked(path: Path) -> bool:
    """Say whether the beginning of a file names the column of marks; only then is it worth reading."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return MARK_HEADER.encode() in stream.read(_HEAD_BYTES)


def matching(sent: pl.DataFrame, path: Path) -> int:
    """Return how many rows of a list of held ones come again under the marks that were sent."""
    listed = pl.read_parquet(path)
    return listed.join(sent.select("kind", "mark").unique(), on=["kind", "mark"], how="semi").height
