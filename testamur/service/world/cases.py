"""The demo's students: two whose extracts are ready, one whose identity waits for an officer, one who has only an account."""

from datetime import datetime
from uuid import UUID

from testamur.extracts import actions as extracts_actions
from testamur.extracts.actions import Asked, Details
from testamur.kernel.errors import Conflict
from testamur.service.synthetic.pdfs import small_pdf
from testamur.service.world import people, records, vocational
from testamur.service.world.people import Persona, Secretariat
from testamur.service.world.providers import Place, Places


def open_all(staff: Secretariat, places: Places, *, at: datetime) -> None:
    """Register the students; lead two applications to their extracts and leave one waiting for the officer."""
    accounts = {one.key: people.register_student(one, at=at) for one in people.STUDENTS}
    _show_document(people.PENDING, accounts[people.PENDING.key], "passport", at=at)
    pending = _asked(people.PENDING, places.closed)
    extracts_actions.request_records(pending, by=accounts[people.PENDING.key], at=at)

    asked = [(people.VERIFIED, _asked(people.VERIFIED, places.closed)), (people.VOCATIONAL, _training(places.training))]
    for persona, wanted in asked:
        _certify(staff, persona, wanted, accounts[persona.key], at=at)


def _certify(staff: Secretariat, persona: Persona, wanted: Asked, account: UUID, *, at: datetime) -> None:
    """Lead one student from the document to the certified extract."""
    check = _show_document(persona, account, "licence", at=at)
    case = extracts_actions.request_records(wanted, by=account, at=at)
    extracts_actions.confirm_identity(check, by=staff.officer, at=at)
    if extracts_actions.confirm_match(case, by=staff.officer, at=at) is None:
        raise Conflict("The extract of the demo's world could not be certified; its case says why.")


def details_of(persona: Persona) -> Details:
    """Return what somebody of the demo tells about themselves."""
    given, _, surname = persona.name.partition(" ")
    if persona.born is None:
        raise ValueError("A student of the demo has a date of birth.")
    return Details(family_name=surname, given_name=given, birth_date=persona.born)


def _show_document(persona: Persona, account: UUID, kind: str, *, at: datetime) -> str:
    """Tell the details, name a document and supply its picture; returns the identity check's number."""
    extracts_actions.tell_details(details_of(persona), by=account, at=at)
    extracts_actions.name_identity_document(kind, by=account, at=at)
    picture = small_pdf(["A made-up identity document", persona.name, "Nobody was ever given it"])
    return extracts_actions.upload_scan(picture, by=account, at=at)


def _asked(persona: Persona, place: Place) -> Asked:
    """Return an application for the records of a degree."""
    first = records.FIRST_YEAR[persona.key]
    return Asked(place.id, "he", first, first + 2, records.COURSE[1])


def _training(place: Place) -> Asked:
    """Return the application for the records of a diploma of the closed training organisation."""
    return Asked(place.id, "vet", vocational.FIRST_YEAR, vocational.FIRST_YEAR + 1, vocational.PROGRAM[1])
