"""What the check found: as a picture, grouped by rule, row by row, and as files to download (issue 2, item 3)."""

import csv
import tempfile
from collections.abc import Iterable
from typing import Any, BinaryIO, cast
from urllib.parse import urlencode
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.errors import NotFound
from testamur.submissions import queries as submissions_queries
from testamur.submissions.formats import FORMATS
from testamur.submissions.queries import Chosen, FindingGroup, FindingRow, SubmissionCard, ValueCount
from testamur.web.access import Request, for_role
from testamur.web.parts import Link, paging
from testamur.web.provider import forms, words
from testamur.web.provider.health import findings_url, picture_of
from testamur.web.provider.holding import offer_of
from testamur.web.provider.parts import STAFF, card_of, new_key, shown, trail
from testamur.web.submission_health import counted, held_words

_PAGE = 25


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def findings(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Show the findings: groups, or with a filter each row with a box for a better value."""
    card = card_of(submission_id)
    if not card.findings_there:
        return redirect("provider:submission", card.id)
    files = submissions_queries.files_with_findings(card)
    filters = forms.FilterForm(request.GET or None, card=card, files=files)
    chosen = filters.chosen()
    groups = submissions_queries.finding_groups(card, chosen)
    context: dict[str, Any] = {
        "picture": picture_of(card) if card.tally.rows and not chosen.anything else None,
        "filters": filters,
        "chosen": chosen,
        "tabs": _tabs(card, chosen),
        "rules": rule_cards(card, groups, may_fix(request, card), request.get_full_path()),
        "downloads": _downloads(card),
        "clear_url": reverse("provider:findings", args=[card.id]),
        "may_fix": may_fix(request, card),
        "offer": offer_of(request, card),
        "held": held_words(card.held) if card.held else "",
        "crumbs": [*trail(card), Link("Findings", reverse("provider:findings", args=[card.id]))],
        "versioned": FORMATS[card.format].versioned,
        "wide": True,
    }
    if chosen.anything:
        context |= _rows(request, card, chosen)
    return shown(request, "findings", context, card=card)


def may_fix(request: Request, card: SubmissionCard) -> bool:
    """Say whether the reader may fix cells of this submission now."""
    return request.acting.may(Permission.CHANGE_SUBMISSION) and "fix" in card.verbs and card.findings_there


def _rows(request: Request, card: SubmissionCard, chosen: Chosen) -> dict[str, Any]:
    """Return one page of single findings."""
    page = int(number) if (number := request.GET.get("page", "1")).isascii() and number.isdigit() else 1
    found = submissions_queries.findings(card, chosen, page=max(1, page), size=_PAGE)
    query = [(key, str(value)) for key, value in request.GET.items()]
    pages = paging(page=page, size=_PAGE, total=found.total, query=query, noun="findings")
    may, back = may_fix(request, card), request.get_full_path()
    return {"rows": [row_shown(card, row, may, back) for row in found.rows], "paging": pages}


def row_shown(
    card: SubmissionCard, row: FindingRow, may: bool, back: str, *, typed: str | None = None
) -> dict[str, Any]:
    """Return one finding as its part of the page shows it, with a form where its cell can be fixed."""
    form = None
    if may and row.fixable:
        held = row.fix_held.value if row.fix_held else row.value
        initial = {
            "file": row.file, "row": row.row, "column": row.column, "rule": row.rule, "back": back,
            "value": held if typed is None else typed,
        }  # fmt: skip
        form = forms.CellForm(initial=initial, auto_id=f"{part_id(row)}-%s")
    word, _, tone = words.SEVERITIES[row.severity]
    return {
        "found": row,
        "fix_checked": row.fix_held is not None and row.fix_held.value == row.value,
        "form": form,
        "kind": word.capitalize(),
        "tone": tone,
        "id": part_id(row),
        "card": card,
        "back": back,
    }


def part_id(row: FindingRow) -> str:
    """Return the id of a finding's part of the page; it holds no value and no name of a column as typed."""
    column = "".join(sign for sign in (row.column or "") if sign.isascii() and sign.isalnum())
    file = sum(ord(sign) for sign in row.file)
    return f"f{file}-{row.row or 0}-{row.rule}-{column}"


def rule_cards(card: SubmissionCard, groups: list[FindingGroup], may: bool, back: str) -> list[dict[str, Any]]:
    """Return the findings as one card for each rule at each severity, its cases in a list."""
    cards: dict[tuple[str, str], list[FindingGroup]] = {}
    for group in groups:
        cards.setdefault((group.severity, group.rule), []).append(group)
    return [_rule_card(card, cases, may, back) for cases in cards.values()]


def _rule_card(card: SubmissionCard, cases: list[FindingGroup], may: bool, back: str) -> dict[str, Any]:
    """Return one rule's findings as the page shows them."""
    first = cases[0]
    one, many, tone = words.SEVERITIES[first.severity]
    columns = dict.fromkeys(case.column for case in cases if case.column)
    count = sum(case.count for case in cases)
    return {
        "rule": first.rule,
        "kind": one.capitalize(),
        "count": counted(count, one, many),
        "tone": tone,
        "title": ", ".join(columns) or "Whole files",
        "url": findings_url(card, severity=first.severity, rule=first.rule),
        "total": count,
        "cases": [
            {
                "case": case,
                "url": findings_url(card, severity=case.severity, rule=case.rule, column=case.column or ""),
                "alike": [_alike(case, value, back) for value in case.values] if may and one == "error" else [],
            }
            for case in cases
        ],
    }


def _alike(group: FindingGroup, value: ValueCount, back: str) -> tuple[ValueCount, forms.AlikeForm]:
    """Return the form that replaces one value in all cells that hold it."""
    initial = {
        "rule": group.rule, "file": value.file, "column": group.column, "old": value.value, "back": back, "key": new_key()
    }  # fmt: skip
    number = f"{group.rule}{group.severity[0]}{abs(hash((value.file, value.value, group.column))) % 10**9}"
    return value, forms.AlikeForm(initial=initial, auto_id=f"all-{number}-%s")


def _tabs(card: SubmissionCard, chosen: Chosen) -> list[Link]:
    """Return the kinds of findings as tabs."""
    tally = card.tally
    here = reverse("provider:findings", args=[card.id])
    tabs = [Link("By rule", here, current=not chosen.anything)]
    for kind, count in (("error", tally.error), ("warning", tally.warning), ("info", tally.info)):
        _, many, _ = words.SEVERITIES[kind]
        current = chosen.severity == kind
        tabs.append(Link(many.capitalize(), findings_url(card, severity=kind), current=current, count=count))
    return tabs


def _downloads(card: SubmissionCard) -> list[dict[str, str]]:
    """Return, for each checked file, the addresses of its annotated copy and of its failed rows."""
    found, sealed = [], card.sealed_at is not None
    for file in card.tally.files:
        query = urlencode({"file": file.name})
        found.append(
            {
                "name": file.name,
                "made_of": " and ".join(file.made_of) if len(file.made_of) > 1 else "",
                "annotated": "" if sealed else f"{reverse('provider:annotated', args=[card.id])}?{query}",
                "failed": f"{reverse('provider:failed', args=[card.id])}?{query}" if card.tally.rows_failed else "",
                "then": _then(card, file.name),
            }
        )
    return found


def _then(card: SubmissionCard, name: str) -> str:
    """Return what is done with the rows with errors of a file, as its format allows."""
    form = FORMATS[card.format]
    if form.versioned:
        following = submissions_queries.next_version_name(card, name)
        return f"Correct them, keep the column “Testamur row”, and send them as {following}"
    if form.whole_only:
        return "To look at. Correct them in your system and export the whole set again; its files belong together"
    return "Correct them and send them as a submission of their own, once the good rows are sealed"


# Files to download ---------------------------------------------------------------------------------------------------


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def annotated(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Hand out a checked file with a column that says what is wrong."""
    card, name = card_of(submission_id), request.GET.get("file", "")
    media_type = submissions_queries.media_type_of(card, name)
    return _download(submissions_queries.annotated_file(card, name), f"checked {_plain(name)}", media_type)


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def failed(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Hand out the rows with errors, where there are versions under the name of the next, to be corrected and sent again."""
    card, name = card_of(submission_id), request.GET.get("file", "")
    following = submissions_queries.next_version_name(card, name)
    media_type = submissions_queries.media_type_of(card, name)
    return _download(submissions_queries.failed_rows_file(card, name), following, media_type)


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def findings_csv(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Hand out the counts of each rule, without any cell."""
    card = card_of(submission_id)
    if not card.findings_there:
        raise NotFound("There are no findings: the files were not checked yet, or have changed since.")
    groups = submissions_queries.finding_groups(card, Chosen())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="findings by rule.csv"'
    writer = csv.writer(response)
    writer.writerow(["Kind", "Rule", "Column", "Findings", "What is wrong", "What to do", "Source"])
    for group in groups:
        writer.writerow(
            [group.severity, group.rule, group.column or "", group.count, group.message, group.fix, group.source]
        )
    return response


def _download(pieces: Iterable[bytes], name: str, media_type: str) -> FileResponse:
    """Hand out a file; it is written whole first, for nothing may be read once the page's transaction has ended."""
    copy = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the response closes it
    for piece in pieces:
        copy.write(piece)
    copy.seek(0)
    return FileResponse(copy, as_attachment=True, filename=name, content_type=media_type)


def _plain(name: str) -> str:
    """Return the last part of a file's name."""
    return name.rsplit("/", 1)[-1]
