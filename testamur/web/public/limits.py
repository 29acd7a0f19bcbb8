"""How often one address may look something up or ask for access: a brake on robots, not a lock (PRV-14).

The counter lies in the cache that all processes share, under a keyed hash of the address and for two windows of
time, so nothing keeps who looked something up. Two requests at the same instant may be counted once.
"""

import time
from typing import Final

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

PER_MINUTE: Final = 60
_WINDOW: Final = 60  # seconds
_SALT: Final = "testamur.web.public.limits"


def seconds_to_wait(
    request: HttpRequest,
    *,
    what: str = "look",
    most: int | None = None,
    window: int | None = None,
    now: float | None = None,
) -> int:
    """Count one use of a page by the request's address; return 0, or the seconds until the address may use it again.

    `most` uses in `window` seconds, by default PER_MINUTE in a minute; `what` keeps counters of different pages apart.
    `now` is in seconds since 1970, by default the clock's.
    """
    moment = time.time() if now is None else now
    most, window = PER_MINUTE if most is None else most, _WINDOW if window is None else window
    number, since = divmod(int(moment), window)
    key = f"{what}:{number}:{_hidden(get_adapter().get_client_ip(request))}"
    made = int(cache.get(key, 0)) + 1
    if made > most:
        return window - since
    cache.set(key, made, timeout=2 * window)
    return 0


def _hidden(address: str) -> str:
    """Return what stands for an address in the cache."""
    return salted_hmac(_SALT, address, algorithm="sha256").hexdigest()[:32]
