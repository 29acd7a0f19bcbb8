"""How each desk of the secretariat carries out what an officer chose: the words of what was done, or why it was refused."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from testamur.kernel.errors import NotFound, Refusal
from testamur.web.access import Request

Key = TypeVar("Key")


def carried_out(
    request: Request,
    act: Callable[[], str],
    *,
    here: str,
    then: str = "",
    why: Callable[[Refusal], str] = lambda refused: refused.message,
) -> HttpResponse:
    """Do what was chosen and say it in the words that `act` returns, then show the address `then`, or `here` without one.

    Refused, nothing was done: `why` says it at the address `here`. What does not exist stays not found.
    """
    try:
        done = act()
    except NotFound:
        raise
    except Refusal as refused:
        messages.error(request, why(refused))
        return redirect(here)
    messages.success(request, done)
    return redirect(then or here)


def chosen(
    verbs: Mapping[str, Callable[[Key, Request, UUID, datetime], str]], verb: str, about: Key, request: Request
) -> Callable[[], str]:
    """Return what one of a page's verbs does with a thing, by who asks and now; raises NotFound for another verb."""
    if verb not in verbs:
        raise NotFound("There is no such thing to do here.")
    return partial(verbs[verb], about, request, request.acting.account_id, timezone.now())
