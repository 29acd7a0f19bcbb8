"""The provider's side of its closure: what is asked for, by when, what came, and what was done about it (CQR-18, REG-08)."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from testamur.accounts.roles import Permission
from testamur.regulation.queries import sweeps
from testamur.regulation.queries.sweeps import SweepFacts
from testamur.web.access import Request, for_role
from testamur.web.closure_parts import PROVIDER_SEES, facts_of, log_of, state_of, wanted_table
from testamur.web.coverage_parts import coverage_figure
from testamur.web.provider.parts import STAFF, Here, here_of, shown, trail


@for_role(*STAFF, permission=Permission.READ_SUBMISSION)
@require_safe
def closure(request: Request) -> HttpResponse:
    """Show each closure case of the provider, the newest first."""
    here = here_of(request)
    found = sweeps.sweeps_of(here.provider_id, at=here.now)
    context = {
        "cases": [_case(one) for one in found],
        "coverage": coverage_figure(found[0].coverage) if found else None,
        "may_change": request.acting.may(Permission.CHANGE_SUBMISSION),
        "crumbs": trail(),
    }
    return shown(request, "closure", context)


def _case(one: SweepFacts) -> dict[str, object]:
    """Return one case as the page shows it."""
    return {
        "state": state_of(one),
        "rows": facts_of(one),
        "wanted": wanted_table(one),
        "log": log_of(one, {}, only=PROVIDER_SEES),
        "open": one.state == "opened",
    }


def asked_of(here: Here) -> list[SweepFacts]:
    """Return the open cases of a provider in which something is not answered, for its start page."""
    return [one for one in sweeps.sweeps_of(here.provider_id, at=here.now) if one.state == "opened" and one.unanswered]
