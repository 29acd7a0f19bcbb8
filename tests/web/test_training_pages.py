"""Pages of training products: found as one types, the scope, the calendar and its feed, and copies decided by two people."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.accounts.roles import Role, Scope
from testamur.providers import actions as providers_actions
from testamur.training import actions as training_actions
from testamur.training.queries import copies, products, scope
from testamur.web import calendars
from testamur.web.pictures.drawing import Figure
from testamur.web.product_parts import banner
from tests import build, training
from tests.keyed import keyed
from tests.lodged import Lodging
from tests.web.test_look import Page
from tests.web.test_pictures import faults_of

pytestmark = pytest.mark.django_db

OLD, NEW = "ZZE30119", "ZZE30125"


@pytest.fixture
def loaded() -> None:
    training.load(taken_on=timezone.localdate(), at=timezone.now())


def page_of(browser: Client, name: str, *args: object, **query: str) -> str:
    """Return a page, which is sound by the house's own checks."""
    answer = browser.get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer.content[:300]
    text = answer.content.decode()
    assert Page(text).faults == []
    contexts = answer.context if isinstance(answer.context, list) else [answer.context]
    for one in (value for part in contexts for layer in part.dicts for value in layer.values()):
        if isinstance(one, Figure):
            assert faults_of(one) == []
    return text


def scoped() -> Client:
    """Return the browser of an officer of an organisation with the demo's scope."""
    lodging = Lodging(sector="vet")
    providers_actions.add_code(lodging.provider.id, kind="rto", code="41234", by=build.OPERATOR, at=build.NOW)
    return build.signed_in(lodging.officer)


@pytest.mark.usefixtures("loaded")
def test_a_product_is_found_and_shown_with_packaging_and_replacement(client: Client) -> None:
    assert "No product has this code" in page_of(client, "public:products", q="QQ99")
    found = page_of(client, "public:products", q="zze301")
    assert OLD in found
    part = client.get(reverse("public:products"), {"q": "studio"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert NEW in part
    name = "Kiln School Pty Ltd"
    school = build.provider(sector="vet", name=name)
    providers_actions.add_code(school.id, kind="rto", code="41234", by=build.OPERATOR, at=build.NOW)
    old = page_of(client, "public:product", OLD)
    assert name in old
    assert "90142" in old
    assert scope.providers_of("ZZORC201", timezone.localdate()) == [], "units are on scope by implication only"
    assert "Superseded" in old
    assert NEW in old
    assert "Group A: technical electives: 2 to 4 of 5" in old
    assert "Last day to enrol" in old
    assert "What it replaces" in page_of(client, "public:product", NEW)
    assert "Packed in" in page_of(client, "public:product", "ZZORC201")
    assert client.get(reverse("public:product", args=["NOPE"])).status_code == 404


def test_without_a_copy_and_with_an_old_one_a_banner_says_so(client: Client) -> None:
    assert "No copy of the national register is loaded yet" in page_of(client, "public:products")
    training.load(taken_on=date(2026, 6, 1))
    assert banner(date(2026, 6, 8)) == ""
    assert "8 days old" in banner(date(2026, 6, 9))
    assert "days old" in page_of(client, "public:products")


@pytest.mark.usefixtures("loaded")
def test_the_scope_is_listed_with_its_dates_and_units_by_implication_on_demand() -> None:
    browser = scoped()
    text = page_of(browser, "provider:products")
    assert "ZZA30118" in text
    assert "from 1 July 2019" in text
    assert "ZZORC201" not in text
    assert "by implication" in page_of(browser, "provider:products", implied="1")
    assert page_of(browser, "provider:products", implied="1", page="2") != page_of(
        browser, "provider:products", implied="1"
    )
    other = build.signed_in(Lodging(sector="vet").officer)
    assert "lists nothing on your scope" in page_of(other, "provider:products")


def unfolded(text: str) -> list[str]:
    """Return the lines of a calendar, each checked against RFC 5545, 3.1, and joined where they were folded."""
    assert text.endswith("\r\n")
    lines = text[:-2].split("\r\n")
    assert not any("\n" in line or "\r" in line for line in lines)
    assert all(len(line.encode()) <= 75 for line in lines)
    joined: list[str] = []
    for line in lines:
        if line.startswith(" "):
            joined[-1] += line[1:]
        else:
            joined.append(line)
    assert all(re.match(r"[A-Z-]+(;[A-Z-]+=[^:]+)?:", line) for line in joined)
    return joined


@pytest.mark.usefixtures("loaded")
def test_the_calendar_is_drawn_and_its_feed_is_fetched_until_it_is_revoked(settings) -> None:
    cache.clear()
    browser = scoped()
    anyone = Client()
    assert "Transition calendar" in page_of(browser, "provider:transitions")
    browser.post(reverse("provider:make_feed"))
    text = page_of(browser, "provider:transitions")
    (address,) = re.findall(r"https?://[^<]*\.ics", text)
    assert "Revoke" in text
    path = address.removeprefix(settings.PUBLIC_URL)
    answer = anyone.get(path)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    lines = unfolded(answer.content.decode())
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") > 2
    assert lines.count("VERSION:2.0") == 1
    uids = [line for line in lines if line.startswith("UID:")]
    assert len(set(uids)) == len(uids) == lines.count("BEGIN:VEVENT")
    assert any("last day to enrol" in line for line in lines if line.startswith("SUMMARY:"))
    assert anyone.get(path).content == answer.content
    assert anyone.get(path.replace(".ics", "x.ics")).status_code == 404
    feed = re.search(r"addresses/([0-9a-f-]{36})/revoke", text)
    assert feed
    other = build.signed_in(Lodging(sector="vet").officer)
    assert other.post(reverse("provider:revoke_feed", args=[feed[1]])).status_code == 404, "another provider's"
    browser.post(reverse("provider:revoke_feed", args=[feed[1]]))
    assert anyone.get(path).status_code == 404


def test_long_words_and_signs_are_folded_and_escaped() -> None:
    event = calendars.Event("a-1", date(2026, 7, 1), "Ends; now, \\ so", "Küche " * 30 + "\nnext", "https://x.example/")
    text = calendars.calendar_of("Name", [event], stamp=build.NOW)
    lines = unfolded(text)
    assert "SUMMARY:Ends\\; now\\, \\\\ so" in lines
    assert "DESCRIPTION:" + "Küche " * 30 + "\\nnext" in lines
    assert "DTSTART;VALUE=DATE:20260701" in lines
    assert "DTEND;VALUE=DATE:20260702" in lines
    with pytest.raises(AssertionError):
        unfolded(text.replace("\r\n ", ""))


def test_a_token_that_the_site_did_not_sign_names_no_feed() -> None:
    (feed,) = {calendars.feed_of(calendars.token_of(build.OPERATOR))}
    assert feed == build.OPERATOR
    assert calendars.feed_of(calendars.token_of(build.OPERATOR)[:-1] + "_") is None
    assert calendars.feed_of("rubbish") is None


def zipped(folder: Path) -> io.BytesIO:
    """Return a folder's files as a zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    content.seek(0)
    content.name = "copy.zip"
    return content


def retitled(name: str, text: str) -> str:
    """Give one unit another title."""
    return (
        text.replace("ZZORC201,unit,Plan trees 1,", "ZZORC201,unit,Plan orchards,") if name == "products.csv" else text
    )


@pytest.mark.usefixtures("loaded")
def test_a_copy_is_sent_looked_at_and_approved_by_a_second_person(tmp_path: Path) -> None:
    officer, supervisor = build.member(Role.SECRETARIAT_OFFICER), build.member(Role.SUPERVISOR)
    sender, decider = build.signed_in(officer), build.signed_in(supervisor)
    today = timezone.localdate()
    good = zipped(training.changed(tmp_path / "good", retitled, taken_on=today))
    answer = sender.post(reverse("secretariat:send_copy"), {"copy": good})
    assert answer.status_code == 302
    (proposal,) = copies.proposals(waiting=True)
    text = page_of(sender, "secretariat:proposed_copy", proposal.id)
    assert "title, package, descriptor or streams" in text
    assert "Approve" not in text
    decide = reverse("secretariat:decide_copy", args=[proposal.id, "approve"])
    assert sender.post(decide).status_code == 403
    assert "Approve and load" in page_of(decider, "secretariat:proposed_copy", proposal.id)
    assert "Waits for a second person" in page_of(decider, "secretariat:national_register")
    assert decider.post(decide).status_code == 302
    assert products.product_on("ZZORC201", today).title == "Plan trees 1", "the worker has not come yet"
    training_actions.load_proposed_copy(str(proposal.id), at=timezone.now())
    assert products.product_on("ZZORC201", today).title == "Plan orchards"
    (loaded, _) = copies.snapshots()
    assert copies.changed_products(loaded.id) == ("ZZORC201",)
    assert "ZZORC201" in page_of(decider, "secretariat:snapshot", loaded.id)
    assert "Loaded" in page_of(sender, "secretariat:proposed_copy", proposal.id)
    assert decider.post(decide).status_code == 409
    training_actions.load_proposed_copy(str(proposal.id), at=timezone.now())
    assert len(copies.snapshots()) == 2


@pytest.mark.usefixtures("loaded")
def test_who_sends_a_copy_decides_nothing_and_a_refused_or_withdrawn_one_changes_nothing(tmp_path: Path) -> None:
    first, second = build.member(Role.SUPERVISOR), build.member(Role.SUPERVISOR)
    sender, decider = build.signed_in(first), build.signed_in(second)
    folder = training.changed(tmp_path / "good", retitled, taken_on=timezone.localdate())
    for _ in range(2):
        assert sender.post(reverse("secretariat:send_copy"), {"copy": zipped(folder)}).status_code == 302
    newest, oldest = copies.proposals(waiting=True)
    assert sender.post(reverse("secretariat:decide_copy", args=[newest.id, "approve"])).status_code == 403
    refuse = reverse("secretariat:decide_copy", args=[newest.id, "refuse"])
    decider.post(refuse, {"reason": ""})
    assert copies.proposal(newest.id).state == "proposed"
    decider.post(refuse, {"reason": "Taken from the wrong place"})
    assert copies.proposal(newest.id).state == "refused"
    assert decider.post(reverse("secretariat:withdraw_copy", args=[oldest.id])).status_code == 404
    sender.post(reverse("secretariat:withdraw_copy", args=[oldest.id]))
    assert copies.proposal(oldest.id).state == "withdrawn"
    assert len(copies.snapshots()) == 1
    assert "Taken from the wrong place" in page_of(sender, "secretariat:proposed_copy", newest.id)


@pytest.mark.usefixtures("loaded")
def test_an_approved_copy_that_came_too_late_fails_and_says_why(tmp_path: Path) -> None:
    today = timezone.localdate()
    first, second = build.member(Role.SUPERVISOR), build.member(Role.SUPERVISOR)
    said = {"at": timezone.now(), "on": today}
    folder = training.changed(tmp_path / "good", retitled, taken_on=today)
    proposal = training_actions.propose_copy([zipped(folder).read()], by=first.id, **said)
    training_actions.approve_copy(proposal, by=second.id, at=timezone.now())
    tomorrow = date.fromordinal(today.toordinal() + 1)
    younger = training.changed(tmp_path / "younger", lambda name, text: text, taken_on=tomorrow)
    training_actions.load_release(younger, by=first.id, at=timezone.now(), on=tomorrow)
    training_actions.load_proposed_copy(str(proposal), at=timezone.now())
    found = copies.proposal(proposal)
    assert found.state == "failed"
    assert "A younger copy" in found.reason


def test_a_copy_with_faults_is_listed_and_not_kept(tmp_path: Path) -> None:
    browser = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    folder = training.changed(
        tmp_path / "bad", lambda name, text: text.replace(",vet\n", ",zoo\n", 1), taken_on=date(2026, 1, 1)
    )
    answer = browser.post(reverse("secretariat:send_copy"), {"copy": zipped(folder)})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert Page(text).faults == []
    assert "products.csv" in text
    assert "sector" in text
    assert copies.proposals() == []
    assert browser.post(reverse("secretariat:send_copy"), {}).status_code == 422


def test_the_watch_list_is_kept_by_officers_and_read_by_providers() -> None:
    browser = build.signed_in(build.member(Role.SECRETARIAT_OFFICER))
    address = reverse("secretariat:watch_list")
    said = {
        "package_code": "zze", "title": "Studio Ceramics", "note": "Kilns", "source": "Notice 12",
        "announced_date_0": "1", "announced_date_1": "3", "announced_date_2": "2026",
        "expected_date_0": "", "expected_date_1": "", "expected_date_2": "",
    }  # fmt: skip
    early = {**said, "expected_date_0": "1", "expected_date_1": "2", "expected_date_2": "2026"}
    assert browser.post(address, early).status_code == 422
    assert browser.post(address, said).status_code == 302
    assert "Notice 12" in page_of(browser, "secretariat:watch_list")
    staff = build.signed_in(Lodging(sector="vet").officer)
    assert "Studio Ceramics" in page_of(staff, "provider:transitions")
    auditor = build.signed_in(build.member(Role.AUDITOR))
    assert "Add a review" not in page_of(auditor, "secretariat:watch_list")
    assert auditor.post(address, said).status_code == 403
    (review,) = copies.watched_reviews()
    away = reverse("secretariat:withdraw_review", args=[review.id])
    browser.post(away, {"reason": ""})
    assert copies.watched_reviews()
    browser.post(away, {"reason": "Called off"})
    assert copies.watched_reviews() == []
    assert browser.post(away, {"reason": "Again"}).status_code == 409
    (kept,) = copies.watched_reviews(withdrawn=True)
    assert kept.withdrawn_reason == "Called off"


@pytest.mark.usefixtures("loaded")
def test_products_and_scope_are_read_by_key() -> None:
    lodging = Lodging(sector="vet")
    providers_actions.add_code(lodging.provider.id, kind="rto", code="41234", by=build.OPERATOR, at=build.NOW)
    system = keyed(lodging, [Scope.READ_PROVIDER])
    assert [one["code"] for one in system.get("/products", q="zze301").json()] == [OLD, NEW]
    assert system.get("/products", q="z").status_code == 422
    assert {one["kind"] for one in system.get("/products", q="kilns", kind="unit").json()} == {"unit"}
    found = system.get(f"/products/{OLD}", on="2020-01-01").json()
    assert (found["status"], found["replaced_by"][0]["code"]) == ("current", NEW)
    assert found["packaging"]["groups"][0]["kind"] == "core"
    assert system.get(f"/products/{OLD}", known_on="2001-01-01").status_code == 404
    assert system.get("/products/NOPE").status_code == 404
    held = system.get("/scope").json()
    assert {"ZZA30118", "ZZB40220"} <= {one["code"] for one in held}
    assert not any(one["implicit"] for one in held)
    assert any(one["implicit"] for one in system.get("/scope", implicit="true").json())
    assert len(system.get("/scope", on="2026-01-01").json()) < len(held), "some ended before"
    assert keyed(lodging, [Scope.READ_SUBMISSIONS], name="Other").get("/scope").status_code == 403
