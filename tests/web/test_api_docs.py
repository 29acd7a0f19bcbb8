"""What docs/api.md shows is what the API does: its addresses exist, and its example of verifying a webhook accepts ours only."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from testamur.notices import signing
from testamur.submissions.states import SUBMISSION
from testamur.web.provider.api import answers, document, webhooks

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
_ADDRESS = re.compile(r'\$BASE(/[^\s?"\';]*)')


def addresses(text: str) -> set[str]:
    """Return the addresses that a page asks, with their places emptied."""
    return {re.sub(r"\$[A-Z]+", "{}", address) for address in _ADDRESS.findall(text)}


def known() -> set[str]:
    """Return the addresses that there are, with their places emptied."""
    return {re.sub(r"\{[^}]+\}", "{}", one.path.removeprefix("/api/v1")) for one in document.described()}


def verifier() -> Callable[[str, dict[str, str], bytes], bool]:
    """Return the function that the page shows."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Callable[[str, dict[str, str], bytes], bool]] = {}
    exec(example, names)
    return names["is_ours"]


def test_every_address_of_the_page_is_one_of_the_api() -> None:
    assert len(addresses(PAGE)) > 8
    assert addresses(PAGE) <= known()


def test_a_planted_address_is_missed() -> None:
    assert addresses("curl $BASE/submissions/$ID/nowhere") - known() == {"/submissions/{}/nowhere"}


def test_the_example_believes_ours_and_nothing_else() -> None:
    is_ours, secret, body = verifier(), signing.new_secret(), '{"type":"submission.sealed"}'
    headers = dict(signing.headers_of(secret, event_id=uuid4(), body=body, at=datetime.now(UTC)))
    assert is_ours(secret, headers, body.encode())
    assert not is_ours(secret, headers, body.encode() + b" ")
    assert not is_ours(signing.new_secret(), headers, body.encode())
    assert not is_ours(secret, {**headers, "webhook-id": str(uuid4())}, body.encode())
    assert not is_ours(secret, {**headers, "webhook-timestamp": str(int(time.time()) - 600)}, body.encode())


def test_verbs_name_what_a_key_can_do_and_nothing_of_the_worker_or_the_regulator() -> None:
    told = {verb: one for one in document.described() for verb in [one.path.rpartition("/")[2].replace("-", "_")]}
    others = {"receive": "files", "choose": "form", "fix": "fixes"}
    assert {others.get(verb, verb) for verb in answers.BY_KEY} <= told.keys()
    for state in SUBMISSION.states:
        card = SimpleNamespace(verbs=SUBMISSION.verbs(state))
        said = answers.SubmissionOut.resolve_verbs(card)  # type: ignore[arg-type]
        assert not {"accept", "return", "refuse", "pass", "find_faults", "give_up", "seal"} & set(said)
    assert "declare" in answers.SubmissionOut.resolve_verbs(SimpleNamespace(verbs=SUBMISSION.verbs("ready")))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("delivered", "given_up", "told"), [(False, False, True), (True, False, False), (False, True, False)]
)
def test_a_message_that_arrived_or_was_given_up_has_no_next_try(delivered: bool, given_up: bool, told: bool) -> None:
    now = datetime(2026, 7, 1, tzinfo=UTC)
    message = SimpleNamespace(
        next_attempt_at=now, delivered_at=now if delivered else None, given_up_at=now if given_up else None
    )
    assert (webhooks.MessageOut.resolve_next_attempt_at(message) is not None) is told  # type: ignore[arg-type]
