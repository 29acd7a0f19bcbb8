"""Doubtful records: found against what is held, queued when sealed, asked about, answered, decided on and closed."""

from collections.abc import Callable
from uuid import UUID

import pytest

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.log.models import AccessEvent
from testamur.notices.models import OutgoingMail
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import doubting
from testamur.submissions.queries import doubting as doubts
from tests import build
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db

HEAD = "[VERSION200]\n"
GRACE = "7\tS1\tGrace\tNguyen\t01/02/1991\tF\tBSB40415\tQ\t10/05/2016\tP-0001\tEnglish\tBSBWOR501\n"
LEE = "8\tS2\tLee\tOkafor\t03/04/1985\tM\t\tS\t11/05/2016\tP-0002\tEnglish\tCHCCHILD3A\n"


@pytest.fixture
def lodging() -> Lodging:
    return Lodging(sector="vet")


@pytest.fixture
def officer() -> build.Person:
    return build.member(Role.SECRETARIAT_OFFICER)


def sealed(lodging: Lodging, *rows: str, **options: object) -> UUID:
    """Lead a CQR data file to its sealing, accepted by a supervisor."""
    number = lodging.opened({"cqr.txt": (HEAD + "".join(rows)).encode()}, format="cqr2", **options)
    lodging.checked(number)
    lodging.declared(number)
    supervisor = build.member(Role.SUPERVISOR)
    submissions_actions.accept_submission(number, by=supervisor.id, at=build.NOW, wake=False)
    submissions_actions.seal_submission(number, at=build.NOW)
    return number


def queued() -> list[doubts.DoubtCard]:
    """Return what waits in the queue."""
    with tenancy.for_register():
        return sorted(doubts.doubts_waiting(), key=lambda card: (card.rule, card.row))


def found(number: UUID, lodging: Lodging) -> list[tuple[str, int | None]]:
    """Return the doubts that the provider reads among a submission's findings."""
    with tenancy.for_provider(lodging.provider.id):
        outcome = submissions_queries.outcome_of(submissions_queries.submission(number))
    return [(item.rule, item.row) for item in outcome if item.rule.startswith("D0")]


def test_a_clean_file_and_the_same_records_again_leave_the_queue_empty(lodging):
    sealed(lodging, GRACE, LEE)
    number = sealed(lodging, GRACE, LEE, LEE.replace("P-0002", "P-0003"))
    assert found(number, lodging) == []
    assert queued() == []


def test_a_number_that_is_held_for_another_student_is_a_warning_and_then_waits(lodging):
    sealed(lodging, GRACE)
    number = sealed(lodging, LEE.replace("P-0002", "p-0001 "))
    assert found(number, lodging) == [("D01", 2)]
    (card,) = queued()
    assert (card.rule, card.kind, card.file, card.row, card.state) == ("D01", "number_sealed", "cqr.txt", 2, "open")
    assert card.submission == number
    assert card.student_id is not None
    assert "P-0001" not in str(card)
    assert "Okafor" not in str(card)


def test_another_birth_date_and_gender_than_is_held_wait_and_another_providers_student_is_not_compared(lodging):
    sealed(lodging, GRACE)
    other = GRACE.replace("01/02/1991", "02/02/1991").replace("\tF\t", "\tM\t").replace("P-0001", "P-0009")
    sealed(Lodging(sector="vet"), other)
    assert queued() == []
    sealed(lodging, other)
    assert [(card.rule, card.kind) for card in queued()] == [("D04", "birth_sealed"), ("D04", "gender_sealed")]


def test_what_was_lodged_last_is_what_counts(lodging):
    corrected = GRACE.replace("\tF\t", "\tM\t").replace("10/05/2016", "10/06/2016")
    sealed(lodging, GRACE)
    first = sealed(lodging, corrected)
    again = sealed(lodging, corrected.replace("P-0001", "P-0011"))
    assert (found(first, lodging), found(again, lodging)) == ([("D04", 2)], [])


def test_an_award_after_the_registration_ended_waits():
    closed = Lodging(sector="vet", closed=True)
    sealed(closed, GRACE.replace("10/05/2016", "01/07/2025"), LEE.replace("11/05/2016", "30/06/2025"))
    assert [(card.kind, card.row) for card in queued()] == [("issued_after", 2)]


def test_certificates_that_are_replaced_whole_are_no_duplicates_and_their_doubts_are_closed(lodging):
    sealed(lodging, GRACE)
    sealed(lodging, LEE.replace("P-0002", "P-0001"))
    (before,) = queued()
    number = sealed(lodging, GRACE.replace("P-0001", "P-0007"), LEE.replace("P-0002", "P-0001"), replace_all=True)
    assert found(number, lodging) == []
    assert queued() == []
    with tenancy.for_register():
        assert doubts.doubt(before.id).state == "superseded"


def test_rows_that_are_held_back_do_not_wait(lodging):
    sealed(lodging, GRACE)
    bad = LEE.replace("P-0002", "P-0001").replace("03/04/1985", "31/02/1985")
    number = lodging.opened({"cqr.txt": (HEAD + GRACE + bad).encode()}, format="cqr2")
    lodging.checked(number)
    assert found(number, lodging) == []


def asked(lodging: Lodging, officer: build.Person) -> doubts.DoubtCard:
    """Return a doubtful record about which the provider was asked."""
    sealed(lodging, GRACE)
    sealed(lodging, LEE.replace("P-0002", "P-0001"))
    (card,) = queued()
    doubting.ask_provider(card.id, "Which of the two bears it?", by=officer.id, at=build.NOW)
    with tenancy.for_register():
        return doubts.doubt(card.id)


def test_a_question_is_told_without_data_answered_by_the_provider_and_decided_with_a_reason(lodging, officer):
    card = asked(lodging, officer)
    mails = OutgoingMail.objects.filter(template="doubt_asked")
    assert {mail.address for mail in mails} == {lodging.officer.email, lodging.administrator.email}
    assert {tuple(mail.context) for mail in mails} == {("link",)}
    with tenancy.for_provider(lodging.provider.id):
        (question,) = doubts.questions_of(lodging.provider.id)
        assert question.question == "Which of the two bears it?"
        assert doubts.questions_waiting(lodging.provider.id) == 1
        doubting.answer_question(card.id, "Both, by a fault of the printer.", by=lodging.officer.id, at=build.NOW)
        assert doubts.questions_waiting(lodging.provider.id) == 0
    assert [one.state for one in queued()] == ["answered"]
    doubting.decide_doubt(card.id, "explain", "A fault of the printer.", by=officer.id, at=build.NOW)
    assert queued() == []
    with tenancy.for_register():
        assert doubts.doubt(card.id).reason == "A fault of the printer."
    with pytest.raises(Conflict):
        doubting.decide_doubt(card.id, "accept", "Twice.", by=officer.id, at=build.NOW)


def test_one_decision_serves_all_of_a_kind_in_a_submission_and_no_other(lodging, officer):
    closed = Lodging(sector="vet", closed=True)
    late = [row.replace("/2016", "/2026").replace("P-", f"Q{n}-") for n, row in enumerate((GRACE, LEE))]
    sealed(closed, *late)
    sealed(closed, late[0].replace("Q0-", "Q7-"))
    assert len(queued()) == 3
    first = queued()[0]
    with tenancy.for_register():
        assert doubts.alike(first) == sum(card.submission == first.submission for card in queued()) - 1
    changed = doubting.decide_alike(first.id, "accept", "Issued by the liquidator.", by=officer.id, at=build.NOW)
    assert changed == 3 - len(queued())
    assert {card.submission for card in queued()} == {card.submission for card in queued()} - {first.submission}


def test_opening_a_record_in_its_case_is_written_down_for_the_student(lodging, officer):
    sealed(lodging, GRACE)
    sealed(lodging, LEE.replace("P-0002", "P-0001"))
    (card,) = queued()
    opened = doubting.open_doubt(card.id, by=officer.id, role=officer.role.value, at=build.NOW)
    assert opened.student is not None
    assert opened.student.local_id == "S2"
    event = AccessEvent.objects.get(student=card.student_id, account=officer.id)
    assert (event.action, event.purpose, event.case) == ("viewed", "submission", f"doubt {card.id}")


@pytest.mark.parametrize(
    "act",
    [
        lambda one, by: doubting.ask_provider(one, "Why?", by=by, at=build.NOW),
        lambda one, by: doubting.decide_doubt(one, "accept", "So.", by=by, at=build.NOW),
        lambda one, by: doubting.decide_alike(one, "accept", "So.", by=by, at=build.NOW),
        lambda one, by: doubting.open_doubt(one, by=by, role="auditor", at=build.NOW),
    ],
)
def test_who_does_not_work_for_the_secretariat_does_nothing(act: Callable[[int, UUID], None], lodging, officer):
    card = asked(lodging, officer)
    for person in (lodging.administrator, build.member(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            act(card.id, person.id)


def test_another_provider_neither_sees_nor_answers_a_question(lodging, officer):
    card = asked(lodging, officer)
    other = Lodging(sector="vet")
    with tenancy.for_provider(other.provider.id):
        assert list(doubts.questions_of(lodging.provider.id)) == []
        with pytest.raises(NotFound):
            doubting.answer_question(card.id, "Nothing.", by=other.officer.id, at=build.NOW)
        with pytest.raises(NotFound):
            doubts.doubt(card.id)


def test_questions_answers_and_decisions_say_something(lodging, officer):
    card = asked(lodging, officer)
    with tenancy.for_provider(lodging.provider.id), pytest.raises(NotAllowed):
        doubting.answer_question(card.id, "  ", by=lodging.officer.id, at=build.NOW)
    with pytest.raises(NotAllowed):
        doubting.decide_doubt(card.id, "explain", "  ", by=officer.id, at=build.NOW)
    with pytest.raises(NotAllowed):
        doubting.ask_provider(card.id, "", by=officer.id, at=build.NOW)
