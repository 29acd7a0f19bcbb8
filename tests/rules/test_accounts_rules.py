"""Who may appoint, lock and unlock, and whose address is a person's (F.2, CQR-19, TEQ-09)."""

import pytest

from testamur.accounts import rules
from testamur.accounts.roles import DESCRIPTIONS, PERMISSIONS, STAFF_ROLES, OrganisationKind, Permission, Role

PROVIDER, REGULATOR = OrganisationKind.PROVIDER, OrganisationKind.REGULATOR


@pytest.mark.parametrize(
    "address",
    [
        "admin@x.example",
        "Info@x.example",
        "student-records@x.example",
        "records.team@x.example",
        "the.office@x.example",
        "rto41234@x.example",
        "admissions2@x.example",
        "1234@x.example",
    ],
)
def test_a_shared_mailbox_is_nobody(address: str) -> None:
    verdict = rules.may_be_user(address)
    assert verdict.outcome == "BLOCK"
    assert [finding.rule for finding in verdict.findings] == ["CQR-19"]


@pytest.mark.parametrize(
    "address",
    [
        "kim.lee@x.example",
        "records.kim@x.example",
        "adminah@x.example",
        "j.registrar-smith@x.example",
        "vet.ng@x.example",
    ],
)
def test_a_persons_address_is_a_person(address: str) -> None:
    assert rules.may_be_user(address).allowed


@pytest.mark.parametrize(
    ("role", "kind", "by_role", "own", "allowed"),
    [
        (Role.PROVIDER_DATA_OFFICER, PROVIDER, Role.PROVIDER_ADMINISTRATOR, True, True),
        (Role.PROVIDER_DATA_OFFICER, PROVIDER, Role.PROVIDER_ADMINISTRATOR, False, False),
        (Role.PROVIDER_ADMINISTRATOR, PROVIDER, Role.SECRETARIAT_OFFICER, False, True),
        (Role.PROVIDER_ADMINISTRATOR, PROVIDER, Role.PROVIDER_DATA_OFFICER, True, False),
        (Role.PROVIDER_ADMINISTRATOR, PROVIDER, Role.AUDITOR, False, False),
        (Role.SECRETARIAT_OFFICER, REGULATOR, Role.SUPERVISOR, True, True),
        (Role.SECRETARIAT_OFFICER, REGULATOR, Role.SUPERVISOR, False, False),
        (Role.SECRETARIAT_OFFICER, REGULATOR, Role.SECRETARIAT_OFFICER, True, False),
        (Role.SUPERVISOR, PROVIDER, Role.SUPERVISOR, True, False),
        (Role.PROVIDER_DATA_OFFICER, REGULATOR, Role.SUPERVISOR, True, False),
        (Role.STUDENT, PROVIDER, Role.SUPERVISOR, True, False),
    ],
)
def test_who_may_appoint(role: Role, kind: OrganisationKind, by_role: Role, own: bool, allowed: bool) -> None:
    assert rules.may_appoint(role, kind, by_role, own_organisation=own).allowed is allowed


def test_who_may_lock_and_unlock() -> None:
    assert rules.may_lock(Role.SECRETARIAT_OFFICER, own_account=False).allowed
    assert rules.may_lock(None, own_account=True).allowed
    assert not rules.may_lock(None, own_account=False).allowed
    assert not rules.may_lock(Role.AUDITOR, own_account=False).allowed
    assert rules.may_unlock(Role.SUPERVISOR, own_account=False, colleague=False, identity_check="case 1").allowed
    assert not rules.may_unlock(Role.SUPERVISOR, own_account=True, colleague=False, identity_check="case 1").allowed
    assert not rules.may_unlock(Role.SUPERVISOR, own_account=False, colleague=False, identity_check="  ").allowed
    assert not rules.may_unlock(
        Role.PROVIDER_ADMINISTRATOR, own_account=False, colleague=False, identity_check="case 1"
    ).allowed
    assert not rules.may_unlock(None, own_account=True, colleague=False, identity_check="case 1").allowed


def test_a_supervisor_alone_unlocks_the_account_of_secretariat_staff() -> None:
    for role, allowed in ((Role.SUPERVISOR, True), (Role.SECRETARIAT_OFFICER, False)):
        verdict = rules.may_unlock(role, own_account=False, colleague=True, identity_check="case 1")
        assert verdict.allowed is allowed
    assert "Only a supervisor" in verdict.reasons


def test_the_table_of_permissions_keeps_the_hard_rules_of_f_2() -> None:
    assert set(PERMISSIONS) == set(DESCRIPTIONS) == set(Role)
    assert Permission.DECLARE_SUBMISSION not in PERMISSIONS[Role.PROVIDER_DATA_OFFICER]
    assert Permission.CHANGE_SUBMISSION not in PERMISSIONS[Role.PROVIDER_ADMINISTRATOR]
    assert Permission.APPROVE_EXTRACT not in PERMISSIONS[Role.SECRETARIAT_OFFICER]
    assert Permission.CREATE_EXTRACT not in PERMISSIONS[Role.SUPERVISOR]
    reads = {permission for permission in Permission if permission.value.startswith("read_")}
    assert PERMISSIONS[Role.AUDITOR] <= reads
    assert all(DESCRIPTIONS[role].organisation_kind for role in STAFF_ROLES)


def test_every_security_event_has_words() -> None:
    assert set(rules.SECURITY_WORDS) == set(rules.SecurityKind)


# Requests for access (CQR-19)


def decided(verb: str, asked: Role, by_role: Role, **changed: bool) -> str:
    """Return the rule that refuses, "" where none does; the defaults are a request that the secretariat may decide."""
    facts = {"own_organisation": False, "own_request": False, "for_secretariat": True, "proposed_by_another": False}
    verdict = rules.may_decide_access(verb, asked, by_role, **(facts | changed))
    return "" if verdict.allowed else verdict.findings[0].rule


OFFICER, SUPERVISOR, ADMINISTRATOR = Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.PROVIDER_ADMINISTRATOR
DATA_OFFICER = Role.PROVIDER_DATA_OFFICER


@pytest.mark.parametrize(
    ("verb", "asked", "by_role", "changed", "rule"),
    [
        ("approve", DATA_OFFICER, ADMINISTRATOR, {"own_organisation": True, "for_secretariat": False}, ""),
        ("approve", ADMINISTRATOR, ADMINISTRATOR, {"own_organisation": True, "for_secretariat": False}, ""),
        ("decline", DATA_OFFICER, ADMINISTRATOR, {"own_organisation": True}, ""),
        ("propose", ADMINISTRATOR, ADMINISTRATOR, {"own_organisation": True}, "F.2"),
        ("approve", DATA_OFFICER, ADMINISTRATOR, {}, "F.2"),
        ("approve", DATA_OFFICER, ADMINISTRATOR, {"own_organisation": True, "own_request": True}, "ACC-01"),
        ("decline", DATA_OFFICER, OFFICER, {"own_request": True}, "ACC-01"),
        ("approve", DATA_OFFICER, OFFICER, {"for_secretariat": False}, "ACC-02"),
        ("decline", DATA_OFFICER, SUPERVISOR, {"for_secretariat": False}, "ACC-02"),
        ("approve", DATA_OFFICER, OFFICER, {}, ""),
        ("propose", DATA_OFFICER, OFFICER, {}, "ACC-03"),
        ("propose", ADMINISTRATOR, OFFICER, {}, ""),
        ("approve", ADMINISTRATOR, OFFICER, {"proposed_by_another": True}, "ACC-03"),
        ("approve", ADMINISTRATOR, SUPERVISOR, {}, "ACC-03"),
        ("approve", ADMINISTRATOR, SUPERVISOR, {"proposed_by_another": True}, ""),
        ("decline", ADMINISTRATOR, OFFICER, {}, ""),
        ("approve", DATA_OFFICER, Role.AUDITOR, {}, "F.2"),
        ("approve", DATA_OFFICER, DATA_OFFICER, {"own_organisation": True}, "F.2"),
        ("approve", DATA_OFFICER, Role.STUDENT, {}, "F.2"),
    ],
)
def test_who_decides_on_a_request_for_access(
    verb: str, asked: Role, by_role: Role, changed: dict[str, bool], rule: str
) -> None:
    assert decided(verb, asked, by_role, **changed) == rule


def test_the_secretariat_decides_where_nobody_can_or_did_for_ten_days() -> None:
    ten = rules.ADMINISTRATOR_DECIDES
    assert ten.days == 10
    assert rules.is_for_secretariat(has_administrator=False, waited=ten * 0)
    assert not rules.is_for_secretariat(has_administrator=True, waited=ten - ten / 1000)
    assert rules.is_for_secretariat(has_administrator=True, waited=ten)
