"""The three files that enrolments are loaded from: their columns, and how a row is read (docs/formats/enrolments.md).

CSV in UTF-8 with a header; the order of columns is free, an unknown column is an error, a column that is left out counts as
empty. Days are 2026-03-09 or 09/03/2026. Nothing here looks anything up.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

from testamur.enrolments.said import wrong
from testamur.kernel.usi import is_exemption_code, parse_usi
from testamur.kernel.verdict import Finding

MOST_ROWS: Final = 50_000
MOST_BYTES: Final = 20_000_000
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_LOCAL: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
T = TypeVar("T")
_LAYOUT: Final = "docs/formats/enrolments.md"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what stands in it, and whether every row needs it."""

    name: str
    meaning: str
    required: bool = False


_KEY: Final = (
    Column("student_id", "Your own number for the student, 1 to 20 signs without a space.", required=True),
    Column("product_code", "The code of the product or course in which they are enrolled.", required=True),
)
ENROLMENTS: Final = (
    *_KEY,
    Column("family_name", "The family name, or the one name. Needed for a student who is new; may be left out afterwards."),
    Column("given_name", "The first given name; empty for somebody with one name."),
    Column("other_names", "Other given names."),
    Column("birth_date", "The date of birth."),
    Column("gender", "F, M or X; may be empty."),
    Column("usi", "The USI, or INTOFF or INDIV for an exemption; may come later. Kept encrypted, verified before any use."),
    Column("sector", "vet or he; empty means vet."),
    Column("product_kind", "qualification, accredited-course, short-course, skill-set, unit, module, he-course.", required=True),
    Column("product_title", "The title as the student was enrolled in it.", required=True),
    Column("product_release", "The release or packaging version, where known."),
    Column("stream", "The occupational or functional stream, where the product has one."),
    Column("delivery_site", "Where it is delivered."),
    Column("third_party", "Who delivers it on your behalf."),
    Column("enrolled_on", "The day of enrolment.", required=True),
    Column("commenced_on", "The first day of training or assessment; empty until then."),
    Column("expected_until", "The day by which the student is expected to finish."),
    Column("completed", "Y once training is over. The day is computed from the outcomes and is never typed."),
    Column("exited_on", "The day on which the student left before the end."),
    Column("exit_reason", "withdrew, no-contact, provider-ended, transferred, cancelled, other. Needed with exited_on."),
    Column("contract_number", "The number of the training contract."),
    Column("contract_state", "ACT, NSW, NT, QLD, SA, TAS, VIC or WA. Needed with contract_number."),
    Column("contract_from", "The day from which the contract runs. Needed with contract_number."),
    Column("contract_until", "The day until which it runs."),
    Column("contract_cancelled_on", "The day on which it was cancelled."),
    Column("identity_check", "in-person, photo-identity, video-call, workplace or supervised-online."),
    Column("identity_checked_on", "The day of the check. Needed with identity_check."),
    Column("identity_assessor", "The assessor who attests that the enrolled person was assessed. Needed with identity_check."),
    Column("timely_date", "In a superseded product: the day by which the student finishes (TRN-03)."),
    Column("timely_reasons", "Why that day is timely, in a sentence. Needed with timely_date."),
)  # fmt: skip
_WHICH: Final = Column(
    "enrolled_on", "The day of enrolment; needed where the student was enrolled in the product twice."
)
OUTCOMES: Final = (
    *_KEY,
    _WHICH,
    Column("unit_code", "The code of the unit or module.", required=True),
    Column("unit_title", "Its title.", required=True),
    Column("outcome", "competent, not-competent, in-progress or withdrawn.", required=True),
    Column("method", "assessed, rpl or credit-transfer; empty means assessed."),
    Column("decided_on", "The day of the decision. Needed for competent and not-competent."),
    Column("assessor", "Who decided. Needed for a decided outcome that is no credit transfer."),
    Column("started_on", "The first day of training or assessment in the unit."),
    Column("ended_on", "The last day."),
    Column("delivered_in", "The language in which it was delivered, as an ISO 639 code; empty means English."),
    Column("assessed_in", "The language in which it was assessed, as an ISO 639 code; empty means English."),
    Column("mark", "The mark, in higher education."),
    Column("grade", "The grade, in higher education."),
    Column("reason", "Why a decided outcome is changed. Needed then."),
)
FEES: Final = (
    *_KEY,
    _WHICH,
    Column("kind", "agreed, charged, paid, waived or refunded.", required=True),
    Column("amount", "Dollars and cents, such as 1250.00; a minus takes an entry back.", required=True),
    Column("on", "The day of the entry.", required=True),
    Column("reference", "The invoice, receipt or agreement, by which the entry is known again.", required=True),
)
LAYOUTS: Final[dict[str, tuple[Column, ...]]] = {"enrolments": ENROLMENTS, "outcomes": OUTCOMES, "fees": FEES}


@dataclass(slots=True)
class Cells:
    """One row as it stands in a file, and what is wrong with it so far. `row` counts as a spreadsheet does, header 1."""

    file: str
    row: int
    values: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    def text(self, name: str, otherwise: str = "") -> str:
        """Return a cell's text without surrounding blanks."""
        return self.values.get(name, "").strip() or otherwise

    def _read(self, name: str, read: Callable[[str], T | None], rule: str, message: str) -> T | None:
        """Return what a cell means, None where it is empty; what cannot be read is a finding."""
        typed = self.text(name)
        meant = read(typed) if typed else None
        if typed and meant is None:
            self.findings.append(wrong(name, rule, message, source=_LAYOUT))
        return meant

    def day(self, name: str) -> date | None:
        """Return a day."""
        return self._read(name, parse_day, "E05", "This is no day. Write it as 2026-03-09 or 09/03/2026.")

    def cents(self, name: str) -> int | None:
        """Return a sum of dollars as cents."""
        return self._read(name, parse_cents, "E06", "This is no sum of dollars and cents, such as 1250.00.")

    def protected(self, name: str) -> str:
        """Return a USI or exemption code in capitals, or the text as it stands for the check to name (USI-09)."""
        typed = self.text(name).upper()
        return typed if is_exemption_code(typed) else parse_usi(typed) or typed


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file: which of LAYOUTS it is (empty where none), its rows, and what is wrong with the file as a whole."""

    name: str
    kind: str
    rows: tuple[Cells, ...] = ()
    findings: tuple[Finding, ...] = ()


def parse_day(text: str) -> date | None:
    """Return the day that a text means, None where it means none."""
    iso, local = _ISO.fullmatch(text), _LOCAL.fullmatch(text)
    if not iso and not local:
        return None
    year, month, day = iso.groups() if iso else reversed(local.groups()) if local else ()
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def parse_cents(text: str) -> int | None:
    """Return a sum of dollars in cents, None where the text is none; `$`, commas and blanks are passed over."""
    try:
        cents = Decimal(re.sub(r"[$,\s]", "", text)) * 100
    except InvalidOperation:
        return None
    return int(cents) if cents.is_finite() and cents == cents.to_integral_value() and abs(cents) < 10**13 else None


def kind_of(name: str) -> str:
    """Return which file a name says it is: the one that it begins with; nothing where it is none."""
    base = re.split(r"[/\\]", name)[-1].casefold()
    return next((kind for kind in LAYOUTS if base.startswith(kind) and base.endswith(".csv")), "")


def read_file(name: str, content: bytes) -> FileRead:
    """Return the rows of one file with what is wrong with their form; a fault of the whole file leaves no rows."""
    kind = kind_of(name)
    if not kind:
        message = f"The name says none of {', '.join(f'{one}.csv' for one in LAYOUTS)}. Rename the file."
        return FileRead(name, "", findings=(_file_fault(name, message),))
    if len(content) > MOST_BYTES:
        return FileRead(name, kind, findings=(_file_fault(name, "The file is larger than 20 MB. Split it."),))
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        message = "The file cannot be read as CSV in UTF-8. Save it as “CSV UTF-8”."
        return FileRead(name, kind, findings=(_file_fault(name, message),))
    return _rows(name, kind, lines)


def _rows(name: str, kind: str, lines: list[list[str]]) -> FileRead:
    """Return the rows under a header that fits the layout."""
    header = [cell.strip().casefold().rstrip("*") for cell in lines[0]] if lines else []
    known = {one.name for one in LAYOUTS[kind]}
    needed = {one.name for one in LAYOUTS[kind] if one.required}
    faults = [
        *(f"The column “{one[:40]}” is none of this file." for one in header if one not in known),
        *(f"The column “{one}” stands twice." for one in sorted({one for one in header if header.count(one) > 1})),
        *(f"The column “{one}” is missing." for one in sorted(needed - set(header))),
        *(["There are more than 50,000 rows. Split the file."] if len(lines) > MOST_ROWS + 1 else []),
    ]
    if faults:
        return FileRead(name, kind, findings=tuple(_file_fault(name, message, row=1) for message in faults))
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = Cells(name, number, dict(zip(header, cells, strict=False)))
        if len(cells) > len(header):
            row.findings.append(wrong(header[-1], "E01", "The row has more cells than the header.", source=_LAYOUT))
        row.findings += [
            wrong(one, "E01", "This cell may not be empty.", source=_LAYOUT)
            for one in sorted(needed)
            if not row.text(one)
        ]
        rows.append(row)
    return FileRead(name, kind, tuple(rows))


def _file_fault(name: str, message: str, *, row: int | None = None) -> Finding:
    """Return a finding about a whole file."""
    return wrong("", "E00", message, source=_LAYOUT).at(file=name, row=row)


def template(kind: str) -> str:
    """Return an empty file of a kind: its header."""
    return ",".join(one.name for one in LAYOUTS[kind]) + "\r\n"
