"""Load enrolments, outcomes and fees from files, with every finding on one page; and the templates of the files."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from testamur.accounts.roles import Permission
from testamur.enrolments import actions, files
from testamur.kernel.errors import NotFound
from testamur.web.access import Request, collects, for_role
from testamur.web.parts import Column, Link, Table
from testamur.web.provider.enrolments import forms
from testamur.web.provider.enrolments.lists import trail
from testamur.web.provider.parts import OFFICER, STAFF, here_of, shown

_FORM_PAGE: Final = ["GET", "HEAD", "POST"]
_MOST_SHOWN: Final = 500


@for_role(*OFFICER, permission=Permission.CHANGE_ENROLMENT)
@collects("enrolment")
@require_http_methods(_FORM_PAGE)
def load_enrolments(request: Request) -> HttpResponseBase:
    """Load files: everything is written, or nothing and each fault is listed with file, row and column."""
    here = here_of(request)
    form = forms.LoadForm(request.POST or None, request.FILES or None)
    findings, summary = None, ""
    if request.method == "POST" and form.is_valid():
        given = [(file.name or "", file.read()) for file in form.cleaned_data["uploads"]]
        only_check = form.cleaned_data["only_check"]
        loaded = actions.load_files(
            here.provider_id, given, by=request.acting.account_id, at=here.now, only_check=only_check
        )
        summary = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in loaded.counts.items() if count)
        if not loaded.findings and not only_check:
            messages.success(request, f"Loaded: {summary or 'nothing that is new'}.")
            return redirect("provider:enrolments")
        rows = [
            [one.file or "", str(one.row or ""), one.column or "", one.rule, one.message]
            for one in loaded.findings[:_MOST_SHOWN]
        ]
        columns: list[Column | str] = ["File", Column("Row", numeric=True), "Column", "Rule", "What is wrong"]
        caption = f"{len(loaded.findings):,} findings; nothing was written"
        findings = Table(caption, columns, rows, empty=f"No finding. It would be: {summary or 'nothing new'}.")
    templates = [Link(f"{kind}.csv", reverse("provider:enrolment_template", args=[kind])) for kind in files.LAYOUTS]
    context = {"form": form, "findings": findings, "templates": templates, "crumbs": trail(), "wide": True}
    refused = bool(form.errors or (findings and findings.rows))
    return shown(request, "enrolments/load", context, status=422 if refused else 200)


@for_role(*STAFF, permission=Permission.READ_ENROLMENT)
@require_safe
def enrolment_template(request: Request, name: str) -> HttpResponse:
    """Hand out the empty file of a kind: its header."""
    if name not in files.LAYOUTS:
        raise NotFound("There is no such template.")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(files.template(name), content_type="text/csv; charset=utf-8", headers=headers)
