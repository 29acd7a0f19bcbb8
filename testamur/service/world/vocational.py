"""The demo's vocational side: a closed training organisation with records in three formats, an operating one that owes something.

Everybody and everything is made up; the USIs are public test numbers of the made-up Registry, whose people these students are.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Final

from testamur.kernel import tenancy
from testamur.log import actions as log_actions
from testamur.providers import queries as providers_queries
from testamur.service.synthetic import avetmiss
from testamur.service.synthetic.people import GIVEN_NAMES, SURNAMES
from testamur.service.world import people
from testamur.service.world.people import Secretariat, account_of
from testamur.service.world.providers import Place
from testamur.service.world.records import open_checked
from testamur.students.usi import actions as usi_actions
from testamur.students.usi.fake import PEOPLE, SLOW_ONCE, UNREADABLE
from testamur.submissions import actions as submissions_actions
from testamur.submissions.actions import returning
from testamur.submissions.certificates.writing import RegisterCertificate, RegisterUnit, register_csv
from testamur.submissions.cqr.writing import CqrCertificate, cqr_file
from testamur.submissions.queries import due
from testamur.submissions.years import Standing

PROGRAM: Final = avetmiss.PROGRAMS[2][:2]
FIRST_YEAR: Final = 2015
_UNITS: Final = tuple(avetmiss.SUBJECTS[12:18])
NUMBER: Final = "BTC-2016-0217"
_CQR_STUDENTS, _NAT_STUDENTS = 40, 30
_FAULTS: Final = 12


def lodge_closed(staff: Secretariat, place: Place, folder: Path, *, seed: int, at: datetime) -> None:
    """Lodge the closed organisation's records as a CQR data file, NAT files and a certificate register, and seal them."""
    bundles = {name: folder / name for name in ("cqr2", "avetmiss8", "certificates")}
    for bundle in bundles.values():
        bundle.mkdir(parents=True)
    (bundles["cqr2"] / "certificates to 2014.txt").write_bytes(cqr_file(_older(seed)))
    avetmiss.write_bundle(
        bundles["avetmiss8"],
        students=_NAT_STUDENTS,
        activities_per_student=4,
        seed=seed,
        state="VIC",
        year=2019,
        organisation=_code(place),
    )
    (bundles["certificates"] / "certificates 2016.csv").write_bytes(register_csv(_register()))
    for form, bundle in bundles.items():
        _seal(staff, place, bundle, form, at=at)
    log_actions.seal(at=at)
    usi_actions.verify_usis(at=at)


def lodge_operating(place: Place, folder: Path, *, seed: int, at: datetime) -> None:
    """Leave a set of NAT files with faults waiting, and a nil return for one period; the next is due or overdue."""
    faults, year = _FAULTS, at.year - 1
    avetmiss.write_bundle(
        folder, students=60, activities_per_student=4, seed=seed, faults=faults, year=year, organisation=_code(place)
    )
    open_checked(place, folder, at=at, form="avetmiss8", officer=people.RTO_OFFICER)
    _file_nil_return(place, at=at)


def _code(place: Place) -> str:
    """Return the code under which a training organisation of the demo is registered."""
    return providers_queries.codes_of(place.id, "rto")[0]


def _file_nil_return(place: Place, *, at: datetime) -> None:
    """File and declare a nil return for the last period before any is asked for; what came after it is due or overdue."""
    begun = [one for one in due.periods_of(place.id, at=at) if one.standing is Standing.NOT_ASKED]
    last = max(begun, key=lambda one: one.window.since)
    officer, administrator = account_of(people.RTO_OFFICER), account_of(people.RTO_ADMINISTRATOR)
    with tenancy.for_provider(place.id):
        nil = returning.file_nil_return(
            place.id, last.registration.id, last.window.since, by=officer, at=at, key="demo"
        )
        returning.declare_nil_return(nil, by=administrator, at=at)


def _seal(staff: Secretariat, place: Place, folder: Path, form: str, *, at: datetime) -> None:
    """Lead a bundle from its check to its sealing: declared by the administrator, accepted by the supervisor."""
    submission = open_checked(place, folder, at=at, form=form, officer=people.TRAINING_OFFICER)
    declarer = account_of(people.TRAINING_ADMINISTRATOR)
    with tenancy.for_provider(place.id):
        submissions_actions.declare_submission(submission, by=declarer, at=at, wake=False)
    submissions_actions.accept_submission(submission, by=staff.supervisor, at=at, wake=False)
    submissions_actions.seal_submission(submission, at=at)


def _older(seed: int) -> Iterator[CqrCertificate]:
    """Yield certificates of the years 2010 to 2014; one names a unit that was first released a year later."""
    rng = Random(seed)  # noqa: S311 - made-up data, the same for the same seed
    for number in range(_CQR_STUDENTS):
        program = avetmiss.PROGRAMS[1][0] if number % 3 else None
        units = [code for code, _ in avetmiss.SUBJECTS[18 : 21 + number % 3]]
        units += [_UNITS[0][0]] if number == 7 else []
        yield CqrCertificate(
            student_id=f"BT{1000 + number}",
            given_name=rng.choice(GIVEN_NAMES),
            surname=rng.choice(SURNAMES),
            birth_date=date(1960 + number % 35, 1 + number % 12, 1 + number % 28),
            gender="FM"[number % 2],
            program_code=program,
            kind="Q" if program else "S",
            issue_date=date(2012 + number % 3, 1 + number % 12, 15),
            number=f"BTC-{2012 + number % 3}-{number:04d}",
            language="Vietnamese" if number % 11 == 4 else "English",
            units=tuple(units),
        )


def _register() -> Iterator[RegisterCertificate]:
    """Yield the certificates of 2016: the demo's own student, people whom the Registry knows, and what the regulator asks about.

    One number stands on an older certificate too, and one certificate was issued after the organisation had closed.
    """
    known = [usi for usi in PEOPLE if usi not in SLOW_ONCE | UNREADABLE and PEOPLE[usi].family_name]
    given_name, _, family_name = people.VOCATIONAL.name.partition(" ")
    mine = next(usi for usi in known if (PEOPLE[usi].first_name, PEOPLE[usi].family_name) == (given_name, family_name))
    yield _diploma("BT2000", mine, number=NUMBER, issued=date(2016, 12, 9), email=people.VOCATIONAL.email)
    for place, usi in enumerate(usi for usi in known[:6] if usi != mine):
        number = "BTC-2012-0000" if place == 1 else f"BTC-2016-{300 + place:04d}"
        issued = date(2022, 3, 4) if place == 2 else date(2016, 12, 9)
        yield _diploma(f"BT{2001 + place}", usi, number=number, issued=issued)
    twin = people.VERIFIED  # studied at the closed institute of higher education too
    given, _, surname = twin.name.partition(" ")
    yield _certificate(
        "BT2099", given, surname, twin.born, number="BTC-2016-0399", issued=date(2016, 12, 9), postcode="4573"
    )


def _diploma(student: str, usi: str, *, number: str, issued: date, email: str | None = None) -> RegisterCertificate:
    """Return the diploma of somebody whom the made-up Registry knows."""
    person = PEOPLE[usi]
    return _certificate(
        student,
        person.first_name,
        person.family_name,
        person.birth_date,
        number=number,
        issued=issued,
        usi=usi,
        email=email,
    )


def _certificate(  # noqa: PLR0913 - a certificate has this many facts
    student: str,
    given: str,
    surname: str,
    born: date | None,
    *,
    number: str,
    issued: date,
    usi: str | None = None,
    email: str | None = None,
    postcode: str = "3550",
) -> RegisterCertificate:
    """Return a diploma with its six units."""
    ended = date(2016, 11, 25)
    return RegisterCertificate(
        student_id=student,
        given_name=given,
        surname=surname,
        birth_date=born,
        gender="X",
        kind="Q",
        issue_date=issued,
        number=number,
        language="English",
        program_code=PROGRAM[0],
        program_title=PROGRAM[1],
        units=tuple(RegisterUnit(code, title, "20", date(FIRST_YEAR, 2, 9), ended) for code, title in _UNITS),
        completion_date=ended,
        enrolment_date=date(FIRST_YEAR, 2, 2),
        postcode=postcode,
        identifier=usi,
        email=email,
    )
