"""The regulator's queue of duplicate and impossible records: by rule as a picture, each with its question and decision.

Issue 3, the submission year. The pages name files, rows and rules; a student is opened in the case of one record only, which
the student reads about. Officers and supervisors decide; an auditor sees how much waits.
"""

from datetime import date, datetime
from typing import Final

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from testamur.accounts.roles import Permission, Role
from testamur.kernel import tenancy
from testamur.kernel.identifiers import printed
from testamur.providers import queries as providers_queries
from testamur.register.queries import RecordedVersion
from testamur.submissions.actions import doubting
from testamur.submissions.actions.doubting import Opened
from testamur.submissions.queries import doubting as doubts_queries
from testamur.submissions.queries.doubting import DoubtCard, DoubtCount
from testamur.web.access import Request, for_role
from testamur.web.doubt_words import RULES, state_cell
from testamur.web.parts import Cell, Column, Link, SummaryRow, Table, crumbs, paging
from testamur.web.pictures import Figure
from testamur.web.pictures.bars import RuleCount, bars_by_rule
from testamur.web.secretariat.deciding import carried_out
from testamur.web.secretariat.waiting_picture import ENDS, Kind
from testamur.web.templatetags.testamur import long_date

_READERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR, Role.AUDITOR)
_WORKERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
_PAGE: Final = 50
_LONGEST: Final = 1000
_DAYS: Final = {"started": "from", "ended": "until", "completed": "completed", "issued": "issued", "year": "year"}
_VERBS: Final = [
    ("explain", "Explained: the record is right"),
    ("correct", "Corrected by a later submission"),
    ("accept", "Accepted as it is, without an explanation"),
]


class AskForm(forms.Form):
    """What the provider is asked."""

    question = forms.CharField(
        label="Question to the provider",
        help_text="The provider reads it as you write it. Name the file and row if you must, and no student.",
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Write what you want to know."},
    )


class DecideForm(forms.Form):
    """What becomes of the record, and why."""

    verb = forms.ChoiceField(
        label="Decision",
        choices=_VERBS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the three."},
    )
    reason = forms.CharField(
        label="Reason",
        help_text="A sentence. It stays with the record in the queue.",
        max_length=_LONGEST,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Say why, in a sentence."},
    )
    alike = forms.BooleanField(label="Decide all waiting ones of this kind in this submission alike", required=False)


@for_role(*_READERS, permission=Permission.READ_SUBMISSION)
@require_safe
def doubts(request: Request) -> HttpResponse:
    """List what waits, of one rule or of all, with a picture of how much each rule has."""
    rule = request.GET.get("rule", "")
    page = int(number) if (number := request.GET.get("page", "1")).isascii() and number.isdigit() else 1
    with tenancy.for_register():
        counts = doubts_queries.doubt_counts()
        total = sum(one.waiting for one in counts if rule in ("", one.rule))
        pages = paging(page=page, size=_PAGE, total=total, query=[("rule", rule)] if rule else (), noun="records")
        cards = doubts_queries.doubts_waiting(rule=rule, first=max(0, pages.first - 1), size=_PAGE)
    names = providers_queries.legal_names({card.provider_id for card in cards})
    works = request.acting.role in _WORKERS
    context = {
        "picture": _picture(counts) if counts else None,
        "table": Table(
            f"Waiting under {rule}" if rule else "Waiting, answered ones first",
            ["What is doubted", "Provider", "Submission", "Where", "State", "Since"],
            [_row(card, names[card.provider_id], works=works) for card in cards],
            empty="No record waits.",
        ),
        "paging": pages,
        "rule": rule,
        "crumbs": crumbs(("Work", reverse("secretariat:home"))),
        "wide": True,
    }
    return render(request, "secretariat/doubts.html", context)


@for_role(*_WORKERS, permission=Permission.READ_PERSON)
@require_safe
def doubt(request: Request, doubt_id: int) -> HttpResponse:
    """Show one record of the queue: what is doubted, where, what was asked and answered."""
    return _page(request, doubt_id)


@for_role(*_WORKERS, permission=Permission.READ_PERSON)
@require_POST
def open_doubt(request: Request, doubt_id: int) -> HttpResponse:
    """Show the student and their records in this case; the student reads that somebody looked."""
    acting = request.acting
    opened = doubting.open_doubt(doubt_id, by=acting.account_id, role=acting.role.value, at=timezone.now())
    return _page(request, doubt_id, opened=opened)


@for_role(*_WORKERS, permission=Permission.READ_PERSON)
@require_POST
def ask(request: Request, doubt_id: int) -> HttpResponseBase:
    """Ask the provider about the record."""
    form = AskForm(request.POST, auto_id="ask_%s")
    if not form.is_valid():
        return _page(request, doubt_id, ask_form=form)
    question, by = form.cleaned_data["question"], request.acting.account_id

    def asked() -> str:
        doubting.ask_provider(doubt_id, question, by=by, at=timezone.now())
        return "Asked. The provider's people are told by e-mail that there is a question."

    return carried_out(request, asked, here=reverse("secretariat:doubt", args=[doubt_id]))


@for_role(*_WORKERS, permission=Permission.READ_PERSON)
@require_POST
def decide(request: Request, doubt_id: int) -> HttpResponseBase:
    """Decide on the record, or on all alike."""
    form = DecideForm(request.POST, auto_id="decide_%s")
    if not form.is_valid():
        return _page(request, doubt_id, decide_form=form)
    said, by = form.cleaned_data, request.acting.account_id

    def decided() -> str:
        count, now = 1, timezone.now()
        if said["alike"]:
            count = doubting.decide_alike(doubt_id, said["verb"], said["reason"], by=by, at=now)
        else:
            doubting.decide_doubt(doubt_id, said["verb"], said["reason"], by=by, at=now)
        return f"Decided: {count:,} record{'' if count == 1 else 's'}."

    here = reverse("secretariat:doubt", args=[doubt_id])
    return carried_out(request, decided, here=here, then=reverse("secretariat:doubts"))


def doubts_kind(now: datetime, *, may_work: bool) -> Kind:
    """Return the doubtful records as one kind of work."""
    with tenancy.for_register():
        waited = doubts_queries.waited_for(ENDS, at=now)
    note = "" if may_work else "An officer or a supervisor decides on these"
    return Kind.counted("Doubtful records", waited, reverse("secretariat:doubts"), note)


def _page(
    request: Request,
    doubt_id: int,
    *,
    opened: Opened | None = None,
    ask_form: AskForm | None = None,
    decide_form: DecideForm | None = None,
) -> HttpResponse:
    """Return the page of one record."""
    with tenancy.for_register():
        card, sent = doubts_queries.doubt(doubt_id), ask_form or decide_form
        alike = doubts_queries.alike(card)
    decide = decide_form or DecideForm(auto_id="decide_%s")
    if not alike:
        decide.fields.pop("alike")
    context = {
        "card": card,
        "state": state_cell(card.state),
        "rows": _facts(card),
        "waits": card.state in ("open", "asked", "answered"),
        "alike": alike,
        "opened": opened,
        "student": _student(opened) if opened and opened.student else None,
        "records": _records(opened) if opened else None,
        "ask_form": ask_form or AskForm(auto_id="ask_%s"),
        "decide_form": decide,
        "form": sent,
        "crumbs": [*crumbs(("Work", reverse("secretariat:home"))), _back()],
    }
    return render(request, "secretariat/doubt.html", context, status=422 if sent else 200)


def _back() -> Link:
    return Link("Duplicate and impossible records", reverse("secretariat:doubts"))


def _picture(counts: list[DoubtCount]) -> Figure:
    """Return how many wait under each rule."""
    total = sum(one.waiting for one in counts)
    lead = f"{total:,} record{'' if total == 1 else 's'}"
    return bars_by_rule([_bar(one) for one in counts], title="Waiting by rule", lead=lead, name="doubts")


def _bar(one: DoubtCount) -> RuleCount:
    return RuleCount(one.rule, RULES[one.rule], one.waiting, "warn", f"{reverse('secretariat:doubts')}?rule={one.rule}")


def _row(card: DoubtCard, name: str, *, works: bool) -> list[object]:
    """Return one line of the queue; who may not work it finds no link."""
    url = reverse("secretariat:doubt", args=[card.id]) if works else ""
    return [
        Cell(card.said, url=url, note=card.rule),
        name,
        Cell(printed(card.submission_number), mono=True),
        Cell(card.file, note=f"row {card.row:,}"),
        state_cell(card.state),
        long_date(timezone.localdate(card.found_at)),
    ]


def _facts(card: DoubtCard) -> list[SummaryRow]:
    """Return what is known without opening the student."""
    provider = providers_queries.provider(card.provider_id)
    at = Link("Provider", reverse("secretariat:provider", args=[provider.id]))
    rows = [
        SummaryRow("Rule", f"{card.rule}: {RULES[card.rule]}"),
        SummaryRow("Source", card.source),
        SummaryRow("Provider", provider.legal_name, [at]),
        SummaryRow("Submission", printed(card.submission_number), mono=True),
        SummaryRow("Where", f"{card.file}, row {card.row:,}"),
        SummaryRow("Sealed on", long_date(timezone.localdate(card.found_at))),
    ]
    if card.asked_at:
        rows.append(SummaryRow(f"Asked on {long_date(timezone.localdate(card.asked_at))}", card.question))
    if card.answered_at:
        rows.append(SummaryRow(f"Answered on {long_date(timezone.localdate(card.answered_at))}", card.answer))
    if card.reason and card.decided_at:
        rows.append(SummaryRow(f"Decided on {long_date(timezone.localdate(card.decided_at))}", card.reason))
    return rows


def _student(opened: Opened) -> list[SummaryRow]:
    """Return who the provider says the student is."""
    student = opened.student
    if student is None:
        return []
    former = ", ".join(student.former_names)
    return [
        SummaryRow("Student number", student.local_id, mono=True),
        SummaryRow("Name", student.printed_name),
        *([SummaryRow("Former names", former)] if former else []),
        SummaryRow("Date of birth", student.birth.printed()),
        SummaryRow("Sex or gender", student.gender or "not lodged"),
    ]


def _records(opened: Opened) -> Table:
    """Return the student's courses, units and certificates with their dates."""
    shown = [one for one in opened.versions if one.kind.label != "student"]
    columns: list[Column | str] = ["What", "Code", "Dates", "Certificate number"]
    return Table("What the register holds of this student", columns, [_record(one) for one in shown])


def _said(word: str, said: object) -> str:
    """Return a day with what happened on it; that a document was issued on no known day is told by the word alone."""
    return word if said == "yes" else f"{word} {_day(said)}"


def _day(said: object) -> str:
    """Return a day as people read it; a year, or that no document was issued, as it is."""
    text = str(said)
    return long_date(date.fromisoformat(text)) if len(text) == len("2020-01-31") else text


def _record(one: RecordedVersion) -> list[object]:
    """Return one record's line."""
    code, title = one.unit or one.course or ("", "")
    days = [_said(word, one.facts[fact]) for fact, word in _DAYS.items() if one.facts.get(fact)]
    return [
        Cell(one.kind.label.capitalize(), note=title or ""),
        code or "",
        ", ".join(days),
        one.facts.get("number", ""),
    ]
