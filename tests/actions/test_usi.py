"""Numbers are verified in bulk, whatever goes wrong in a call loses none, and unverified ones are used for nothing (USI-02)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed
from testamur.students import queries as students_queries
from testamur.students import sealing
from testamur.students.models import Identifier, IdentifierCheck
from testamur.students.usi import actions as usi_actions
from testamur.students.usi import fake, verifying
from testamur.students.usi import queries as usi_queries
from testamur.students.usi.registry import Answer, BulkAnswer, BulkVerifyUSI, TimedOut, USIStatus, error_of
from tests import build
from tests import verifying as world
from tests.build import NOW

pytestmark = pytest.mark.django_db

GOOD = ["PCVA64XU3D", "ZTCP6RPU6M", "KLP2ZP6NCW", "QBK9UZYQNJ"]
GONE = "W2NBT2FW66"
LATER = NOW + timedelta(minutes=2)


def registry(monkeypatch: pytest.MonkeyPatch, settings: Any, **options: Any) -> fake.FakeRegistry:
    made = fake.FakeRegistry(**options)
    world.use(monkeypatch, settings, made)
    return made


def test_sealed_numbers_wait_while_the_register_is_not_connected(settings: Any) -> None:
    provider = world.lodging(GOOD).provider.id
    assert settings.USI_REGISTRY == "off"
    assert usi_actions.verify_usis(at=NOW).asked == 0
    assert world.states(provider) == ["pending"] * 4
    with tenancy.for_provider(provider):
        with pytest.raises(NotAllowed, match="not connected"):
            usi_actions.request_verification(provider, by=None, at=NOW)
        assert usi_queries.usable_usis(Identifier.objects.values_list("student_id", flat=True)) == {}


def test_the_worker_verifies_what_was_sealed_and_only_then_a_number_is_used(monkeypatch: Any, settings: Any) -> None:
    made = registry(monkeypatch, settings)
    provider = world.lodging([*GOOD, GONE], given_name="Grayce").provider.id
    tally = usi_actions.verify_usis(at=NOW)
    assert (tally.asked, tally.outcomes) == (5, {"mismatch": 1, "verified": 3, "deactivated": 1})
    assert world.states(provider) == ["mismatch", "verified", "verified", "verified", "deactivated"]
    with tenancy.for_provider(provider):
        students = list(Identifier.objects.order_by("student_id").values_list("student_id", flat=True))
        assert usi_queries.usable_usis(students) == dict(zip(students[1:4], GOOD[1:], strict=True))
        assert usi_queries.usable_usi(students[0]) is None
        assert usi_queries.usable_usi(students[4]) is None
        (wrong,) = usi_queries.lines(provider, states=["mismatch"])
    assert (wrong.masked, wrong.differs, wrong.answered_by) == ("••••••••3D", ("first name",), "fake")
    assert made.calls == [5]
    assert usi_actions.verify_usis(at=LATER).asked == 0


def test_what_the_made_up_registry_verified_is_not_used_on_a_real_site(monkeypatch: Any, settings: Any) -> None:
    registry(monkeypatch, settings)
    provider = world.lodging(GOOD[:1]).provider.id
    usi_actions.verify_usis(at=NOW)
    student = world.student_of(provider, "Nguyen")
    with tenancy.for_register():
        assert usi_queries.usable_usi(student) == GOOD[0]
        settings.USI_REGISTRY = "off"
        assert usi_queries.usable_usi(student) is None
        assert list(usi_queries.comparing_tokens(secret=bytes(32))) == []


def test_equal_numbers_have_equal_tokens_in_one_run_and_others_in_the_next(monkeypatch: Any, settings: Any) -> None:
    registry(monkeypatch, settings)
    one, other = world.lodging(GOOD[:2]).provider.id, world.lodging([GOOD[1]]).provider.id
    usi_actions.verify_usis(at=NOW)
    with tenancy.for_register():
        tokens = dict(usi_queries.comparing_tokens(secret=b"a" * 32))
        again = dict(usi_queries.comparing_tokens(secret=b"b" * 32))
    same = world.student_of(one, "Lindqvist"), world.student_of(other, "Lindqvist")
    assert tokens[same[0]] == tokens[same[1]]
    assert len(set(tokens.values())) == 2
    assert set(tokens.values()) & set(again.values()) == set()


# What goes wrong in a call


def _shuffled(lines: Sequence[BulkAnswer]) -> Sequence[BulkAnswer]:
    return list(reversed(lines))


def _doubled(lines: Sequence[BulkAnswer]) -> Sequence[BulkAnswer]:
    return [*lines, lines[0]]


@pytest.mark.parametrize("disorder", [_shuffled, _doubled])
def test_lines_in_another_order_or_twice_change_nothing(monkeypatch: Any, settings: Any, disorder: Any) -> None:
    registry(monkeypatch, settings, disorder=disorder)
    provider = world.lodging([*GOOD, GONE]).provider.id
    usi_actions.verify_usis(at=NOW)
    assert world.states(provider) == ["verified"] * 4 + ["deactivated"]
    assert len(world.events(provider)) == 5


def test_a_record_that_is_left_out_waits_and_is_asked_again(monkeypatch: Any, settings: Any) -> None:
    made = registry(monkeypatch, settings, disorder=lambda lines: lines[1:] if len(lines) > 1 else lines)
    provider = world.lodging(GOOD).provider.id
    usi_actions.verify_usis(at=NOW)
    assert world.states(provider) == ["pending", "verified", "verified", "verified"]
    assert world.events(provider)[0] == ("unanswered", "omitted")
    usi_actions.verify_usis(at=NOW)
    assert made.calls == [4], "asked again before its time"
    usi_actions.verify_usis(at=LATER)
    assert world.states(provider) == ["verified"] * 4


def test_two_different_answers_about_one_record_are_none(monkeypatch: Any, settings: Any) -> None:
    def torn(lines: Sequence[BulkAnswer]) -> Sequence[BulkAnswer]:
        gone = Answer(USIStatus.DEACTIVATED)
        return [*lines, BulkAnswer(lines[0].record_id, lines[0].usi, gone)]

    registry(monkeypatch, settings, disorder=torn)
    provider = world.lodging(GOOD[:2]).provider.id
    usi_actions.verify_usis(at=NOW)
    assert world.states(provider) == ["pending", "verified"]
    assert world.events(provider)[0] == ("unanswered", "contradicted")


@pytest.mark.parametrize(
    ("fault", "reason"), [(TimedOut(), "timed_out"), (error_of(1001, "Service unavailable"), "unavailable")]
)
def test_a_call_without_an_answer_loses_nothing_and_is_made_again(
    monkeypatch: Any, settings: Any, fault: Exception, reason: str
) -> None:
    made = registry(monkeypatch, settings, faults=[fault])
    provider = world.lodging(GOOD).provider.id
    usi_actions.verify_usis(at=NOW)
    assert world.states(provider) == ["pending"] * 4
    assert world.events(provider) == [("unanswered", reason)] * 4
    usi_actions.verify_usis(at=LATER)
    assert world.states(provider) == ["verified"] * 4
    assert made.calls == [4, 4]


def test_a_time_out_in_the_middle_leaves_the_answered_batches_and_stops(monkeypatch: Any, settings: Any) -> None:
    monkeypatch.setattr(verifying, "MOST_IN_A_CALL", 2)
    made = registry(monkeypatch, settings, faults=[None, TimedOut()])
    provider = world.lodging([*GOOD, GONE]).provider.id
    usi_actions.verify_usis(at=NOW)
    assert world.states(provider) == ["verified", "verified", "pending", "pending", "pending"]
    assert made.calls == [2, 2], "a Registry that does not answer is not asked on"
    usi_actions.verify_usis(at=LATER)
    assert world.states(provider) == ["verified"] * 4 + ["deactivated"]


def test_an_invalid_call_is_halved_until_the_culprit_is_alone(monkeypatch: Any, settings: Any) -> None:
    made = registry(monkeypatch, settings, unreadable=[GOOD[2]])
    provider = world.lodging([*GOOD, GONE]).provider.id
    usi_actions.verify_usis(at=NOW)
    assert world.states(provider) == ["verified", "verified", "failed", "verified", "deactivated"]
    assert [event for event in world.events(provider) if event[0] == "failed"] == [("failed", "refused")]
    assert sum(made.calls) > 5


def test_an_organisation_that_may_not_ask_fails_all_and_they_can_be_asked_again(
    monkeypatch: Any, settings: Any
) -> None:
    registry(monkeypatch, settings, org_code=fake.NOT_AUTHORISED_ORG)
    lodging = world.lodging(GOOD[:2])
    provider = lodging.provider.id
    usi_actions.verify_usis(at=NOW)
    assert world.events(provider) == [("failed", "not_authorised")] * 2
    registry(monkeypatch, settings)
    with tenancy.for_provider(provider):
        assert usi_actions.request_verification(provider, by=lodging.officer.id, at=LATER) == 2
        assert usi_actions.request_verification(provider, by=lodging.officer.id, at=LATER) == 0
    usi_actions.verify_usis(at=LATER, provider=provider)
    assert world.states(provider) == ["verified"] * 2
    with tenancy.for_provider(provider):
        assert set(IdentifierCheck.objects.filter(at=LATER).values_list("by", flat=True)) == {lodging.officer.id}


def test_a_registry_that_never_answers_ends_as_failed(monkeypatch: Any, settings: Any) -> None:
    registry(monkeypatch, settings, faults=[TimedOut() for _ in range(9)])
    provider = world.lodging(GOOD[:1]).provider.id
    for day in range(6):
        assert world.states(provider) == ["pending"]
        usi_actions.verify_usis(at=NOW + timedelta(days=day))
    assert world.states(provider) == ["failed"]
    assert world.events(provider) == [("unanswered", "timed_out")] * 5 + [("failed", "timed_out")]


class Slow(fake.FakeRegistry):
    """While it thinks, something else happens."""

    def __init__(self, meanwhile: Any) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def bulk_verify(self, request: BulkVerifyUSI) -> tuple[BulkAnswer, ...]:
        if self._meanwhile:
            happen, self._meanwhile = self._meanwhile, None
            happen()
        return super().bulk_verify(request)


def test_a_claimed_number_is_not_asked_about_twice_at_once(monkeypatch: Any, settings: Any) -> None:
    seen: list[int] = []
    world.use(monkeypatch, settings, Slow(lambda: seen.append(usi_actions.verify_usis(at=NOW).asked)))
    provider = world.lodging(GOOD[:2]).provider.id
    assert usi_actions.verify_usis(at=NOW).asked == 2
    assert seen == [0]
    assert world.states(provider) == ["verified"] * 2


def test_an_answer_about_a_number_that_was_lodged_anew_meanwhile_is_not_kept(monkeypatch: Any, settings: Any) -> None:
    lodging = world.lodging(GOOD[:1])
    provider = lodging.provider.id
    changed = world.rows(GOOD[:1])
    changed[0]["usi"] = GOOD[1]
    late = {name.replace("v1", "v2"): content for name, content in world.files(changed).items()}
    world.use(monkeypatch, settings, Slow(lambda: lodging.sealed(late)))
    assert usi_actions.verify_usis(at=NOW).outcomes == {"mismatch": 1}, "the second number is Oskar's, not Grace's"
    assert world.events(provider) == [("mismatch", "")]


# What is never sent, and what renews


def _put(provider: int, value: str) -> None:
    """Put another value in place of the only number, as a lodged file would."""
    with tenancy.for_provider(provider):
        row = Identifier.objects.get()
        key = sealing.identifier_key(settings.KEYS_DIR, create=False)
        row.sealed = sealing.seal_identifier(key, value, student_id=row.student_id, kind="usi")
        row.save(update_fields=["sealed"])


@pytest.mark.parametrize(("code", "state"), [("INTOFF", "exempt"), ("INDIV", "exempt"), ("PCVA64XU3X", "invalid")])
def test_exemption_codes_and_bad_shapes_are_never_sent(monkeypatch: Any, settings: Any, code: str, state: str) -> None:
    made = registry(monkeypatch, settings)
    provider = world.lodging(GOOD[:1]).provider.id
    _put(provider, code)
    usi_actions.verify_usis(at=NOW)
    assert (made.calls, world.states(provider)) == ([], [state])


def test_a_student_without_a_whole_birth_date_is_not_sent_and_told_why(monkeypatch: Any, settings: Any) -> None:
    made = registry(monkeypatch, settings)
    provider = world.lodging(GOOD[:1], birth_date="01/01/1901").provider.id
    usi_actions.verify_usis(at=NOW)
    assert (made.calls, world.events(provider)) == ([], [("failed", "no_birth_date")])


def test_a_verified_number_that_changes_waits_again_whoever_writes_it(monkeypatch: Any, settings: Any) -> None:
    registry(monkeypatch, settings)
    provider = world.lodging(GOOD[:1]).provider.id
    usi_actions.verify_usis(at=NOW)
    assert world.states(provider) == ["verified"]
    with tenancy.for_provider(provider):
        Identifier.objects.update(due_at=None)
    assert world.states(provider) == ["verified"]
    _put(provider, GOOD[1])
    with tenancy.for_provider(provider):
        row = Identifier.objects.get()
        assert (row.state, row.attempts, row.answered_by) == ("pending", 0, "")
        assert usi_queries.usable_usi(row.student_id) is None


def test_a_number_cannot_enter_as_verified_nor_be_so_without_an_answer() -> None:
    provider = build.provider().id
    with tenancy.for_provider(provider):
        planted: dict[str, Any] = {
            "kind": "usi",
            "provider_id": provider,
            "sealed": b"x",
            "state": "verified",
            "answered_by": "fake",
        }
        Identifier.objects.create(student_id=1, **planted)
        assert Identifier.objects.get(student_id=1).state == "pending"
        with pytest.raises(DatabaseError, match="verified_identifier_says_who_answered"), transaction.atomic():
            Identifier.objects.update(state="verified", answered_by="")


def test_events_are_permanent_and_a_provider_sees_its_own_only(monkeypatch: Any, settings: Any) -> None:
    registry(monkeypatch, settings)
    one, other = world.lodging(GOOD[:1]).provider.id, world.lodging(GOOD[1:3]).provider.id
    usi_actions.verify_usis(at=NOW)
    assert (len(world.events(one)), len(world.events(other))) == (1, 2)
    for statement in (
        "UPDATE students_identifiercheck SET outcome = 'verified'",
        "DELETE FROM students_identifiercheck",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor, tenancy.for_register():
            cursor.execute(statement)


def test_no_event_holds_a_number_or_a_name(monkeypatch: Any, settings: Any) -> None:
    registry(monkeypatch, settings)
    provider = world.lodging([*GOOD, GONE]).provider.id
    usi_actions.verify_usis(at=NOW)
    with tenancy.for_provider(provider):
        text = str(list(IdentifierCheck.objects.values()))
    assert "verified" in text
    assert not any(held in text for held in [*GOOD, GONE, "Nguyen", "Grace", "Lindqvist", "1996"])


def test_only_officers_ask_and_only_of_their_own_provider(monkeypatch: Any, settings: Any) -> None:
    registry(monkeypatch, settings, org_code=fake.NOT_AUTHORISED_ORG)
    lodging, other = world.lodging(GOOD[:1]), world.lodging(GOOD[1:2])
    usi_actions.verify_usis(at=NOW)
    with tenancy.for_provider(lodging.provider.id):
        with pytest.raises(NotAllowed, match="role"):
            usi_actions.request_verification(lodging.provider.id, by=lodging.administrator.id, at=NOW)
        assert usi_actions.request_verification(other.provider.id, by=lodging.officer.id, at=NOW) == 0
    assert world.states(other.provider.id) == ["failed"]


def test_an_erased_student_is_no_longer_asked_about(monkeypatch: Any, settings: Any) -> None:
    from testamur.students import erasing

    made = registry(monkeypatch, settings)
    provider = world.lodging(GOOD[:2]).provider.id
    student = world.student_of(provider, "Nguyen")
    erasing.erase_student(student, basis="APP 11.2", by=build.OPERATOR, approved_by=build.student_account().id, at=NOW)
    usi_actions.verify_usis(at=NOW)
    assert made.calls == [1]
    with tenancy.for_register():
        assert students_queries.erased_students() == [student]
        assert usi_queries.line_of(student) is None


def test_a_verified_number_that_is_asked_about_again_is_not_used_meanwhile(monkeypatch: Any, settings: Any) -> None:
    registry(monkeypatch, settings)
    lodging = world.lodging(GOOD[:2])
    provider = lodging.provider.id
    usi_actions.verify_usis(at=NOW)
    student = world.student_of(provider, "Nguyen")
    with tenancy.for_provider(provider):
        said: dict[str, Any] = {"by": lodging.officer.id, "at": LATER, "students": [student]}
        assert usi_actions.request_verification(provider, **said) == 1
        assert usi_queries.usable_usi(student) is None
        assert [event.outcome for event in usi_queries.events_of(student)] == ["asked", "verified"]
    usi_actions.verify_usis(at=LATER)
    assert world.states(provider) == ["verified"] * 2
