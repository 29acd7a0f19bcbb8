"""Check a set of NAT files: every finding of every rule, and the lines without an error as typed frames.

The one way in is `check`. Small files are read first, so that what NAT00120 and NAT00130 name can be compared; then the
rules across files run. Nothing here touches a database or reads the clock.
"""

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from testamur.kernel.verdict import Severity
from testamur.submissions.avetmiss import crossing, detecting, naming
from testamur.submissions.avetmiss.layout import NAME, STATES, NatLayout, Place, load_avetmiss
from testamur.submissions.avetmiss.linking import TitlesOf, link_files, year_told
from testamur.submissions.avetmiss.reading import Text, open_text, sha256_of
from testamur.submissions.avetmiss.sheet import NatSheet, read_sheet
from testamur.submissions.avetmiss.typed import Titles
from testamur.submissions.avetmiss.writing import write_frames
from testamur.submissions.bundles import Bundle, BundleFile
from testamur.submissions.checking import CheckedFile, CheckOutcome, Progress, ReadAs
from testamur.submissions.findings import Findings
from testamur.submissions.layouts import Profile
from testamur.submissions.organisations import NAMED
from testamur.submissions.scanning import Encoding
from testamur.submissions.sheets import Fix

MAY_BE_EMPTY = {"NAT00030", "NAT00030A", "NAT00085", "NAT00090", "NAT00100", "NAT00130"}
EMPTY_TOGETHER = ("NAT00020", "NAT00060", "NAT00120")  # where only completions are reported


@dataclass(frozen=True, slots=True)
class NatOutcome(CheckOutcome):
    """What a check of NAT files found."""

    @property
    def state(self) -> str | None:
        """Return the state in whose form the files were read, None for the national form."""
        return self.read_as.state if self.read_as else None

    @property
    def year(self) -> int | None:
        """Return the collection year that the rules went by."""
        return self.read_as.year if self.read_as else None


def check(  # noqa: PLR0913 - every argument but the bundle is named, and each is one thing a caller may say
    bundle: Bundle,
    *,
    profile: Profile,
    on: date,
    encoding: Encoding | None = None,
    fixes: Iterable[tuple[str, int, str, str]] = (),
    keep: Path | None = None,
    progress: Progress | None = None,
    known_students: Iterable[str] = (),
    state: str | None = None,
    year: int | None = None,
    titles: TitlesOf | None = None,
    **options: object,
) -> NatOutcome:
    """Check a bundle of NAT files of release 8.0.

    The arguments mean what `checking.check_bundle` says. `encoding` changes nothing: positions are bytes, and names are
    read as UTF-8 where they are that, otherwise as Windows-1252. `state` is the form of a state's authority (NSW, VIC, …),
    by default told from the lines; `year` the collection year, by default the commonest end year of activities that
    ended. `titles` gives titles of the national register by code (R13b). Raises KeyError for a fix of a file, line or field
    that is not there, ValueError for an unknown state.
    """
    del encoding, options
    if state is not None and state.upper() not in STATES:
        raise ValueError(f"There is no state {state}; write one of {', '.join(STATES)}.")
    run = _Run(bundle, profile, on, [Fix(*fix) for fix in fixes], progress or (lambda *_: None))
    known = frozenset(code.strip().upper() for code in known_students)
    folder = Path(tempfile.mkdtemp(prefix="nat-", dir=_made(keep))) if keep is not None else None
    try:
        run.read(state.upper() if state else None, folder)
        told_year = year_told(run.sheets)
        year = told_year if year is None else year
        link_files(run.sheets, run.findings, run.refused, known, year, titles)
        if keep is not None and folder is not None:
            write_frames(run.sheets, run.findings, run.titles, folder, keep)
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    return run.outcome(year, told_year)


def _made(keep: Path | None) -> Path | None:
    """Make the folder for frames."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    return keep


class _Run:
    """One check of one bundle."""

    def __init__(self, bundle: Bundle, profile: Profile, on: date, fixes: Sequence[Fix], progress: Progress) -> None:
        self.bundle, self.profile, self.on, self.fixes, self.progress = bundle, profile, on, fixes, progress
        self.nat = load_avetmiss()
        self.findings = Findings(self.nat.format, profile)
        self.codes = {id(check): code for code, check in enumerate(self.findings.codes)}
        problems = {problem.file for problem in bundle.problems}
        self.chosen = naming.choose([file for file in bundle.files if file.name not in problems])
        self.sheets: dict[str, NatSheet] = {}
        self.refused: set[str] = set()
        self.state: str | None = None
        self.told_state: str | None = None
        self.titles = Titles.of({}, {})

    def read(self, state: str | None, folder: Path | None) -> None:
        """Read every file that can be read, small ones first."""
        for problem in self.bundle.problems:
            self.findings.add_file(problem.kind, problem.file)
        for kind, file in self.chosen.aside:
            self.findings.add_file(kind, file.name)
        for kind, file in self.chosen.renamed:
            self.findings.add_file("name", file.name, wanted=kind)
        opened = self._opened()
        self.told_state = detecting.state_of(
            {kind: (self.nat.files[kind], lines) for kind, (_, lines) in opened.items()}
        )
        self.state = state or self.told_state
        self._refuse_stray_fixes(opened)
        for kind in naming.KINDS:
            if kind in opened:
                self._read_one(kind, opened[kind][0], folder)

    def _opened(self) -> dict[str, tuple[Text, list[str]]]:
        """Open the files; name and leave out those that cannot be read as release 8.0."""
        opened = {}
        texts = {kind: open_text(file.path) for kind, file in self.chosen.files.items()}
        may_be_empty = set(MAY_BE_EMPTY)
        if all(texts[kind].problem == "empty" for kind in EMPTY_TOGETHER if kind in texts):
            may_be_empty.update(EMPTY_TOGETHER)
        for kind, file in self.chosen.files.items():
            text = self._without_names(kind, file, texts[kind])
            lines = [] if text.problem else text.sample()
            if self._readable(kind, file, text, lines, kind in may_be_empty):
                opened[kind] = (text, lines)
            else:
                self.refused.add(kind)
        return opened

    def _without_names(self, kind: str, file: BundleFile, text: Text) -> Text:
        """Leave out a line 1 that holds names of fields, and say so."""
        if text.problem or not detecting.names_fields(text.first_line()[0], self.nat.files[kind]):
            return text
        self.findings.add_file("header", file.name, row=1)
        return text.without_first_line()

    def _readable(self, kind: str, file: BundleFile, text: Text, lines: list[str], may_be_empty: bool) -> bool:
        """Say whether a file can be read by its layout, and name what is in the way."""
        if text.marked:
            self.findings.add_file("mark", file.name, row=1)
        if text.problem == "empty":
            self.findings.add_file("empty_allowed" if may_be_empty else "empty", file.name)
            return may_be_empty
        if text.problem:
            self.findings.add_file(text.problem, file.name)
            return False
        other = detecting.other_release(kind, lines)
        if other is not None:
            self.findings.add_file("release", file.name, row=1, release=other.release, sign=other.sign)
            return False
        if not detecting.fits_layout(kind, lines):
            self.findings.add_file("no_layout", file.name, row=1, wanted=kind)
            return False
        return True

    def _refuse_stray_fixes(self, opened: Mapping[str, object]) -> None:
        """Refuse a fix of a file that is not checked."""
        names = {self.chosen.files[kind].name for kind in opened}
        for fix in self.fixes:
            if fix.file not in names:
                raise KeyError(f"There is no checked file {fix.file} to fix.")

    def _read_one(self, kind: str, text: Text, folder: Path | None) -> None:
        """Read one file and gather what its lines say."""
        file, layout = self.chosen.files[kind], self.nat.files[kind]
        if kind in ("NAT00120", "NAT00130"):
            self.titles = self._known_titles()
        own = [(fix, _place_of(layout, self.state, fix)) for fix in self.fixes if fix.file == file.name]
        fixes = [(fix, place) for fix, place in own if place is not None]
        sheet = read_sheet(
            file.name, text, layout, self.state, self.codes, self.on, fixes, self.titles, folder, self._told(kind, text)
        )
        self.sheets[kind] = sheet
        for part in sheet.found:
            self.findings.add_coded(file.name, part)
        sheet.found.clear()
        for case, rows in (("nul", sheet.nul), ("blank", sheet.blank)):
            self.findings.add_rows(self.nat.format.bundle[case], file.name, pl.DataFrame({"row": rows}))

    def _told(self, kind: str, text: Text) -> "_Told":
        return _Told(self.progress, kind, text.size)

    def _known_titles(self) -> Titles:
        """Return the names of programs and subjects; NAT00030A goes before NAT00030."""
        programs: dict[str, str] = {}
        for kind in ("NAT00030", "NAT00030A"):
            programs |= _pairs(self.sheets.get(kind), "program_identifier", "program_name")
        return Titles.of(programs, _pairs(self.sheets.get("NAT00060"), "subject_identifier", "subject_name"))

    def outcome(self, year: int | None, told_year: int | None) -> NatOutcome:
        """Put the answer together."""
        frame = self.findings.frame()
        counts = dict(frame["severity"].value_counts().iter_rows())
        recognised = bool(self.chosen.files) or any(
            problem.kind.startswith(("zip", "nested")) for problem in self.bundle.problems
        )
        return NatOutcome(
            NAME,
            self.profile,
            self._files(),
            {severity.value: counts.get(severity.value, 0) for severity in Severity},
            frame,
            recognised,
            ReadAs(self.state, year, self.told_state, told_year),
            self._organisations(),
        )

    def _organisations(self) -> pl.DataFrame:
        """Return where the lines without an error first name each organisation."""
        found = [pl.DataFrame(schema=NAMED)]
        for sheet in self.sheets.values():
            lines = sheet.cells if sheet.keys is None else sheet.keys
            if lines is None or crossing.RTO not in lines.columns:
                continue
            good = self.findings.without_error_rows(lines.select("row", crossing.RTO), sheet.name)
            here = crossing.organisations(good, sheet.used.all(crossing.RTO))
            found.append(here.select(pl.lit(sheet.name).alias("file"), "row", "code"))
        return pl.concat(found)

    def _files(self) -> tuple[CheckedFile, ...]:
        """Return one entry for each regular file, sorted by name."""
        rows = {sheet.name: sheet.rows for sheet in self.sheets.values()}
        entries = []
        for file in sorted(self.bundle.files, key=lambda file: file.name):
            kind = self.chosen.kinds.get(file.name, "other")
            sha = sha256_of(file.path)
            entries.append(CheckedFile(file.name, sha, rows.get(file.name), kind, 1, None, None, 1, None))
        return tuple(entries)


@dataclass(frozen=True, slots=True)
class _Told:
    """Tells how far a file was read, in bytes."""

    progress: Progress
    kind: str
    total: int

    def __call__(self, done: int) -> None:
        """Tell it."""
        self.progress(self.kind, done, self.total)


def _place_of(layout: NatLayout, state: str | None, fix: Fix) -> Place | None:
    """Return where a fixed field stands, None for a field of another form, as one was fixed before the form was changed.

    Raises KeyError where no form has a field of the name.
    """
    for place in layout.fields(state):
        if place.name == fix.column:
            return place
    if layout.elsewhere(fix.column):
        return None
    raise KeyError(f"There is no field {fix.column} to fix.")


def _pairs(sheet: NatSheet | None, code: str, name: str) -> dict[str, str]:
    """Return names by identifier; of an identifier that stands twice the first."""
    if sheet is None or sheet.cells is None:
        return {}
    cells = sheet.cells.unique(code, keep="first", maintain_order=True)
    return dict(cells.select(code, name).iter_rows())
