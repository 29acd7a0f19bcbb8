"""Addresses of the queue of duplicate and impossible records; joined in urls.py."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.secretariat import doubts

_ONE = "doubts/<int:doubt_id>/"
DOUBTS: list[URLPattern | URLResolver] = [
    path("doubts/", doubts.doubts, name="doubts"),
    path(_ONE, doubts.doubt, name="doubt"),
    path(f"{_ONE}open/", doubts.open_doubt, name="open_doubt"),
    path(f"{_ONE}ask/", doubts.ask, name="ask_doubt"),
    path(f"{_ONE}decide/", doubts.decide, name="decide_doubt"),
]
