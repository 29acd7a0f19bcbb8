"""Who may prepare, approve and sign, and by which templates: proposed by one person, confirmed by another (AQF-09, -10, -13)."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import PERMISSIONS, Permission, Role
from testamur.issuance import actions, queries
from testamur.issuance.actions import AuthoritySaid, TemplateSaid
from testamur.issuance.queries import AuthorityHeld, TemplateHeld
from testamur.kernel.errors import NotFound, Refusal
from testamur.providers import queries as providers_queries
from testamur.web.access import Request, collects, for_role
from testamur.web.parts import Cell, Link, Table
from testamur.web.provider.enrolments.lists import told
from testamur.web.provider.issuing import forms, words
from testamur.web.provider.issuing.queue import trail
from testamur.web.provider.parts import ADMINISTRATOR, Here, here_of, shown
from testamur.web.provider.words import names_of

_FORM_PAGE: Final = ["GET", "HEAD", "POST"]
_SECOND: Final = (Role.PROVIDER_ADMINISTRATOR, Role.PROVIDER_SIGNATORY)
_DECIDES: Final = {
    "approve": (actions.approve_template, "The template is approved."),
    "decline": (actions.decline_template, "The template is declined."),
}


def _trail() -> list[Link]:
    """Return the breadcrumbs of pages under the office."""
    return [*trail(), Link("Authorities and templates", reverse("provider:issuing_office"))]


@for_role(*words.ISSUERS, permission=Permission.READ_CERTIFICATION)
@require_safe
def issuing_office(request: Request) -> HttpResponse:
    """Show authorities and templates, and what waits for a second person."""
    here = here_of(request)
    held, templates = queries.authorities(here.provider_id), queries.templates(here.provider_id)
    second = request.acting.may(Permission.CONFIRM_ISSUING)
    me = request.acting.account_id
    context = {
        "authorities": _authorities(held, may_end=request.acting.may(Permission.MANAGE_ISSUING)),
        "templates": _templates(templates),
        "to_confirm": [
            (one, _who(one), words.POWERS[one.power])
            for one in held
            if second and one.confirmed_by is None and not one.ended and me not in (one.granted_by, one.account)
        ],
        "to_decide": [
            (one, words.KINDS[one.kind])
            for one in templates
            if second and one.state == "proposed" and one.proposed_by != me
        ],
        "may_manage": request.acting.may(Permission.MANAGE_ISSUING),
        "crumbs": trail(),
        "wide": True,
    }
    return shown(request, "issuing/office", context)


def _who(one: AuthorityHeld) -> str:
    """Return whose authority it is."""
    return f"{one.printed_name}, {one.position}" if one.power == "sign" else names_of([one.account])[one.account]


def _authorities(held: list[AuthorityHeld], *, may_end: bool) -> Table:
    """Return the authorities."""
    rows = []
    for one in held:
        state = Cell("Confirmed", tone="good") if one.confirmed_by else Cell("Waits", tone="info")
        url = reverse("provider:end_authority", args=[one.id]) if may_end and not one.ended else ""
        rows.append(
            [
                Cell(_who(one), url=url, note=one.instrument),
                Cell(words.POWERS[one.power], note=", ".join(words.KINDS[kind] for kind in one.kinds)),
                words.day(one.since),
                Cell(words.day(one.last_day) or "No end set", note=one.ended_reason),
                state,
            ]
        )
    columns = ["Whose", "To", "From", "Last day", "Standing"]
    return Table("Authorities", columns, rows, empty="Nobody may prepare, approve or sign yet.")


def _templates(held: list[TemplateHeld]) -> Table:
    """Return the template versions."""
    rows = [
        [
            Cell(words.KINDS[one.kind], note=f"Version {one.version}"),
            Cell(words.TEMPLATE_STATES[one.state][0], tone=words.TEMPLATE_STATES[one.state][1]),
            words.DEVICES[one.device_kind],
            Cell(f"{one.source_sha256[:12]}…", mono=True),
        ]
        for one in held
    ]
    columns = ["Document", "Standing", "Your own mark", "SHA-256 of the layout"]
    return Table("Templates", columns, rows, empty="No template is proposed yet.")


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_ISSUING)
@collects("signing-authority")
@require_http_methods(_FORM_PAGE)
def grant_authority(request: Request) -> HttpResponseBase:
    """Grant an authority; a second person confirms it."""
    here = here_of(request)
    form = forms.AuthorityForm(request.POST or None, request.FILES or None, members=_members(here))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        asked = AuthoritySaid(
            said["power"], said["since"], said["instrument"], said["until"], tuple(said["kinds"]),
            UUID(said["account"]) if said["account"] and said["power"] != "sign" else None,
            said["printed_name"], said["position"], _bytes(said["signature"]),
        )  # fmt: skip
        try:
            actions.grant_authority(asked, here.provider_id, by=request.acting.account_id, at=here.now)
        except Refusal as refused:
            told(form, refused)
        else:
            messages.success(request, "The authority is granted. It counts once a second person has confirmed it.")
            return redirect("provider:issuing_office")
    return _form(request, form, "Grant an authority", "Grant", files=True)


def _members(here: Here) -> list[tuple[str, str]]:
    """Return the members who can prepare or approve."""
    wanted = {Permission.PREPARE_CERTIFICATION, Permission.APPROVE_CERTIFICATION}
    organisation = providers_queries.provider(here.provider_id).organisation_id
    held = accounts_queries.members_of(organisation, here.now)
    found = {
        str(one.account_id): one.account_name or one.account_email for one in held if PERMISSIONS[one.role] & wanted
    }
    return list(found.items())


def _bytes(files: Any) -> bytes:
    """Return the first file that was sent."""
    return next((bytes(one.read()) for one in files or []), b"")


def _form(request: Request, form: Form, heading: str, button: str, *, files: bool = False) -> HttpResponse:
    """Draw one form of the office."""
    context = {"form": form, "heading": heading, "button": button, "files": files, "crumbs": _trail()}
    return shown(request, "issuing/form", context, status=422 if form.errors else 200)


@for_role(*_SECOND, permission=Permission.CONFIRM_ISSUING)
@require_POST
def confirm_authority(request: Request, authority_id: UUID) -> HttpResponse:
    """Confirm an authority that somebody else granted."""
    here = here_of(request)
    try:
        actions.confirm_authority(authority_id, by=request.acting.account_id, at=here.now)
    except NotFound:
        raise
    except Refusal as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, "The authority counts from now on.")
    return redirect("provider:issuing_office")


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_ISSUING)
@require_http_methods(_FORM_PAGE)
def end_authority(request: Request, authority_id: UUID) -> HttpResponseBase:
    """End an authority on a day."""
    here = here_of(request)
    if authority_id not in {one.id for one in queries.authorities(here.provider_id)}:
        raise NotFound("There is no such authority, or none that you may see.")
    form = forms.EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.end_authority(authority_id, by=request.acting.account_id, at=here.now, **said)
        except Refusal as refused:
            told(form, refused)
        else:
            messages.success(request, "The authority ends. Documents issued under it stay.")
            return redirect("provider:issuing_office")
    return _form(request, form, "End an authority", "End it")


@for_role(*ADMINISTRATOR, permission=Permission.MANAGE_ISSUING)
@require_http_methods(_FORM_PAGE)
def propose_template(request: Request) -> HttpResponseBase:
    """Propose a template version; it is refused where a required item cannot be seen."""
    here = here_of(request)
    form = forms.TemplateForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            asked = TemplateSaid(
                said["kind"], _bytes(said["logo"]), said["device_kind"], _bytes(said["device"]),
                _bytes(said["source"]).decode("utf-8", "replace"),
            )  # fmt: skip
            actions.propose_template(asked, here.provider_id, by=request.acting.account_id, at=here.now)
        except Refusal as refused:
            told(form, refused)
        else:
            messages.success(request, "The template is proposed. A second person approves it.")
            return redirect("provider:issuing_office")
    return _form(request, form, "Propose a template", "Propose", files=True)


@for_role(*_SECOND, permission=Permission.CONFIRM_ISSUING)
@require_POST
def decide_template(request: Request, template_id: UUID, verb: str) -> HttpResponse:
    """Approve, decline or retire a template version."""
    if verb not in _DECIDES:
        raise NotFound("This cannot be done with a template.")
    here = here_of(request)
    act, done = _DECIDES[verb]
    try:
        act(template_id, by=request.acting.account_id, at=here.now)
    except NotFound:
        raise
    except Refusal as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
    return redirect("provider:issuing_office")
