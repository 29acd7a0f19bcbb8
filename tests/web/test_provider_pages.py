"""What the provider's pages refuse, hand out and repeat."""

import re
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from testamur.kernel import tenancy
from testamur.log.models import AccessEvent
from testamur.students.models import Student
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.progress import Standing, write_progress
from testamur.submissions.storage import room_of
from tests import build, lodged
from tests.lodged import RECORDS, RESULTS, STATUS, Lodging, csv_of, student, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


@pytest.fixture
def officer(lodging: Lodging) -> Client:
    return build.signed_in(lodging.officer)


@pytest.fixture
def administrator(lodging: Lodging) -> Client:
    return build.signed_in(lodging.administrator)


@pytest.fixture
def faulty(lodging: Lodging) -> UUID:
    """Return a checked submission with two errors in rows 2 and 4."""
    rows = [unit(1, "A1", status="9"), unit(1, "A2"), unit(1, "A3", status="9")]
    number = lodging.opened({RECORDS: csv_of("studentrecords", [student(1)]), RESULTS: csv_of("studentresults", rows)})
    lodging.checked(number)
    return number


def at(name: str, number: UUID, *more: object) -> str:
    return reverse(f"provider:{name}", args=[number, *more])


def text(answer) -> str:
    return answer.content.decode()


def key_of(answer) -> str:
    return re.search(r'name="key" value="([^"]+)"', text(answer))[1]


def uploads(files):
    return [SimpleUploadedFile(name, content) for name, content in files.items()]


def state(lodging: Lodging, number: UUID) -> str:
    with tenancy.for_provider(lodging.provider.id):
        return submissions_queries.submission(number).state


def body(answer) -> bytes:
    """Return a download's bytes."""
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


# Uploads --------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_opens_one_submission(lodging, officer):
    key = key_of(officer.get(reverse("provider:new")))
    answers = [
        officer.post(reverse("provider:new"), {"key": key, "profile": "strict", "uploads": uploads(lodged.clean())})
        for _ in range(2)
    ]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert len(lodging.listed()) == 1


def test_files_that_are_sealed_already_are_named_with_a_link(lodging, officer):
    sealed = lodging.sealed()
    answer = officer.post(
        reverse("provider:new"), {"key": "k", "profile": "strict", "uploads": uploads(lodged.clean())}
    )
    assert answer.status_code == 422
    assert "permanent record already" in text(answer)
    assert at("receipt", sealed) in text(answer)
    assert lodging.listed() == [sealed]


def test_files_that_are_under_way_already_are_named_with_a_link(lodging, officer):
    sent = [
        officer.post(reverse("provider:new"), {"key": key, "profile": "strict", "uploads": uploads(lodged.clean())})
        for key in ("first", "second")
    ]
    (first,) = lodging.listed()
    assert sent[0]["Location"] == at("submission", first)
    assert sent[1].status_code == 422
    assert "is not sealed yet" in text(sent[1])
    assert at("submission", first) in text(sent[1])
    tolerant = {"key": "third", "profile": "tolerant", "uploads": uploads(lodged.clean())}
    assert officer.post(reverse("provider:new"), tolerant).status_code == 302


def test_a_form_without_files_says_so(officer):
    answer = officer.post(reverse("provider:new"), {"key": "k", "profile": "strict"})
    assert (answer.status_code, "Choose at least one file." in text(answer)) == (422, True)


def test_a_request_that_is_too_large_is_answered_before_it_is_read(officer, settings):
    settings.UPLOAD_LIMIT_BYTES = 0
    big = uploads({"a.csv": b"x" * (17 << 20)})
    answer = officer.post(reverse("provider:new"), {"key": "k", "profile": "strict", "uploads": big})
    assert (answer.status_code, "too large" in text(answer)) == (413, True)


@pytest.mark.parametrize("name", ["new", "files"])
def test_an_upload_without_the_forms_token_is_refused(lodging, name):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = build.signed_in(lodging.officer).cookies
    url = reverse("provider:new") if name == "new" else at("files", lodging.opened())
    answer = browser.post(url, {"key": "k", "profile": "strict", "uploads": uploads(lodged.clean())})
    assert answer.status_code == 403


def test_the_notice_of_the_upload_is_shown_and_noted(lodging, officer):
    from testamur.notices import queries as notices_queries

    assert "Personal information in the files you send" in text(officer.get(reverse("provider:new")))
    officer.post(reverse("provider:new"), {"key": "k", "profile": "strict", "uploads": uploads(lodged.clean())})
    assert notices_queries.shown_to(lodging.officer.id)["provider-upload"][0] == "1"


def test_more_files_are_received_checked_and_taken_out(lodging, officer, faulty):
    answer = officer.post(at("files", faulty), {"uploads": uploads({"notes.txt": b"a note"})})
    assert (answer.status_code, state(lodging, faulty)) == (302, "validating")
    submissions_actions.check_submission(faulty, at=build.NOW)
    page = text(officer.get(at("files", faulty)))
    assert "Take out notes.txt" in page
    with tenancy.for_provider(lodging.provider.id):
        (note,) = [file for file in submissions_queries.files_of(faulty) if file.name == "notes.txt"]
    officer.post(at("remove_file", faulty, note.id))
    assert "notes.txt" not in text(officer.get(at("files", faulty)))


# Findings --------------------------------------------------------------------------------------


def test_findings_are_narrowed_and_a_strange_filter_shows_nothing_wrong(officer, faulty):
    rows = text(officer.get(at("findings", faulty), {"rule": "V07", "severity": "error"}))
    assert ("Row 2" in rows, "Row 4" in rows, "Row 3" in rows) == (True, True, False)
    assert "No finding fits" in text(officer.get(at("findings", faulty), {"severity": "error", "column": "nothing"}))
    assert officer.get(at("findings", faulty), {"rule": "<b>", "page": "-3"}).status_code == 200


def test_all_alike_are_fixed_by_one_form(lodging, officer, faulty):
    cells = {"rule": "V07", "file": RESULTS, "column": STATUS, "old": "9", "value": "3", "key": "k"}
    answer = officer.post(at("fix_alike", faulty), cells, follow=True)
    assert "2 cells" in text(answer)
    officer.post(at("check", faulty))
    submissions_actions.check_submission(faulty, at=build.NOW)
    assert state(lodging, faulty) == "ready"


def test_a_fix_is_taken_back_on_the_page(officer, faulty):
    cell = {"file": RESULTS, "row": 2, "column": STATUS, "rule": "V07", "value": "3"}
    officer.post(at("fix", faulty), cell)
    page = text(officer.get(at("findings", faulty), {"severity": "error"}))
    undo = re.search(r'action="([^"]+/undo/)"', page)[1]
    assert "Fixed, check again" in page
    officer.post(undo, {"back": "https://elsewhere.example/"})
    assert "Fixed, check again" not in text(officer.get(at("findings", faulty), {"severity": "error"}))


def test_a_fix_that_was_checked_and_is_wrong_is_not_called_fixed(officer, faulty):
    officer.post(at("fix", faulty), {"file": RESULTS, "row": 2, "column": STATUS, "rule": "V07", "value": "8"})
    officer.post(at("check", faulty))
    submissions_actions.check_submission(faulty, at=build.NOW)
    page = text(officer.get(at("findings", faulty), {"severity": "error"}))
    assert ("Fixed, check again" in page, "Fixed here, still wrong" in page) == (False, True)


def test_nobody_is_led_elsewhere_after_a_fix(officer, faulty):
    cell = {"file": RESULTS, "row": 2, "column": STATUS, "rule": "V07", "value": "3"}
    answer = officer.post(at("fix", faulty), {**cell, "back": "https://elsewhere.example/"})
    assert answer["Location"] == at("findings", faulty)


def test_a_cell_without_a_finding_is_not_found(officer, faulty):
    cell = {"file": RESULTS, "row": 3, "column": STATUS, "rule": "V07", "value": "3"}
    assert officer.post(at("fix", faulty), cell).status_code == 404


def test_the_providers_own_file_comes_back_with_what_is_wrong(officer, faulty):
    annotated = body(officer.get(at("annotated", faulty), {"file": RESULTS})).split(b"\r\n")
    assert annotated[0].endswith(b'What is wrong and what to do"')
    assert (annotated[1].endswith(b'"'), annotated[2].endswith(b",")) == (True, True)
    answer = officer.get(at("failed", faulty), {"file": RESULTS})
    assert "studentresults v2.csv" in answer["Content-Disposition"]
    assert body(answer).count(b"\r\n") == 3
    assert officer.get(at("annotated", faulty), {"file": "../../etc/passwd"}).status_code == 404
    counts = text(officer.get(at("findings_csv", faulty)))
    assert "V07" in counts
    assert "S1001" not in counts


def test_corrected_rows_go_back_through_the_page(lodging, officer, faulty):
    failed = body(officer.get(at("failed", faulty), {"file": RESULTS})).replace(b",9,2016", b",3,2016")
    officer.post(at("files", faulty), {"uploads": uploads({"studentresults v2.csv": failed})})
    submissions_actions.check_submission(faulty, at=build.NOW)
    assert state(lodging, faulty) == "ready"
    assert "made of studentresults v1.csv and studentresults v2.csv" in text(officer.get(at("findings", faulty)))


# Two people --------------------------------------------------------------------------------------


@pytest.mark.parametrize("confirmed", ["", "cp1252"])
def test_an_encoding_that_nobody_confirmed_is_said_in_the_place_of_the_button(lodging, administrator, confirmed):
    results = csv_of("studentresults", [unit(1, unit_name="Théâtre")]).decode().encode("cp1252")
    files = {RECORDS: csv_of("studentrecords", [student(1)]), RESULTS: results}
    number = lodging.opened(files, encoding=confirmed)
    lodging.checked(number)
    page = text(administrator.get(at("declare", number)))
    assert ("which nobody has confirmed" in page) is not bool(confirmed)
    assert ("Declare and seal" in page) is bool(confirmed)


def test_the_officer_reads_what_would_be_declared_and_cannot(lodging, officer):
    number = lodging.opened()
    lodging.checked(number)
    page = text(officer.get(at("declare", number)))
    assert "You prepared this submission" in page
    assert "Declare and seal" not in page
    assert officer.post(at("declare", number), {"key": "k", "agreed": "on"}).status_code == 403
    assert state(lodging, number) == "ready"


def test_a_declaration_without_the_tick_is_not_taken(lodging, administrator):
    number = lodging.opened()
    lodging.checked(number)
    answer = administrator.post(at("declare", number), {"key": "k"})
    assert (answer.status_code, state(lodging, number)) == (422, "ready")


def test_a_declaration_sent_twice_counts_once(lodging, administrator):
    number = lodging.opened()
    lodging.checked(number)
    answers = [administrator.post(at("declare", number), {"key": "k", "agreed": "on"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert state(lodging, number) == "accepted"


def test_the_administrator_changes_nothing_in_the_files(administrator, faulty):
    cell = {"file": RESULTS, "row": 2, "column": STATUS, "rule": "V07", "value": "3"}
    assert administrator.post(at("fix", faulty), cell).status_code == 403
    assert administrator.post(at("files", faulty), {"uploads": uploads({"a.csv": b"x"})}).status_code == 403
    assert administrator.get(at("withdraw", faulty)).status_code == 403


# At work, withdrawn, sealed --------------------------------------------------------------------------------------


def test_the_page_says_how_far_the_worker_is_and_offers_a_way_on(lodging, officer):
    number = lodging.opened()
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.request_check(number, by=lodging.officer.id, at=build.NOW)
    assert "Waiting for the worker" in text(officer.get(at("progress", number)))
    write_progress(room_of(number).progress, Standing("studentresults", 420, 1_000))
    page = text(officer.get(at("progress", number)))
    assert ("42 %" in page, "rows" in page) == (True, False), "the check counts bytes, which nobody calls rows"
    write_progress(room_of(number).progress, Standing("seal", 420, 1_000))
    assert "420 of 1,000 rows" in text(officer.get(at("progress", number)))
    assert "Start again" in text(officer.get(at("submission", number)))
    assert officer.post(at("restart", number)).status_code == 302
    submissions_actions.check_submission(number, at=build.NOW)
    assert "Finished" in text(officer.get(at("progress", number)))
    assert officer.post(at("restart", number)).status_code == 409


def test_when_the_check_is_done_the_fragment_says_the_real_status_and_has_the_page_loaded_again(lodging, officer):
    number = lodging.opened()
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.request_check(number, by=lodging.officer.id, at=build.NOW)
    heading = re.compile(r'id="state"[^>]*><strong class="t-tag[^"]*">([^<]+)</strong>')
    under_way = officer.get(at("progress", number))
    assert (heading.findall(text(under_way)), "HX-Refresh" in under_way) == (["Being checked"], False)
    assert heading.findall(text(officer.get(at("submission", number)))) == ["Being checked"]
    submissions_actions.check_submission(number, at=build.NOW)
    done = officer.get(at("progress", number))
    assert done["HX-Refresh"] == "true"
    assert (' value="100"' in text(done), ">100 %</progress>" in text(done), "hx-get" in text(done)) == (
        True,
        True,
        False,
    )
    page = text(officer.get(at("submission", number)))
    assert heading.findall(text(done)) == heading.findall(page) == ["To declare"]
    assert "<progress" not in page


def test_a_submission_is_withdrawn_after_a_question(lodging, officer, faulty):
    page = officer.get(at("withdraw", faulty))
    assert "cannot be brought back" in text(page)
    officer.post(at("withdraw", faulty), {"key": key_of(page)})
    assert state(lodging, faulty) == "withdrawn"
    assert officer.get(at("submission", faulty)).status_code == 200
    assert officer.get(at("findings", faulty)).status_code == 302


def test_a_receipt_names_hashes_people_and_the_log(lodging, administrator):
    from testamur.log import actions as log_actions

    number = lodging.sealed()
    assert "wait for their place in the log" in text(administrator.get(at("receipt", number)))
    log_actions.seal(at=build.NOW)
    page = text(administrator.get(at("receipt", number)))
    assert "it covers every leaf of this submission" in page
    with tenancy.for_provider(lodging.provider.id):
        assert all(file.sha256 in page for file in submissions_queries.files_of(number))


# Students --------------------------------------------------------------------------------------


def test_a_students_record_is_shown_noted_and_its_document_handed_out(lodging, officer):
    files = lodged.clean(1)
    lodging.sealed(files)
    with tenancy.for_provider(lodging.provider.id):
        number = Student.objects.get().pk
    assert "S1001" in text(officer.get(reverse("provider:students"), {"q": "s1001"}))
    page = text(officer.get(reverse("provider:student", args=[number])))
    assert "Systems &amp; Networks II" in page
    pdf = next(content for name, content in files.items() if name.endswith(".pdf"))
    assert body(officer.get(re.search(r'href="([^"]+/documents/[^"]+)"', page)[1])) == pdf
    assert set(AccessEvent.objects.values_list("action", flat=True)) == {"searched", "viewed", "downloaded"}
    assert officer.get(reverse("provider:document", args=[number, "0" * 64])).status_code == 404


# Walls --------------------------------------------------------------------------------------

PAGES = (
    "submission",
    "progress",
    "files",
    "withdraw",
    "findings",
    "findings_csv",
    "annotated",
    "failed",
    "fixed",
    "declare",
    "receipt",
)


@pytest.mark.parametrize("name", PAGES)
def test_another_providers_submission_is_not_found(faulty, name):
    other = build.signed_in(Lodging().officer)
    theirs = other.get(at(name, faulty), {"file": RESULTS})
    nobodys = other.get(at(name, UUID(int=7)), {"file": RESULTS})
    assert theirs.status_code == nobodys.status_code == 404
    assert strip(theirs) == strip(nobodys)


def strip(answer) -> str:
    """Return a page without what differs at every request."""
    return re.sub(r'(csrfmiddlewaretoken" value="[^"]+"|submissions/[0-9a-f-]{36}/)', "", text(answer))


@pytest.mark.parametrize("name", ["check", "restart", "withdraw", "fix", "fix_alike", "declare"])
def test_nothing_of_another_providers_submission_is_changed(lodging, faulty, name):
    other = Lodging()
    person = other.administrator if name == "declare" else other.officer
    cell = {"file": RESULTS, "row": 2, "column": STATUS, "rule": "V07", "value": "3", "key": "k", "agreed": "on"}
    assert build.signed_in(person).post(at(name, faulty), cell).status_code == 404
    assert state(lodging, faulty) == "needs_fix"


def test_the_list_shows_the_providers_own_only(faulty):
    other = Lodging()
    page = text(build.signed_in(other.officer).get(reverse("provider:home")))
    assert "Nothing has been sent yet" in page
