"""Enrolments on PostgreSQL: actions, the history they leave, who may, whose rows are seen, and the facts for issuing."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from testamur.accounts.roles import Role
from testamur.enrolments import actions, queries
from testamur.enrolments.models import EnrolmentChange
from testamur.enrolments.queries import cards
from testamur.enrolments.said import AttestationSaid, ContractSaid, ExitSaid, FeeSaid
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.log.models import AccessEvent
from testamur.students import queries as students_queries
from testamur.students.entering import EnteredStudent
from testamur.students.usi import queries as usi_queries
from tests import build, enrolling, recording
from tests.enrolling import AT, TODAY, UNITS, School, completed, enrolled, outcome, recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def school() -> School:
    return enrolling.school()


def _card(school: School, enrolment: UUID, on: date = TODAY) -> cards.EnrolmentCard:
    with tenancy.for_provider(school.id):
        return queries.card(enrolment, on=on)


def _changes(school: School, enrolment: UUID) -> list[cards.ChangeKept]:
    with tenancy.for_provider(school.id):
        return cards.changes_of(enrolment)[::-1]


# Students -----------------------------------------------------------------------------------------------------------


def test_a_student_enrolled_by_hand_is_the_one_that_a_later_submission_lodges(school: School, tmp_path: Path) -> None:
    enrolment = enrolled(school, "a-7")
    entered = _card(school, enrolment).line.student_id
    lodged = recording.bundle(
        tmp_path,
        school.id,
        records=[recording.student("A-7", family="Tran")],
        results=[recording.unit("A-7", "ITC101")],
    )
    recording.record(lodged)
    with tenancy.for_provider(school.id):
        card = students_queries.card(entered)
    assert (card.local_id, card.printed_name, card.former_names) == ("A-7", "Grace Tran", ("Grace Nguyen",))


def test_other_particulars_of_a_lodged_student_are_refused_and_no_name_is_needed(
    school: School, tmp_path: Path
) -> None:
    recording.record(recording.bundle(tmp_path, school.id, records=[recording.student("A-7", family="Tran")]))
    with pytest.raises(NotAllowed, match="other particulars"):
        enrolled(school, "A-7")
    assert enrolled(school, "A-7", student=EnteredStudent("A-7"))
    with pytest.raises(NotAllowed, match="new and needs a name"):
        enrolled(school, "A-8", student=EnteredStudent("A-8"))


def test_another_name_before_any_lodgement_stands_and_the_former_is_kept(school: School) -> None:
    enrolment = enrolled(school)
    enrolled(school, student=EnteredStudent("S-1", "Okafor", "Grace"))
    with tenancy.for_provider(school.id):
        card = students_queries.card(_card(school, enrolment).line.student_id)
    assert (card.printed_name, card.former_names) == ("Grace Okafor", ("Grace Nguyen",))


def test_an_erased_student_is_not_enrolled_again(school: School) -> None:
    from testamur.students import erasing

    student = _card(school, enrolled(school)).line.student_id
    officer, other = build.member(Role.SECRETARIAT_OFFICER), build.member(Role.SUPERVISOR)
    erasing.erase_student(student, basis="Order of a court", by=officer.id, approved_by=other.id, at=AT)
    with pytest.raises(NotAllowed, match="erased by law"):
        enrolled(school, enrolled_on=date(2026, 3, 3))


def test_usi_02_a_number_waits_for_verification_and_may_be_missing(school: School) -> None:
    without = enrolled(school, "S-1")
    withone = enrolled(school, "S-2", student=EnteredStudent("S-2", "Lee", number="BNGH7C75FN"))
    exempt = enrolled(school, "S-3", student=EnteredStudent("S-3", "Rao", number="INDIV"))
    with tenancy.for_provider(school.id):
        found = queries.facts_of([without, withone, exempt], TODAY)
        assert [found[one].usi for one in (without, withone, exempt)] == ["none", "pending", "pending"]
        (line,) = usi_queries.lines_of([found[withone].student_id])
        assert (line.state, line.masked) == ("pending", "••••••••FN")
        actions.replace_usi(without, "BNGH7C75FN", by=school.officer.id, at=AT)
        assert queries.facts_for(without, TODAY).usi == "pending"
        with pytest.raises(NotAllowed, match="can be no USI"):
            actions.replace_usi(without, "BNGH7C75FX", by=school.officer.id, at=AT)
    assert "BNGH7C75FN" not in str([one.after for one in _changes(school, without)])


# Enrolling ----------------------------------------------------------------------------------------------------------


def test_enrolling_again_changes_nothing_and_other_details_are_kept_as_a_change(school: School) -> None:
    first = enrolled(school)
    assert enrolled(school) == first
    assert [one.verb for one in _changes(school, first)] == ["enrol"]
    enrolled(school, stream="Medical administration", commenced_on=date(2026, 2, 9))
    last = _changes(school, first)[-1]
    assert (last.verb, last.before, last.after) == (
        "correct",
        {"stream": "", "commenced_on": None},
        {"stream": "Medical administration", "commenced_on": "2026-02-09"},
    )
    assert _card(school, first).line.state == "commenced"


def test_aqf_08_no_enrolment_in_a_sector_without_registration_nor_after_it(school: School) -> None:
    with pytest.raises(NotAllowed, match="not registered") as refused:
        enrolled(school, sector="he", product_kind="he-course")
    assert [one.rule for one in refused.value.findings] == ["AQF-08"]


def test_everything_wrong_is_named_at_once_and_nothing_is_written(school: School) -> None:
    said = [enrolling.new("S-1"), enrolling.new("S-2", product_title="", sector="x")]
    with tenancy.for_provider(school.id), pytest.raises(NotAllowed) as refused:
        actions.enrol_many(said, school.id, by=school.officer.id, at=AT)
    assert {one.column for one in refused.value.findings} == {"product_title", "sector", "enrolled_on"}
    with tenancy.for_provider(school.id):
        assert queries.enrolments(school.id, queries.Wanted()) == (0, [])


@pytest.mark.parametrize("who", ["administrator", "student", "other officer"])
def test_only_the_providers_own_data_officers_enrol(school: School, who: str) -> None:
    people = {
        "administrator": lambda: school.administrator.id,
        "student": lambda: build.student_account().id,
        "other officer": lambda: enrolling.school().officer.id,
    }
    with tenancy.for_provider(school.id), pytest.raises(NotAllowed, match="Your role"):
        actions.enrol(enrolling.new(), school.id, by=people[who](), at=AT)


def test_correcting_needs_a_reason_and_never_touches_the_product(school: School) -> None:
    enrolment = enrolled(school)
    said = {"by": school.officer.id, "at": AT}
    with tenancy.for_provider(school.id):
        with pytest.raises(NotAllowed, match="Say why"):
            actions.correct_enrolment(enrolment, {"stream": "Legal"}, reason=" ", **said)
        with pytest.raises(NotAllowed, match="product_code"):
            actions.correct_enrolment(enrolment, {"product_code": "X"}, reason="Typing slip", **said)
        assert actions.correct_enrolment(enrolment, {"stream": "Legal"}, reason="Typing slip", **said)
        assert not actions.correct_enrolment(enrolment, {"stream": "Legal"}, reason="Again", **said)
    assert _changes(school, enrolment)[-1].reason == "Typing slip"


# Outcomes -----------------------------------------------------------------------------------------------------------


def test_outcomes_commence_complete_and_open_again(school: School) -> None:
    enrolment = completed(school)
    line = _card(school, enrolment).line
    assert (line.state, line.commenced_on, line.completed_on) == ("completed", date(2026, 6, 1), date(2026, 6, 1))

    recorded(school, enrolment, outcome(decided_on=date(2026, 6, 5)), reason="The day was read wrongly")
    assert _card(school, enrolment).line.completed_on == date(2026, 6, 5)

    recorded(school, enrolment, outcome(word="in-progress"), reason="Moderation failed")
    line = _card(school, enrolment).line
    assert (line.state, line.completed_on) == ("commenced", None)


def test_a_decided_outcome_changes_with_a_reason_only_and_what_stood_is_kept(school: School) -> None:
    enrolment = enrolled(school)
    recorded(school, enrolment, outcome())
    recorded(school, enrolment, outcome())
    with pytest.raises(NotAllowed, match="Give the reason"):
        recorded(school, enrolment, outcome(word="not-competent"))
    recorded(school, enrolment, outcome(word="not-competent"), reason="Appeal upheld")
    kept = [one for one in _changes(school, enrolment) if one.verb == "record"]
    assert [(one.about, one.before, one.reason) for one in kept] == [
        ("BSBCRT311", None, ""),
        ("BSBCRT311", {"outcome": "competent"}, "Appeal upheld"),
    ]
    assert kept[-1].by == school.officer.id


def test_a_class_is_recorded_all_or_none(school: School) -> None:
    one, two = enrolled(school, "S-1"), enrolled(school, "S-2")
    said = [(one, outcome()), (two, outcome(decided_on=date(2027, 1, 1)))]
    with tenancy.for_provider(school.id):
        with pytest.raises(NotAllowed):
            actions.record_outcomes(said, by=school.officer.id, at=AT)
        assert queries.facts_for(one, TODAY).units == ()
        done = actions.record_outcomes([(one, outcome()), (two, outcome())], by=school.officer.id, at=AT)
        assert (done.new, done.changed) == (2, 0)
        with pytest.raises(NotAllowed, match="stands here twice"):
            actions.record_outcomes([(one, outcome()), (one, outcome())], by=school.officer.id, at=AT)


def test_nothing_is_recorded_in_a_cancelled_enrolment(school: School) -> None:
    enrolment = enrolled(school)
    with tenancy.for_provider(school.id):
        said = ExitSaid(date(2026, 2, 3), "cancelled")
        actions.record_exit(enrolment, said, by=school.officer.id, at=AT)
    with pytest.raises(NotAllowed, match="cancelled"):
        recorded(school, enrolment, outcome())


# Exit, contract, fees, identity, timely date -------------------------------------------------------------------------


def test_an_exit_is_corrected_with_a_reason_and_taken_back(school: School) -> None:
    enrolment = enrolled(school)
    said = {"by": school.officer.id, "at": AT}
    with tenancy.for_provider(school.id):
        assert actions.record_exit(enrolment, ExitSaid(date(2026, 5, 20), "withdrew"), **said)
        assert not actions.record_exit(enrolment, ExitSaid(date(2026, 5, 20), "withdrew"), **said)
        with pytest.raises(NotAllowed, match="Give the reason"):
            actions.record_exit(enrolment, ExitSaid(date(2026, 5, 21), "withdrew"), **said)
        actions.record_exit(enrolment, ExitSaid(date(2026, 5, 21), "transferred"), reason="Went on in CHC33021", **said)
        assert queries.facts_for(enrolment, TODAY).exited_on == date(2026, 5, 21)
        assert queries.facts_for(enrolment, date(2026, 5, 20)).exited_on is None
        actions.reopen(enrolment, reason="Came back", **said)
        assert queries.facts_for(enrolment, TODAY).exited_on is None
        with pytest.raises(NotAllowed, match="Check the day"):
            actions.record_exit(enrolment, ExitSaid(date(2026, 1, 1), "withdrew"), **said)
    assert [one.verb for one in _changes(school, enrolment)] == ["enrol", "exit", "exit", "reopen"]


def test_aqf_05_fees_are_permanent_entries_of_their_own_enrolment(school: School) -> None:
    mine, other = enrolled(school), enrolled(school, product_code="CHC33021")
    said = {"by": school.officer.id, "at": AT}
    with tenancy.for_provider(school.id):
        assert actions.record_fee(mine, FeeSaid("agreed", 500_00, date(2026, 2, 2), "A-1"), **said)
        assert not actions.record_fee(mine, FeeSaid("agreed", 500_00, date(2026, 2, 2), "A-1"), **said)
        with pytest.raises(NotAllowed, match="counter-entry"):
            actions.record_fee(mine, FeeSaid("agreed", 400_00, date(2026, 2, 2), "A-1"), **said)
        actions.record_fees([(other, FeeSaid("charged", 200_00, date(2026, 2, 2), "L-1"))], **said)
        actions.record_fees([(mine, FeeSaid("paid", 500_00, date(2026, 6, 28), "R-1"))], **said)
        facts = queries.facts_of([mine, other], TODAY)
        assert (facts[mine].fees.balance, facts[mine].fees.cleared_on) == (0, date(2026, 6, 28))
        assert facts[other].for_rules()["fees"] == {"balance": 200.0, "cleared_on": None}


def test_contract_identity_and_timely_date_keep_what_stood_before(school: School) -> None:
    enrolment = enrolled(school)
    said = {"by": school.officer.id, "at": AT}
    contract = ContractSaid("TC-9", "QLD", date(2026, 2, 1))
    attested = AttestationSaid("video-call", date(2026, 3, 3), "Lee Osei")
    with tenancy.for_provider(school.id):
        assert actions.set_contract(enrolment, contract, **said)
        cancelled = ContractSaid("TC-9", "QLD", date(2026, 2, 1), cancelled_on=date(2026, 6, 1))
        assert actions.set_contract(enrolment, cancelled, **said), "a cancellation alone needs no reason"
        with pytest.raises(NotAllowed, match="other terms"):
            actions.set_contract(enrolment, contract, **said)
        assert actions.attest_identity(enrolment, attested, **said)
        assert not actions.attest_identity(enrolment, attested, **said)
        facts = queries.facts_for(enrolment, TODAY)
        assert facts.identity_attested
        assert [facts.contracts[0].stands_on(day) for day in (date(2026, 5, 31), date(2026, 6, 1))] == [True, False]
        (held,) = queries.card(enrolment, on=TODAY).attestations
        actions.withdraw_attestation(held.id, reason="It was another student", **said)
        assert not queries.facts_for(enrolment, TODAY).identity_attested
        with pytest.raises(NotAllowed, match="TRN-03"):
            actions.set_timely_date(enrolment, date(2026, 10, 31), "soon", **said)
        actions.set_timely_date(enrolment, date(2026, 10, 31), "Two units are left until October.", **said)
        actions.set_timely_date(enrolment, date(2026, 11, 30), "The placement was moved to November.", **said)
        assert queries.facts_for(enrolment, TODAY).timely_date == date(2026, 11, 30)


# Looking, facts, history -----------------------------------------------------------------------------------------------


def test_looking_is_told_to_each_student(school: School) -> None:
    one, _ = enrolled(school, "S-1"), enrolled(school, "S-2", student=EnteredStudent("S-2", "Lee"))
    looker = actions.Looker(school.id, school.administrator.id, "provider_administrator")
    with tenancy.for_provider(school.id):
        total, found = actions.look_at_list(queries.Wanted(typed="nguyen"), looker=looker, at=AT)
        assert (total, [line.local_id for line in found]) == (1, ["S-1"])
        actions.look_at_enrolment(one, looker=looker, at=AT)
        students = (found[0].student_id,)
    events = AccessEvent.objects.filter(account=school.administrator.id).order_by("id")
    assert [(event.student in students, event.action) for event in events] == [(True, "searched"), (True, "viewed")]


def test_facts_of_many_take_as_many_statements_as_of_one(school: School, django_assert_max_num_queries: object) -> None:
    ids = [completed(school, f"S-{number}") for number in range(5)]
    with tenancy.for_provider(school.id), django_assert_max_num_queries(12):  # type: ignore[operator]
        facts = queries.facts_of(ids, TODAY)
    assert {one.completed_on for one in facts.values()} == {date(2026, 6, 1)}
    assert [unit.code for unit in facts[ids[0]].units] == sorted(UNITS)


def test_every_write_leaves_a_change(school: School) -> None:
    before = 0
    enrolment = enrolled(school)
    said = {"by": school.officer.id, "at": AT}
    with tenancy.for_provider(school.id):
        for step in (
            lambda: actions.commence(enrolment, date(2026, 2, 3), **said),
            lambda: actions.record_outcomes([(enrolment, outcome())], **said),
            lambda: actions.complete(enrolment, **said),
            lambda: actions.reopen(enrolment, reason="A unit was forgotten", **said),
            lambda: actions.record_exit(enrolment, ExitSaid(TODAY, "withdrew"), **said),
        ):
            step()
            count = EnrolmentChange.objects.count()
            assert count > before
            before = count
