"""Who may be invited, removed, locked and unlocked, and what makes a password address a named person's. Pure.

Sources: rulebook CQR-19 (role per named person, no shared mailbox), TEQ-09 (only the person), F.2 (access matrix).
"""

import re
from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from testamur.accounts.roles import DESCRIPTIONS, PERMISSIONS, SCOPES, OrganisationKind, Permission, Role, Scope
from testamur.kernel.verdict import Finding, Verdict

VERSION: Final = "2026-01-01"
_CQR_19: Final = "rulebook CQR-19 (TAC, providers' access application)"
_F_2: Final = "rulebook F.2 (access matrix)"
_TWO: Final = "rulebook F.1, declaration by an authorised person; rule of two persons"
_KEYS: Final = "register's rule of systems' keys"
_ACCESS: Final = "rulebook CQR-19 (access request, approval, credentials); register's rule of two persons"
LONGEST_KEY: Final = timedelta(days=400)
ADMINISTRATOR_DECIDES: Final = timedelta(days=10)  # after that the secretariat may too
_TEQ_09: Final = "rulebook TEQ-09 (TEQSA student portal, terms of use)"


class LockReason(StrEnum):
    """Why an account was locked (TEQ-09)."""

    CONFIRMED_USE_BY_ANOTHER = "confirmed_use_by_another"
    ADMITTED_BY_USER = "admitted_by_user"
    REPORTED_BY_PERSON = "reported_by_person"


class SecurityKind(StrEnum):
    """What a security event is about; the log holds these words and codes, never a value."""

    REGISTERED = "registered"
    ADDRESS_CONFIRMED = "address_confirmed"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    CREDENTIAL_CHANGED = "credential_changed"
    ADDRESS_CHANGED = "address_changed"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTOR_REFUSED = "factor_refused"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    UNLOCK_REFUSED = "unlock_refused"
    THIRD_PARTY_REFUSED = "third_party_refused"
    INVITED = "invited"
    MEMBER_ADDED = "member_added"
    MEMBER_REMOVED = "member_removed"
    PURGED_UNCONFIRMED = "purged_unconfirmed"
    SYSTEM_KEY_MADE = "system_key_made"
    SYSTEM_KEY_REVOKED = "system_key_revoked"
    ACCESS_PROPOSED = "access_proposed"
    ACCESS_APPROVED = "access_approved"
    ACCESS_DECLINED = "access_declined"


SECURITY_WORDS: Final[dict[str, str]] = {
    SecurityKind.REGISTERED: "The account was made.",
    SecurityKind.ADDRESS_CONFIRMED: "The e-mail address was confirmed.",
    SecurityKind.SIGNED_IN: "Somebody signed in.",
    SecurityKind.SIGNED_OUT: "Somebody signed out.",
    SecurityKind.CREDENTIAL_CHANGED: "The password was changed.",
    SecurityKind.ADDRESS_CHANGED: "The e-mail address was changed.",
    SecurityKind.FACTOR_ADDED: "A second factor was added.",
    SecurityKind.FACTOR_REMOVED: "A second factor was removed.",
    SecurityKind.FACTOR_REFUSED: "A passkey was refused: its counter ran backwards, so it may have been copied.",
    SecurityKind.RECOVERY_CODES_MADE: "New recovery codes were made.",
    SecurityKind.LOCKED: "The account was locked.",
    SecurityKind.UNLOCKED: "The account was unlocked after a new identity check.",
    SecurityKind.UNLOCK_REFUSED: "A request to unlock the account was refused.",
    SecurityKind.THIRD_PARTY_REFUSED: "Somebody else asked staff about this account and was refused.",
    SecurityKind.INVITED: "You invited somebody to act for an organisation.",
    SecurityKind.MEMBER_ADDED: "You became a member of an organisation.",
    SecurityKind.MEMBER_REMOVED: "You stopped acting for an organisation.",
    SecurityKind.PURGED_UNCONFIRMED: "The account was removed unconfirmed.",
    SecurityKind.SYSTEM_KEY_MADE: "You made a key for a system of your organisation.",
    SecurityKind.SYSTEM_KEY_REVOKED: "You revoked a key of an organisation's system.",
    SecurityKind.ACCESS_PROPOSED: "You proposed to give somebody access as a provider's administrator.",
    SecurityKind.ACCESS_APPROVED: "You approved a request for access.",
    SecurityKind.ACCESS_DECLINED: "You declined a request for access.",
}

_SHARED: Final = frozenset(Path(__file__).with_name("shared_mailboxes.txt").read_text("utf-8").split())
_FILLER: Final = frozenset({"team", "office", "the", "our", "australia", "au", "vic", "nsw", "qld", "wa", "sa", "tas"})


def _answer(ruleset: str, *findings: Finding) -> Verdict:
    """Return BLOCK with the findings, or ALLOW where there is none."""
    return Verdict(ruleset, VERSION, "BLOCK" if findings else "ALLOW", findings)


def _blocked(rule: str, message: str, source: str, fix: str) -> Finding:
    """Return one reason for a refusal."""
    return Finding(rule=rule, message=message, source=source, outcome="BLOCK", fix=fix)


def is_shared_mailbox(email: str) -> bool:
    """Say whether an address looks like a mailbox that several people read (`info@`, `student-records@`).

    A local part whose words are all names of functions is shared; any other word makes it a person's.
    """
    words = [word for word in re.split(r"[^a-z]+", email.partition("@")[0].lower()) if word]
    if not words:
        return True
    return any(word in _SHARED for word in words) and all(word in _SHARED | _FILLER for word in words)


def may_be_user(email: str) -> Verdict:
    """Staff act under their own name: a shared mailbox is nobody (CQR-19)."""
    if not is_shared_mailbox(email):
        return _answer("accounts")
    message = "This looks like a shared mailbox. Access belongs to one named person, so that every act has an author."
    return _answer("accounts", _blocked("CQR-19", message, _CQR_19, "Enter the person's own work e-mail address."))


def may_appoint(role: Role, organisation_kind: OrganisationKind, by_role: Role, *, own_organisation: bool) -> Verdict:
    """Say whether somebody may give or end a role in an organisation (F.2, CQR-19).

    Provider administrators manage their own provider's staff; the secretariat manages providers' staff; only a
    supervisor of the same regulator manages secretariat staff. A role exists only in its kind of organisation.
    """
    described = DESCRIPTIONS[role]
    if described.organisation_kind is not organisation_kind:
        message = f"The role {described.title} does not exist in an organisation of this kind."
        return _answer("accounts", _blocked("F.2", message, _F_2, "Choose a role of this organisation."))
    if Permission.MANAGE_MEMBERS not in PERMISSIONS[by_role]:
        return _answer("accounts", _blocked("F.2", "Your role does not manage members.", _F_2, "Ask an administrator."))
    by_secretariat = DESCRIPTIONS[by_role].organisation_kind is OrganisationKind.REGULATOR
    if organisation_kind is OrganisationKind.REGULATOR and (by_role is not Role.SUPERVISOR or not own_organisation):
        message = "Only a supervisor of the same regulator appoints or removes secretariat staff."
        return _answer("accounts", _blocked("F.2", message, _F_2, "Ask a supervisor."))
    if not by_secretariat and not own_organisation:
        message = "A provider administrator manages the members of their own provider only."
        return _answer("accounts", _blocked("F.2", message, _F_2, "Ask the secretariat."))
    return _answer("accounts")


def may_lock(by_role: Role | None, *, own_account: bool) -> Verdict:
    """An account is locked by secretariat staff on confirmation of use by somebody else, or by its own user (TEQ-09)."""
    if own_account or (by_role is not None and Permission.LOCK_ACCOUNT in PERMISSIONS[by_role]):
        return _answer("accounts")
    message = "Only the person, or secretariat staff, may lock an account."
    return _answer("accounts", _blocked("TEQ-09", message, _TEQ_09, "Report the misuse to the secretariat."))


def may_unlock(by_role: Role | None, *, own_account: bool, colleague: bool, identity_check: str) -> Verdict:
    """A locked account is opened only by secretariat staff, with a new identity check, never by its own user (TEQ-09).

    The account of a `colleague`, one of secretariat staff, is opened by a supervisor, who alone appoints them (F.2).
    """
    if by_role is None or own_account or Permission.LOCK_ACCOUNT not in PERMISSIONS[by_role]:
        message = "Only secretariat staff may unlock an account, and not their own."
        return _answer(
            "accounts", _blocked("TEQ-09", message, _TEQ_09, "Ask the secretariat for a new identity check.")
        )
    if colleague and by_role is not Role.SUPERVISOR:
        message = "This account is one of secretariat staff. Only a supervisor opens it."
        return _answer("accounts", _blocked("F.2", message, _F_2, "Ask a supervisor."))
    if not identity_check.strip():
        message = "A locked account is opened after a new identity check of the person, and none is named."
        return _answer("accounts", _blocked("TEQ-09", message, _TEQ_09, "Check the identity and enter its reference."))
    return _answer("accounts")


def has_counter_run_on(*, stored: int, shown: int) -> bool:
    """Say whether a passkey's counter of uses went up since it was last seen, so that no copy of it is about.

    Passkeys that keep no count show 0 every time and stay allowed; one that ever counted must go on counting.
    Source: Web Authentication level 2, section 6.1.1 (signature counter considerations).
    """
    return shown > stored or (shown == 0 and stored == 0)


def role_of_system(scopes: Collection[Scope]) -> Role:
    """Return the role in which a system acts: an administrator's where it declares or manages webhooks, else an officer's."""
    administers = {Scope.DECLARE_SUBMISSIONS, Scope.MANAGE_WEBHOOKS}
    return Role.PROVIDER_DATA_OFFICER if administers.isdisjoint(scopes) else Role.PROVIDER_ADMINISTRATOR


def may_make_key(
    scopes: Collection[Scope], *, lasts: timedelta, system_role: Role | None, made_sending: bool, made_declaring: bool
) -> Verdict:
    """Say whether somebody may make a key with these scopes for a system, which acts in one role for good.

    No system both prepares and declares (SYS-02), and nobody holds a key of each kind (SYS-03): `made_sending` and
    `made_declaring` say which usable keys of the organisation the person made. A key lasts at most 400 days (SYS-04).
    """
    found = []
    if not scopes or not timedelta(0) < lasts <= LONGEST_KEY:
        message = f"A key has at least one scope and ends on a day within {LONGEST_KEY.days} days."
        found.append(_blocked("SYS-04", message, _KEYS, "Choose a scope and an earlier day."))
    role = system_role or role_of_system(scopes)
    needed = frozenset[Permission]().union(*(SCOPES[scope] for scope in scopes))
    if not needed <= PERMISSIONS[role]:
        message = (
            "One system does not both prepare submissions and declare them or manage webhooks: the first is an officer's work, "
            "the others an administrator's, so that two have seen each submission."
        )
        found.append(_blocked("SYS-02", message, _TWO, "Make the other key for another system."))
    if (made_sending and Scope.DECLARE_SUBMISSIONS in scopes) or (made_declaring and Scope.WRITE_SUBMISSIONS in scopes):
        message = (
            "You made a key of the other kind. Whoever knows the key that prepares submissions does not also know the one "
            "that declares them."
        )
        found.append(_blocked("SYS-03", message, _TWO, "Ask another administrator of your provider to make this key."))
    return _answer("accounts", *found)


def is_for_secretariat(*, has_administrator: bool, waited: timedelta) -> bool:
    """Say whether the secretariat decides on a request for access: nobody at the provider can, or nobody did for ten days."""
    return not has_administrator or waited >= ADMINISTRATOR_DECIDES


def may_decide_access(
    verb: str,
    asked: Role,
    by_role: Role,
    *,
    own_organisation: bool,
    own_request: bool,
    for_secretariat: bool,
    proposed_by_another: bool,
) -> Verdict:
    """Say whether somebody may `propose`, `approve` or `decline` that a person acts for a provider in a role (CQR-19).

    The provider's own administrator decides; the secretariat where `for_secretariat`. An administrator whom the
    secretariat appoints is proposed by one person and approved by a supervisor, another one. Nobody decides about
    themselves.
    """
    if own_request:
        message = "Nobody decides on their own request."
        return _answer("accounts", _blocked("ACC-01", message, _ACCESS, "Ask somebody else who may."))
    if Permission.MANAGE_MEMBERS not in PERMISSIONS[by_role]:
        message = "Your role does not decide on requests for access."
        return _answer("accounts", _blocked("F.2", message, _F_2, "Ask an administrator."))
    if by_role is Role.PROVIDER_ADMINISTRATOR:
        if own_organisation and verb != "propose":
            return _answer("accounts")
        message = "A provider administrator approves or declines requests for their own provider only."
        return _answer("accounts", _blocked("F.2", message, _F_2, "Ask the secretariat."))
    if not for_secretariat:
        message = f"The provider's own administrator decides on this for {ADMINISTRATOR_DECIDES.days} days."
        return _answer("accounts", _blocked("ACC-02", message, _ACCESS, "Wait, or remind the administrator."))
    two = asked is Role.PROVIDER_ADMINISTRATOR
    if verb == "propose" and not two:
        message = "A data officer needs no proposal."
        return _answer("accounts", _blocked("ACC-03", message, _ACCESS, "Approve or decline the request."))
    if verb == "approve" and two and not (by_role is Role.SUPERVISOR and proposed_by_another):
        message = (
            "An administrator whom the secretariat appoints is proposed by one person and approved by a supervisor."
        )
        return _answer("accounts", _blocked("ACC-03", message, _ACCESS, "Propose it, or ask another supervisor."))
    return _answer("accounts")
