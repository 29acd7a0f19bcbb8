"""An administrator adds an address, sees what became of each message, sends again, and stops; the example verifies."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from testamur.kernel import tenancy
from testamur.notices import signing, telling, webhooks
from testamur.notices.models import OutgoingMail, Webhook, WebhookDelivery
from testamur.web.provider import words
from tests import build
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db
ADDRESS = "https://hooks.example.org/told"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


@pytest.fixture
def desk(lodging: Lodging) -> Client:
    return build.signed_in(lodging.administrator)


def added(desk: Client, url: str = ADDRESS) -> str:
    answer = desk.post(reverse("provider:add_webhook"), {"url": url})
    (secret,) = set(SECRET.findall(html.unescape(answer.content.decode())))
    return secret


def told(lodging: Lodging) -> list[str]:
    """Return what the provider's administrator was told about security."""
    mails = OutgoingMail.objects.filter(template="security_notice", account_id=lodging.administrator.id)
    return [mail.context["event"] for mail in mails]


def hook_of(lodging: Lodging) -> webhooks.WebhookFacts:
    with tenancy.for_provider(lodging.provider.id):
        return webhooks.webhooks_of(lodging.provider.id)[0]


def page(desk: Client, lodging: Lodging) -> str:
    return desk.get(reverse("provider:webhook", args=[hook_of(lodging).id])).content.decode()


def noted(lodging: Lodging, **values: object) -> None:
    with tenancy.for_provider(lodging.provider.id):
        WebhookDelivery.objects.update(**values)


def test_an_address_is_added_and_its_secret_shown_once(desk: Client, lodging: Lodging) -> None:
    assert "No address is told yet" in desk.get(reverse("provider:webhooks")).content.decode()
    answer = desk.post(reverse("provider:add_webhook"), {"url": ADDRESS})
    assert "no-store" in answer["Cache-Control"]
    (secret,) = SECRET.findall(html.unescape(answer.content.decode()))
    assert told(lodging) == ["webhook_added"]
    hook = hook_of(lodging)
    with tenancy.for_provider(lodging.provider.id):
        assert signing.opened(Webhook.objects.get().secret) == secret
        assert secret not in Webhook.objects.get().secret
    listed = desk.get(reverse("provider:webhooks")).content.decode()
    assert ADDRESS in listed
    assert reverse("provider:webhook", args=[hook.id]) in listed
    assert secret not in html.unescape(listed + page(desk, lodging))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.org/", "https:// only"),
        ("https://10.0.0.8/", "not a public one"),
        ("https://me:secret@hooks.example.org/", "Leave names, passwords"),
        ("hooks", "no address"),
        ("", "required"),
    ],
)
def test_an_address_that_is_refused_says_why_beside_the_field(
    desk: Client, lodging: Lodging, url: str, words: str
) -> None:
    answer = desk.post(reverse("provider:add_webhook"), {"url": url})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'href="#id_url"' in answer.content.decode()
    assert told(lodging) == []


def test_the_same_address_twice_and_a_sixth_are_refused(desk: Client) -> None:
    added(desk)
    assert "told already" in desk.post(reverse("provider:add_webhook"), {"url": ADDRESS}).content.decode()
    for number in range(telling.MOST_WEBHOOKS - 1):
        added(desk, f"{ADDRESS}/{number}")
    refused = desk.post(reverse("provider:add_webhook"), {"url": f"{ADDRESS}/more"})
    assert "At most 5" in refused.content.decode()


def test_each_message_shows_its_state_tries_answer_and_next_try(desk: Client, lodging: Lodging) -> None:
    added(desk)
    lodging.opened()
    assert "submission.uploaded" in page(desk, lodging)
    assert ">now<" in page(desk, lodging)
    later = timezone.now() + timedelta(minutes=5)
    noted(lodging, attempts=2, answered=503, last_error="", next_attempt_at=later)
    tried = page(desk, lodging)
    assert "Tried, waits" in tried
    assert "503" in tried
    noted(lodging, given_up_at=timezone.now(), answered=None, last_error="name not found")
    given_up = page(desk, lodging)
    assert "Given up" in given_up
    assert "name not found" in given_up
    assert "Messages were given up" in desk.get(reverse("provider:webhooks")).content.decode()


def test_a_message_is_read_and_sent_again_under_its_own_id(desk: Client, lodging: Lodging) -> None:
    added(desk)
    lodging.opened()
    hook = hook_of(lodging)
    with tenancy.for_provider(lodging.provider.id):
        (first,) = webhooks.deliveries_of(hook.id)
    address = reverse("provider:webhook_message", args=[hook.id, first.id])
    assert address in page(desk, lodging)
    read = html.unescape(desk.get(address).content.decode())
    assert first.body in read
    assert str(first.event_id) in read
    assert "Send it again" not in read
    assert "still being sent" in desk.post(address, follow=True).content.decode()
    noted(lodging, delivered_at=timezone.now(), attempts=1, answered=204)
    assert "Send it again" in desk.get(address).content.decode()
    assert "on its way" in desk.post(address, follow=True).content.decode()
    with tenancy.for_provider(lodging.provider.id):
        repeated, _ = webhooks.deliveries_of(hook.id)
    assert (repeated.repeated, repeated.event_id, repeated.body) == (True, first.event_id, first.body)
    assert "sent again by hand" in page(desk, lodging)


def test_a_test_message_is_sent_once_at_a_time(desk: Client, lodging: Lodging) -> None:
    added(desk)
    hook = hook_of(lodging)
    address = reverse("provider:test_webhook", args=[hook.id])
    assert "on its way" in desk.post(address, follow=True).content.decode()
    assert "still being sent" in desk.post(address, follow=True).content.decode()
    with tenancy.for_provider(lodging.provider.id):
        (delivery,) = webhooks.deliveries_of(hook.id)
    assert json.loads(delivery.body)["type"] == "webhook.test"


def test_stopping_asks_once_and_gives_up_what_waits(desk: Client, lodging: Lodging) -> None:
    added(desk)
    lodging.opened()
    address = reverse("provider:stop_webhook", args=[hook_of(lodging).id])
    assert "Stop telling this address?" in desk.get(address).content.decode()
    assert hook_of(lodging).stopped_at is None
    stopped = desk.post(address, follow=True).content.decode()
    assert "Stopped" in stopped
    assert address not in stopped
    assert "Given up" in stopped
    assert "Send a test message" not in stopped


def test_another_providers_address_does_not_exist_here(desk: Client, lodging: Lodging) -> None:
    added(desk)
    lodging.opened()
    hook = hook_of(lodging)
    with tenancy.for_provider(lodging.provider.id):
        (delivery,) = webhooks.deliveries_of(hook.id)
    other = build.signed_in(Lodging().administrator)
    assert ADDRESS not in other.get(reverse("provider:webhooks")).content.decode()
    for name, args in (
        ("webhook", [hook.id]),
        ("stop_webhook", [hook.id]),
        ("webhook_message", [hook.id, delivery.id]),
    ):
        assert other.get(reverse(f"provider:{name}", args=args)).status_code == 404
        assert other.post(reverse(f"provider:{name}", args=args)).status_code in (404, 405)
    assert other.post(reverse("provider:test_webhook", args=[hook.id])).status_code == 404
    assert hook_of(lodging).stopped_at is None


def test_a_data_officer_manages_no_webhooks(lodging: Lodging) -> None:
    officer = build.signed_in(lodging.officer)
    assert officer.get(reverse("provider:webhooks")).status_code == 403
    assert officer.post(reverse("provider:add_webhook"), {"url": ADDRESS}).status_code == 403


def example(desk: Client) -> str:
    """Return the program that the page shows."""
    shown = desk.get(reverse("provider:webhooks")).content.decode()
    return html.unescape(shown.partition("<pre")[2].partition(">")[2].partition("</pre>")[0])


def test_the_example_on_the_page_verifies_ours_and_refuses_others(desk: Client, lodging: Lodging) -> None:
    space: dict[str, object] = {}
    exec(example(desk), space)
    is_genuine = space["is_genuine"]
    secret, now, body = signing.new_secret(), timezone.now(), '{"type":"submission.sealed"}'
    number = Lodging().opened()
    headers = dict(signing.headers_of(secret, event_id=number, body=body, at=now))
    assert is_genuine(secret, headers, body.encode())
    assert is_genuine(secret, headers | {"webhook-signature": f"v1,old {headers['webhook-signature']}"}, body.encode())
    assert not is_genuine(secret, headers, body.replace("sealed", "ready").encode())
    assert not is_genuine(signing.new_secret(), headers, body.encode())
    late = dict(signing.headers_of(secret, event_id=number, body=body, at=now - timedelta(minutes=6)))
    assert not is_genuine(secret, late, body.encode())


def test_every_event_that_is_told_is_on_the_page(desk: Client, lodging: Lodging) -> None:
    added(desk)
    lodging.sealed()
    shown = desk.get(reverse("provider:webhooks")).content.decode()
    with tenancy.for_provider(lodging.provider.id):
        told = {delivery.event for delivery in webhooks.deliveries_of(hook_of(lodging).id)}
    assert len(told) == 6
    assert all(f"<code>{event}</code>" in shown for event in told)
    assert f"submission.{next(iter(words.STATES))}" not in shown  # nothing moves to the first state
