"""Addresses of applications and identity checks; joined in urls.py."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.secretariat import identities, locked, requests

REQUESTS: list[URLPattern | URLResolver] = [
    path("requests/", requests.requests, name="requests"),
    path("requests/<str:number>/", requests.case, name="request"),
    path("requests/<str:number>/<slug:verb>/", requests.act, name="request_act"),
    path("identities/", identities.identities, name="identities"),
    path("identities/<str:number>/", identities.identity, name="identity"),
    path("identities/<str:number>/scan", identities.scan, name="identity_scan"),
    path("identities/<str:number>/<slug:verb>/", identities.act, name="identity_act"),
    path("locked/", locked.locked, name="locked"),
    path("locked/<uuid:account_id>/", locked.unlock, name="unlock"),
]
