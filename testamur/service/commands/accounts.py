"""Invite staff, lock and unlock accounts, purge the unconfirmed: what an operator does before anybody can sign in.

The first supervisor of a regulator can only come from here. Acts of this command are the operator's; they leave the same
security events as the pages do.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from testamur.accounts.roles import DESCRIPTIONS, OrganisationKind, Role
from testamur.accounts.rules import LockReason
from testamur.kernel.errors import NotFound, Refusal

NEEDS_DJANGO = True


def _refusing(work: Callable[[argparse.Namespace, datetime], None]) -> Callable[[argparse.Namespace], int]:
    """Return a command that prints a refusal's words and answers 1."""

    def run(options: argparse.Namespace) -> int:
        try:
            work(options, datetime.now(UTC))
        except Refusal as refused:
            print(refused.message, file=sys.stderr)
            return 1
        return 0

    return run


def _account_id(email: str) -> UUID:
    """Return the account of an address; raises NotFound."""
    from testamur.accounts import queries

    found = queries.find_account(email)
    if found is None:
        raise NotFound("There is no account with this address.")
    return found.id


def _invite(options: argparse.Namespace, at: datetime) -> None:
    """Invite a person and print the link, which is in the mail too."""
    from testamur.accounts import actions, queries
    from testamur.web.signin import invitation_link

    role = Role(options.role)
    kind = DESCRIPTIONS[role].organisation_kind or OrganisationKind.REGULATOR
    known = queries.find_organisation(kind, options.organisation)
    if known is None and kind is not OrganisationKind.REGULATOR:
        raise NotFound("There is no such organisation. A provider's organisation comes with its registration.")
    organisation_id = (
        known.id if known else actions.register_organisation(kind, name=options.organisation, zone=options.zone)
    )
    invited = actions.invite_member(
        email=options.email,
        name=options.name,
        organisation_id=organisation_id,
        role=role,
        link_for=invitation_link,
        by=None,
        at=at,
    )
    print(invitation_link(invited.token))


def _lock(options: argparse.Namespace, at: datetime) -> None:
    """Lock an account."""
    from testamur.accounts import actions

    actions.lock_account(_account_id(options.email), reason=LockReason(options.reason), by=None, at=at)


def _unlock(options: argparse.Namespace, at: datetime) -> None:
    """Open a locked account."""
    from testamur.accounts import actions

    actions.unlock_account(_account_id(options.email), identity_check=options.identity_check, by=None, at=at)


def _purge(options: argparse.Namespace, at: datetime) -> None:
    """Remove unconfirmed accounts and say how many."""
    from testamur.accounts import actions

    print(f"{actions.purge_unconfirmed(at=at)} accounts removed")


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `accounts` and its verbs."""
    parser = subparsers.add_parser("accounts", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    invite = verbs.add_parser("invite", help="invite a named person; the organisation is made where it is new")
    invite.add_argument("email")
    invite.add_argument("name")
    invite.add_argument("role", choices=[role.value for role in Role if role is not Role.STUDENT])
    invite.add_argument("organisation", help="its exact name")
    invite.add_argument("--zone", default="Australia/Sydney", help="IANA zone of a new organisation")
    invite.set_defaults(run=_refusing(_invite))
    lock = verbs.add_parser("lock", help="lock an account that somebody else used (TEQ-09)")
    lock.add_argument("email")
    lock.add_argument("--reason", choices=[reason.value for reason in LockReason], required=True)
    lock.set_defaults(run=_refusing(_lock))
    unlock = verbs.add_parser("unlock", help="open a locked account after a new identity check (TEQ-09)")
    unlock.add_argument("email")
    unlock.add_argument("--identity-check", required=True, metavar="REFERENCE", help="the case of the new check")
    unlock.set_defaults(run=_refusing(_unlock))
    verbs.add_parser("purge", help="remove accounts unconfirmed for 24 hours (TEQ-04)").set_defaults(
        run=_refusing(_purge)
    )
