"""Check a bundle of provider files against its format: every finding of every rule, and the typed rows of the good ones.

The one way in is `check_bundle`. Records are checked first, so that results can be compared with the students they name;
one fault is one finding (a misnamed file is still read, a faulty row still counts as a student, TEQ-F3). Nothing here
touches a database. With `keep` the typed rows are written as Parquet; typed.py says which columns.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from testamur.kernel.verdict import Finding, Severity
from testamur.submissions.bundles import Bundle
from testamur.submissions.findings import FINDING_SCHEMA, Findings
from testamur.submissions.layouts import Profile, load_format
from testamur.submissions.naming import RECORDS, RESULTS, Chosen, Named, choose, name_of
from testamur.submissions.pdfs import inspect_pdfs
from testamur.submissions.scanning import Encoding, sha256_of
from testamur.submissions.sheets import Fix, Setting, Sheet, SheetCheck, student_codes

Progress = Callable[[str, int, int], None]
KEPT = {RECORDS: "records.parquet", RESULTS: "results.parquet"}


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One regular file of the bundle. `rows` are data records, None where it is no table or could not be read.

    `kind` is studentrecords, studentresults, pdf or other; the last four say what the name of a PDF says, and its pages.
    """

    name: str
    sha256: str
    rows: int | None
    kind: str
    version: int
    student_code: str | None
    document: str | None
    number: int
    pages: int | None


@dataclass(frozen=True, slots=True)
class ReadAs:
    """In which state's form a check read NAT files (None: the national form), and for which collection year (None: no year).

    `told_state` and `told_year` are what the lines themselves say, whatever was chosen.
    """

    state: str | None
    year: int | None
    told_state: str | None
    told_year: int | None


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What a check found. `findings` is a frame with the columns of FINDING_SCHEMA, sorted by file, row, column, rule.

    `counts` has error, warning and info. `recognised` is False where no file of the format was there at all;
    `read_as` is None in formats without a state's form and a collection year, `organisations` in formats that name no
    organisation; else it has file, row and code of each place at which a file's good lines first name one.
    """

    format: str
    profile: Profile
    files: tuple[CheckedFile, ...]
    counts: dict[str, int]
    findings: pl.DataFrame
    recognised: bool
    read_as: ReadAs | None = None
    organisations: pl.DataFrame | None = None

    def __iter__(self) -> Iterator[Finding]:
        """Yield the findings one by one."""
        for part in self.findings.iter_slices(10_000):
            for row in part.iter_rows(named=True):
                yield Finding(**(row | {"severity": Severity(row["severity"])}))


def check_bundle(  # noqa: PLR0913 - every argument but the bundle is named, and each is one thing a caller may say
    bundle: Bundle,
    *,
    profile: Profile,
    on: date,
    encoding: Encoding | None = None,
    fixes: Iterable[tuple[str, int, str, str]] = (),
    keep: Path | None = None,
    progress: Progress | None = None,
    known_students: Iterable[str] = (),
    month_dates: bool = False,
    **options: object,
) -> CheckOutcome:
    """Check a bundle in the TEQSA format.

    `on` is the local day that "not in the future" counts from. `encoding` is what the provider confirmed for files that
    are not UTF-8. `fixes` are (file name, row, column display name, new value), laid over the raw cells before any rule.
    `keep` is a folder for the typed rows. `progress` gets (stage, done, total); stages are studentrecords and
    studentresults, in bytes, and pdfs, in files. `known_students` are codes of earlier submissions (TEQ-F3).
    `month_dates` says that commencement dates on the first mean the month (TEQ-V36). `options` are other formats' and change
    nothing. Raises KeyError for a fix of a file, row or column that is not there.
    """
    del options
    setting = Setting(profile, on, encoding, month_dates)
    run = _Run(bundle, setting, [Fix(*fix) for fix in fixes], keep, progress or (lambda *_: None))
    return run.outcome(frozenset(code.strip().upper() for code in known_students))


class _Run:
    """One check of one bundle."""

    def __init__(
        self, bundle: Bundle, setting: Setting, fixes: Sequence[Fix], keep: Path | None, progress: Progress
    ) -> None:
        self.bundle, self.setting, self.fixes, self.keep, self.progress = bundle, setting, fixes, keep, progress
        self.format = load_format("teqsa")
        self.findings = Findings(self.format, setting.profile)
        self.known: frozenset[str] | None = None
        refused = {problem.file for problem in bundle.problems}
        self.named = [name_of(file) for file in bundle.files if file.name not in refused]
        self.closed = [file for file in bundle.files if file.name in refused]

    def outcome(self, known_students: frozenset[str]) -> CheckOutcome:
        """Run all rules and put the answer together."""
        for problem in self.bundle.problems:
            self.findings.add_file(problem.kind, problem.file)
        chosen = choose(self.named)
        for kind, file, words in chosen.faults:
            self.findings.add_file(kind, file, **words)
        sheets = self._sheets(chosen, known_students)
        self._check_testamurs(chosen, sheets)
        pages = self._check_pdfs(chosen)
        files = self._files(sheets, pages)
        frame = self.findings.frame()
        counts = dict(frame["severity"].value_counts().iter_rows())
        return CheckOutcome(
            "teqsa",
            self.setting.profile,
            files,
            {severity.value: counts.get(severity.value, 0) for severity in Severity},
            frame,
            bool(chosen.bulk or chosen.pdfs or self._bulk_elsewhere() or self.closed),
        )

    def _bulk_elsewhere(self) -> bool:
        """Say whether a file claims by its name to be a bulk file, though it cannot be read as one."""
        return any(item.kind in (RECORDS, RESULTS) for item in self.named)

    def _sheets(self, chosen: Chosen, known_students: frozenset[str]) -> dict[str, Sheet]:
        """Check records and then results; hash and scan both at once."""
        sheets: dict[str, Sheet] = {}
        with ThreadPoolExecutor(2) as pool:
            checks = {kind: self._sheet_check(chosen, kind) for kind in (RECORDS, RESULTS) if kind in chosen.bulk}
            self._refuse_stray_fixes(chosen)
            scans = {kind: pool.submit(check.scan) for kind, check in checks.items()}
            self.known = known_students or None
            for kind, check in checks.items():
                sheets[kind] = check.run(scans[kind].result(), self.known, self.progress)
                if kind == RECORDS:
                    self.known = self._known(sheets[kind], chosen, known_students)
        if RESULTS in sheets and self.known is None and sheets[RESULTS].rows and not self._named_records(chosen):
            self.findings.add_file("no_records", sheets[RESULTS].name)
        return sheets

    def _sheet_check(self, chosen: Chosen, kind: str) -> SheetCheck:
        """Return the check of the current file of a kind."""
        file = chosen.bulk[kind].file
        fixes = [fix for fix in self.fixes if fix.file == file.name]
        return SheetCheck(file, self.format.files[kind], self.findings, self.setting, fixes, self._kept(kind))

    def _named_records(self, chosen: Chosen) -> bool:
        """Say whether a records file is there, so that its own finding explains why codes were not compared."""
        return RECORDS in chosen.bulk or any(item.kind == RECORDS for item in self.named)

    def _refuse_stray_fixes(self, chosen: Chosen) -> None:
        """Refuse a fix of a file that is not checked."""
        names = {item.file.name for item in chosen.bulk.values()}
        for fix in self.fixes:
            if fix.file not in names:
                raise KeyError(f"There is no checked file {fix.file} to fix.")

    def _known(self, records: Sheet, chosen: Chosen, known_students: frozenset[str]) -> frozenset[str] | None:
        """Return the student codes that results and PDFs may name; None where the records could not be read."""
        if not records.has_codes:
            return None
        older = (student_codes(item.file, self.format.files[RECORDS]) for item in chosen.older[RECORDS])
        return records.codes.union(known_students, *older)

    def _kept(self, kind: str) -> Path | None:
        """Return where the typed rows of a kind of file go."""
        return None if self.keep is None else self.keep / KEPT[kind]

    def _check_testamurs(self, chosen: Chosen, sheets: dict[str, Sheet]) -> None:
        """Compare the names of PDFs with students and with completed courses (TEQ-F3, F7)."""
        named = [item for item in chosen.pdfs if item.student_code]
        strangers: set[str] = set()
        if self.known is not None:
            strangers = {item.file.name for item in named if item.student_code not in self.known}
            for name in strangers:
                self.findings.add_file("pdf_unknown_student", name)
        results = sheets.get(RESULTS)
        if results is None or results.completed is None:
            return
        testamurs = [item for item in named if item.document == "testamurs"]
        if testamurs:
            done = results.codes.union(results.completed["code"])
            for item in testamurs:
                if item.file.name not in strangers and item.student_code not in done:
                    self.findings.add_file("testamur_without_course", item.file.name)
        self._check_completed(results, {item.student_code or "" for item in testamurs})

    def _check_completed(self, results: Sheet, holders: set[str]) -> None:
        """Find completed courses without a testamur; one finding for the file where none came at all."""
        completed = results.completed
        if completed is None or completed.is_empty():
            return
        without = completed.filter(~pl.col("code").is_in(list(holders)))
        sound = self.findings.without_error_rows(without, results.name)
        if not holders:
            if sound.height:
                self.findings.add_file("no_testamurs", results.name, count=sound.height)
            return
        check = self.format.files[RESULTS].find_rule("completed_without_testamur")
        self.findings.add_rows(check, results.name, sound.select("row", "value"))

    def _check_pdfs(self, chosen: Chosen) -> dict[str, int | None]:
        """Look inside every PDF; return the pages of each."""
        pdfs = chosen.pdfs
        answers = inspect_pdfs(
            [item.file.path for item in pdfs], progress=lambda done, total: self.progress("pdfs", done, total)
        )
        for item, answer in zip(pdfs, answers, strict=True):
            if answer.problem:
                self.findings.add_file(answer.problem, item.file.name)
        return {item.file.name: answer.pages for item, answer in zip(pdfs, answers, strict=True)}

    def _files(self, sheets: dict[str, Sheet], pages: dict[str, int | None]) -> tuple[CheckedFile, ...]:
        """Return one entry for each regular file, sorted by name."""
        by_name = {sheet.name: sheet for sheet in sheets.values()}
        everything = [*self.named, *(Named(file, "other") for file in self.closed)]
        entries = []
        for item in sorted(everything, key=lambda item: item.file.name):
            sheet = by_name.get(item.file.name)
            entries.append(
                CheckedFile(
                    item.file.name,
                    sheet.sha256 if sheet else sha256_of(item.file.path),
                    sheet.rows if sheet else None,
                    item.kind,
                    item.version,
                    item.student_code,
                    item.document,
                    item.number,
                    pages.get(item.file.name),
                )
            )
        return tuple(entries)


__all__ = ["FINDING_SCHEMA", "CheckOutcome", "CheckedFile", "ReadAs", "check_bundle"]
