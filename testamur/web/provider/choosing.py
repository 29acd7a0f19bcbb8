"""The page on which the state's form and the collection year of NAT files are chosen, where the files tell them wrongly."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from testamur.accounts.roles import Permission
from testamur.kernel.errors import NotFound
from testamur.submissions import actions as submissions_actions
from testamur.submissions.formats import FORMATS
from testamur.web import form_words
from testamur.web.access import Request, for_role
from testamur.web.provider import forms, words
from testamur.web.provider.parts import OFFICER, card_of, here_of, shown

_FORM_PAGE = ["GET", "HEAD", "POST"]


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_http_methods(_FORM_PAGE)
def choose_form(request: Request, submission_id: UUID) -> HttpResponseBase:
    """Ask for the form and the year, and have the files checked by them."""
    here, card = here_of(request), card_of(submission_id)
    form_of = FORMATS[card.format]
    if not form_of.states:
        raise NotFound("Files of this format have no state’s form and no collection year. Go back to the submission.")
    initial = {"form_state": card.form_state, "collection_year": card.collection_year}
    form = forms.ChosenForm(request.POST or None, initial=initial, format=form_of)
    if request.method == "POST" and form.is_valid():
        submissions_actions.choose_form(card.id, **form.chosen(), by=request.acting.account_id, at=here.now)
        messages.success(request, "The form and the year are kept, and the files are checked by them.")
        return redirect("provider:submission", card.id)
    chosen = words.chosen_words(card, here.zone)
    context = {
        "form": form,
        "rows": form_words.form_rows(card, chosen),
        "possible": "choose" in card.verbs,
        "checked_now": card.state == "validating",
    }
    return shown(request, "choose_form", context, card=card, status=422 if form.errors else 200)
