"""Keys of a provider's systems: kept hashed, scoped, dated and revoked; and two people stay two when systems act."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts import systems
from testamur.accounts.models import Account, SystemKey
from testamur.accounts.roles import PERMISSIONS, SCOPE_WORDS, SCOPES, Permission, Role, Scope
from testamur.kernel import tenancy
from testamur.kernel.errors import Conflict, NotAllowed, NotFound
from testamur.notices.models import OutgoingMail
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from tests import build, lodged
from tests.build import NOW
from tests.lodged import Lodging

pytestmark = pytest.mark.django_db
SENDING = (Scope.READ_SUBMISSIONS, Scope.WRITE_SUBMISSIONS)
DECLARING = (Scope.READ_SUBMISSIONS, Scope.DECLARE_SUBMISSIONS)
MONTH = timedelta(days=30)


@pytest.fixture
def lodging() -> Lodging:
    return Lodging()


def made(lodging: Lodging, name="Student system", scopes=SENDING, **options) -> accounts_actions.MadeKey:
    asked = {"by": lodging.administrator.id, "at": NOW, "expires_at": NOW + MONTH} | options
    return accounts_actions.make_key(lodging.provider.organisation_id, system_name=name, scopes=scopes, **asked)


def account_of(key: accounts_actions.MadeKey) -> UUID:
    acting = systems.system_of(key.token, NOW)
    assert acting is not None
    return acting.key.system_id


def second(lodging: Lodging) -> build.Person:
    return build.member(Role.PROVIDER_ADMINISTRATOR, lodging.provider.organisation_id)


def prepared(lodging: Lodging, by: UUID) -> UUID:
    with tenancy.for_provider(lodging.provider.id):
        number = submissions_actions.lodge_submission(
            lodging.provider.id, lodged.arriving(lodged.clean()), by=by, at=NOW, wake=False
        )
    submissions_actions.check_submission(number, at=NOW)
    return number


# What is kept, and what opens


def test_a_key_opens_as_its_system_in_its_role(lodging):
    key = made(lodging)
    acting = systems.system_of(key.token, NOW)
    assert acting.role is Role.PROVIDER_DATA_OFFICER
    assert acting.organisation_id == lodging.provider.organisation_id
    assert acting.key.scopes == SENDING
    assert accounts_queries.account(acting.key.system_id).name == "Student system"


def test_the_key_itself_is_kept_nowhere(lodging):
    key = made(lodging)
    row = SystemKey.objects.get(pk=key.id)
    secret = key.token.split("_", 2)[2]
    assert bytes(row.secret_hash) == systems.hash_of(key.token)
    assert not [name for name, value in vars(row).items() if secret in str(value)]


def test_a_key_changed_in_one_sign_opens_nothing(lodging):
    token = made(lodging).token
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    other = made(lodging, name="Another").token
    mixed = "_".join([*token.split("_", 2)[:2], other.split("_", 2)[2]])
    assert systems.system_of(token, NOW) is not None
    for wrong in (changed, mixed, "", "testamur", "testamur__", token.upper(), token + "é", "x" + token):
        assert systems.system_of(wrong, NOW) is None


def test_a_key_ends_on_its_day_and_when_it_is_revoked(lodging):
    token = made(lodging).token
    assert systems.system_of(token, NOW + MONTH - timedelta(seconds=1)) is not None
    assert systems.system_of(token, NOW + MONTH) is None
    other = made(lodging, name="Other")
    accounts_actions.revoke_key(other.id, by=lodging.administrator.id, at=NOW)
    accounts_actions.revoke_key(other.id, by=lodging.administrator.id, at=NOW)
    assert systems.system_of(other.token, NOW) is None


def test_the_last_use_is_kept_to_the_minute(lodging):
    key = made(lodging)
    for seconds in (0, 30, 90):
        accounts_actions.note_key_use(key.id, at=NOW + timedelta(seconds=seconds))
        (facts,) = systems.keys_of(lodging.provider.organisation_id)
        assert facts.last_used_at == NOW + timedelta(seconds=90 if seconds == 90 else 0)


def test_nobody_signs_in_as_a_system_and_no_list_of_people_names_it(lodging):
    number = account_of(made(lodging))
    account = Account.objects.get(pk=number)
    assert not account.is_active
    assert not account.has_usable_password()
    members = accounts_queries.members_of(lodging.provider.organisation_id, NOW)
    assert number not in {one.account_id for one in members}
    accounts_actions.purge_unconfirmed(at=NOW + timedelta(days=3))
    assert Account.objects.filter(pk=number).exists()


# Who makes them


def test_only_an_administrator_of_this_provider_makes_and_revokes(lodging):
    key, stranger = made(lodging), Lodging().administrator
    for other in (lodging.officer, stranger):
        with pytest.raises(NotAllowed, match="administrator of the provider"):
            made(lodging, by=other.id)
        with pytest.raises(NotFound):
            accounts_actions.revoke_key(key.id, by=other.id, at=NOW)
    assert systems.system_of(key.token, NOW) is not None


def test_a_system_cannot_make_a_key(lodging):
    declaring = account_of(made(lodging, scopes=DECLARING))
    with pytest.raises(NotAllowed, match="Only a person"):
        made(lodging, name="Heir", by=declaring)


def test_the_same_request_twice_makes_one_key(lodging):
    first, again = made(lodging, key="form-1"), made(lodging, key="form-1")
    assert (again.id, again.token) == (first.id, "")
    with pytest.raises(Conflict):
        made(lodging, name="Other", key="form-1")
    assert len(systems.keys_of(lodging.provider.organisation_id)) == 1


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"scopes": (*SENDING, Scope.DECLARE_SUBMISSIONS)}, "SYS-02"),
        ({"scopes": (*SENDING, Scope.MANAGE_WEBHOOKS)}, "SYS-02"),
        ({"scopes": ()}, "SYS-04"),
        ({"expires_at": NOW}, "SYS-04"),
        ({"expires_at": NOW + timedelta(days=401)}, "SYS-04"),
    ],
)
def test_a_key_that_should_not_be_is_refused(lodging, options, rule):
    with pytest.raises(NotAllowed) as refused:
        made(lodging, **options)
    assert rule in {finding.rule for finding in refused.value.findings}


def test_a_system_keeps_to_its_kind(lodging):
    made(lodging)
    with pytest.raises(NotAllowed) as refused:
        made(lodging, scopes=DECLARING, by=second(lodging).id)
    assert {finding.rule for finding in refused.value.findings} == {"SYS-02"}


def test_one_person_holds_no_key_of_each_kind_while_both_open(lodging):
    sending = made(lodging)
    with pytest.raises(NotAllowed) as refused:
        made(lodging, name="Declarer", scopes=DECLARING)
    assert {finding.rule for finding in refused.value.findings} == {"SYS-03"}
    accounts_actions.revoke_key(sending.id, by=lodging.administrator.id, at=NOW)
    assert made(lodging, name="Declarer", scopes=DECLARING).token


def test_every_scope_is_worded_and_within_a_role():
    assert set(SCOPES) == set(SCOPE_WORDS) == set(Scope)
    for permissions in SCOPES.values():
        assert any(permissions <= PERMISSIONS[role] for role in Role)
    managing = {Permission.MANAGE_MEMBERS, Permission.MANAGE_SYSTEMS}
    assert not managing & frozenset().union(*SCOPES.values())


def test_the_database_refuses_a_scope_that_nobody_knows(lodging):
    key = made(lodging)
    with pytest.raises(IntegrityError, match="scopes_are_known"), transaction.atomic():
        SystemKey.objects.filter(pk=key.id).update(scopes=["everything"])


# Two people stay two


def test_what_a_system_does_is_kept_under_its_own_id(lodging):
    system = account_of(made(lodging))
    number = prepared(lodging, system)
    with tenancy.for_provider(lodging.provider.id):
        verbs = {step.verb: step.by for step in submissions_queries.steps_of(number)}
    assert verbs["open"] == verbs["receive"] == system


def test_a_system_does_nothing_at_another_provider(lodging):
    system, other = account_of(made(lodging)), Lodging()
    with tenancy.for_provider(other.provider.id), pytest.raises(NotAllowed):
        submissions_actions.open_submission(other.provider.id, by=system, at=NOW)


def test_a_sending_system_does_not_declare(lodging):
    number = prepared(lodging, account_of(made(lodging)))
    with pytest.raises(NotAllowed):
        lodging.declared(number, by=account_of(made(lodging, name="Second sender")))


def test_whoever_made_the_key_does_not_declare_what_it_sent(lodging):
    number = prepared(lodging, account_of(made(lodging)))
    with pytest.raises(NotAllowed, match="a system whose key you made"):
        lodging.declared(number)
    with tenancy.for_provider(lodging.provider.id):
        assert lodging.administrator.id in submissions_queries.people_of(number)
    lodging.declared(number, by=second(lodging).id)


def test_whoever_prepared_does_not_declare_through_a_system(lodging):
    both = lodging.as_both(lodging.officer)
    number = prepared(lodging, both)
    declarer = account_of(made(lodging, name="Declarer", scopes=DECLARING, by=both))
    with pytest.raises(NotAllowed, match="You prepared this submission"):
        lodging.declared(number, by=declarer)


def test_systems_of_two_administrators_lead_a_submission_through(lodging):
    number = prepared(lodging, account_of(made(lodging)))
    declarer = account_of(made(lodging, name="Declarer", scopes=DECLARING, by=second(lodging).id))
    lodging.declared(number, by=declarer)
    submissions_actions.seal_submission(number, at=NOW)
    with tenancy.for_provider(lodging.provider.id):
        card = submissions_queries.submission(number)
    assert (card.state, card.declared_by) == ("sealed", declarer)


# The secretariat


def test_a_supervisor_revokes_any_providers_key_with_a_reason_and_its_administrators_are_told(lodging):
    key = made(lodging)
    told = OutgoingMail.objects.filter(template="security_notice", account_id=lodging.administrator.id)
    assert [mail.context["event"] for mail in told] == ["system_key_made"]
    supervisor, officer = build.member(Role.SUPERVISOR), build.member(Role.SECRETARIAT_OFFICER)
    with pytest.raises(NotFound):
        accounts_actions.revoke_key(key.id, by=officer.id, at=NOW, reason="Seen in a public place")
    with pytest.raises(NotAllowed, match="reason"):
        accounts_actions.revoke_key(key.id, by=supervisor.id, at=NOW, reason=" ")
    assert systems.system_of(key.token, NOW) is not None
    accounts_actions.revoke_key(key.id, by=supervisor.id, at=NOW, reason="Seen in a public place")
    assert systems.system_of(key.token, NOW) is None
    (facts,) = systems.keys_of(lodging.provider.organisation_id)
    assert (facts.revoked_by, facts.revoke_reason) == (supervisor.id, "Seen in a public place")
    assert told.filter(context__event="system_key_revoked").count() == 1
