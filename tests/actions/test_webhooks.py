"""Webhooks: written with the change, signed, sent at least once, repeated on demand, and never to inner addresses."""

import ast
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address

import pytest
from django.db import transaction

from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.notices import posting, telling, webhooks
from testamur.notices.models import Webhook, WebhookDelivery
from tests.architecture.source import PROJECT
from tests.build import NOW
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440)]


class Receiver(HTTPServer):
    """A provider's system that keeps what it is told and answers as it is bidden."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiving)
        self.answers: list[int] = []
        self.told: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/told?by=register"


class _Receiving(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("Location", self.server.url)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.DEMO = True
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


def added(lodging: Lodging, url: str) -> telling.MadeWebhook:
    with tenancy.for_provider(lodging.provider.id):
        return telling.add_webhook(lodging.provider.id, url=url, by=lodging.administrator.id, at=NOW)


def log_of(lodging: Lodging, hook: telling.MadeWebhook) -> list[webhooks.DeliveryFacts]:
    with tenancy.for_provider(lodging.provider.id):
        return webhooks.deliveries_of(hook.id)


def is_genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Verify as a receiver does that has read Standard Webhooks and none of our code."""
    key = base64.b64decode(secret[len("whsec_") :])
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(wanted, headers["webhook-signature"])


# What is told


def test_each_state_is_told_with_a_signature_that_a_stranger_verifies(lodging, receiver):
    hook = added(lodging, receiver.url)
    number = lodging.sealed()
    assert telling.send_due(at=NOW) == 6
    bodies = [json.loads(body) for _, body in receiver.told]
    assert {body["data"]["state"] for body in bodies} == {
        "uploaded",
        "validating",
        "ready",
        "submitted",
        "accepted",
        "sealed",
    }
    assert {body["type"] for body in bodies} == {f"submission.{body['data']['state']}" for body in bodies}
    assert {body["data"]["submission_id"] for body in bodies} == {str(number)}
    assert all(is_genuine(hook.secret, headers, body) for headers, body in receiver.told)
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == len(receiver.told)


def test_a_changed_body_time_id_or_secret_is_caught(lodging, receiver):
    hook = added(lodging, receiver.url)
    lodging.opened()
    telling.send_due(at=NOW)
    ((headers, body),) = receiver.told
    assert is_genuine(hook.secret, headers, body)
    assert not is_genuine(hook.secret, headers, body.replace(b"uploaded", b"sealed!!"))
    for name in ("webhook-id", "webhook-timestamp"):
        assert not is_genuine(hook.secret, headers | {name: headers[name][:-1] + "x"}, body)
    other = added(lodging, receiver.url + "2")
    assert not is_genuine(other.secret, headers, body)


def test_a_message_names_nobody(lodging, receiver):
    hook = added(lodging, receiver.url)
    lodging.opened()
    (delivery,) = log_of(lodging, hook)
    data = json.loads(delivery.body)["data"]
    assert set(data) == {"submission_id", "number", "format", "state", "state_before"}
    with pytest.raises(ValueError, match="plain values"):
        telling.announce(lodging.provider.id, "submission.sealed", {"who": "Nguyễn, Grace"}, at=NOW)


def test_a_change_taken_back_is_not_told(lodging, receiver):
    hook = added(lodging, receiver.url)
    with transaction.atomic():
        lodging.opened()
        transaction.set_rollback(True)
    assert log_of(lodging, hook) == []


def test_a_provider_is_told_of_its_own_only(lodging, receiver):
    hook, other = added(lodging, receiver.url), Lodging()
    other.opened()
    assert log_of(lodging, hook) == []
    with tenancy.for_provider(other.provider.id):
        with pytest.raises(NotFound):
            webhooks.webhook(hook.id)
        with pytest.raises(NotFound):
            telling.stop_webhook(hook.id, by=other.administrator.id, at=NOW)
        assert webhooks.webhooks_of(lodging.provider.id) == []
    assert Webhook.objects.count() == WebhookDelivery.objects.count() == 0


def test_the_secret_is_kept_encrypted(lodging, receiver):
    hook = added(lodging, receiver.url)
    with tenancy.for_register():
        stored = Webhook.objects.get(pk=hook.id).secret
    assert hook.secret not in stored
    assert hook.secret.removeprefix("whsec_") not in base64.b64decode(stored).decode("latin-1")


# Trying again


def test_a_refused_message_is_tried_again_and_then_given_up(lodging, receiver):
    hook = added(lodging, receiver.url)
    lodging.opened()
    receiver.answers = [500] * 20
    at = NOW
    for wait in WAITS:
        assert telling.send_due(at=at) == 0
        (delivery,) = log_of(lodging, hook)
        assert (delivery.answered, delivery.next_attempt_at) == (500, at + wait)
        telling.send_due(at=at + wait - timedelta(seconds=1))
        at += wait
    telling.send_due(at=at)
    (delivery,) = log_of(lodging, hook)
    assert (delivery.given_up_at, delivery.attempts, len(receiver.told)) == (at, 8, 8)


def test_an_address_that_fails_does_not_hold_up_another(lodging, receiver):
    dead, good = added(lodging, "http://localhost:9/"), added(lodging, receiver.url)
    lodging.checked(lodging.opened())
    assert telling.send_due(at=NOW) == 3
    assert all(one.delivered_at for one in log_of(lodging, good))
    tried = [one for one in log_of(lodging, dead) if one.attempts]
    assert [one.last_error for one in tried] == ["ConnectionRefusedError"]


def test_a_redirect_is_not_followed(lodging, receiver):
    hook = added(lodging, receiver.url)
    lodging.opened()
    receiver.answers = [307]
    telling.send_due(at=NOW)
    (delivery,) = log_of(lodging, hook)
    assert (delivery.answered, delivery.delivered_at, len(receiver.told)) == (307, None, 1)


def test_a_message_is_sent_again_under_its_own_id(lodging, receiver):
    hook = added(lodging, receiver.url)
    lodging.opened()
    telling.send_due(at=NOW)
    (delivery,) = log_of(lodging, hook)
    later = NOW + timedelta(hours=1)
    with tenancy.for_provider(lodging.provider.id):
        telling.send_again(delivery.id, webhook_id=hook.id, at=later)
        with pytest.raises(Conflict):
            telling.send_again(delivery.id, webhook_id=hook.id, at=later)
    telling.send_due(at=later)
    (first, body), (again, same) = receiver.told
    assert (first["webhook-id"], body) == (again["webhook-id"], same)
    assert int(again["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 3600
    assert is_genuine(hook.secret, again, same)
    assert [one.repeated for one in log_of(lodging, hook)] == [True, False]


def test_a_stopped_address_is_told_nothing(lodging, receiver):
    hook = added(lodging, receiver.url)
    number = lodging.opened()
    with tenancy.for_provider(lodging.provider.id):
        telling.stop_webhook(hook.id, by=lodging.administrator.id, at=NOW)
        telling.stop_webhook(hook.id, by=lodging.administrator.id, at=NOW)
    lodging.checked(number)
    assert telling.send_due(at=NOW) == 0
    (delivery,) = log_of(lodging, hook)
    assert (delivery.last_error, receiver.told) == ("stopped", [])
    with tenancy.for_provider(lodging.provider.id), pytest.raises(Conflict):
        telling.send_again(delivery.id, webhook_id=hook.id, at=NOW)


def test_messages_go_after_ninety_days(lodging, receiver):
    hook = added(lodging, receiver.url)
    lodging.opened()
    assert telling.forget_deliveries(at=NOW + timedelta(days=89)) == 0
    assert telling.forget_deliveries(at=NOW + timedelta(days=91)) == 1
    assert log_of(lodging, hook) == []


# Where to


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "ftp://example.org/", "example.org", "", "https://", "https://user:pass@example.org/",
        "https://example.org/#part", "https://example.org:0/", "https://example.org:99999/", "https://10.0.0.1/",
        "https://[::1]/", "https://127.0.0.1/", "https://169.254.169.254/latest", "https://example.org/ x",
        "https://example.org/" + "x" * 500, "https://exämple.org/", "http://localhost/", "https://[::ffff:10.0.0.1]/",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_told_is_refused(lodging, url):
    with pytest.raises(NotAllowed):
        added(lodging, url)


def test_an_https_address_is_taken_once_and_five_are_enough(lodging):
    for number in range(5):
        added(lodging, f"https://system{number}.example.org:8443/hook?x=1")
    with pytest.raises(Conflict):
        added(lodging, "https://system0.example.org:8443/hook?x=1")
    with pytest.raises(NotAllowed, match="At most 5"):
        added(lodging, "https://system6.example.org/")


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "127.0.0.1", "169.254.169.254", "192.168.0.1", "172.16.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:192.168.0.1", "64:ff9b::a00:1",
        "2002:a00:1::1",
    ],
)  # fmt: skip
def test_inner_addresses_are_no_public_ones(address):
    assert not posting.is_public(ip_address(address))


def test_public_addresses_are_public():
    assert posting.is_public(ip_address("1.1.1.1"))
    assert posting.is_public(ip_address("2606:4700:4700::1111"))


def test_a_name_that_leads_inside_is_refused_when_it_is_sent(lodging, receiver):
    """`localhost` stands for a name whose owner lets it lead to this machine after it was added."""
    hook = added(lodging, receiver.url.replace("127.0.0.1", "localhost"))
    posted = posting.post(receiver.url.replace("http://127.0.0.1", "https://localhost"), "{}", {}, here=False)
    assert (posted.status, posted.trouble) == (None, "address not public")
    assert receiver.told == []
    assert hook.secret


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver):
    posted = posting.post(receiver.url.replace("http://", "https://"), "{}", {}, here=True)
    assert posted.status is None
    assert "SSL" in posted.trouble
    assert receiver.told == []


def test_a_test_message_goes_to_one_address_signed_and_one_at_a_time(lodging, receiver):
    hook, other = added(lodging, receiver.url), added(lodging, receiver.url + "2")
    with tenancy.for_provider(lodging.provider.id):
        telling.send_test(hook.id, at=NOW)
        with pytest.raises(Conflict, match="still being sent"):
            telling.send_test(hook.id, at=NOW)
    assert telling.send_due(at=NOW) == 1
    ((headers, body),) = receiver.told
    assert is_genuine(hook.secret, headers, body)
    assert json.loads(body)["type"] == telling.TEST_EVENT
    assert log_of(lodging, other) == []
    with tenancy.for_provider(lodging.provider.id):
        telling.send_test(hook.id, at=NOW)
        telling.stop_webhook(hook.id, by=lodging.administrator.id, at=NOW)
        with pytest.raises(Conflict, match="nothing any more"):
            telling.send_test(hook.id, at=NOW)
    with tenancy.for_provider(Lodging().provider.id), pytest.raises(NotFound):
        telling.send_test(hook.id, at=NOW)


# Nothing changes in silence


def silent(source: str) -> list[int]:
    """Return the lines that move a submission, or write its state, without the one function that announces it.

    A bare `SUBMISSION.move(…)` keeps nothing: it only refuses what could not be done.
    """
    tree, found = ast.parse(source), []
    bare = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called = ast.unparse(node.func)
        written = called.startswith("Submission.objects") and node.func.attr == "update"
        if (called == "SUBMISSION.move" and node not in bare) or (
            written and any(word.arg == "state" for word in node.keywords)
        ):
            found.append(node.lineno)
    return found


def test_a_submission_changes_its_state_only_where_it_is_announced():
    modules = [path for path in (PROJECT / "testamur").rglob("*.py") if path.name != "writing.py"]
    assert len(modules) > 100
    assert {path.name: lines for path in modules if (lines := silent(path.read_text(encoding="utf-8")))} == {}
    assert len(silent((PROJECT / "testamur/submissions/actions/writing.py").read_text(encoding="utf-8"))) == 1


@pytest.mark.parametrize(
    "planted",
    ['row.state = SUBMISSION.move(row.state, "seal")', 'Submission.objects.filter(pk=1).update(state="sealed")'],
)
def test_a_silent_change_of_state_is_found(planted):
    assert silent(planted) == [1]
    assert silent('SUBMISSION.move(row.state, "seal")') == []
    assert silent('row.state = NIL_RETURN.move(row.state, "declare")') == []
