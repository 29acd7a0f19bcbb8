"""The operator's command: the first supervisor, locks and the purge."""

from uuid import UUID

import pytest

from testamur.accounts import queries
from testamur.accounts.roles import OrganisationKind, Role
from testamur.service import cli
from tests import build

pytestmark = pytest.mark.django_db


def run(*words: str) -> int:
    """Run the command on the test's own database."""
    import argparse

    from testamur.service.commands import accounts

    parser = argparse.ArgumentParser()
    accounts.add(parser.add_subparsers())
    options = parser.parse_args(["accounts", *words])
    answer: int = options.run(options)
    return answer


def test_the_command_is_a_noun_of_the_command_line() -> None:
    assert "accounts" in cli.nouns()


def test_the_first_supervisor_is_invited_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("invite", "kim.lee@example.org", "Kim Lee", "supervisor", "Office of the Register") == 0
    token = capsys.readouterr().out.strip().rstrip("/").rpartition("/")[2]
    invited = queries.find_invitation(token, build.NOW)
    assert invited is not None
    assert (invited.role, invited.organisation_name) == (Role.SUPERVISOR, "Office of the Register")
    assert run("invite", "jo.nguyen@example.org", "Jo", "auditor", "Office of the Register") == 0
    found = queries.find_organisation(OrganisationKind.REGULATOR, "Office of the Register")
    assert found is not None
    assert invited.organisation_id == found.id


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("invite", "admin@example.org", "A", "supervisor", "Office"), "shared mailbox"),
        (("invite", "kim.lee@example.org", "K", "provider_administrator", "Nowhere"), "no such organisation"),
        (("lock", "nobody@example.org", "--reason", "reported_by_person"), "no account"),
    ],
)
def test_a_refusal_is_said_and_answers_1(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 1
    assert said in capsys.readouterr().err


def test_locking_unlocking_and_purging() -> None:
    person = build.student_account()

    def locked(account_id: UUID) -> bool:
        return queries.account(account_id).locked_at is not None

    assert run("lock", person.email, "--reason", "confirmed_use_by_another") == 0
    assert locked(person.id)
    assert run("unlock", person.email, "--identity-check", " ") == 1
    assert run("unlock", person.email, "--identity-check", "case 9") == 0
    assert not locked(person.id)
    waiting = build.student_account(confirmed=False)
    assert run("purge") == 0
    assert queries.find_account(waiting.email) is None
