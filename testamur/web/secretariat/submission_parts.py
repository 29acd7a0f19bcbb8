"""How a submission is shown to whoever decides on it: its facts, its files, what remains; no row and no cell."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.urls import reverse

from testamur.accounts import queries as accounts_queries
from testamur.kernel.identifiers import printed
from testamur.notices.wording import NoticeText
from testamur.providers.queries import ProviderBrief
from testamur.submissions import queries as submissions_queries
from testamur.submissions.queries import Chosen, FindingGroup, Step, SubmissionCard
from testamur.web import form_words
from testamur.web.parts import Cell, Column, Entry, Link, SummaryRow, Table, Tone
from testamur.web.submission_health import counted, held_words
from testamur.web.templatetags.testamur import grouped, long_moment

STATES: Final[dict[str, tuple[str, Tone]]] = {
    "submitted": ("Waits for a decision", "warn"),
    "accepted": ("Being sealed", "info"),
    "sealed": ("Sealed", "good"),
    "superseded": ("Superseded", "quiet"),
    "withdrawn": ("Withdrawn by the provider", "quiet"),
}
WITH_PROVIDER: Final[tuple[str, Tone]] = ("With the provider", "quiet")
_STEPS: Final[dict[str, tuple[str, Tone | None]]] = {
    "declare": ("Declared", None),
    "accept": ("Accepted", None),
    "return": ("Sent back", "warn"),
    "seal": ("Sealed", "good"),
    "supersede": ("Superseded", None),
    "withdraw": ("Withdrawn", None),
}
_DONE: Final = {
    "accept": "{who} accepted this submission on {when}.",
    "return": "{who} sent this submission back on {when}.",
    "withdraw": "{who} withdrew this submission on {when}.",
}


def facts(card: SubmissionCard, provider: ProviderBrief, text: NoticeText) -> list[SummaryRow]:
    """Return who lodged what under which declaration, and who prepared and declared it."""
    prepared = sorted(name_of(person) for person in submissions_queries.people_of(card.id))
    named = [Link("Read the text", reverse("text_version", args=[text.name, text.version]))]
    rows = [
        SummaryRow(
            "Provider",
            provider.legal_name,
            [Link("Open the provider", reverse("secretariat:provider", args=[provider.id]))],
        ),
        SummaryRow("Submission", printed(card.number), mono=True),
        SummaryRow("Holds", f"{counted(card.tally.rows, 'row')} and {counted(card.tally.pdfs, 'PDF')}"),
        SummaryRow("Prepared by", ", ".join(prepared)),
    ]
    if card.held:
        rows.append(SummaryRow("Held, not declared", f"{held_words(card.held)}, under {card.held.under}"))
        if card.held.completed:
            left = f"{card.held.left:,} of them still" if card.held.left else "none of them any more"
            rows.append(SummaryRow("Held today", left))
    if card.completes:
        rows.append(SummaryRow("Completes", f"held rows of submission {printed(card.completes)}"))
    if card.declared_at:
        rows.append(SummaryRow("Declared by", f"{name_of(card.declared_by)}, {long_moment(card.declared_at)}"))
        rows.append(SummaryRow("Declaration", f"{text.title}, version {text.version}", named))
    if card.confirmation:
        rows.append(SummaryRow("Confirmed by the declarer", card.confirmation))
    if card.checked_at:
        rows.append(SummaryRow("Checked", f"{long_moment(card.checked_at)}, {card.profile} profile"))
        rows.append(SummaryRow("Rules", card.rule_version, mono=True))
    rows += form_words.form_rows(card, f"{name_of(card.form_chosen_by)}, {long_moment(card.form_chosen_at)}")
    if card.encoding:
        rows.append(SummaryRow("Encoding", "Windows-1252, confirmed by the provider, for files that are not UTF-8"))
    if card.fix_count:
        rows.append(SummaryRow("Fixed on the page", counted(card.fix_count, "cell")))
    return rows


def groups_of(card: SubmissionCard) -> list[FindingGroup]:
    """Return what the last check found, nothing where its findings are gone."""
    return submissions_queries.finding_groups(card, Chosen()) if card.findings_there else []


def files_table(card: SubmissionCard) -> Table:
    """Return the files as they were checked, with their hashes."""
    rows: list[list[object]] = [
        [file.name, grouped(file.rows), Cell(file.sha256, mono=True)] for file in card.tally.files
    ]
    if card.tally.pdfs:
        rows.append([counted(card.tally.pdfs, "PDF"), "", "each under its own hash"])
    return Table("What will be sealed", ["File", Column("Rows", numeric=True), "SHA-256"], rows)


def remaining(groups: list[FindingGroup]) -> Table:
    """Return the warnings and notes that remain, without any value of a cell."""
    rows = [
        [group.rule, group.column or "", group.message, grouped(group.count)]
        for group in groups
        if group.severity != "error"
    ]
    columns: list[Column | str] = ["Rule", "Column", "What the register says", Column("Findings", numeric=True)]
    return Table("Warnings and notes that remain", columns, rows, empty="No warning or note remains.")


def history(steps: list[Step]) -> list[Entry]:
    """Return what was declared and decided, the newest first."""
    return [
        Entry(
            long_moment(step.at),
            _STEPS[step.verb][0],
            [line for line in (name_of(step.by), step.note) if line],
            tone=_STEPS[step.verb][1],
        )
        for step in steps
        if step.verb in _STEPS
    ]


def decided(steps: Sequence[Step]) -> str:
    """Return who decided what and when since the last declaration, "" where nobody has. Steps come the newest first."""
    for step in steps:
        if step.verb == "declare":
            return ""
        if step.verb in _DONE:
            return _DONE[step.verb].format(who=name_of(step.by), when=long_moment(step.at))
    return ""


def name_of(account_id: UUID | None) -> str:
    """Return how a person is named; nobody is the register itself."""
    if account_id is None:
        return "The register"
    held = accounts_queries.account(account_id)
    return held.name or held.email
