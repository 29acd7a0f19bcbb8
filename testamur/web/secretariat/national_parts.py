"""Tables and lines of the pages about copies of the national register."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from django.urls import reverse

from testamur.accounts import queries as accounts_queries
from testamur.kernel.errors import NotFound
from testamur.kernel.verdict import Finding
from testamur.training.queries.copies import ProposalLine, SnapshotLine
from testamur.web.parts import Cell, Column, Link, SummaryRow, Table, Tone, crumbs
from testamur.web.product_parts import product_cell
from testamur.web.templatetags.testamur import grouped, long_date, long_moment

_FINDINGS_SHOWN: Final = 100
STATES: Final[dict[str, tuple[str, Tone]]] = {
    "proposed": ("Waits for a second person", "warn"),
    "approved": ("Approved, being loaded", "info"),
    "loaded": ("Loaded", "good"),
    "refused": ("Refused", "bad"),
    "withdrawn": ("Withdrawn", "quiet"),
    "failed": ("Could not be loaded", "bad"),
}


def trail(*, deeper: bool = False) -> list[Link]:
    """Return the breadcrumbs."""
    steps = [("Work", reverse("secretariat:home"))]
    if deeper:
        steps.append(("National register", reverse("secretariat:national_register")))
    return crumbs(*steps)


def name_of(person: UUID | None) -> str:
    """Return how somebody is named; whoever is no account worked on the server."""
    if person is None:
        return ""
    try:
        account = accounts_queries.account(person)
    except NotFound:
        return "the command line"
    return account.name or account.email


def proposals_table(found: Sequence[ProposalLine]) -> Table:
    """Return the copies that were sent."""
    rows = [
        [
            Cell(f"Copy of {long_date(one.taken_on)}", url=reverse("secretariat:proposed_copy", args=[one.id])),
            Cell(STATES[one.state][0], tone=STATES[one.state][1]),
            Cell(name_of(one.proposed_by), note=long_moment(one.proposed_at)),
            _counts_words(one.counts),
        ]
        for one in found
    ]
    return Table("Copies that were sent", ["Copy", "State", "Sent by", "Changes"], rows, empty="None was sent yet.")


def snapshots_table(found: Sequence[SnapshotLine]) -> Table:
    """Return the copies that are loaded."""
    rows = [
        [
            Cell(f"Copy of {long_date(one.taken_on)}", url=reverse("secretariat:snapshot", args=[one.id])),
            Cell(one.source, note="made up" if one.synthetic else ""),
            grouped(one.counts["products"]),
            _counts_words(one.changes),
            Cell(name_of(one.loaded_by), note=long_moment(one.loaded_at)),
        ]
        for one in found
    ]
    columns: list[Column | str] = ["Copy", "Source", Column("Products", numeric=True), "Changes", "Loaded by"]
    return Table("Copies that are loaded", columns, rows, empty="No copy is loaded yet.")


def _counts_words(counts: Mapping[str, int]) -> str:
    """Return in words how much a copy changes."""
    words = f"{counts['added']:,} new, {counts['changed']:,} changed, {counts['unlisted']:,} not listed any more"
    return f"{words}; {counts['scopes']:,} scopes"


def proposal_rows(found: ProposalLine) -> list[SummaryRow]:
    """Return what is known of a copy that was sent."""
    rows = [
        SummaryRow("Taken on", long_date(found.taken_on)),
        SummaryRow("Source", found.source),
        SummaryRow("SHA-256 of the zip", found.sha256, mono=True),
        SummaryRow("Sent by", f"{name_of(found.proposed_by)}, {long_moment(found.proposed_at)}"),
        SummaryRow("It would change" if found.state == "proposed" else "Changes", _counts_words(found.counts)),
    ]
    if found.decided_by and found.state != "withdrawn":
        rows.append(SummaryRow("Decided by", f"{name_of(found.decided_by)}, {long_moment(found.decided_at)}"))
    if found.reason:
        rows.append(SummaryRow("Reason", found.reason))
    return rows


def snapshot_rows(found: SnapshotLine) -> list[SummaryRow]:
    """Return what is known of a copy that was loaded."""
    return [
        SummaryRow("Taken on", long_date(found.taken_on)),
        SummaryRow("Source", found.source),
        SummaryRow("Loaded by", f"{name_of(found.loaded_by)}, {long_moment(found.loaded_at)}"),
        SummaryRow("Changes", _counts_words(found.changes)),
    ]


def changes_table(found: ProposalLine) -> Table:
    """Return what a copy would change, product by product and scope by scope."""
    rows: list[list[object]] = [[Cell(code, mono=True), "New", ""] for code in found.added]
    rows += [[product_cell(code), "Changed", ", ".join(parts)] for code, parts in found.changed]
    rows += [[product_cell(code), "Not listed any more", ""] for code in found.unlisted]
    rows += [[Cell(code, mono=True), "Scope changed", ""] for code in found.scopes]
    total = sum(found.counts.values())
    caption = "What would change" if total <= len(rows) else f"What would change: the first {len(rows):,} of {total:,}"
    return Table(caption, ["Code", "What", "Parts"], rows, empty="Nothing would change.")


def faults_table(findings: Sequence[Finding]) -> Table:
    """Return the faults of a copy that was refused."""
    rows = [
        [each.file or "", str(each.row or ""), each.column or "", Cell(each.message, note=each.fix or "")]
        for each in findings[:_FINDINGS_SHOWN]
    ]
    return Table("What is wrong with it", ["File", "Row", "Column", "Fault"], rows)
