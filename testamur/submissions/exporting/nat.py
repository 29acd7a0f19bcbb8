"""Vocational records as NAT files of AVETMISS release 8.0, with what the register holds and nothing made up.

The register does not keep what AVETMISS asks about a person beside names, birth and address, nor where and how training was
delivered and funded. These positions are blank, or `@` where the standard has that for "not specified"; NOT_HELD says which.
One byte is one position; names beyond ASCII are UTF-8, which the check reads again.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import IO, Final

from testamur.kernel.periods import Precision
from testamur.submissions.avetmiss.layout import NatLayout, load_avetmiss
from testamur.submissions.exporting.cuts import CUTS, CutList
from testamur.submissions.exporting.packing import Organisation
from testamur.submissions.exporting.reading import HeldStudent, code_and_title, code_of, day_of

_NONE_COMPLETED: Final = "00000000"
_STATES: Final = {
    "NSW": "01", "VIC": "02", "QLD": "03", "SA": "04", "WA": "05", "TAS": "06", "NT": "07", "ACT": "08", "AAT": "09",
}  # fmt: skip
_UNSAID: Final = {
    "highest_school_level_completed_identifier": "@@",
    "indigenous_status_identifier": "@",
    "language_identifier": "@@@@",
    "labour_force_status_identifier": "@@",
    "country_identifier": "@@@@",
    "disability_flag": "@",
    "prior_educational_achievement_flag": "@",
    "at_school_flag": "@",
}
NOT_HELD: Final[Mapping[str, str]] = {
    "NAT00020": "the whole file: where training was delivered",
    "NAT00030": "nominal hours",
    "NAT00060": "field of education, VET flag, nominal hours",
    "NAT00080": (
        "school level, Indigenous status, language, labour force status, country of birth, disability, prior education, at "
        "school (all written @, not specified), survey contact status, USI (never written to a file), statistical areas"
    ),
    "NAT00085": "the parts of a street address apart: the whole of it stands as the street's name",
    "NAT00090": "the whole file: disability",
    "NAT00100": "the whole file: prior education",
    "NAT00120": (
        "delivery location, delivery mode, funding, commencing program, training contract, study reason, VET in schools, and "
        "every activity without an achieved outcome"
    ),
    "NAT00130": "nothing that the national record has",
}
Cells = Mapping[str, str]


class NatWriter:
    """Writes activities (NAT00120) as the main file and keeps the other files beside it until the end."""

    main = "NAT00120.txt"

    def __init__(self, organisation: Organisation, folder: Path) -> None:
        """Open the files beside the main one in a folder."""
        self.organisation = organisation
        self.layouts = load_avetmiss().files
        self.places = {kind: {place.name: place for place in layout.places} for kind, layout in self.layouts.items()}
        self.folder = folder
        self.files: dict[str, IO[bytes]] = {}
        self.lines: dict[str, int] = {}
        self.cuts = CutList(folder, ("File", "Line", "Field", "Bytes", "Cut to"))
        self.programs: dict[str, str] = {}
        self.subjects: dict[str, str] = {}
        own = {"training_organisation_identifier": organisation.code, "training_organisation_name": organisation.name}
        self._keep("NAT00010", own)

    def head(self) -> bytes:
        """Return nothing: NAT files have no header."""
        return b""

    def students(self, students: list[HeldStudent]) -> bytes:
        """Return the activities of some students, and keep their lines of the other files."""
        written = bytearray()
        for one in students:
            self._keep("NAT00080", _client(one))
            self._keep("NAT00085", _contact(one))
            for cells in self._activities(one):
                written += self._line("NAT00120", cells)
            for cells in self._completions(one):
                self._keep("NAT00130", cells)
        self.cuts.write()
        return bytes(written)

    def rest(self) -> Iterator[tuple[str, Path]]:
        """Yield the other files, and what was cut."""
        for code, title in sorted(self.programs.items()):
            self._keep("NAT00030", {"program_identifier": code, "program_name": title})
        for code, title in sorted(self.subjects.items()):
            self._keep("NAT00060", {"subject_identifier": code, "subject_name": title})
        self.cuts.write()
        for kind in sorted(self.files):
            self.files[kind].close()
            yield f"{kind}.txt", self.folder / kind
        yield CUTS, self.cuts.path

    def close(self) -> None:
        """Close the files beside the main one."""
        for file in self.files.values():
            file.close()

    def _activities(self, one: HeldStudent) -> Iterator[Cells]:
        """Yield a student's unit results as activities."""
        for record in one.of("UNIT_RESULT"):
            subject, subject_name = code_and_title(record.unit)
            self.subjects[subject] = subject_name
            self._name(record.course)
            yield {
                "training_organisation_identifier": self.organisation.code,
                "client_identifier": one.card.local_id,
                "subject_identifier": subject,
                "program_identifier": code_of(record.course) or "",
                "activity_start_date": _day(day_of(record.facts, "started")),
                "activity_end_date": _day(day_of(record.facts, "ended")),
                "outcome_identifier_national": str(record.facts.get("outcome") or ""),
            }

    def _completions(self, one: HeldStudent) -> Iterator[Cells]:
        """Yield a student's completed programs, each with its testamur where one is held, then testamurs without completion."""
        testamurs: dict[str | None, list[Cells]] = {}
        for record in one.of("CERTIFICATE"):
            issued = _day(day_of(record.facts, "issued"))
            cells = {"parchment_issue_date": issued, "parchment_number": str(record.facts["number"])}
            testamurs.setdefault(code_of(record.course), []).append(cells)
            self._name(record.course)
        for record in one.of("COURSE_RESULT"):
            self._name(record.course)
            said = {"yes": "Y", "no": "N"}.get(str(record.facts.get("issued")), "")
            waiting = testamurs.get(code_of(record.course))
            testamur = waiting.pop(0) if waiting else {}
            done = {"date_program_completed": _day(day_of(record.facts, "completed")), "issued_flag": said}
            yield self._completion(one, code_of(record.course), {**done, **testamur})
        for course, waiting in testamurs.items():
            for testamur in waiting:
                none = {"date_program_completed": _NONE_COMPLETED, "issued_flag": "Y"}
                yield self._completion(one, course, {**none, **testamur})

    def _name(self, course: tuple[str, str] | None) -> None:
        """Remember a program for its own file."""
        code, title = code_and_title(course)
        if code:
            self.programs[code] = title

    def _completion(self, one: HeldStudent, course: str | None, cells: Cells) -> Cells:
        """Return a line of NAT00130."""
        return {
            "training_organisation_identifier": self.organisation.code,
            "program_identifier": course or "",
            "client_identifier": one.card.local_id,
            **cells,
        }

    def _keep(self, kind: str, cells: Cells) -> None:
        """Write a line into one of the files beside the main one."""
        file = self.files.get(kind)
        if file is None:
            file = self.files[kind] = (self.folder / kind).open("wb")
        file.write(self._line(kind, cells))

    def _line(self, kind: str, cells: Cells) -> bytes:
        """Return a line of the national record, longer where a field of a state's form is given; note what is cut."""
        places, row = self.places[kind], self.lines.get(kind, 0) + 1
        self.lines[kind] = row
        given = [(places[name], text.encode()) for name, text in cells.items() if text]
        line = bytearray(b" " * _length(self.layouts[kind], max(place.end for place, _ in given)))
        for place, content in given:
            kept = content
            if len(content) > place.length:
                self.cuts.add(f"{kind}.txt", row, place.name, len(content), place.length)
                kept = content[: place.length].decode("utf-8", "ignore").encode()
            line[place.start - 1 : place.end] = kept.ljust(place.length)
        return bytes(line) + b"\r\n"


def _length(layout: NatLayout, last: int) -> int:
    """Return the length of a line: the national record's, or the shortest known that holds the last given field."""
    if last <= layout.national:
        return layout.national
    return next((length for length in sorted(layout.known) if length >= last), last)


def _client(one: HeldStudent) -> Cells:
    """Return a line of NAT00080; what is not held stands as not specified."""
    card, contact = one.card, one.contact
    givens = " ".join(name for name in (card.given_name, card.other_names) if name)
    return {
        "client_identifier": card.local_id,
        "name_for_encryption": f"{card.family_name}, {card.family_name if card.single_name else givens}",
        **_UNSAID,
        "gender": card.gender or "@",
        "date_of_birth": _birth(one),
        "postcode": contact.get("postcode") or "@@@@",
        "address_location": contact.get("suburb") or "Not specified",
        "state_identifier": _STATES.get(contact.get("state", ""), "@@"),
        "address_building_property_name": contact.get("address_2", ""),
        "address_street_number": "not specified",
        "address_street_name": contact.get("address_1") or "not specified",
    }


def _contact(one: HeldStudent) -> Cells:
    """Return a line of NAT00085: names apart, telephone and e-mail."""
    card, contact = one.card, one.contact
    return {
        "client_identifier": card.local_id,
        "client_title": card.title,
        "client_first_given_name": card.given_name,
        "client_family_name": card.family_name,
        "address_building_property_name": contact.get("address_2", ""),
        "address_street_number": "not specified",
        "address_street_name": contact.get("address_1") or "not specified",
        "address_postal": contact.get("suburb") or "Not specified",
        "postcode": contact.get("postcode") or "@@@@",
        "state_identifier": _STATES.get(contact.get("state", ""), "@@"),
        "telephone_mobile": contact.get("phone", ""),
        "email_address": contact.get("email", ""),
    }


def _birth(one: HeldStudent) -> str:
    """Return a date of birth as far as it is known."""
    birth = one.card.birth
    if birth.placeholder or birth.earliest is None:
        return "@" * 8
    if birth.precision is Precision.MONTH:
        return f"@@{birth.earliest:%m}{birth.earliest.year:04d}"
    if birth.precision is Precision.YEAR:
        return f"@@@@{birth.earliest.year:04d}"
    return _day(birth.earliest)


def _day(day: date | None) -> str:
    """Return a date as DDMMYYYY, nothing for none."""
    return f"{day:%d%m}{day.year:04d}" if day else ""
