"""People who sign in or ask to, organisations, systems, invitations, idempotency keys and security events.

An account is not a student and not a person in the record (settled 1): it holds an address and a password, nothing else
about anybody. Security events name an account by its id only, so that they outlive it; they are permanent.
"""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from testamur.accounts.roles import PROVIDER_ROLES, STAFF_ROLES, OrganisationKind, Scope
from testamur.accounts.states import ACCESS_REQUEST, OPEN

_KINDS = [(kind.value, kind.value) for kind in OrganisationKind]
_ROLES = sorted((role.value, role.value) for role in STAFF_ROLES)
_ROLE_VALUES = [value for value, _ in _ROLES]
_SCOPES = [scope.value for scope in Scope]
_PROVIDER_ROLES = sorted(role.value for role in PROVIDER_ROLES)


class AccountManager(BaseUserManager["Account"]):
    """What Django's sign-in asks of a user table: to find an account by its address, whatever the case."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        """Return the account of an address; raises Account.DoesNotExist."""
        return self.get(email=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """One person who signs in. Addresses are kept in lower case, so that one address is one account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True, blank=True)
    lock_reason = models.CharField(max_length=60, blank=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="account_email_is_lower_case"),
            models.CheckConstraint(
                condition=Q(locked_at__isnull=True, lock_reason="")
                | (Q(locked_at__isnull=False, is_active=False) & ~Q(lock_reason="")),
                name="account_locked_is_inactive_with_reason",
            ),
        ]

    def __str__(self) -> str:
        """Return the id: an address is personal and stays out of log lines."""
        return str(self.id)


class Organisation(models.Model):
    """A provider, regulator, employer or funder for which people act."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=_KINDS)
    name = models.CharField(max_length=300)
    zone = models.CharField(max_length=40, default="Australia/Sydney")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in OrganisationKind]), name="organisation_kind_is_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="organisation_has_a_name"),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Membership(models.Model):
    """An account acts for an organisation in one role from a day until (not including) a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=40, choices=_ROLES)
    member_from = models.DateField()
    member_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "organisation", "role"],
                condition=Q(member_until__isnull=True),
                name="membership_is_held_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(member_until__isnull=True) | Q(member_until__gte=F("member_from")),
                name="membership_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(role__in=_ROLE_VALUES), name="membership_role_is_known"),
        ]

    def __str__(self) -> str:
        """Return role and organisation."""
        return f"{self.role} at {self.organisation_id}"


class System(models.Model):
    """A computer system that acts for an organisation: an account nobody can sign in to, with a membership of its own.

    So whatever it does is kept under its own id, as a person's act is. `made_by` answers for it.
    """

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="system")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="systems")
    name = models.CharField(max_length=80)
    made_by = models.UUIDField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="system_is_named_once_in_an_organisation"),
            models.CheckConstraint(condition=~Q(name=""), name="system_has_a_name"),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class SystemKey(models.Model):
    """A secret with which a system asks, for some purposes and until a day. Only the whole key's SHA-256 is kept.

    `prefix` finds the row and names the key on pages; it opens nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=40))
    made_by = models.UUIDField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.UUIDField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__len__gt=0, scopes__contained_by=_SCOPES), name="system_key_scopes_are_known"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="system_key_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="system_key_revoked_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        """Return the prefix; it opens nothing."""
        return self.prefix


class Invitation(models.Model):
    """A named person was asked to act for an organisation. Only the token's SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=40, choices=_ROLES)
    invited_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email", "role"],
                condition=Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_is_open_once",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="invitation_email_is_lower_case"),
            models.CheckConstraint(condition=Q(role__in=_ROLE_VALUES), name="invitation_role_is_known"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="invitation_is_accepted_or_revoked",
            ),
        ]

    def __str__(self) -> str:
        """Return role and organisation; never the address."""
        return f"{self.role} at {self.organisation_id}"


class AccessRequest(models.Model):
    """Somebody asks to act for a provider (CQR-19). Only the link's SHA-256 is kept; the row goes 30 days after its end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_hash = models.BinaryField(max_length=32, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="access_requests")
    role = models.CharField(max_length=40, choices=_ROLES)
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254)
    reason = models.TextField(max_length=1000)
    state = models.CharField(max_length=20, default=ACCESS_REQUEST.initial)
    requested_at = models.DateTimeField()
    mailed_at = models.DateTimeField()
    mails = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.UUIDField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.UUIDField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email", "role"],
                condition=Q(state__in=OPEN),
                name="access_request_is_open_once",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="access_request_email_is_lower_case"),
            models.CheckConstraint(condition=Q(role__in=_PROVIDER_ROLES), name="access_request_role_is_a_providers"),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, ended_at__isnull=True)
                | Q(state__in=sorted(set(ACCESS_REQUEST.states) - set(OPEN)), ended_at__isnull=False),
                name="access_request_ended_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("requested", "expired", "withdrawn")) | Q(confirmed_at__isnull=False),
                name="access_request_is_decided_once_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(state="proposed") | Q(proposed_by__isnull=False, proposed_at__isnull=False),
                name="access_request_proposed_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        """Return role and organisation; never the address."""
        return f"{self.role} at {self.organisation_id}"


class IdempotencyKey(models.Model):
    """A repeated request with the same key gets the first answer. `account_id` is null for the command line."""

    account_id = models.UUIDField(null=True)
    key = models.CharField(max_length=100)
    purpose = models.CharField(max_length=60)
    request_digest = models.CharField(max_length=64)
    result_ref = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "key", "purpose"], nulls_distinct=False, name="idempotency_key_is_used_once"
            ),
        ]

    def __str__(self) -> str:
        """Return purpose and key."""
        return f"{self.purpose} {self.key}"


class SecurityEvent(models.Model):
    """Something that matters to an account's safety happened. Append-only; `detail` is a code, never a value."""

    account_id = models.UUIDField(db_index=True)
    by_account_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    detail = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        """Return kind and moment."""
        return f"{self.kind} {self.at:%Y-%m-%dT%H:%MZ}"
