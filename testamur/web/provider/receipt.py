"""The receipt of a sealed submission: what became of its rows, its files' hashes, its leaves and the log that holds them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.identifiers import printed
from testamur.log import queries as log_queries
from testamur.submissions import queries as submissions_queries
from testamur.submissions.formats import FORMATS
from testamur.submissions.queries import SubmissionCard
from testamur.web import form_words
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Link, SummaryRow, Table
from testamur.web.provider import words
from testamur.web.provider.declaring import files_table
from testamur.web.provider.holding import files_held, held_table
from testamur.web.provider.parts import STAFF, Here, card_of, here_of, shown
from testamur.web.submission_health import counted

_MOST_FILES = 200


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def receipt(request: Request, submission_id: UUID) -> HttpResponse:
    """Show the receipt of a sealed submission."""
    here, card = here_of(request), card_of(submission_id)
    if card.sealed_at is None:
        return redirect("provider:submission", card.id)
    checked = files_table(card)
    context = {
        "printed": printed(card.number),
        "sealed_on": card.sealed_date,
        "outcome": _outcome(card),
        "held": _held(card),
        "rows": _facts(card, here),
        "log": _log(),
        "checked": Table("What was sealed", checked.columns, checked.rows),
        "arrived": _arrived(card),
    }
    return shown(request, "receipt", context, card=card)


def _outcome(card: SubmissionCard) -> Table:
    """Return what became of the rows."""
    said = {
        "new": "Records that are new",
        "changed": "Records with a new version",
        "withdrawn": "Records withdrawn, because they were not in the files",
        "unchanged": "Rows that change nothing: the register holds the same",
        "students": "Students concerned",
        "documents": "PDFs kept",
    }
    if FORMATS[card.format].sector == "vet":
        del said["documents"]  # no vocational format brings any
    if card.held:
        said["held"] = "Rows held because of errors, and not sealed"
    rows = [[label, f"{card.outcome.get(name, 0):,}"] for name, label in said.items()]
    rows.append(["Leaves in the log, one for each version", f"{leaves_of(card):,}"])
    return Table("What became of it", ["What", Column("Count", numeric=True)], rows, stacked=False)


def _held(card: SubmissionCard) -> dict[str, object] | None:
    """Return what is said about held rows: the rules, the files to correct, and what has become of them since."""
    held = card.held
    if held is None:
        return None
    return {
        "table": held_table(card, held),
        "files": files_held(card),
        "marked": FORMATS[card.format].versioned,
        "left": counted(held.left, "row"),
        "since": [
            f"{counted(one.rows, 'row')} {'was' if one.rows == 1 else 'were'} sealed with submission {printed(one.number)}."
            for one in held.completed
        ],
        "all_done": not held.left,
    }


def leaves_of(card: SubmissionCard) -> int:
    """Return how many leaves a submission left in the log: one for every version that it wrote."""
    return sum(card.outcome.get(name, 0) for name in ("new", "changed", "withdrawn"))


def _facts(card: SubmissionCard, here: Here) -> list[SummaryRow]:
    """Return who did what under which text and rules."""
    names = words.names_of([card.opened_by, card.declared_by])
    return [
        SummaryRow("Sealed", here.moment(card.sealed_at)),
        SummaryRow("Lodged by", f"{names[card.opened_by]}, {here.moment(card.opened_at)}"),
        SummaryRow("Declared by", f"{names[card.declared_by]}, {here.moment(card.declared_at)}"),
        SummaryRow("Format", FORMATS[card.format].title),
        *form_words.form_rows(card, words.chosen_words(card, here.zone)),
        SummaryRow("Under the text", card.declaration.replace(" ", ", version ")),
        *([SummaryRow("Confirmed besides", card.confirmation)] if card.confirmation else []),
        SummaryRow("Checked under", card.rule_version, mono=True),
    ]


def _log() -> list[SummaryRow]:
    """Return where the log stands; nothing is said about leaves that no checkpoint covers yet."""
    latest, waiting = log_queries.latest_checkpoint(), log_queries.waiting_leaves()
    if latest is None or waiting:
        return [SummaryRow("Checkpoint", "The leaves wait for their place in the log. That takes some seconds.")]
    url = reverse("public:log_checkpoint")
    return [
        SummaryRow("Leaves in the log", f"{latest.size:,}"),
        SummaryRow("Root", latest.root.hex(), mono=True),
        SummaryRow("Checkpoint", "signed; it covers every leaf of this submission", [Link("Read it", url)]),
    ]


def _arrived(card: SubmissionCard) -> Table:
    """Return the files as they arrived; their hashes stay when the files are deleted."""
    held = submissions_queries.files_of(card.id)
    rows = [[file.name, words.size_words(file.size), Cell(file.sha256, mono=True)] for file in held[:_MOST_FILES]]
    more = f" (the first {_MOST_FILES:,} of {len(held):,})" if len(held) > _MOST_FILES else ""
    return Table(f"Files as they arrived{more}", ["File", Column("Size", numeric=True), "SHA-256"], rows)
