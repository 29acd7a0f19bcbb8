"""Check one bulk file: scan, header, rows, and the rules across its rows; write its typed rows where they are wanted."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Protocol

import polars as pl

from testamur.kernel.verdict import Severity
from testamur.submissions.applying import BoundRules, apply_rules, bind_rules, usual_line
from testamur.submissions.bundles import BundleFile
from testamur.submissions.crossing import (
    code_in_capitals,
    completed_courses,
    record_keys,
    repeated_records,
    repeated_results,
    result_keys,
    unknown_students,
)
from testamur.submissions.crossing import student_codes as student_codes_of
from testamur.submissions.findings import Findings
from testamur.submissions.layouts import FileLayout, Profile
from testamur.submissions.naming import RECORDS
from testamur.submissions.reading import Batch, RowFault, Table, map_batches, open_table
from testamur.submissions.rules import Context
from testamur.submissions.scanning import Encoding, Scan, scan
from testamur.submissions.typed import TYPED, Wanted, empty_typed

HELD_STUDENTS = "held-students.parquet"


class Reports(Protocol):
    """What is told how far a stage has come."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Take the stage, what is done and what there is in all."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A new value for one cell, laid over the raw text before any rule."""

    file: str
    row: int
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a bulk file gave: its hash, its data rows, the student codes in it, and its completed Course rows.

    `codes` are those of all records, and of results only those of rows that could not be read.
    `has_codes` is False where student codes could not be read at all; `completed` is None for anything but readable results.
    """

    name: str
    sha256: str
    rows: int | None
    codes: frozenset[str]
    has_codes: bool
    completed: pl.DataFrame | None


@dataclass(frozen=True, slots=True)
class _Part:
    """What one batch of rows gave."""

    height: int
    last: int
    end: int
    found: pl.DataFrame
    faults: tuple[RowFault, ...]
    fixed: int
    keys: pl.DataFrame | None = None
    codes: frozenset[str] = frozenset()
    students: pl.Series | None = None
    unknown: pl.DataFrame | None = None
    completed: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """How a check is run: profile, the day it counts from, the confirmed encoding, and how month-only dates are told."""

    profile: Profile
    on: date
    encoding: Encoding | None = None
    month_dates: bool = False


class SheetCheck:
    """The check of one bulk file."""

    def __init__(
        self,
        file: BundleFile,
        layout: FileLayout,
        findings: Findings,
        setting: Setting,
        fixes: Sequence[Fix] = (),
        kept: Path | None = None,
    ) -> None:
        self.file, self.layout, self.findings, self.setting = file, layout, findings, setting
        self.fixes, self.kept = fixes, kept
        self.parts: Path | None = None
        self.rules = BoundRules((), (), (), ())
        self.context = Context(setting.profile, setting.on)
        self.known: frozenset[str] | None = None
        self.table: Table | None = None
        self.is_records = layout.kind == RECORDS

    def scan(self) -> Scan:
        """Hash the file and find its encoding."""
        return scan(self.file.path, self.setting.encoding)

    def run(self, scanned: Scan, known: frozenset[str] | None, progress: Reports) -> Sheet:
        """Check everything that the file's bytes allow and return what it gave."""
        self.known = known
        if scanned.problem:
            self.findings.add_file(scanned.problem, self.file.name, line=scanned.line, other=scanned.other)
        table = open_table(self.file.path, self.layout, scanned) if scanned.encoding else None
        if table is not None:
            for fault in table.faults:
                place = 1 if fault.column else None
                self.findings.add_file(fault.kind, self.file.name, row=place, column=fault.column, **fault.words)
        if table is None or not table.readable:
            self._write_kept(whole=False)
            return Sheet(self.file.name, scanned.sha256, None, frozenset(), False, None)
        return self._check_rows(table, scanned, progress)

    def _check_rows(self, table: Table, scanned: Scan, progress: Reports) -> Sheet:
        """Check every row and everything across rows."""
        self.table = table
        self.rules = bind_rules(self.layout, self.findings.codes, self.context, table.absent)
        whole = not table.absent and not any(fault.kind == "duplicate" for fault in table.faults)
        if self.kept is not None and whole:
            self.kept.parent.mkdir(parents=True, exist_ok=True)
            self.parts = Path(tempfile.mkdtemp(prefix="rows-", dir=self.kept.parent))
        try:
            sheet, left_out = self._gather(table, scanned, progress)
            self._write_kept(whole=whole, left_out=left_out)
        finally:
            if self.parts is not None:
                shutil.rmtree(self.parts, ignore_errors=True)
        return sheet

    def _gather(self, table: Table, scanned: Scan, progress: Reports) -> tuple[Sheet, pl.Series]:
        """Run all batches, then the rules across rows; return the sheet and the rows that repeat others."""
        parts: list[_Part] = []
        rows = 0
        for part in map_batches(table, self._work, usual_line(self.layout, table.positions, table.width, self.context)):
            rows += part.height
            self.findings.add_coded(self.file.name, part.found)
            parts.append(part)
            progress(self.layout.kind, part.end, scanned.end)
        self._add_row_faults(parts)
        rows += sum(1 for part in parts for fault in part.faults if fault.kind != "blank_row")
        if sum(part.fixed for part in parts) != len(self.fixes):
            raise KeyError(f"A fix names a row that cannot be fixed in {self.file.name}.")
        if not rows:
            self.findings.add_file("header_only", self.file.name)
        left_out = self._across(parts) if "student_code" not in table.absent else pl.Series("row", [], pl.UInt32)
        self._write_held(parts)
        students = (part.students.to_list() for part in parts if part.students is not None)
        codes = frozenset(chain(*(part.codes for part in parts), *students)) - {""}
        completed = [part.completed for part in parts if part.completed is not None]
        return (
            Sheet(
                self.file.name,
                scanned.sha256,
                rows,
                codes,
                bool(rows) and "student_code" not in table.absent,
                pl.concat(completed) if completed and rows else None,
            ),
            left_out,
        )

    def _work(self, batch: Batch) -> _Part:
        """Apply every rule to one batch; runs in several threads at once."""
        frame, fixed = self._fixed(batch.frame)
        unusual = batch.unusual if not fixed else pl.repeat(value=True, n=frame.height, eager=True)
        if self.setting.profile == "tolerant":
            frame = frame.with_columns(pl.all().exclude("row").str.strip_chars())
        found = apply_rules(frame, self.rules, unusual)
        last = frame["row"].max()
        read = frozenset(code for fault in batch.faults for code in fault.student_codes if code)
        part = _Part(
            frame.height, int(str(last)) if last is not None else 0, batch.end, found, batch.faults, fixed, codes=read
        )
        self._keep(batch, frame, unusual, found)
        return self._with_codes(part, frame) if "student_code" in frame.columns else part

    def _with_codes(self, part: _Part, frame: pl.DataFrame) -> _Part:
        """Add what needs student codes: keys of rows, codes of records, strangers and completed courses of results."""
        own = [code for code, check in enumerate(self.findings.codes) if check.rule == "V01"]
        codes = student_codes_of(frame, fold=bool(part.found["code"].is_in(own).any()))
        if self.is_records:
            return replace(part, keys=record_keys(frame, codes), students=codes)
        return replace(
            part,
            keys=result_keys(frame, codes),
            unknown=self._strangers(frame, codes, part.found),
            completed=self._completed(frame),
        )

    def _fixed(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Lay the fixes of these rows over the raw cells; return how many there were."""
        done = 0
        for fix in self.fixes:
            name = next((field.name for field in self.layout.fields if field.header == fix.column), None)
            if name is None or name not in frame.columns:
                raise KeyError(f"There is no column {fix.column} to fix.")
            here = frame["row"] == fix.row
            if here.any():
                frame = frame.with_columns(pl.when(here).then(pl.lit(fix.value)).otherwise(pl.col(name)).alias(name))
                done += 1
        return frame, done

    def _strangers(self, frame: pl.DataFrame, codes: pl.Series, found: pl.DataFrame) -> pl.DataFrame | None:
        """Return the rows of unknown students; a code that is wrong in itself is one finding already (TEQ-F3)."""
        if self.known is None:
            return None
        unknown = unknown_students(frame, codes, self.known)
        if unknown is None:
            return None
        wrong = found.filter(pl.col("code").is_in(self.rules.codes(Severity.ERROR, "V01")))["row"]
        return unknown.filter(~pl.col("row").is_in(wrong.implode()))

    def _completed(self, frame: pl.DataFrame) -> pl.DataFrame | None:
        """Return the completed Course rows of a batch of results."""
        if self.is_records or not {"student_code", "level", "status"} <= set(frame.columns):
            return None
        return completed_courses(frame, self.setting.profile)

    def _keep(self, batch: Batch, frame: pl.DataFrame, unusual: pl.Series, found: pl.DataFrame) -> None:
        """Write the typed rows of a batch beside those of the other batches, without the rows that hold an error."""
        if self.parts is None or frame.is_empty():
            return
        if not found.is_empty():
            wrong = found.filter(pl.col("code").is_in(self.rules.codes(Severity.ERROR)))["row"]
            good = ~frame["row"].is_in(wrong.implode())
            frame, unusual = frame.filter(good), unusual.filter(good)
        wanted = Wanted(self.setting.profile, self.setting.month_dates)
        typed = TYPED[self.layout.kind](frame, frame.filter(unusual), wanted)
        typed.write_ipc(self.parts / f"{batch.frame['row'][0]:010d}.arrow")

    def _add_row_faults(self, parts: Sequence[_Part]) -> None:
        """Add the findings of rows that could not be read; empty rows behind the last one are left unsaid."""
        faults = [fault for part in parts for fault in part.faults]
        read = [fault.row for fault in faults if fault.kind != "blank_row"]
        last = max([*read, *(part.last for part in parts)], default=0)
        for fault in faults:
            if fault.kind != "blank_row" or fault.row < last:
                self.findings.add_file(fault.kind, self.file.name, row=fault.row)

    def _across(self, parts: Sequence[_Part]) -> pl.Series:
        """Apply the rules across rows; return the rows that repeat an earlier one and are left out."""
        for part in parts:
            if part.unknown is not None:
                self.findings.add_rows(self.layout.find_rule("unknown_student"), self.file.name, part.unknown)
        every = [part.keys for part in parts if part.keys is not None]
        if not every:
            return pl.Series("row", [], pl.UInt32)
        keys = self.findings.without_error_rows(pl.concat(every), self.file.name)
        repeated = repeated_records(keys, self.setting.profile) if self.is_records else repeated_results(keys)
        for kind, rows in repeated.items():
            self.findings.add_rows(self.layout.find_rule(kind), self.file.name, rows)
        dropped = [rows["row"] for kind, rows in repeated.items() if kind in ("same_row", "same_student_same")]
        return pl.concat(dropped) if dropped else pl.Series("row", [], pl.UInt32)

    def _write_held(self, parts: Sequence[_Part]) -> None:
        """Write whose records hold an error, so that results of theirs can be held with them (holding.py)."""
        if self.kept is None or not self.is_records:
            return
        wrong = self.findings.error_rows(self.file.name)
        codes = set(chain(*(part.codes for part in parts)))
        for part in parts:
            if part.keys is not None and part.students is not None:
                codes.update(part.students.filter(part.keys["row"].is_in(wrong.implode())))
        if codes := codes - {""}:
            pl.DataFrame({"student_code": sorted(codes)}).write_parquet(self.kept.with_name(HELD_STUDENTS))

    def _write_kept(self, *, whole: bool, left_out: pl.Series | None = None) -> None:
        """Write the typed rows of the whole file in order; none where the file as a whole cannot be taken in."""
        if self.kept is None:
            return
        self.kept.parent.mkdir(parents=True, exist_ok=True)
        files = sorted(self.parts.iterdir()) if self.parts is not None and whole else []
        if not files:
            empty_typed(self.layout, Wanted(self.setting.profile, self.setting.month_dates)).write_parquet(self.kept)
            return
        wrong = self.findings.error_rows(self.file.name)
        wrong = pl.concat([wrong, left_out]) if left_out is not None else wrong
        rows = pl.scan_ipc(files)
        if not wrong.is_empty():
            rows = rows.filter(~pl.col("line").is_in(wrong.implode()))
        rows.sink_parquet(self.kept, compression="lz4", statistics=False)


def student_codes(file: BundleFile, layout: FileLayout) -> frozenset[str]:
    """Return the student codes of a records file that is not checked itself, an earlier version; none if unreadable."""
    scanned = scan(file.path)
    table = open_table(file.path, layout, scanned) if scanned.encoding else None
    if table is None or not table.readable or "student_code" in table.absent:
        return frozenset()
    codes: set[str] = set()
    for found in map_batches(table, lambda batch: batch.frame.select(code_in_capitals())["student_code"].unique()):
        codes.update(found)
    return frozenset(codes)
