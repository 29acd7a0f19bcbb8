"""The forms that change one enrolment: each a verb, one action, and back to the enrolment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from testamur.accounts.roles import Permission
from testamur.enrolments import actions, queries
from testamur.enrolments.actions import Arriving
from testamur.enrolments.queries import EnrolmentCard
from testamur.enrolments.rules import OutcomeSaid
from testamur.enrolments.said import AttestationSaid, ContractSaid, ExitSaid, FeeSaid
from testamur.kernel.errors import NotFound, Refusal
from testamur.web.access import Request, collects, for_role
from testamur.web.provider.enrolments import forms
from testamur.web.provider.enrolments.lists import looker, told
from testamur.web.provider.enrolments.one import crumbs_of
from testamur.web.provider.parts import OFFICER, here_of, shown

_FORM_PAGE: Final = ["GET", "HEAD", "POST"]
Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does it, when."""

    by: UUID
    at: datetime

    @property
    def said(self) -> Said:
        """Return both as actions take them."""
        return {"by": self.by, "at": self.at}


@dataclass(frozen=True, slots=True)
class Change:
    """One form: its heading, what its button says, the sentence after it, and the action that it calls."""

    heading: str
    button: str
    done: str
    form: type[django_forms.Form]
    act: Callable[[UUID, Said, Doing], object]


def _details(number: UUID, said: Said, doing: Doing) -> object:
    reason = said.pop("reason")
    return actions.correct_enrolment(number, said, reason=reason, **doing.said)


def _exit(number: UUID, said: Said, doing: Doing) -> object:
    left = ExitSaid(said["exited_on"], said["exit_reason"], said["note"])
    return actions.record_exit(number, left, reason=said["reason"], **doing.said)


def _contract(number: UUID, said: Said, doing: Doing) -> object:
    reason = said.pop("reason")
    return actions.set_contract(number, ContractSaid(**said), reason=reason, **doing.said)


def _fee(number: UUID, said: Said, doing: Doing) -> object:
    entry = FeeSaid(said["kind"], said["amount"], said["on"], said["reference"])
    return actions.record_fee(number, entry, **doing.said)


def _evidence(number: UUID, said: Said, doing: Doing) -> object:
    (file, *_) = said["file"]
    arriving = Arriving(
        file.read(),
        said["kind"],
        said["label"],
        said["unit_code"].upper(),
        said["other_duty_until"],
        said["other_duty"],
    )
    return actions.add_evidence(number, arriving, **doing.said)


def _identity(number: UUID, said: Said, doing: Doing) -> object:
    return actions.attest_identity(number, AttestationSaid(**said), **doing.said)


def _timely(number: UUID, said: Said, doing: Doing) -> object:
    return actions.set_timely_date(number, said["timely_date"], said["reasons"], **doing.said)


def _commence(number: UUID, said: Said, doing: Doing) -> object:
    return actions.commence(number, said["commenced_on"], **doing.said)


def _complete(number: UUID, said: Said, doing: Doing) -> object:
    return actions.complete(number, **doing.said)


def _reopen(number: UUID, said: Said, doing: Doing) -> object:
    return actions.reopen(number, reason=said["reason"], **doing.said)


def _withdraw(number: UUID, said: Said, doing: Doing) -> object:
    standing = [one.id for one in queries.card(number, on=doing.at.date()).attestations if not one.withdrawn]
    return [actions.withdraw_attestation(one, reason=said["reason"], **doing.said) for one in standing]


def _identifier(number: UUID, said: Said, doing: Doing) -> object:
    return actions.replace_usi(number, said["usi"], **doing.said)


CHANGES: Final = {
    "details": Change("Correct the details", "Correct", "The details are corrected.", forms.DetailsForm, _details),
    "commence": Change("Training has begun", "Record", "The beginning is recorded.", forms.CommenceForm, _commence),
    "complete": Change("Training is over", "Complete", "The enrolment is completed.", forms.CompleteForm, _complete),
    "exit": Change("The student left", "Record the exit", "The exit is recorded.", forms.ExitForm, _exit),
    "reopen": Change("Open it again", "Open again", "The enrolment goes on.", forms.ReopenForm, _reopen),
    "contract": Change("Training contract", "Save", "The contract is recorded.", forms.ContractForm, _contract),
    "fee": Change("Enter a fee", "Enter", "The entry is recorded.", forms.FeeForm, _fee),
    "identity": Change("Identity of the person assessed", "Attest", "It is attested.", forms.IdentityForm, _identity),
    "withdraw": Change(
        "Withdraw the attestation", "Withdraw", "The attestation counts no more.", forms.ReopenForm, _withdraw
    ),
    "timely": Change("Timely date", "Set", "The timely date is set.", forms.TimelyForm, _timely),
    "identifier": Change(
        "Another USI", "Replace", "The USI waits for verification.", forms.IdentifierForm, _identifier
    ),
    "evidence": Change("Add evidence", "Add", "The evidence is kept.", forms.EvidenceForm, _evidence),
}


@for_role(*OFFICER, permission=Permission.CHANGE_ENROLMENT)
@collects("enrolment")
@require_http_methods(_FORM_PAGE)
def change_enrolment(request: Request, enrolment_id: UUID, what: str) -> HttpResponseBase:
    """Show one of the forms of an enrolment and do what it says."""
    change = CHANGES.get(what)
    if change is None:
        raise NotFound("There is no such page.")
    here = here_of(request)
    card = actions.look_at_enrolment(enrolment_id, looker=looker(request, here), at=here.now)
    sent = request.method == "POST"
    form = change.form(request.POST if sent else None, request.FILES if sent else None, initial=_initial(what, card))
    if sent and form.is_valid():
        try:
            change.act(enrolment_id, dict(form.cleaned_data), Doing(request.acting.account_id, here.now))
        except Refusal as refused:
            told(form, refused)
        else:
            messages.success(request, change.done)
            return redirect("provider:enrolment", enrolment_id)
    context = {"form": form, "change": change, "card": card, "crumbs": crumbs_of(card), "files": what == "evidence"}
    return shown(request, "enrolments/change", context, status=422 if form.errors else 200)


def _initial(what: str, card: EnrolmentCard) -> Said:
    """Return what a form shows at first."""
    facts = card.facts
    if what == "details":
        names = ("product_title", "product_kind", "product_release", "stream", "commenced_on")
        at_hand = {name: getattr(facts, name) for name in names}
        return at_hand | {
            "delivery_site": card.delivery_site, "third_party": card.third_party,
            "expected_until": card.line.expected_until,
        }  # fmt: skip
    if what == "exit" and card.line.exited_on:
        return {"exited_on": card.line.exited_on, "exit_reason": card.exit_reason, "note": card.exit_note}
    if what == "contract" and facts.contracts:
        last = facts.contracts[-1]
        names = ("number", "jurisdiction", "contract_from", "contract_until", "cancelled_on")
        return {name: getattr(last, name) for name in names}
    return {"timely_date": facts.timely_date, "reasons": card.timely_reasons} if what == "timely" else {}


@for_role(*OFFICER, permission=Permission.CHANGE_ENROLMENT)
@require_http_methods(_FORM_PAGE)
def enrolment_unit(request: Request, enrolment_id: UUID, code: str = "") -> HttpResponseBase:
    """Record one unit with everything that is kept of it; without a code a new one."""
    here = here_of(request)
    card = actions.look_at_enrolment(enrolment_id, looker=looker(request, here), at=here.now)
    unit = next((one for one in card.facts.units if one.code == code), None)
    if code and unit is None:
        raise NotFound("This unit is not recorded in the enrolment.")
    names = (
        "outcome",
        "method",
        "decided_on",
        "started_on",
        "ended_on",
        "delivered_in",
        "assessed_in",
        "mark",
        "grade",
    )
    initial: Said = {name: getattr(unit, name) for name in names} if unit else {"outcome": "in-progress"}
    if unit:
        initial |= {"unit_code": unit.code, "unit_title": unit.title, "assessor": card.assessors.get(unit.code, "")}
    form = forms.UnitForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = OutcomeSaid(**(form.cleaned_data | {"unit_code": code or form.cleaned_data["unit_code"].upper()}))
        try:
            actions.record_outcomes([(enrolment_id, said)], by=request.acting.account_id, at=here.now)
        except Refusal as refused:
            told(form, refused)
        else:
            messages.success(request, "The outcome is recorded.")
            return redirect("provider:enrolment", enrolment_id)
    context = {"form": form, "unit": unit, "card": card, "crumbs": crumbs_of(card)}
    return shown(request, "enrolments/unit", context, status=422 if form.errors else 200)
