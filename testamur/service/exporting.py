"""`files export`: what a provider has lodged, written to one zip by the same action as on the page."""

import os
from datetime import datetime
from pathlib import Path
from uuid import UUID

from testamur.accounts import queries as accounts_queries
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.providers import queries as providers_queries
from testamur.submissions import actions as submissions_actions
from testamur.submissions.actions import Looker


def export(provider_code: str, name: str, *, user: str, target: Path, at: datetime) -> int:
    """Write an export to a path that does not exist yet, readable for its owner only; return how many students are in it.

    `user` is the e-mail address of one of the provider's staff, on whose behalf it is. Raises NotFound and NotAllowed, and
    FileExistsError rather than writing over a file.
    """
    provider = providers_queries.find_provider_by_code(provider_code)
    account = accounts_queries.find_account(user)
    if provider is None or account is None:
        raise NotFound("There is no such provider, or nobody signs in with this e-mail address.")
    if target.exists():
        raise FileExistsError(target)
    role = _role(account.id, providers_queries.provider(provider.id).organisation_id, at)
    with tenancy.for_provider(provider.id):
        made = submissions_actions.export_lodged(name, looker=Looker(provider.id, account.id, role), at=at)
    draft = target.with_name(f"{target.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            for piece in made.pieces:
                out.write(piece)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return made.students


def _role(account_id: UUID, organisation_id: UUID, at: datetime) -> str:
    """Return in which capacity somebody acts for an organisation; raises NotAllowed."""
    held = (one for one in accounts_queries.memberships_of(account_id, at) if one.organisation_id == organisation_id)
    membership = next(held, None)
    if membership is None:
        raise NotAllowed("This person does not act for this provider.")
    return membership.role.value
