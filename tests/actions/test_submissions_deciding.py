"""A decision on a declared submission is made once and told once, whoever calls: keys, second deciders, and a fault within."""

from uuid import UUID

import pytest

from testamur.accounts.roles import Role
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed
from testamur.notices.models import OutgoingMail
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from tests import build
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db
REASON = "The transcripts of 2016 are missing."


@pytest.fixture
def declared() -> tuple[Lodging, UUID]:
    """Return a provider and its submission that waits for a supervisor."""
    lodging = Lodging(sector="vet")
    number = lodging.opened()
    lodging.checked(number)
    lodging.declared(number)
    return lodging, number


@pytest.fixture
def supervisor() -> UUID:
    return build.member(Role.SUPERVISOR).id


def state(number: UUID) -> str:
    with tenancy.for_register():
        return submissions_queries.submission(number).state


def verbs(number: UUID) -> list[str]:
    """Return what was done to a submission, the oldest first."""
    with tenancy.for_register():
        return [step.verb for step in reversed(submissions_queries.steps_of(number))]


def accept(number: UUID, by: UUID, key: str) -> None:
    submissions_actions.accept_submission(number, by=by, at=build.NOW, key=key)


def send_back(number: UUID, by: UUID, key: str, reason: str = REASON) -> None:
    submissions_actions.return_submission(number, reason=reason, by=by, at=build.NOW, key=key)


def mails_of_return() -> set:
    mails = list(OutgoingMail.objects.filter(template="submission_returned"))
    assert all(REASON not in str(mail.context) for mail in mails)
    people = [mail.account_id for mail in mails]
    assert len(people) == len(set(people)), "nobody is told twice"
    return set(people)


def test_a_return_with_the_same_key_returns_and_tells_once(declared, supervisor):
    lodging, number = declared
    send_back(number, supervisor, "k1")
    send_back(number, supervisor, "k1")
    assert verbs(number).count("return") == 1
    assert mails_of_return() == {lodging.officer.id, lodging.administrator.id}
    lodging.declared(number)
    send_back(number, supervisor, "k1")
    assert state(number) == "submitted", "the key's work was done before the second declaration"
    with pytest.raises(Conflict, match="other content"):
        send_back(number, supervisor, "k1", "Something else.")


def test_an_acceptance_with_the_same_key_accepts_once(declared, supervisor):
    _, number = declared
    accept(number, supervisor, "k1")
    accept(number, supervisor, "k1")
    submissions_actions.seal_submission(number, at=build.NOW)
    accept(number, supervisor, "k1")
    assert verbs(number).count("accept") == 1
    assert state(number) == "sealed"
    assert mails_of_return() == set()


@pytest.mark.parametrize("second", [accept, send_back])
@pytest.mark.parametrize(
    ("first", "said"), [(accept, "was accepted on 1 July 2026"), (send_back, "was sent back on 1 July 2026")]
)
def test_another_key_after_a_decision_is_told_what_was_decided(declared, supervisor, first, second, said):
    _, number = declared
    other = build.member(Role.SUPERVISOR).id
    first(number, other, "k1")
    done, told = verbs(number), mails_of_return()
    for by, key in ((supervisor, "k1"), (other, "k2"), (other, "")):
        with pytest.raises(Conflict, match=f"{said}. Your decision changed nothing"):
            second(number, by, key)
    assert (verbs(number), mails_of_return()) == (done, told)


def test_what_was_withdrawn_or_never_declared_is_not_decided_on(declared, supervisor):
    lodging, number = declared
    with tenancy.for_provider(lodging.provider.id):
        submissions_actions.withdraw_submission(number, by=lodging.officer.id, at=build.NOW)
    draft = lodging.opened()
    for decide in (accept, send_back):
        with pytest.raises(Conflict, match="The provider withdrew this submission on 1 July 2026"):
            decide(number, supervisor, "k1")
        with pytest.raises(Conflict, match="Nobody has declared"):
            decide(draft, supervisor, "k2")


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_return_without_a_reason_is_refused(declared, supervisor, reason):
    _, number = declared
    with pytest.raises(NotAllowed, match="Say why"):
        send_back(number, supervisor, "k1", reason)
    assert state(number) == "submitted"
    assert mails_of_return() == set()


def test_a_refused_decision_leaves_its_key_free(declared):
    lodging, number = declared
    draft = lodging.opened()
    lodging.checked(draft)
    other = build.member(Role.SUPERVISOR)
    with pytest.raises(Conflict):
        accept(draft, other.id, "k1")
    lodging.declared(draft)
    accept(draft, other.id, "k1")
    assert state(draft) == "accepted"
    with pytest.raises(NotAllowed):
        accept(number, build.member(Role.AUDITOR).id, "k1")
    assert state(number) == "submitted"


def test_a_return_whose_mail_cannot_be_queued_is_undone_with_its_key(declared, supervisor, monkeypatch):
    _, number = declared
    before = verbs(number)

    def refuse(*args, **options):
        raise RuntimeError("the mail cannot be written")

    with monkeypatch.context() as planted:
        planted.setattr(OutgoingMail.objects, "create", refuse)
        with pytest.raises(RuntimeError, match="cannot be written"):
            send_back(number, supervisor, "k1")
    assert (state(number), verbs(number)) == ("submitted", before)
    send_back(number, supervisor, "k1")
    assert state(number) == "ready"
    assert len(mails_of_return()) == 2
