"""Locked accounts, of applicants, of people without an application and of staff: the list, and opening one (TEQ-09).

The list shows cases and roles, never a person. Where no case says whose an account is, the officer enters the address
that the person gives, and the account opens only where it is the account's own: the page shows it to nobody.
"""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.queries import LockedAccount
from testamur.accounts.roles import DESCRIPTIONS, SECRETARIAT_ROLES, Role
from testamur.extracts import actions as extracts_actions
from testamur.extracts import queries as extracts_queries
from testamur.extracts.queries import LockedApplicant
from testamur.kernel.errors import NotFound, Refusal
from testamur.kernel.identifiers import printed
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Table, crumbs
from testamur.web.secretariat.request_forms import UnlockForm

_READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)
_WORKERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)


@for_role(*_READERS)
@require_safe
def locked(request: Request) -> HttpResponse:
    """List every locked account by its cases and roles, the longest locked first; nothing about a person."""
    now = timezone.now()
    applicants = {one.account_id: one for one in extracts_queries.locked_applicants()}
    rows = [
        [
            Cell(
                _cases(applicants.get(one.id)),
                url=reverse("secretariat:unlock", args=[one.id]) if _may_open(request, one) else "",
                note="" if _may_open(request, one) else "A supervisor opens it",
                mono=True,
            ),
            _roles(one),
            (now - one.locked_at).days,
        ]
        for one in accounts_queries.locked_accounts(now)
    ]
    columns: list[Column | str] = ["Cases", "Roles", Column("Days locked", numeric=True)]
    table = Table("Locked accounts", columns, rows, empty="No account is locked.")
    steps = crumbs(("Work", reverse("secretariat:home")), ("Applications", reverse("secretariat:requests")))
    return render(request, "secretariat/request_locked.html", {"table": table, "crumbs": steps})


@for_role(*_WORKERS)
def unlock(request: Request, account_id: UUID) -> HttpResponseBase:
    """Open a locked account after a new identity check of its person (TEQ-09)."""
    found = next((one for one in accounts_queries.locked_accounts(timezone.now()) if one.id == account_id), None)
    if found is None:
        raise NotFound("This account is not locked, or there is none.")
    applicant = next((one for one in extracts_queries.locked_applicants() if one.account_id == account_id), None)
    cases = applicant.cases if applicant else ()
    address = "" if cases else accounts_queries.account(account_id).email
    form = UnlockForm(request.POST or None, address=address)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _open(request, account_id, form, applicant=applicant is not None))
            return redirect("secretariat:locked")
        except Refusal as refused:
            form.add_error(None, refused.message)
    steps = crumbs(("Work", reverse("secretariat:home")), ("Locked accounts", reverse("secretariat:locked")))
    context = {"form": form, "cases": [printed(number) for number in cases], "roles": _roles(found), "crumbs": steps}
    return render(request, "secretariat/request_unlock.html", context, status=422 if form.errors else 200)


def _open(request: Request, account_id: UUID, form: UnlockForm, *, applicant: bool) -> str:
    """Open an account, and with an applicant's the applications; return what to tell the officer."""
    said, by, at = form.cleaned_data, request.acting.account_id, timezone.now()
    check = said["identity_check"]
    if not applicant:
        accounts_actions.unlock_account(account_id, identity_check=check, by=by, at=at)
        return "The account is open. Its person sets a new password."
    facts = [said["fact"]] if "fact" in said else []
    extracts_actions.unlock_applicant(account_id, identity_check=check, facts=facts, by=by, at=at)
    return "The account is open. Its person sets a new password and shows who they are again."


def _may_open(request: Request, account: LockedAccount) -> bool:
    """Say whether the reader's role opens this account: of secretariat staff a supervisor alone (F.2)."""
    role = request.acting.role
    return role is Role.SUPERVISOR or (
        role in _WORKERS and not any(held in SECRETARIAT_ROLES for held, _ in account.roles)
    )


def _cases(applicant: LockedApplicant | None) -> str:
    """Return the numbers of an account's locked cases."""
    cases = applicant.cases if applicant else ()
    return ", ".join(printed(number) for number in cases) or "without a case"


def _roles(account: LockedAccount) -> str:
    """Return in which roles an account's person acts, and for whom."""
    held = [f"{DESCRIPTIONS[role].title}, {organisation}" for role, organisation in account.roles]
    return "; ".join(held) or "not staff"
