"""The secretariat's start page: how much waits of each kind, the longest first, in few statements and without a person."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from testamur.accounts.roles import Role
from testamur.extracts import actions as extracts_actions
from testamur.kernel import waiting
from testamur.log import actions as log_actions
from testamur.log.models import AccessEvent
from testamur.web.pictures.drawing import Box, faults
from testamur.web.secretariat.due import overdue_kind
from testamur.web.secretariat.waiting_picture import AGES, ENDS, Kind, waiting_by_age
from tests import applying, build, providing, recording
from tests.applying import GRACE
from tests.lodged import Lodging

DAY = timedelta(days=1)


def lines(browser: Client) -> list[tuple[str, str, str]]:
    """Return what stands in the table of what waits: kind, how many, longest wait."""
    page = browser.get(reverse("secretariat:home")).content.decode()
    table = page.partition("What waits</caption>")[2].partition("</table>")[0]
    rows = re.findall(r"<tr class.*?</tr>", table, re.DOTALL)[1:]
    plain = [re.sub(r'<span class="t-cell__note">.*?</span>', "", row) for row in rows]
    cells = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in plain]
    return [(cell[0], cell[1], cell[2]) for cell in cells]


def counts(browser: Client) -> dict[str, int]:
    return {label: int(count) for label, count, _ in lines(browser)}


def some_of_each(folder: Path, staff: applying.Secretariat, *, at: datetime = build.NOW) -> None:
    """Make one thing of every kind wait."""
    pending = applying.applicant(at=at)
    extracts_actions.name_identity_document("passport", by=pending.id, at=at)
    extracts_actions.upload_scan(applying.PNG, by=pending.id, at=at)
    extracts_actions.open_assisted_case("none", by=applying.applicant(at=at).id, at=at)
    other = [recording.student("S1", given_name="Hope")]
    applying.applied(applying.identified(staff, at=at), applying.closed_provider(folder, records=other), at=at)
    applying.applied(applying.identified(staff, at=at), applying.closed_provider(folder), at=at)
    extracts_actions.report_third_party_use(by=applying.applicant(at=at).id, at=at)
    lodging = Lodging(sector="vet")
    number = lodging.opened()
    lodging.checked(number)
    lodging.declared(number)
    providing.closed()


@pytest.fixture
def staff(db: None) -> applying.Secretariat:
    return applying.secretariat()


# The page


def test_nothing_waits_at_first(staff: applying.Secretariat) -> None:
    browser = build.signed_in(staff.supervisor)
    assert set(counts(browser).values()) == {0}
    page = browser.get(reverse("secretariat:home")).content.decode()
    assert "Nothing waits." in page
    assert "waiting-by-age" not in page


def test_every_kind_is_counted_and_leads_to_as_many(tmp_path: Path, staff: applying.Secretariat) -> None:
    some_of_each(tmp_path, staff)
    browser = build.signed_in(staff.supervisor)
    found = counts(browser)
    # Closures: the provider that closed last, and the two whose records are applied for.
    assert found == {
        "Identity checks": 1,
        "Assisted identity cases": 1,
        "Applications for an officer": 1,
        "Matches to confirm": 1,
        "Locked accounts": 1,
        "Requests for access": 0,
        "Submissions to decide on": 1,
        "Closures": 3,
        "Closure records overdue": 0,
        "Periods overdue": overdue_kind(datetime.now(UTC)).count,
        "Doubtful records": 0,
        "Proposed joins": 0,
        "Copies of the national register": 0,
    }
    page = browser.get(reverse("secretariat:home")).content.decode()
    assert 'id="closures"' in page
    for name, query, cell in (
        ("identities", "", "Picture to look at"),
        ("identities", "", "Another way to find"),
        ("requests", "?state=officer", "Compare by hand"),
        ("requests", "?state=found", "Match to confirm"),
        ("locked", "", "without a case"),
        ("submissions", "", "Institute"),
    ):
        address = reverse(f"secretariat:{name}") + query
        assert f'href="{address}"' in page
        table = browser.get(address).content.decode().partition("<tbody")[2].partition("</tbody>")[0]
        assert table.count(cell) == 1


def test_the_longest_waiting_stands_first(staff: applying.Secretariat) -> None:
    now = datetime.now(UTC)
    recent, earlier = now - 3 * DAY, now - 40 * DAY
    person = applying.applicant(at=recent)
    extracts_actions.name_identity_document("passport", by=person.id, at=recent)
    extracts_actions.upload_scan(applying.PNG, by=person.id, at=recent)
    extracts_actions.open_assisted_case("none", by=applying.applicant(at=earlier).id, at=earlier)
    found = lines(build.signed_in(staff.officer))
    assert found[:2] == [("Assisted identity cases", "1", "40 days"), ("Identity checks", "1", "3 days")]
    assert {wait for _, _, wait in found[2:]} == {"none"}


def test_a_closure_waits_from_the_moment_its_case_was_opened(staff: applying.Secretariat) -> None:
    now = datetime.now(UTC)
    providing.closed("Ended long ago, told of today", ceased_on=(now - 400 * DAY).date(), at=now)
    assert lines(build.signed_in(staff.officer))[0] == ("Closures", "1", "today")
    providing.closed("Ends soon, told of a while ago", ceased_on=(now - 20 * DAY).date(), at=now - 12 * DAY)
    assert lines(build.signed_in(staff.officer))[0] == ("Closures", "2", "12 days")


def test_more_work_asks_no_more_statements(tmp_path: Path, staff: applying.Secretariat) -> None:
    browser = build.signed_in(staff.supervisor)
    some_of_each(tmp_path, staff)
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as caught:
            browser.get(reverse("secretariat:home"))
        asked.append(len(caught))
        some_of_each(tmp_path, staff)
    assert asked[0] == asked[1]


@pytest.mark.parametrize("role", [Role.SECRETARIAT_OFFICER, Role.AUDITOR])
def test_only_who_decides_on_submissions_finds_the_way_to_them(role: Role, staff: applying.Secretariat) -> None:
    address = f'href="{reverse("secretariat:submissions")}"'
    page = build.signed_in(build.member(role)).get(reverse("secretariat:home")).content.decode()
    assert address not in page
    assert "A supervisor decides on these" in page
    assert address in build.signed_in(staff.supervisor).get(reverse("secretariat:home")).content.decode()


@pytest.mark.parametrize("role", [Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR])
def test_nobody_is_named_on_it(tmp_path: Path, staff: applying.Secretariat, role: Role) -> None:
    some_of_each(tmp_path, staff)
    page = build.signed_in(build.member(role)).get(reverse("secretariat:home")).content.decode()
    for personal in (GRACE.family_name, GRACE.given_name, "1990", "@example.org/"):
        assert personal not in page
    assert not re.search(r'href="[^"]*[0-9a-f]{8}-[0-9a-f-]{27}', page), "no address holds an account or a submission"


# The picture


def kinds(*counted: tuple[str, int, int, int]) -> list[Kind]:
    """Return kinds with so many of each age."""
    ages = (DAY, 10 * DAY, 100 * DAY)
    return [
        Kind.of(label, tuple(age for age, count in zip(ages, numbers, strict=True) for _ in range(count)))
        for label, *numbers in counted
    ]


SHOWN = [
    kinds(("Identity checks", 1, 0, 0)),
    kinds(("Identity checks", 3, 2, 1), ("Assisted identity cases", 0, 0, 9), ("Closures", 0, 1, 0)),
    kinds(
        ("Applications for an officer", 12_000, 1, 900), ("Submissions to decide on", 1, 1, 1), ("Closures", 0, 0, 0)
    ),
]


@pytest.mark.parametrize("shown", SHOWN, ids=["one", "few", "many"])
def test_no_word_of_the_picture_collides_leaves_the_frame_or_fades(shown: list[Kind]) -> None:
    figure = waiting_by_age(shown)
    for place, drawing in figure.drawings:
        assert faults(drawing) == [], place
        for box in (shape for shape in drawing.shapes if isinstance(shape, Box)):
            assert box.x + box.width <= drawing.width
    assert render_to_string("parts/picture.html", {"figure": figure}) == render_to_string(
        "parts/picture.html", {"figure": waiting_by_age(shown)}
    )


def test_the_table_beneath_holds_the_same_numbers() -> None:
    figure = waiting_by_age(SHOWN[2])
    assert [list(row) for row in figure.table.rows] == [
        ["Applications for an officer", "12,000", "1", "900", "12,901"],
        ["Submissions to decide on", "1", "1", "1", "3"],
    ]
    assert "12,001 up to a week" in figure.described


def test_an_age_begins_on_its_day() -> None:
    moment = timedelta(seconds=1)
    waits = (timedelta(0), 7 * DAY - moment, 7 * DAY, 28 * DAY - moment, 28 * DAY, 900 * DAY)
    assert Kind.of("Any", waits).by_age == (2, 2, 2)
    assert len(AGES) == 3


@pytest.mark.django_db
def test_the_database_counts_waits_as_the_picture_does() -> None:
    now, moment = datetime.now(UTC), timedelta(seconds=1)
    waits = (timedelta(0), 7 * DAY - moment, 7 * DAY, 28 * DAY - moment, 28 * DAY, 900 * DAY)
    for place, wait in enumerate(waits):
        log_actions.record_access(
            by=None, role="officer", action=log_actions.AccessAction.VIEWED, purpose=log_actions.AccessPurpose.AUDIT,
            at=now - wait, on=now.date(), case=f"{place % 2}",
        )  # fmt: skip
    rows = AccessEvent.objects.all()
    (all_of_them,) = waiting.waited(rows, "at", ENDS, at=now)
    assert Kind.counted("Any", all_of_them) == Kind.of("Any", waits)
    apart = {one.group: one.counts for one in waiting.waited(rows, "at", ENDS, at=now, group="case")}
    assert apart == {"0": (1, 1, 1), "1": (1, 1, 1)}
    assert waiting.waited(rows.none(), "at", ENDS, at=now) == []
