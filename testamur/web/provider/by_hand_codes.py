"""What the boxes for product and unit codes offer while somebody types; codes and titles only, no student is behind them."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from testamur.accounts.roles import Permission
from testamur.kernel.errors import NotFound
from testamur.register import codes as register_codes
from testamur.register.codes import Kind, NamedCode
from testamur.submissions.codes import offered_codes
from testamur.web.access import Request, for_role
from testamur.web.provider.parts import OFFICER, here_of

_KINDS: Final[dict[str, Kind]] = {"course": "course", "unit": "unit"}
_MOST: Final = 8
_MOST_AT_ONCE: Final = 200


@for_role(*OFFICER, permission=Permission.CHANGE_SUBMISSION)
@require_safe
def codes(request: Request) -> HttpResponse:
    """Answer the codes that begin as typed, as options of a list: the fragment that a box for codes asks for."""
    kind = _KINDS.get(request.GET.get("kind", "unit"))
    if kind is None:
        raise NotFound("There are codes of courses and of units.")
    typed = request.GET.get("q", "").strip()
    here = here_of(request)
    found = offered_codes(here.provider_id, kind, typed, on=here.now.date(), most=_MOST) if typed else []
    return render(request, "provider/by_hand_codes.html", {"codes": found})


def own_codes(provider_id: int) -> dict[str, list[NamedCode]]:
    """Return the codes that a provider lodged before, by kind, for boxes in browsers without scripts."""
    return {
        f"{kind}s": register_codes.named_codes(provider_id, kind, "", most=_MOST_AT_ONCE) for kind in _KINDS.values()
    }
