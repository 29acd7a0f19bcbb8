"""Write sets of NAT files (AVETMISS 8.0) of any size from a seed, clean or with planted faults, in any state's form.

The same arguments give the same bytes. Every student, program, subject and result is made up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

from testamur.kernel.usi import USI_ALPHABET, check_character
from testamur.service.synthetic import people
from testamur.service.synthetic.nat_faults import BY_NAME, FAULTS, NatFault
from testamur.submissions.avetmiss.layout import NatLayout, Place, load_avetmiss

RTO = "41234"
Row = dict[str, str]
_SURNAMES = tuple(name for name in people.SURNAMES if name.isascii())
_GIVEN = tuple(name for name in people.GIVEN_NAMES if name.isascii())
PROGRAMS = (
    ("ZZA30118", "Certificate III in Orchard Practice", "514"),
    ("ZZB40220", "Certificate IV in Workshop Safety", "511"),
    ("ZZC50319", "Diploma of Tourism Operations", "421"),
    ("ZZD20121", "Certificate II in Shearing", "521"),
)
SUBJECTS = tuple(
    (f"ZZ{area}{level}{number:02d}", f"{verb} {thing} {number}")
    for level, (area, thing) in enumerate(
        (("ORC", "trees"), ("WSH", "hazards"), ("TOU", "bookings"), ("SHE", "wool")), 2
    )
    for number, verb in enumerate(("Plan", "Prepare", "Handle", "Record", "Assess", "Improve"), 1)
)
_SUBURBS = {
    "NSW": ("Tumut", "2720", "01"),
    "VIC": ("Bendigo", "3550", "02"),
    "QLD": ("Coolum", "4573", "03"),
    "SA": ("Port Augusta", "5700", "04"),
    "WA": ("Broome", "6725", "05"),
    "TAS": ("Launceston", "7250", "06"),
}
_OUTCOMES = ("20", "20", "51", "20", "60", "30", "20", "70", "20", "40", "81", "20")


class Planted(NamedTuple):
    """One planted fault: the rule it breaks, the file, the line, the field, and how it weighs."""

    rule: str
    file: str
    row: int
    column: str | None
    severity: str


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be written."""

    students: int
    activities: int
    seed: int
    year: int
    state: str | None
    organisation: str
    spoilt: Mapping[int, NatFault]


def write_bundle(
    directory: Path,
    *,
    students: int,
    activities_per_student: int,
    seed: int,
    faults: int | list[str] | None = None,
    state: str | None = None,
    year: int = 2024,
    organisation: str = RTO,
) -> list[Planted]:
    """Write the ten NAT files of a set and return the planted faults.

    `faults` is a number (all kinds in turn) or a list of names of nat_faults; each spoils one student of its own, so there
    must be twice as many students as faults. `organisation` is the RTO code that the files name. With a `state` the files
    have its authority's form as systems there write it:
    mixed lengths, blanks at line ends left out, organisation identifiers padded with zeros, line ends LF in some files.
    """
    directory.mkdir(parents=True, exist_ok=True)
    wanted = [FAULTS[n % len(FAULTS)] for n in range(faults)] if isinstance(faults, int) else None
    chosen = wanted if wanted is not None else [BY_NAME[name] for name in faults or ()]  # type: ignore[union-attr]
    if len(chosen) * 2 > students:
        raise ValueError("There must be at least two students for each fault.")
    rng = Random(seed)  # noqa: S311 - made-up data, to be the same for the same seed
    places = rng.sample(range(students // 2, students), len(chosen))
    spoilt = dict(zip(places, chosen, strict=True))
    plan = _Plan(students, activities_per_student, seed, year, state, organisation, spoilt)
    found: list[Planted] = []
    sources = {
        "NAT00010": iter([_organisation(plan)]),
        "NAT00020": iter(_locations(plan)),
        "NAT00030A": iter(_programs()),
        "NAT00060": iter(_subjects(plan)),
    }
    for kind, rows in sources.items():
        _write(directory, kind, plan, ((row, None) for row in rows), found)
    for kind in ("NAT00080", "NAT00085", "NAT00090", "NAT00100", "NAT00130"):
        _write(directory, kind, plan, _of_students(plan, kind), found)
    _write_activities(directory, plan, found)
    return found


def _organisation(plan: _Plan) -> Row:
    return {"training_organisation_identifier": plan.organisation, "training_organisation_name": "Wattle Skills"}


def _locations(plan: _Plan) -> list[Row]:
    suburb, postcode, code = _SUBURBS.get(plan.state or "", _SUBURBS["NSW"])
    return [
        {
            "training_organisation_identifier": plan.organisation,
            "delivery_location_identifier": name,
            "delivery_location_name": f"{suburb} {name}",
            "postcode": postcode,
            "state_identifier": code,
            "address_location": suburb,
            "country_identifier": "1101",
        }
        for name in ("MAIN", "YARD")
    ]


def _programs() -> list[Row]:
    return [
        {
            "program_identifier": code,
            "program_name": name,
            "nominal_hours": "0600",
            "program_recognition_identifier": "11",
            "program_level_of_education_identifier": level,
            "program_field_of_education_identifier": "0501",
            "anzsco_identifier": "361311",
            "vet_flag": "Y",
        }
        for code, name, level in PROGRAMS
    ]


def _subjects(plan: _Plan) -> list[Row]:
    used = min(len(SUBJECTS), plan.students + plan.activities - 1)
    return [
        {
            "subject_identifier": code,
            "subject_name": name,
            "subject_field_of_education_identifier": "050101",
            "vet_flag": "Y",
            "nominal_hours": "0050",
        }
        for code, name in SUBJECTS[:used]
    ]


def client_of(number: int) -> str:
    """Return the identifier of a client."""
    return f"C{number:08d}"


def _usi(number: int, seed: int) -> str:
    """Return a USI whose check character is right."""
    value, data = number * 31 + seed + 32**5, ""
    for _ in range(9):
        value, sign = divmod(value, 32)
        data = USI_ALPHABET[sign] + data
    return data + check_character(data)


def _of_students(plan: _Plan, kind: str) -> Iterator[tuple[Row, NatFault | None]]:
    """Yield the rows of a small file, with the fault of a spoilt one."""
    for number in range(plan.students):
        row = _row(plan, kind, number)
        fault = plan.spoilt.get(number)
        mine = fault if fault is not None and fault.kind == kind else None
        if row is None or (mine is not None and mine.drops):
            continue
        if mine is None:
            yield row, None
            continue
        if mine.adds:
            yield row, mine if mine.every else None
        yield mine.spoil(row), mine


def _row(plan: _Plan, kind: str, number: int) -> Row | None:
    """Return a client's row of a small file; None where the client has none."""
    client, rng = client_of(number), Random(plan.seed * 1_000_003 + number)  # noqa: S311 - see above
    surname, given = rng.choice(_SURNAMES), rng.choice(_GIVEN)
    suburb, postcode, code = _SUBURBS.get(plan.state or "", _SUBURBS["NSW"])
    birth = f"{rng.randint(1, 28):02d}{rng.randint(1, 12):02d}{rng.randint(1960, 2005)}"
    address = {"postcode": postcode, "state_identifier": code, "address_street_number": str(rng.randint(1, 400))}
    address["address_street_name"] = "Wattle Lane"
    fault = plan.spoilt.get(number)
    plain = fault is not None
    if kind == "NAT00080":
        return address | {
            "client_identifier": client,
            "name_for_encryption": f"{surname}, {given} {rng.choice(_GIVEN)}" if number % 3 else f"{surname}, {given}",
            "highest_school_level_completed_identifier": "12",
            "gender": "FMX@"[number % 4],
            "date_of_birth": ("@@@@" + birth[4:]) if number % 41 == 7 and not plain else birth,
            "indigenous_status_identifier": "4",
            "language_identifier": "1201",
            "labour_force_status_identifier": "01",
            "country_identifier": "1101",
            "disability_flag": "Y" if number % 10 == 3 else "N",
            "prior_educational_achievement_flag": "Y" if number % 7 == 2 else "N",
            "at_school_flag": "N",
            "address_location": suburb,
            "unique_student_identifier": _usi(number, plan.seed),
            "survey_contact_status": "A",
        }
    if kind == "NAT00085":
        return address | _contact(client, surname, given, suburb, rng)
    if kind == "NAT00090":
        return {"client_identifier": client, "disability_type_identifier": "12"} if number % 10 == 3 else None
    if kind == "NAT00100":
        name = "prior_educational_achievement_identifier"
        return {"client_identifier": client, name: "514"} if number % 7 == 2 else None
    return _completion(plan, number, client)


def _contact(client: str, surname: str, given: str, suburb: str, rng: Random) -> Row:
    """Return a client's names and ways to be reached."""
    return {
        "client_identifier": client,
        "client_title": "Ms",
        "client_first_given_name": given,
        "client_family_name": surname,
        "address_postal": suburb,
        "telephone_mobile": f"04{rng.randint(0, 99_999_999):08d}",
        "email_address": f"{client.lower()}@students.example",
    }


def _completion(plan: _Plan, number: int, client: str) -> Row | None:
    """Return a client's completed program; every second client has one, and those spoilt in it."""
    fault = plan.spoilt.get(number)
    if number % 2 and not (fault is not None and fault.kind == "NAT00130"):
        return None
    row = {
        "training_organisation_identifier": plan.organisation,
        "program_identifier": PROGRAMS[number % len(PROGRAMS)][0],
        "client_identifier": client,
        "date_program_completed": f"0112{plan.year}",
        "issued_flag": "Y",
    }
    if plan.state is not None:
        row |= {"parchment_issue_date": f"1012{plan.year}", "parchment_number": f"P{plan.year}-{number:06d}"}
    return row


def _activities(plan: _Plan, number: int) -> Iterator[Row]:
    """Yield a client's rows of NAT00120."""
    program = PROGRAMS[number % len(PROGRAMS)][0]
    for place in range(plan.activities):
        outcome = _OUTCOMES[place % len(_OUTCOMES)]
        turn, subject = divmod(place + number, len(SUBJECTS))
        month = 1 + (place // len(SUBJECTS) + turn) % 10
        until = plan.year + 1 if outcome == "70" else plan.year
        yield {
            "training_organisation_identifier": plan.organisation,
            "delivery_location_identifier": "MAIN" if number % 3 else "YARD",
            "client_identifier": client_of(number),
            "subject_identifier": SUBJECTS[subject][0],
            "program_identifier": program,
            "activity_start_date": f"{1 + place // 240 % 28:02d}{month:02d}{plan.year}",
            "activity_end_date": f"3011{until}",
            "delivery_mode_identifier": "NNN" if outcome in ("51", "60") else "YNN",
            "outcome_identifier_national": outcome,
            "funding_source_national": "20",
            "commencing_program_identifier": "3",
            "study_reason_identifier": "01",
            "vet_in_schools_flag": "N",
        }


def _write_activities(directory: Path, plan: _Plan, found: list[Planted]) -> None:
    """Write NAT00120."""

    def rows() -> Iterator[tuple[Row, NatFault | None]]:
        for number in range(plan.students):
            fault = plan.spoilt.get(number)
            mine = fault if fault is not None and fault.kind == "NAT00120" else None
            for place, row in enumerate(_activities(plan, number)):
                if mine is None or place:
                    yield row, mine if mine is not None and mine.every and not mine.adds else None
                    continue
                if mine.adds:
                    yield row, mine if mine.every else None
                yield mine.spoil(row), mine

    _write(directory, "NAT00120", plan, rows(), found)


def _write(
    directory: Path, kind: str, plan: _Plan, rows: Iterator[tuple[Row, NatFault | None]], found: list[Planted]
) -> None:
    """Write one file and note the faults in it."""
    layout = load_avetmiss().files[kind]
    places = layout.fields(plan.state)
    with (directory / f"{kind}.txt").open("wb") as out:
        for line, (row, fault) in enumerate(rows, 1):
            out.write(_written(row, layout, places, plan, line))
            if fault is not None:
                found.append(Planted(fault.rule, f"{kind}.txt", line, fault.column, fault.severity))


def _written(row: Row, layout: NatLayout, places: tuple[Place, ...], plan: _Plan, line: int) -> bytes:
    """Return a record: national length, or a state's own lengths in turn, some without the blanks at their end."""
    if plan.state is None:
        length = layout.national
        text = "".join(_cell(row.get(place.name, ""), place) for place in places if place.end <= length)
        return text.encode("latin-1") + b"\r\n"
    lengths = layout.lengths(plan.state)
    length = lengths[-1] if line % 13 else lengths[0]
    if "training_organisation_identifier" in row and plan.state in ("VIC", "SA"):
        row = row | {"training_organisation_identifier": row["training_organisation_identifier"].rjust(10, "0")}
    row = _state_cells(layout.kind, plan) | row
    text = "".join(_cell(row.get(place.name, ""), place) for place in places)[:length].ljust(length)
    trimmed = text.rstrip() if line % 5 == 0 and layout.kind not in ("NAT00090", "NAT00100") else text
    return trimmed.encode("latin-1") + (b"\n" if layout.kind in ("NAT00020", "NAT00060") else b"\r\n")


def _state_cells(kind: str, plan: _Plan) -> Row:
    """Return the cells that only a state's form has."""
    day = f"0102{plan.year}"
    if kind == "NAT00080":
        return {"learner_unique_identifier": "0123456789"} if plan.state == "QLD" else {}
    if kind == "NAT00130":
        dates = {"commencement_date": day, "supervised_teaching_completion_date": f"3011{plan.year}"}
        return dates | {
            "program_unique_supervised_hours": "00600",
            "loan_flag": "N",
            "program_enrolment_identifier": "E1",
        }
    if kind != "NAT00120":
        return {}
    cells = {"scheduled_hours": "0000", "hours_attended": "0040", "predominant_delivery_mode": "I"}
    cells |= {"full_time_learning_flag": "Y", "training_plan_developed_flag": "Y", "resource_fee": "00010"}
    return cells | {"program_commencement_date": day, "enrolment_date": day, "client_other_fees": "00000"}


def _cell(value: str, place: Place) -> str:
    """Return a cell at its width."""
    return value.ljust(place.length)[: place.length]
