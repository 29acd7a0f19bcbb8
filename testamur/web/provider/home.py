"""The provider's start page: what needs doing, every submission; who else works here."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.accounts import access as accounts_access
from testamur.accounts import queries as accounts_queries
from testamur.accounts import systems as accounts_systems
from testamur.accounts.roles import DESCRIPTIONS, Permission
from testamur.kernel.identifiers import printed
from testamur.register import queries as register_queries
from testamur.register.queries import HoldingRow
from testamur.submissions import queries as submissions_queries
from testamur.submissions.by_hand import FORMAT as BY_HAND
from testamur.submissions.queries import SubmissionCard
from testamur.submissions.queries import doubting as doubts_queries
from testamur.web.access import Request, for_role
from testamur.web.parts import Cell, Column, Table, Task, paging
from testamur.web.provider import words
from testamur.web.provider.closure import asked_of
from testamur.web.provider.parts import STAFF, Here, here_of, shown, trail
from testamur.web.provider.returns import periods_asked
from testamur.web.submission_health import counted

_PAGE = 25


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def home(request: Request) -> HttpResponse:
    """List the provider's submissions and what waits in them."""
    here = here_of(request)
    cards = submissions_queries.submissions_of(here.provider_id)
    names = words.names_of(card.opened_by for card in cards)
    by_hand = _begun_by_hand(cards)
    page = int(number) if (number := request.GET.get("page", "1")).isascii() and number.isdigit() else 1
    pages = paging(page=page, size=_PAGE, total=len(cards), noun="submissions")
    context = {
        "here": here,
        "waiting": [
            *_access(request, here),
            *_questions(here),
            *periods_asked(request, here),
            *(task for card in cards if (task := _waiting(card, request, by_hand))),
        ],
        "submissions": Table(
            "All submissions",
            ["Submission", "State", Column("Rows", numeric=True), "Opened", "By"],
            [_row(card, here, names[card.opened_by]) for card in cards[max(0, pages.first - 1) : pages.last]],
            empty="Nothing has been sent yet. A data officer starts with the files of your closed or closing provision.",
        ),
        "paging": pages,
        "holdings": _holdings(here),
        "closing": asked_of(here),
        "may_change": request.acting.may(Permission.CHANGE_SUBMISSION),
    }
    return shown(request, "home", context)


@for_role(*STAFF)
@require_safe
def members(request: Request) -> HttpResponse:
    """Show who acts for the provider; administrators change it on the page of members."""
    here = here_of(request)
    organisation_id = request.acting.organisation_id
    found = accounts_queries.members_of(organisation_id, here.now) if organisation_id else ()
    rows = [
        [Cell(one.account_name or one.account_email, note=one.account_email if one.account_name else ""),
         Cell(DESCRIPTIONS[one.role].title, note=DESCRIPTIONS[one.role].does),
         f"{one.member_from.day} {one.member_from:%B %Y}"]
        for one in found
    ]  # fmt: skip
    context = {
        "members": Table(f"Who acts for {here.name}", ["Person", "Role", "Since"], rows),
        "may_manage": request.acting.may(Permission.MANAGE_MEMBERS),
        "crumbs": trail(),
    }
    return shown(request, "members", context)


def _questions(here: Here) -> list[Task]:
    """Return the questions of the regulator that nobody has answered, as one thing to do."""
    count = doubts_queries.questions_waiting(here.provider_id)
    title = f"Answer {counted(count, 'question')} of the regulator"
    return [Task(title, "To do", reverse("provider:questions"), "warn")] if count else []


def _access(request: Request, here: Here) -> list[Task]:
    """Return the requests for access on which an administrator decides, as one task; nothing where there is none."""
    organisation_id = request.acting.organisation_id
    if organisation_id is None or not request.acting.may(Permission.MANAGE_MEMBERS):
        return []
    waiting = accounts_access.requests_waiting(here.now, organisation_id=organisation_id)
    if not waiting:
        return []
    title = f"Decide on {counted(len(waiting), 'request')} for access"
    return [Task(title, "To decide", reverse("provider:access_requests"), "warn")]


def _begun_by_hand(cards: Sequence[SubmissionCard]) -> Collection[UUID]:
    """Return the empty submissions that were opened to enter certificates: a person opens others with their files only."""
    empty = [card for card in cards if card.state == "drafted" and card.format == BY_HAND]
    systems = accounts_systems.systems_among({card.opened_by for card in empty}) if empty else ()
    return {card.id for card in empty if card.opened_by not in systems}


def _waiting(card: SubmissionCard, request: Request, by_hand: Collection[UUID]) -> Task | None:
    """Return what somebody has to do with a submission now, None where nobody has."""
    title = f"{printed(card.number)}: "
    tally = card.tally
    what = {
        "drafted": ("enter its certificates", "by_hand_list") if card.id in by_hand else ("upload its files", "files"),
        "uploaded": ("check its files", "submission"),
        "rejected": ("upload files that can be read", "files"),
        "needs_fix": (f"fix {counted(tally.error, 'error')}", "findings"),
        "sealed": (f"send {counted(card.held.left, 'held row')} again, corrected", "receipt")
        if card.held and card.held.left
        else None,
        "ready": ("a second person declares it", "declare"),
    }.get(card.state)
    if what is None:
        return None
    label, name = what
    mine = Permission.DECLARE_SUBMISSION if card.state == "ready" else Permission.CHANGE_SUBMISSION
    status, tone = words.state_words(card)
    hint = "" if request.acting.may(mine) else "For another role in your organisation."
    return Task(title + label, status, reverse(f"provider:{name}", args=[card.id]), tone, hint)


def _row(card: SubmissionCard, here: Here, opened_by: str) -> list[object]:
    """Return one line of the list."""
    status, tone = words.state_words(card)
    url = reverse("provider:submission", args=[card.id])
    rows = f"{card.tally.rows:,}" if card.tally.rows else ""
    return [
        Cell(printed(card.number), url=url, mono=True),
        Cell(status, tone=tone, note=held_note(card)),
        rows,
        here.moment(card.opened_at),
        opened_by,
    ]


def held_note(card: SubmissionCard) -> str:
    """Return how many rows of a submission are held, and how many of them still are."""
    if card.held is None:
        return ""
    left = card.held.left
    return f"{counted(left, 'row')} held" if left else "Every held row was sealed since"


def _years(held: HoldingRow) -> str:
    """Return the years of which something sealed holds records, one of them once; empty where none is known."""
    if held.period_from is None or held.period_until is None:
        return ""
    first, last = held.period_from.year, (held.period_until - timedelta(days=1)).year
    return f"{first}" if first == last else f"{first} to {last}"


def _holdings(here: Here) -> Table:
    """Return what the register holds of the provider."""
    rows = [
        [
            Cell(f"{held.sealed_date.day} {held.sealed_date:%B %Y}"),
            _years(held),
            f"{held.students:,}",
            f"{held.records:,}",
        ]
        for held in register_queries.holdings(here.provider_id)
    ]
    columns: list[Column | str] = [
        "Sealed on",
        "Years of study",
        Column("Students", numeric=True),
        Column("Records written", numeric=True),
    ]
    return Table("What the register holds of you", columns, rows, empty="Nothing is sealed yet.")
