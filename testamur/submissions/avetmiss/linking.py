"""Run the rules across lines and files over everything that was read, and add what they find.

A rule stands still where the other file was refused; where a file is missing, that is one finding. A finding stands at the
line that names something absent, or at the line that nothing names.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import polars as pl

from testamur.submissions.avetmiss import crossing
from testamur.submissions.avetmiss.crossing import CLIENT, LOCATION, PROGRAM, RTO, SUBJECT
from testamur.submissions.avetmiss.records import NOT_COMPLETED
from testamur.submissions.avetmiss.sheet import NatSheet
from testamur.submissions.findings import Findings

TitlesOf = Callable[[Collection[str]], Mapping[str, str]]  # titles of the national register by codes in capitals
_SLOTS = {"NAT00010": ("NAT00010", "NAT00010A"), "NAT00030": ("NAT00030A", "NAT00030")}
_BY_FLAG = (
    ("NAT00090", "disability_flag", "no_disability"),
    ("NAT00100", "prior_educational_achievement_flag", "no_prior"),
)


def link_files(
    sheets: Mapping[str, NatSheet],
    findings: Findings,
    refused: set[str],
    known: frozenset[str],
    year: int | None,
    titles: TitlesOf | None,
) -> None:
    """Add the findings of the rules across lines and files, those about a collection year where there is one."""
    if not sheets:
        return
    run = _Linking(sheets, findings, refused, known)
    run.missing()
    run.repeated()
    run.activities(year)
    run.references()
    run.unused()
    run.flags()
    run.completions(year)
    if titles is not None:
        run.register_titles(titles)


def year_told(sheets: Mapping[str, NatSheet]) -> int | None:
    """Return the collection year that the activities tell; None where none has ended."""
    activities = sheets.get("NAT00120")
    return crossing.year_of(activities.keys) if activities is not None and activities.keys is not None else None


class _Linking:
    """The rules across files of one check."""

    def __init__(
        self, sheets: Mapping[str, NatSheet], findings: Findings, refused: set[str], known: frozenset[str]
    ) -> None:
        self.sheets, self.findings, self.refused = sheets, findings, refused
        self.earlier = pl.Series("name", sorted(known), pl.String)

    def _slot(self, kind: str) -> list[NatSheet]:
        """Return what was read of a kind of file or its variant."""
        return [self.sheets[name] for name in _SLOTS.get(kind, (kind,)) if name in self.sheets]

    def _is_refused(self, kind: str) -> bool:
        return any(name in self.refused for name in _SLOTS.get(kind, (kind,)))

    def _here(self, kind: str) -> bool:
        """Say whether a kind of file was sent, readable or not."""
        return bool(self._slot(kind)) or self._is_refused(kind)

    def _reported(self, kind: str) -> bool:
        """Say whether a kind of file was sent with records, readable or not."""
        return any(sheet.rows for sheet in self._slot(kind)) or self._is_refused(kind)

    def _add(self, sheet: NatSheet, kind: str, rows: pl.DataFrame, **columns: Any) -> None:
        """Add findings of a rule of a file at some lines."""
        layout = self.findings.format.files[sheet.kind]
        self.findings.add_rows(layout.find_rule(kind), sheet.name, rows.with_columns(**columns) if columns else rows)

    def _names(self, kind: str, column: str) -> pl.Series | None:
        """Return the identifiers that a file holds; None where it is missing or was refused."""
        parts = self._slot(kind)
        if not parts or self._is_refused(kind):
            return None
        return crossing.union(sheet.cells[column] for sheet in parts if sheet.cells is not None)

    def _clients(self) -> pl.Series | None:
        """Return the clients that lines may name: those of NAT00080 and of earlier submissions."""
        names = self._names("NAT00080", CLIENT)
        if names is None and (self._is_refused("NAT00080") or self.earlier.is_empty()):
            return None
        return crossing.union([names, self.earlier])

    def _used(self, column: str) -> pl.Series | None:
        """Return the identifiers that NAT00120 names; None where it is missing or was refused."""
        sheet = self.sheets.get("NAT00120")
        return sheet.used.all(column) if sheet is not None else None

    def missing(self) -> None:
        """Name the files that are not there: as errors where lines name what they would hold."""
        active, completed = (
            names is not None and bool((names != "").any())
            for names in (self._used(PROGRAM), self._names("NAT00130", PROGRAM))
        )
        activity = self._reported("NAT00120")
        needed = {
            "NAT00010": True,
            "NAT00020": activity,
            "NAT00030": active or completed,
            "NAT00060": activity,
            "NAT00080": self.earlier.is_empty(),
            "NAT00085": False,
            "NAT00120": self._reported("NAT00020") or self._reported("NAT00060"),
            "NAT00130": False,
        }
        for kind, must in needed.items():
            if not self._here(kind):
                by = "_completed" if kind == "NAT00030" and must and not active else ""
                self.findings.add_file(f"{'missing' if must else 'absent'}_{kind}{by}", f"{kind}.txt")
        clients = self.sheets.get("NAT00080")
        for kind, flag, _ in _BY_FLAG:
            flags = clients.cells[flag] if clients is not None and clients.cells is not None else None
            if not self._here(kind) and flags is not None and (flags == "Y").any():
                self.findings.add_file(f"absent_{kind}", f"{kind}.txt")

    def repeated(self) -> None:
        """R01: lines that may stand only once."""
        for kind, names in crossing.KEYS.items():
            sheet = self.sheets.get(kind)
            if sheet is not None and sheet.cells is not None:
                self._add(sheet, "duplicate", crossing.duplicates(sheet.cells, names))

    def activities(self, year: int | None) -> None:
        """R02, R04 to R07 and R10: rules across the lines of NAT00120."""
        sheet = self.sheets.get("NAT00120")
        if sheet is None or sheet.keys is None:
            return
        keys = sheet.keys
        self._add(sheet, "duplicate", crossing.repeated_activities(keys))
        if year is not None:
            for kind, rows in crossing.out_of_year(keys, year).items():
                self._add(sheet, kind, rows)
        self._add(sheet, "commencing_mixed", crossing.mixed(keys, "commencing"))
        self._add(sheet, "contract_mixed", crossing.mixed(keys, "contract"))
        self._add(sheet, "apprentice_mixed", crossing.mixed(keys, "apprentice"))
        self._add(sheet, "superseded_alone", crossing.superseded_alone(keys))

    def references(self) -> None:
        """X02, X07 to X11: lines that name something absent."""
        organisations, clients = self._names("NAT00010", RTO), self._clients()
        parents = {
            "orphan_rto": (RTO, organisations),
            "orphan_location": (LOCATION, self._names("NAT00020", LOCATION)),
            "orphan_subject": (SUBJECT, self._names("NAT00060", SUBJECT)),
            "orphan_program": (PROGRAM, self._names("NAT00030", PROGRAM)),
            "orphan_client": (CLIENT, clients),
        }
        wanted = {
            "NAT00020": ("orphan_rto",),
            "NAT00085": ("orphan_client",),
            "NAT00090": ("orphan_client",),
            "NAT00100": ("orphan_client",),
            "NAT00120": tuple(parents),
            "NAT00130": ("orphan_rto", "orphan_program", "orphan_client"),
        }
        for kind, cases in wanted.items():
            sheet = self.sheets.get(kind)
            for case in cases if sheet is not None else ():
                column, names = parents[case]
                if sheet is None or names is None:
                    continue
                if sheet.keys is not None:
                    rows = crossing.strangers(sheet.keys, column, sheet.used.all(column), names)
                elif sheet.cells is not None:
                    rows = crossing.not_in(sheet.cells, column, names)
                else:
                    continue
                self._add(sheet, case, rows)

    def unused(self) -> None:
        """X01, X03 to X06 and X09: lines that nothing names."""
        completed = {name: self._names("NAT00130", name) for name in (RTO, PROGRAM, CLIENT)}
        cases = (
            ("NAT00010", "unused", RTO, (self._names("NAT00020", RTO), completed[RTO]), ("NAT00020", "NAT00130")),
            ("NAT00020", "unused", LOCATION, (self._used(LOCATION),), ("NAT00120",)),
            ("NAT00030", "unused", PROGRAM, (self._used(PROGRAM), completed[PROGRAM]), ("NAT00120", "NAT00130")),
            ("NAT00060", "unused", SUBJECT, (self._used(SUBJECT),), ("NAT00120",)),
            ("NAT00080", "unused", CLIENT, (self._used(CLIENT), completed[CLIENT]), ("NAT00120", "NAT00130")),
            ("NAT00080", "no_contact", CLIENT, (self._names("NAT00085", CLIENT),), ("NAT00085",)),
        )
        for kind, case, column, parts, sources in cases:
            if any(self._is_refused(source) for source in sources) or all(part is None for part in parts):
                continue
            names = crossing.union(parts)
            said: pl.Series | None = None
            for sheet in self._slot(kind):
                if sheet.cells is None:
                    continue
                own = sheet.cells if said is None else sheet.cells.filter(~pl.col(column).is_in(said.implode()))
                self._add(sheet, case, crossing.not_in(own, column, names))
                said = sheet.cells[column]

    def flags(self) -> None:
        """X07 and X08: what a client's flags promise and what the files about it hold."""
        clients = self.sheets.get("NAT00080")
        if clients is None or clients.cells is None:
            return
        for kind, flag, case in _BY_FLAG:
            sheet = self.sheets.get(kind)
            if sheet is None or sheet.cells is None:
                continue
            promised = clients.cells.filter(pl.col(flag) == "Y")
            lacking = crossing.not_in(promised, CLIENT, sheet.cells[CLIENT].unique())
            self._add(clients, case, lacking, value=pl.lit("Y"))
            others = clients.cells.filter(~pl.col(CLIENT).is_in(promised[CLIENT].unique().implode()))[CLIENT].unique()
            plain = sheet.cells.filter(pl.col(CLIENT).is_in(others.implode()) & (pl.col(CLIENT) != ""))
            self._add(sheet, "flag_not_yes", plain.select("row", value=CLIENT))

    def completions(self, year: int | None) -> None:
        """R03a, R12 and X12: rules across the lines of NAT00130."""
        sheet = self.sheets.get("NAT00130")
        if sheet is None or sheet.cells is None:
            return
        done = sheet.cells.filter(~pl.col("date_program_completed").is_in(list(NOT_COMPLETED)))
        self._add(sheet, "duplicate", crossing.duplicates(done, (PROGRAM, CLIENT, "date_program_completed")))
        programs = self.sheets.get("NAT00030A")
        if programs is not None and programs.cells is not None:
            not_vet = programs.cells.filter(pl.col("vet_flag") == "N")[PROGRAM].unique()
            rows = done.filter(pl.col(PROGRAM).is_in(not_vet.implode()) & (pl.col(PROGRAM) != ""))
            self._add(sheet, "not_vet", rows.select("row", value=PROGRAM))
        active = self._used(CLIENT)
        if year is not None and active is not None:
            rows = crossing.not_in(crossing.completed_in(sheet.cells, year), CLIENT, active)
            self._add(sheet, "no_activity", rows, detail=pl.lit(year, pl.UInt32))

    def register_titles(self, titles: TitlesOf) -> None:
        """R13b: names unlike the titles of the national register, where those are known."""
        for kind, column, name in (
            ("NAT00030", PROGRAM, "program_name"),
            ("NAT00030A", PROGRAM, "program_name"),
            ("NAT00060", SUBJECT, "subject_name"),
        ):
            sheet = self.sheets.get(kind)
            if sheet is None or sheet.cells is None:
                continue
            known = titles(sheet.cells[column].unique().to_list())
            register = pl.DataFrame(
                {"code": list(known), "title": list(known.values())}, schema={"code": pl.String, "title": pl.String}
            )
            both = sheet.cells.join(register, left_on=column, right_on="code")
            plain = pl.col(name, "title").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
            unlike = both.with_columns(plain.name.suffix(" plain")).filter(
                pl.col(f"{name} plain") != pl.col("title plain").str.slice(0, 100)
            )
            self._add(sheet, "register_title", unlike.select("row", value=name))
