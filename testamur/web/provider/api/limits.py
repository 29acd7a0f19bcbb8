"""How many requests one key may make in a minute, and how many wrong keys one address may show: a brake, not a lock.

The counters lie in the cache that all processes share. Requests at the same instant may be counted once.
"""

import time
from typing import Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from testamur.accounts.systems import KeyFacts

WRONG_PER_MINUTE: Final = 60
_WINDOW: Final = 60  # seconds
_SALT: Final = "testamur.web.provider.api.limits"


def seconds_to_wait(key: KeyFacts, *, now: float | None = None) -> int:
    """Count one request of a key; return 0, or the seconds until it may ask again. `now` is in seconds since 1970."""
    return _counted(f"api:{key.prefix}", settings.API_PER_MINUTE, now)


def seconds_after_wrong_key(request: HttpRequest, *, now: float | None = None) -> int:
    """Count one wrong key of the request's address; return 0, or the seconds until it may try again."""
    address = get_adapter().get_client_ip(request)
    hidden = salted_hmac(_SALT, address, algorithm="sha256").hexdigest()[:32]
    return _counted(f"api-wrong:{hidden}", WRONG_PER_MINUTE, now)


def _counted(name: str, most: int, now: float | None) -> int:
    """Count one more under a name in this minute; return 0, or the seconds that are left of it where that is too many."""
    window, since = divmod(int(time.time() if now is None else now), _WINDOW)
    place = f"{name}:{window}"
    made = int(cache.get(place, 0)) + 1
    if made > most:
        return _WINDOW - since
    cache.set(place, made, timeout=2 * _WINDOW)
    return 0
