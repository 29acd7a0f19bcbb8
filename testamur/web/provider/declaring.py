"""The page on which a second person reads what will be sealed and declares it (rulebook F.1)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from testamur.accounts.roles import Permission
from testamur.kernel.identifiers import printed
from testamur.notices import queries as notices_queries
from testamur.submissions import actions as submissions_actions
from testamur.submissions import deciding
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import Chosen, FindingGroup, SubmissionCard
from testamur.web import form_words
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Table
from testamur.web.provider import forms, words
from testamur.web.provider.health import picture_of
from testamur.web.provider.holding import files_held, held_table
from testamur.web.provider.parts import STAFF, card_of, here_of, new_key, shown
from testamur.web.submission_health import counted


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Show what will be sealed with the declaration's text, and take the declaration."""
    here, card = here_of(request), card_of(submission_id)
    whose = card.tally.other_organisation
    sentence = whose.sentence if whose else ""
    form = forms.DeclareForm(request.POST or None, initial={"key": new_key()}, sentence=sentence)
    if request.method == "POST" and form.is_valid():
        submissions_actions.declare_submission(
            card.id, by=request.acting.account_id, at=here.now, key=form.cleaned_data["key"], confirmation=sentence
        )
        messages.success(request, "Declared. The register seals it now; you get an e-mail when that is done.")
        return redirect("provider:submission", card.id)
    prepared = submissions_queries.people_of(card.id)
    remaining = submissions_queries.finding_groups(card, Chosen(severity="warning")) if card.findings_there else []
    context = {
        "form": form if request.acting.may(Permission.DECLARE_SUBMISSION) and card.state == "ready" else None,
        "assumed_encoding": deciding.assumes_encoding((group.rule, group.severity) for group in remaining),
        "other_organisation": whose,
        "prepared_it": request.acting.account_id in prepared,
        "prepared_by": sorted(words.names_of(prepared)[person] for person in prepared),
        "text": notices_queries.text("declaration-in-part" if card.held else "declaration", here.now.date()),
        "held": held_table(card, card.held) if card.held else None,
        "held_files": files_held(card) if card.held else [],
        "picture": picture_of(card) if card.findings_there and card.tally.rows else None,
        "printed": printed(card.number),
        "files": files_table(card),
        "form_rows": form_words.form_rows(card, words.chosen_words(card, here.zone)),
        "warnings": _warnings(remaining) if card.findings_there else None,
    }
    return shown(request, "declare", context, card=card, status=422 if form.errors else 200)


def files_table(card: SubmissionCard) -> Table:
    """Return the files as they were checked, with their hashes."""
    rows: list[list[object]] = [
        [
            Cell(file.name, note=f"made of {' and '.join(file.made_of)}" if len(file.made_of) > 1 else ""),
            f"{file.rows:,}",
            Cell(file.sha256, mono=True),
        ]
        for file in card.tally.files
    ]
    if card.tally.pdfs:
        rows.append([counted(card.tally.pdfs, "PDF"), "", "each under its own hash"])
    return Table("What will be sealed", ["File", Column("Rows", numeric=True), "SHA-256"], rows, stacked=True)


def _warnings(groups: list[FindingGroup]) -> Table:
    """Return the warnings that remain, so that the declarer has seen them."""
    rows = [[group.rule, group.column or "", group.message, f"{group.count:,}"] for group in groups]
    columns: list[Column | str] = ["Rule", "Column", "What the register says", Column("Findings", numeric=True)]
    return Table("Warnings that remain", columns, rows, empty="No warning remains.")
