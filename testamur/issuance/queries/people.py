"""Authorities and templates as they stand on a day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from testamur.issuance import rules
from testamur.issuance.models import SigningAuthority, Template
from testamur.issuance.rules import Authority
from testamur.issuance.states import TEMPLATE
from testamur.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class AuthorityHeld:
    """An authority with what was done with it. `last_day` is the earlier of its own last day and that of its end."""

    id: UUID
    power: str
    account: UUID | None
    kinds: tuple[str, ...]
    since: date
    last_day: date | None
    instrument: str
    printed_name: str
    position: str
    signature_sha256: str
    granted_by: UUID
    granted_at: datetime
    confirmed_by: UUID | None
    ended_reason: str
    ended: bool

    def covers(self, power: str, kind: str, day: date) -> bool:
        """Say whether it is confirmed and allows something with a kind of document on a day."""
        authority = Authority(self.power, self.kinds, self.since, self.last_day)
        return self.confirmed_by is not None and authority.covers(power, kind, day)


@dataclass(frozen=True, slots=True)
class TemplateHeld:
    """A template version."""

    id: UUID
    kind: str
    version: int
    state: str
    source_sha256: str
    logo_sha256: str
    device_kind: str
    device_sha256: str
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None

    @property
    def verbs(self) -> tuple[str, ...]:
        """Return what may be done with it next."""
        return TEMPLATE.verbs(self.state)


def authorities(provider_id: int) -> list[AuthorityHeld]:
    """Return a provider's authorities, the newest first."""
    rows = SigningAuthority.objects.filter(provider_id=provider_id).prefetch_related("acts")
    return [_authority(row) for row in rows.order_by("-granted_at", "id")]


def authority(authority_id: UUID) -> AuthorityHeld:
    """Return one authority; raises NotFound."""
    row = SigningAuthority.objects.filter(pk=authority_id).prefetch_related("acts").first()
    if row is None:
        raise NotFound("There is no such authority, or none that you may see.")
    return _authority(row)


def _authority(row: SigningAuthority) -> AuthorityHeld:
    """Return an authority with its acts."""
    acts = {act.verb: act for act in row.acts.all()}
    ended = acts.get("end")
    days = [day for day in (row.authority_until, ended.ended_on if ended else None) if day is not None]
    confirmed = acts.get("confirm")
    return AuthorityHeld(
        row.id, row.power, row.account, tuple(row.kinds), row.authority_from, min(days, default=None), row.instrument,
        row.printed_name, row.position, row.signature_sha256, row.granted_by, row.granted_at,
        confirmed.by if confirmed else None, ended.reason if ended else "", ended is not None,
    )  # fmt: skip


def may(provider_id: int, account: UUID, power: str, kind: str, day: date) -> bool:
    """Say whether a person holds a confirmed authority for something with a kind of document on a day (AQF-09)."""
    held = [one for one in authorities(provider_id) if one.account == account]
    return any(one.covers(power, kind, day) for one in held)


def signatories(provider_id: int, kind: str, day: date) -> list[AuthorityHeld]:
    """Return who may sign a kind of document on a day (AQF-10)."""
    return [one for one in authorities(provider_id) if one.covers("sign", kind, day)]


def templates(provider_id: int) -> list[TemplateHeld]:
    """Return a provider's template versions, by kind, the newest first."""
    rows = Template.objects.filter(provider_id=provider_id).order_by("kind", "-version")
    return [_template(row) for row in rows]


def current_templates(provider_id: int) -> dict[str, TemplateHeld]:
    """Return the newest approved version of each kind (AQF-13)."""
    found: dict[str, TemplateHeld] = {}
    for one in templates(provider_id):
        if one.state == "approved":
            found.setdefault(one.kind, one)
    return found


def _template(row: Template) -> TemplateHeld:
    """Return one version."""
    return TemplateHeld(
        row.id, row.kind, row.version, row.state, row.source_sha256, row.logo_sha256, row.device_kind, row.device_sha256,
        row.proposed_by, row.proposed_at, row.decided_by, row.decided_at,
    )  # fmt: skip


def ready_kinds(provider_id: int, day: date) -> dict[str, tuple[bool, bool]]:
    """Return for each kind whether somebody may sign it on a day, and whether a template is approved."""
    held, approved = authorities(provider_id), current_templates(provider_id)
    found: dict[str, tuple[bool, bool]] = defaultdict(lambda: (False, False))
    for kind in rules.KINDS:
        found[kind] = (any(one.covers("sign", kind, day) for one in held), kind in approved)
    return dict(found)
