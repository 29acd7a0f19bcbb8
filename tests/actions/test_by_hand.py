"""Certificates typed by hand: the same rules as files, nothing lost, nothing done twice, and the whole way to the record."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.register import codes
from testamur.register import queries as register_queries
from testamur.register.models import Version
from testamur.submissions import actions as submissions_actions
from testamur.submissions import by_hand, storage
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import by_hand as by_hand_actions
from testamur.submissions.actions.by_hand import Entered
from testamur.submissions.by_hand import FILE_NAME, TypedCertificate
from testamur.submissions.models import CellFix, SubmittedFile
from testamur.submissions.queries import Chosen
from testamur.submissions.queries import by_hand as by_hand_queries
from tests import build
from tests.lodged import Lodging
from tests.typed import CLEAN, FAULTS, UNITS, as_file, planted, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging(sector="vet")


@pytest.fixture
def number(lodging: Lodging) -> UUID:
    return begun(lodging)


def begun(lodging: Lodging, *, key: str = "") -> UUID:
    with tenancy.for_provider(lodging.provider.id):
        return by_hand_actions.begin_by_hand(lodging.provider.id, by=lodging.officer.id, at=build.NOW, key=key)


def add(
    lodging: Lodging, number: UUID, certificate: TypedCertificate, *, by: UUID | None = None, **options: Any
) -> Entered:
    with tenancy.for_provider(lodging.provider.id):
        return by_hand_actions.add_certificate(
            number, certificate, by=by or lodging.officer.id, at=build.NOW, **options
        )


def change(lodging: Lodging, number: UUID, mark: str, certificate: TypedCertificate, **options: Any) -> Entered:
    with tenancy.for_provider(lodging.provider.id):
        return by_hand_actions.change_certificate(
            number, mark, certificate, by=lodging.officer.id, at=build.NOW, **options
        )


def remove(lodging: Lodging, number: UUID, mark: str, **options: Any) -> int:
    with tenancy.for_provider(lodging.provider.id):
        return by_hand_actions.remove_certificate(number, mark, by=lodging.officer.id, at=build.NOW, **options)


def held(lodging: Lodging, number: UUID) -> list[by_hand_queries.EnteredCertificate]:
    with tenancy.for_provider(lodging.provider.id):
        return by_hand_queries.entered_certificates(number, at=build.NOW)


def numbers(lodging: Lodging, number: UUID) -> list[str]:
    return [one.typed.said["number"] for one in held(lodging, number)]


def state(lodging: Lodging, number: UUID) -> str:
    with tenancy.for_provider(lodging.provider.id):
        return submissions_queries.submission(number).state


def found_in_file(lodging: Lodging, name: str, content: bytes) -> set[tuple[str, str, str | None]]:
    """Lodge a file as providers do, have the worker check it, and return what it found."""
    number = lodging.opened({name: content}, format="certificates")
    lodging.checked(number)
    with tenancy.for_provider(lodging.provider.id):
        page = submissions_queries.findings(submissions_queries.submission(number), Chosen(), page=1, size=100)
        return {(one.rule, one.severity, one.column) for one in page.rows}


def accepted(number: UUID) -> None:
    """Have a supervisor accept what was declared, and do the worker's part of sealing."""
    with tenancy.for_register():
        submissions_actions.accept_submission(number, by=build.member(Role.SUPERVISOR).id, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)


def sealed(lodging: Lodging, content: bytes) -> None:
    """Lead an uploaded certificate register to its sealing."""
    number = lodging.opened({"certificates.csv": content}, format="certificates")
    lodging.checked(number)
    lodging.declared(number)
    accepted(number)


# The same rules as files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_the_same_rule_whether_typed_or_sent_as_a_file(lodging: Lodging, fault: str) -> None:
    cells, rule, severity = FAULTS[fault]
    said, units = planted(cells)
    in_file = found_in_file(lodging, "certificates.csv", as_file(said, units))
    assert (rule, severity) in {one[:2] for one in in_file}
    entered = add(lodging, begun(lodging), TypedCertificate.of(said, units))
    assert {(one.rule, one.severity, one.column) for one in entered.findings} == in_file
    assert entered.kept == (not any(one[1] == "error" for one in in_file))


def test_a_unit_alone_is_told_in_the_words_of_a_form_under_the_rule_of_the_file(lodging: Lodging, number: UUID) -> None:
    entered = add(lodging, number, TypedCertificate.of({}, [UNITS[0]]))
    (told,) = [one for one in entered.findings if one.rule == "C12"]
    assert told.fix == "Fill in the student and the certificate."
    assert "row" not in told.message
    assert not entered.kept


def test_a_code_that_was_lodged_with_a_title_and_without_is_offered_with_it(lodging: Lodging) -> None:
    for place, title in enumerate(("", "Write complex documents")):
        said, units = planted({"unit_title": title, "number": f"P-{place}", "student_id": f"S{place}"})
        sealed(lodging, as_file(said, units))
    with tenancy.for_provider(lodging.provider.id):
        found = codes.named_codes(lodging.provider.id, "unit", "BSBW", most=5)
    assert [(one.code, one.title) for one in found] == [("BSBWRT401", "Write complex documents")]


def test_a_clean_certificate_has_no_finding_either_way(lodging: Lodging, number: UUID) -> None:
    assert found_in_file(lodging, "certificates.csv", as_file(CLEAN, UNITS)) == set()
    assert add(lodging, number, typed()).findings == ()


def test_a_unit_that_stands_twice_is_named_at_the_second_one(lodging: Lodging, number: UUID) -> None:
    twice = [*UNITS, {**UNITS[0], "unit_outcome": "60"}]
    entered = add(lodging, number, typed(units=twice))
    (wrong,) = [one for one in entered.findings if one.severity == "error"]
    assert (wrong.rule, wrong.field, wrong.unit) == ("C19", "unit_code", 2)
    assert not entered.kept


def test_what_is_typed_is_held_against_the_certificates_that_are_there(lodging: Lodging, number: UUID) -> None:
    add(lodging, number, typed())
    same_number = add(lodging, number, typed(student_id="S2", surname="Okafor"))
    assert [(one.rule, one.severity) for one in same_number.findings] == [("C12", "error")] * len(same_number.findings)
    assert not same_number.kept
    other_birth = add(lodging, number, typed(number="P-0002", birth_date="28/08/1996"))
    assert {(one.rule, one.field, one.severity) for one in other_birth.findings} == {
        ("C06", "birth_date", "error"),
        ("C12", "number", "info"),
    }, "the row of the second unit waits with the first"
    assert numbers(lodging, number) == ["P-0001"]


def test_what_is_typed_is_held_against_what_the_register_holds(lodging: Lodging, number: UUID) -> None:
    sealed(lodging, as_file(CLEAN, UNITS))
    entered = add(lodging, number, typed(student_id="S2", surname="Okafor", birth_date="03/04/1985"))
    assert {(one.rule, one.field, one.severity) for one in entered.findings} == {("D01", "number", "warning")}
    assert entered.kept


def test_the_tolerant_profile_weighs_what_is_typed_as_it_weighs_files(lodging: Lodging) -> None:
    with tenancy.for_provider(lodging.provider.id):
        number = by_hand_actions.begin_by_hand(
            lodging.provider.id, profile="tolerant", by=lodging.officer.id, at=build.NOW
        )
    entered = add(lodging, number, typed(postcode="20A0"))
    assert [(one.rule, one.severity) for one in entered.findings] == [("C16", "warning")]
    assert entered.kept


# Keeping, changing, taking out ------------------------------------------------------------------------------------------


def test_a_certificate_with_an_error_is_not_kept_unless_wanted(lodging: Lodging, number: UUID) -> None:
    assert add(lodging, number, typed(surname="")) == add(lodging, number, typed(surname=""))
    assert held(lodging, number) == []
    assert state(lodging, number) == "drafted"
    kept = add(lodging, number, typed(surname=""), keep_faulty=True)
    assert kept.kept
    (one,) = held(lodging, number)
    assert (one.mark, one.count("error")) == (kept.mark, 1)
    changed = change(lodging, number, one.mark, typed())
    assert changed.kept
    assert [one.count("error") for one in held(lodging, number)] == [0]


def test_the_file_holds_each_cell_as_it_was_typed(lodging: Lodging, number: UUID) -> None:
    odd = typed(
        surname='O’Neill, "Mac"', given_name="Nguyễn\r\nVăn", program_title="  Cert \x00 IV ", other_names="\ud800x"
    )
    assert odd.said["given_name"] == "Nguyễn  Văn"
    assert odd.said["program_title"] == "Cert � IV"
    assert odd.said["other_names"] == "�x"
    assert by_hand.read(by_hand.written([odd])) == [odd]


def test_units_typed_later_go_to_the_same_certificate(lodging: Lodging, number: UUID) -> None:
    add(lodging, number, typed())
    add(lodging, number, typed(units=[UNITS[1], {"unit_code": "BSBLED401", "unit_title": "Develop teams"}]))
    (one,) = held(lodging, number)
    assert [unit["unit_code"] for unit in one.typed.said_units] == ["BSBWRT401", "BSBCUS401", "BSBLED401"]


def test_the_same_certificate_again_changes_nothing(lodging: Lodging, number: UUID) -> None:
    first = add(lodging, number, typed())
    again = add(lodging, number, typed())
    assert (again.kept, again.mark) == (True, first.mark)
    with tenancy.for_provider(lodging.provider.id):
        assert SubmittedFile.objects.filter(submission=number).count() == 1


def test_certificates_are_taken_out_but_the_last_one(lodging: Lodging, number: UUID) -> None:
    first = add(lodging, number, typed())
    second = add(lodging, number, typed(number="P-0002"))
    assert remove(lodging, number, first.mark, key="k") == 1
    assert remove(lodging, number, first.mark, key="k") == 1
    with pytest.raises(Conflict, match="taken out meanwhile"):
        remove(lodging, number, first.mark)
    with pytest.raises(NotAllowed, match="only certificate"):
        remove(lodging, number, second.mark)
    assert numbers(lodging, number) == ["P-0002"]


def test_a_change_of_what_somebody_else_changed_is_refused(lodging: Lodging, number: UUID) -> None:
    mark = add(lodging, number, typed()).mark
    change(lodging, number, mark, typed(language="Vietnamese"))
    with pytest.raises(Conflict, match="changed or taken out meanwhile"):
        change(lodging, number, mark, typed(language="Arabic"))
    assert [one.typed.said["language"] for one in held(lodging, number)] == ["Vietnamese"]


def test_a_certificate_cannot_be_changed_into_another_one(lodging: Lodging, number: UUID) -> None:
    mark = add(lodging, number, typed()).mark
    add(lodging, number, typed(number="P-0002"))
    with pytest.raises(Conflict, match="already says all of this"):
        change(lodging, number, mark, typed(number="P-0002"))


def test_cells_that_were_fixed_on_the_findings_page_stay_fixed(lodging: Lodging, number: UUID) -> None:
    add(lodging, number, typed(surname=""), keep_faulty=True)
    lodging.checked(number)
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.fix_cell(
            number, file=FILE_NAME, row=2, column="Surname", value="Nguyen", by=lodging.officer.id, at=build.NOW
        )
        submissions_actions.fix_cell(
            number, file=FILE_NAME, row=3, column="Surname", value="Nguyen", by=lodging.officer.id, at=build.NOW
        )
    (one,) = held(lodging, number)
    assert (one.typed.said["surname"], one.findings) == ("Nguyen", ())
    add(lodging, number, typed(number="P-0002"))
    assert [one.typed.said["surname"] for one in held(lodging, number)] == ["Nguyen", "Nguyen"]
    with tenancy.for_provider(lodging.provider.id):
        assert not CellFix.objects.filter(submission=number).exists()


# Repeats, and who may ----------------------------------------------------------------------------------------------------


def test_a_repeated_request_is_done_once(lodging: Lodging) -> None:
    number = begun(lodging, key="begin")
    assert begun(lodging, key="begin") == number
    first = add(lodging, number, typed(), key="k")
    again = add(lodging, number, typed(), key="k")
    assert (again.kept, again.mark, again.findings) == (True, first.mark, ())
    remade = change(lodging, number, first.mark, typed(language="Arabic"), key="c")
    assert change(lodging, number, first.mark, typed(language="Arabic"), key="c").mark == remade.mark
    with pytest.raises(Conflict, match="other content"):
        add(lodging, number, typed(number="P-0002"), key="k")
    assert numbers(lodging, number) == ["P-0001"]


def test_a_refused_save_does_not_use_up_its_key(lodging: Lodging, number: UUID) -> None:
    assert not add(lodging, number, typed(surname=""), key="k").kept
    assert add(lodging, number, typed(), key="k").kept


def test_a_repeat_answers_as_before_after_the_submission_moved_on(lodging: Lodging, number: UUID) -> None:
    add(lodging, number, typed(), key="k")
    lodging.checked(number)
    lodging.declared(number)
    assert add(lodging, number, typed(), key="k").kept
    with pytest.raises(Conflict):
        add(lodging, number, typed(number="P-0002"))


def test_only_a_data_officer_of_the_provider_types(lodging: Lodging, number: UUID) -> None:
    with pytest.raises(NotAllowed):
        add(lodging, number, typed(), by=lodging.administrator.id)
    other = Lodging(sector="vet")
    with pytest.raises(NotFound):
        add(other, number, typed())
    with pytest.raises(NotFound):
        held(other, number)
    assert begun(other) not in {number}
    with tenancy.for_provider(other.provider.id):
        assert number not in by_hand_queries.filled_by_hand(other.provider.id)


@pytest.mark.parametrize("said", [{}, {"surname": "N" * 1001}, {"units": "too many"}])
def test_nothing_and_too_much_are_refused(lodging: Lodging, number: UUID, said: Mapping[str, str]) -> None:
    units = [{"unit_code": f"UNIT{n}"} for n in range(201)] if "units" in said else []
    cells = {name: text for name, text in said.items() if name != "units"}
    with pytest.raises(NotAllowed, match=r"Nothing was entered|takes 200 units"):
        add(lodging, number, TypedCertificate.of(cells, units))


def test_a_field_that_the_layout_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError, match="shoe_size"):
        TypedCertificate.of({"shoe_size": "44"})


def test_a_submission_with_an_uploaded_file_takes_none_by_hand(lodging: Lodging) -> None:
    for name, content in (("certificates.csv", as_file(CLEAN, UNITS)), (FILE_NAME, b"Student id,Number\nS1,P1\n")):
        number = lodging.opened({name: content}, format="certificates")
        with pytest.raises(NotAllowed, match="uploaded"):
            add(lodging, number, typed())
    teqsa = lodging.opened()
    with pytest.raises(NotAllowed, match="Certificate register"):
        add(lodging, teqsa, typed())


def test_the_submissions_that_may_be_gone_on_with(lodging: Lodging, number: UUID) -> None:
    uploaded = lodging.opened({"certificates.csv": as_file(CLEAN, UNITS)}, format="certificates")
    filled = begun(lodging)
    add(lodging, filled, typed(number="P-0009"))
    with tenancy.for_provider(lodging.provider.id):
        assert set(by_hand_queries.filled_by_hand(lodging.provider.id)) == {number, filled}
    assert uploaded not in {number, filled}
    lodging.checked(filled)
    lodging.declared(filled)
    with tenancy.for_provider(lodging.provider.id):
        assert by_hand_queries.filled_by_hand(lodging.provider.id) == [number]


# The whole way -----------------------------------------------------------------------------------------------------------


def test_what_was_typed_becomes_part_of_the_record(lodging: Lodging, number: UUID) -> None:
    add(lodging, number, typed())
    add(lodging, number, typed(number="P-0002", certificate_type="Statement of attainment"))
    lodging.checked(number)
    with pytest.raises(NotAllowed):
        lodging.declared(number, by=lodging.as_both(lodging.officer))
    lodging.declared(number)
    accepted(number)
    with tenancy.for_provider(lodging.provider.id):
        students = sorted(set(Version.objects.values_list("student_id", flat=True)))
        facts = [one.facts for one in register_queries.current_versions(students) if one.kind.label == "certificate"]
    assert {one["number"] for one in facts} == {"P-0001", "P-0002"}
    with pytest.raises(NotFound, match="part of the record"):  # each look at it is noted, so not here
        held(lodging, number)
    assert all(one["units"][0] == ["BSBWRT401", "Write complex documents"] for one in facts)


def test_bytes_that_were_replaced_do_not_stay(
    lodging: Lodging, number: UUID, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = add(lodging, number, typed())
    with django_capture_on_commit_callbacks(execute=True):
        change(lodging, number, first.mark, typed(language="Arabic"))
    kept = list((storage.room_of(number).root / "files").iterdir())
    with tenancy.for_provider(lodging.provider.id):
        current = SubmittedFile.objects.get(submission=number, current=True)
    assert [path.name for path in kept] == [bytes(current.sha256).hex()]


def test_marks_say_nothing_and_differ_between_submissions(lodging: Lodging, number: UUID) -> None:
    mark = by_hand_queries.mark_of(number, typed())
    assert by_hand_queries.mark_of(uuid4(), typed()) != mark
    assert by_hand_queries.mark_of(number, typed(number="P-0002")) != mark
    assert len(mark) == 32
