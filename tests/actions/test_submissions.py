"""The life of a submission: opened, checked, declared by a second person, sealed; and what each step refuses."""

import pytest
from django.conf import settings
from django.db import transaction

from testamur.accounts.roles import Role
from testamur.documents import queries as documents_queries
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.log import queries as log_queries
from testamur.notices.models import OutgoingMail
from testamur.register import queries as register_queries
from testamur.students import sealing as students_sealing
from testamur.students.models import Contact, Identifier, Student
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions import storage
from testamur.submissions.models import Submission, SubmissionStep
from tests import build, lodged
from tests.lodged import RECORDS, RESULTS, Lodging, csv_of, student, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


def card(lodging: Lodging, number):
    with tenancy.for_provider(lodging.provider.id):
        return submissions_queries.submission(number)


def verbs(lodging: Lodging, number) -> list[str]:
    with tenancy.for_provider(lodging.provider.id):
        return [step.verb for step in reversed(submissions_queries.steps_of(number))]


def lodge(lodging: Lodging, *, key: str, files=None, **options):
    with tenancy.for_provider(lodging.provider.id):
        return submissions_actions.lodge_submission(
            lodging.provider.id,
            lodged.arriving(files or lodged.clean()),
            by=lodging.officer.id,
            at=build.NOW,
            key=key,
            **options,
        )


def files_on_disk(number) -> list[str]:
    return sorted(str(path) for path in storage.room_of(number).root.rglob("*") if path.is_file())


# The whole way --------------------------------------------------------------------------------------


def test_a_clean_submission_is_sealed_with_a_leaf_for_every_version(lodging):
    before = log_queries.waiting_leaves()
    number = lodging.sealed()
    found = card(lodging, number)
    assert (found.state, found.tally.error, found.declaration) == ("sealed", 0, "declaration 1")
    assert found.outcome == {"new": 8, "changed": 0, "withdrawn": 0, "unchanged": 0, "students": 2, "documents": 2}
    assert log_queries.waiting_leaves() - before == 8
    assert verbs(lodging, number) == ["open", "receive", "check", "pass", "declare", "accept", "seal"]
    with tenancy.for_provider(lodging.provider.id):
        (held,) = register_queries.holdings(lodging.provider.id)
    assert (held.period_from.year, held.period_until.year, held.records) == (2016, 2017, 8)


def test_mails_hold_an_address_of_our_pages_and_no_data(lodging):
    number = lodging.sealed()
    mails = OutgoingMail.objects.filter(template__startswith="submission_").order_by("queued_at", "template")
    told = {(mail.template, mail.account_id) for mail in mails}
    people = {lodging.officer.id, lodging.administrator.id}
    assert told == {
        ("submission_findings_ready", lodging.officer.id), *(("submission_sealed", one) for one in people)
    }  # fmt: skip
    from django.urls import reverse

    link = settings.PUBLIC_URL + reverse("provider:submission", args=[number])
    assert {tuple(mail.context.items()) for mail in mails} == {(("link", link),)}


def test_the_same_as_one_zip(lodging):
    number = lodging.sealed({"everything.zip": lodged.zipped(lodged.clean())})
    assert card(lodging, number).outcome["new"] == 8


def test_lodged_documents_are_kept_under_their_own_hash(lodging):
    files = lodged.clean(1)
    lodging.sealed(files)
    pdf = next(content for name, content in files.items() if name.endswith(".pdf"))
    with tenancy.for_provider(lodging.provider.id):
        ids = list(Student.objects.values_list("pk", flat=True))
        (document,) = [one for one in register_queries.current_versions(ids) if one.kind.name == "LODGED_DOCUMENT"]
    assert b"".join(documents_queries.file_pieces(document.facts["sha256"])) == pdf


def test_two_documents_whose_names_differ_in_capitals_are_both_kept(lodging):
    files = lodged.clean(1)
    (name,) = [name for name in files if name.endswith(".pdf")]
    number = lodging.sealed({**files, name.lower(): lodged.small_pdf(["another one"])})
    assert card(lodging, number).outcome["documents"] == 2
    with tenancy.for_provider(lodging.provider.id):
        ids = list(Student.objects.values_list("pk", flat=True))
        found = [one for one in register_queries.current_versions(ids) if one.kind.name == "LODGED_DOCUMENT"]
    assert sorted(int(one.facts["n"]) for one in found) == [1, 2]


def test_contacts_and_the_identifier_stand_beside_the_record(lodging, caplog):
    usi = "BNGH7C75FN"
    rows = [student(1, usi=usi, phone="0400 000 000", suburb="Dickson", state="ACT")]
    number = lodging.sealed({RECORDS: csv_of("studentrecords", rows), RESULTS: csv_of("studentresults", [unit(1)])})
    assert card(lodging, number).state == "sealed"
    with tenancy.for_provider(lodging.provider.id):
        held = Identifier.objects.get()
        assert Contact.objects.get().details["suburb"] == "Dickson"
    key = students_sealing.identifier_key(settings.KEYS_DIR, create=False)
    assert usi.encode() not in bytes(held.sealed)
    assert students_sealing.open_identifier(key, bytes(held.sealed), student_id=held.student_id, kind="usi") == usi
    with pytest.raises(students_sealing.Unsealable):
        students_sealing.open_identifier(key, bytes(held.sealed), student_id=held.student_id + 1, kind="usi")
    assert usi not in caplog.text
    assert not any(usi in path for path in files_on_disk(number))


# Requests that come twice --------------------------------------------------------------------------------------


def test_the_same_request_twice_opens_one_submission(lodging):
    assert lodge(lodging, key="k1") == lodge(lodging, key="k1")
    assert len(lodging.listed()) == 1


def test_a_key_with_other_content_is_refused(lodging):
    lodge(lodging, key="k1")
    with pytest.raises(Conflict):
        lodge(lodging, key="k1", profile="tolerant")


def test_a_refused_request_leaves_its_key_free_and_nothing_behind(lodging, settings):
    settings.UPLOAD_LIMIT_BYTES = 100
    with pytest.raises(NotAllowed, match="may hold"):
        lodge(lodging, key="k1")
    assert lodging.listed() == []
    assert not [path for path in settings.UPLOADS_DIR.rglob("*") if path.is_file()]
    settings.UPLOAD_LIMIT_BYTES = 10_000_000
    assert card(lodging, lodge(lodging, key="k1")).state == "validating"


def test_the_same_bytes_again_change_nothing(lodging):
    number = lodging.opened()
    lodging.checked(number)
    received = lodging.send(number, lodged.clean())
    assert (received.new, received.unchanged) == (0, 4)
    assert card(lodging, number).state == "ready"


def test_other_bytes_under_the_same_name_take_its_place(lodging):
    number = lodging.opened()
    lodging.checked(number)
    lodging.send(number, {RESULTS: csv_of("studentresults", [unit(1)])})
    found = card(lodging, number)
    assert (found.state, found.file_count, found.findings_there) == ("uploaded", 4, False)
    lodging.checked(number)
    assert card(lodging, number).tally.rows == 3


def test_files_that_were_sealed_before_are_refused_and_named(lodging):
    first = lodging.sealed()
    with pytest.raises(NotAllowed, match="permanent record already") as refused:
        lodge(lodging, key="")
    (finding,) = refused.value.findings
    assert (finding.rule, finding.value) == ("SUB-03", str(first))
    assert len(lodging.listed()) == 1


def test_files_that_lie_in_a_submission_under_way_are_refused_and_it_is_named(lodging):
    first = lodge(lodging, key="")
    for _ in range(2):
        with pytest.raises(NotAllowed, match="not sealed yet") as refused:
            lodge(lodging, key="")
        (finding,) = refused.value.findings
        assert (finding.rule, finding.value) == ("SUB-10", str(first))
        assert lodging.listed() == [first]
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.withdraw_submission(first, by=lodging.officer.id, at=build.NOW)
    assert lodge(lodging, key="") != first


def test_another_provider_may_send_the_same_bytes(lodging):
    lodging.sealed()
    other = Lodging()
    assert card(other, other.sealed()).state == "sealed"


def test_a_higher_version_replaces_rows_of_the_same_key_and_leaves_the_others(lodging):
    lodging.sealed()
    later = lodging.sealed({"studentresults v2.csv": csv_of("studentresults", [unit(1, mark="70"), unit(2, "NEW1")])})
    assert card(lodging, later).outcome | {"documents": 0} == {
        "new": 1, "changed": 1, "withdrawn": 0, "unchanged": 0, "students": 2, "documents": 0
    }  # fmt: skip


def test_results_of_a_student_whom_nobody_knows_are_a_finding(lodging):
    lodging.sealed()
    number = lodging.opened({"studentresults v2.csv": csv_of("studentresults", [unit(9)])})
    lodging.checked(number)
    with tenancy.for_provider(lodging.provider.id):
        groups = submissions_queries.finding_groups(card(lodging, number), submissions_queries.Chosen())
    assert [(group.rule, group.severity) for group in groups] == [("F3", "error")]


def test_replacing_everything_supersedes_what_was_sealed(lodging):
    first = lodging.sealed()
    second = lodging.sealed({**lodged.clean(1)}, replace_all=True)
    assert card(lodging, first).state == "superseded"
    assert card(lodging, first).superseded_by == second
    assert card(lodging, second).outcome["withdrawn"] >= 2


# Two people --------------------------------------------------------------------------------------


def test_who_prepared_it_cannot_declare_it(lodging):
    both = lodging.as_both(lodging.officer)
    number = lodging.opened()
    lodging.checked(number)
    with pytest.raises(NotAllowed, match="You prepared this submission"):
        lodging.declared(number, by=both)
    assert card(lodging, number).state == "ready"


def test_who_only_fixed_a_cell_cannot_declare_it_either(lodging):
    number = lodging.opened({**lodged.clean(1), RESULTS: csv_of("studentresults", [unit(1, status="9")])})
    lodging.checked(number)
    fixer = build.member(Role.PROVIDER_DATA_OFFICER, lodging.provider.organisation_id)
    lodging.fixed(number, row=2, value="3", by=fixer.id)
    lodging.checked(number)
    with pytest.raises(NotAllowed, match="You prepared"):
        lodging.declared(number, by=lodging.as_both(fixer))
    lodging.declared(number)
    assert card(lodging, number).state == "accepted"


@pytest.mark.parametrize("role", [Role.PROVIDER_DATA_OFFICER, Role.SUPERVISOR])
def test_a_person_without_the_role_cannot_declare(lodging, role):
    number = lodging.opened()
    lodging.checked(number)
    where = lodging.provider.organisation_id if role is Role.PROVIDER_DATA_OFFICER else None
    with pytest.raises(NotAllowed, match="no role"):
        lodging.declared(number, by=build.member(role, where).id)


def test_errors_and_changed_files_cannot_be_declared(lodging):
    number = lodging.opened({**lodged.clean(1), RESULTS: csv_of("studentresults", [unit(1, status="9")])})
    with pytest.raises(NotAllowed, match="Check them again"):
        lodging.declared(number)
    lodging.checked(number)
    with pytest.raises(NotAllowed, match="1 error still stand"):
        lodging.declared(number)
    lodging.fixed(number, row=2, value="3")
    with pytest.raises(NotAllowed):
        lodging.declared(number)
    lodging.checked(number)
    lodging.declared(number)
    assert card(lodging, number).state == "accepted"


def test_a_supervisor_accepts_where_the_regulator_asks_for_it():
    lodging = Lodging(sector="vet")
    number = lodging.opened()
    lodging.checked(number)
    lodging.declared(number)
    assert card(lodging, number).state == "submitted"
    submissions_actions.seal_submission(number, at=build.NOW)
    assert card(lodging, number).state == "submitted"
    officer, supervisor = build.member(Role.SECRETARIAT_OFFICER), build.member(Role.SUPERVISOR)
    with pytest.raises(NotAllowed):
        submissions_actions.accept_submission(number, by=officer.id, at=build.NOW)
    submissions_actions.return_submission(number, reason="One file is missing.", by=supervisor.id, at=build.NOW)
    assert (card(lodging, number).state, card(lodging, number).declared_by) == ("ready", None)
    lodging.declared(number)
    submissions_actions.accept_submission(number, by=supervisor.id, at=build.NOW)
    with pytest.raises(Conflict, match="was accepted on"):
        submissions_actions.return_submission(number, reason="Too late.", by=supervisor.id, at=build.NOW)
    submissions_actions.seal_submission(number, at=build.NOW)
    assert card(lodging, number).state == "sealed"


# Walls --------------------------------------------------------------------------------------


def test_nothing_of_it_exists_for_another_provider(lodging):
    number, other = lodging.opened(), Lodging()
    lodging.checked(number)
    by, at = {"by": other.officer.id, "at": build.NOW}, build.NOW
    tries = [
        lambda: submissions_queries.submission(number),
        lambda: submissions_actions.receive_files(number, lodged.arriving(lodged.clean()), **by),
        lambda: submissions_actions.request_check(number, **by),
        lambda: submissions_actions.withdraw_submission(number, **by),
        lambda: submissions_actions.declare_submission(number, by=other.administrator.id, at=at),
        lambda: submissions_actions.fix_cell(number, file=RESULTS, row=2, column="x", value="", **by),
        lambda: submissions_actions.undo_fix(number, 1, **by),
        lambda: submissions_actions.restart_submission(number, **by),
    ]
    for attempt in tries:
        with tenancy.for_provider(other.provider.id), pytest.raises(NotFound):
            attempt()
    with tenancy.for_provider(other.provider.id):
        assert submissions_queries.submissions_of(lodging.provider.id) == []
        assert submissions_queries.steps_of(number) == []


def test_staff_of_another_provider_are_refused_even_inside_this_one(lodging):
    number, other = lodging.opened(), Lodging()
    with tenancy.for_provider(lodging.provider.id), pytest.raises(NotAllowed, match="no role"):
        submissions_actions.withdraw_submission(number, by=other.officer.id, at=build.NOW)


def test_steps_cannot_be_rewritten(lodging):
    from django.db import DatabaseError

    number = lodging.opened()
    with (
        tenancy.for_provider(lodging.provider.id),
        pytest.raises(DatabaseError, match=r"permanent|permission"),
        transaction.atomic(),
    ):
        SubmissionStep.objects.filter(submission_id=number).update(verb="nothing")


def test_the_database_refuses_a_declaration_by_the_opener(lodging):
    from django.db import IntegrityError

    number = lodging.opened()
    with tenancy.for_provider(lodging.provider.id), pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.filter(pk=number).update(declared_by=lodging.officer.id)
