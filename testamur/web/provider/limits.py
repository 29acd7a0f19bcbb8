"""An upload that is too large is answered before its bytes are read."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

View = Callable[..., HttpResponseBase]
_FORM_BYTES = 16 << 20


def takes_files(view: View) -> View:
    """Answer 413 for a request larger than UPLOAD_LIMIT_BYTES; stands outermost, on a view with an access decorator.

    The check of the form's token reads the whole request, so it is left out at the door and made here after the size is
    known.
    """
    guarded = csrf_protect(view)

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if not length.isdigit() or int(length) > settings.UPLOAD_LIMIT_BYTES + _FORM_BYTES:
            return render(request, "errors/413.html", {"limit": "2 GB"}, status=413)
        return guarded(request, *args, **kwargs)

    return csrf_exempt(wrapped)
