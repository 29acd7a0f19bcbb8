"""Grant, confirm and end written authorities: two people, dated, never edited (AQF-09, AQF-10)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import PERMISSIONS, Permission
from testamur.documents import actions as documents_actions
from testamur.documents.certification.assets import read_asset
from testamur.issuance import rules
from testamur.issuance.actions import writing
from testamur.issuance.models import AuthorityAct, SigningAuthority
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, refuse_unless
from testamur.providers import queries as providers_queries

_NEEDED = {"prepare": Permission.PREPARE_CERTIFICATION, "approve": Permission.APPROVE_CERTIFICATION}


@dataclass(frozen=True, slots=True)
class AuthoritySaid:
    """An authority as it is said. `account` for preparing and approving; for signing the name, position and signature."""

    power: str
    since: date
    instrument: str
    until: date | None = None
    kinds: tuple[str, ...] = ()
    account: UUID | None = None
    printed_name: str = ""
    position: str = ""
    signature: bytes = b""


@transaction.atomic
def grant_authority(said: AuthoritySaid, provider_id: int, *, by: UUID, at: datetime) -> UUID:
    """An authority is granted; it counts once a second person has confirmed it. For administrators.

    Refuses an account whose role at the provider cannot do what the authority is for, and a signatory without name or signature.
    """
    writing.refuse_without(Permission.MANAGE_ISSUING, provider_id, by=by, at=at)
    _refuse_unfit(said, provider_id, at=at)
    signature = ""
    if said.power == "sign":
        picture = read_asset(said.signature)
        documents_actions.keep_file([said.signature], media_type="image/*", kind="signature", at=at)
        signature = picture.sha256
    row = SigningAuthority.objects.create(
        provider_id=provider_id,
        power=said.power,
        account=said.account,
        kinds=list(said.kinds),
        authority_from=said.since,
        authority_until=said.until,
        instrument=said.instrument.strip(),
        printed_name=said.printed_name.strip(),
        position=said.position.strip(),
        signature_sha256=signature,
        granted_by=by,
        granted_at=at,
    )
    return row.id


def _refuse_unfit(said: AuthoritySaid, provider_id: int, *, at: datetime) -> None:
    """Refuse what is incomplete, everything at once."""
    wrong = []
    if said.power not in rules.POWERS or any(kind not in rules.KINDS for kind in said.kinds):
        wrong.append("Choose what the authority is for, and documents that are issued here.")
    if not said.instrument.strip():
        wrong.append("Name the instrument: the resolution, letter or delegation by which the authority was given.")
    if said.until is not None and said.until < said.since:
        wrong.append("The last day lies before the first.")
    if said.power == "sign" and not (said.printed_name.strip() and said.position.strip() and said.signature):
        wrong.append("A signatory needs the name and position to print, and the picture of the signature.")
    if said.power in _NEEDED and not _holds(said, provider_id, at=at):
        wrong.append("Choose a member of the provider whose role can do this.")
    if wrong:
        raise NotAllowed(" ".join(wrong))


def _holds(said: AuthoritySaid, provider_id: int, *, at: datetime) -> bool:
    """Say whether the account is a member of the provider in a role that can do what the authority is for."""
    if said.account is None:
        return False
    organisation = providers_queries.provider(provider_id).organisation_id
    held = accounts_queries.memberships_of(said.account, at)
    return any(one.organisation_id == organisation and _NEEDED[said.power] in PERMISSIONS[one.role] for one in held)


@transaction.atomic
def confirm_authority(authority_id: UUID, *, by: UUID, at: datetime) -> None:
    """A second person confirmed an authority: from now on it counts. Refuses who granted it, and whom it is for."""
    row = _locked(authority_id)
    writing.refuse_without(Permission.CONFIRM_ISSUING, row.provider_id, by=by, at=at)
    refuse_unless(rules.may_decide(proposed_by_decider=by in (row.granted_by, row.account), what="authority"))
    _act(row, "confirm", by=by, at=at)


@transaction.atomic
def end_authority(authority_id: UUID, ended_on: date, *, reason: str, by: UUID, at: datetime) -> None:
    """An authority counts after a day no more; that day is the last. For administrators, with a reason; documents issued stay."""
    row = _locked(authority_id)
    writing.refuse_without(Permission.MANAGE_ISSUING, row.provider_id, by=by, at=at)
    if not reason.strip():
        raise NotAllowed("Say why the authority ends. The reason is kept.")
    if ended_on < row.authority_from:
        raise NotAllowed("The authority begins later than that. Check the day.")
    _act(row, "end", by=by, at=at, ended_on=ended_on, reason=reason.strip()[:400])


def _act(
    row: SigningAuthority, verb: str, *, by: UUID, at: datetime, ended_on: date | None = None, reason: str = ""
) -> None:
    """Keep what was done with an authority; each once."""
    if row.acts.filter(verb=verb).exists():
        raise Conflict("This was done already.")
    AuthorityAct.objects.create(
        authority=row, provider_id=row.provider_id, verb=verb, ended_on=ended_on, reason=reason, by=by, at=at
    )


def _locked(authority_id: UUID) -> SigningAuthority:
    """Return an authority; raises NotFound. What is done with it is unique, so that no lock is needed."""
    row = SigningAuthority.objects.filter(pk=authority_id).first()
    if row is None:
        raise NotFound("There is no such authority, or none that you may see.")
    return row
