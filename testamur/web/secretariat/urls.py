"""Addresses for the secretariat. Each module of pages lists its own; this file joins them."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.secretariat import access_requests, closures, due, providers, registrations, systems, usi, work
from testamur.web.secretariat.doubt_urls import DOUBTS
from testamur.web.secretariat.joins import JOINS
from testamur.web.secretariat.national import NATIONAL
from testamur.web.secretariat.request_urls import REQUESTS
from testamur.web.secretariat.submission_urls import SUBMISSIONS

app_name = "secretariat"

_PROVIDERS: list[URLPattern | URLResolver] = [
    path("", work.home, name="home"),
    path("periods/", due.periods, name="due"),
    path("access/", access_requests.access_requests, name="access_requests"),
    path("access/<uuid:request_id>/", access_requests.access_request, name="access_request"),
    path("providers/", providers.providers, name="providers"),
    path("providers/new/", providers.register, name="register"),
    path("providers/<int:provider_id>/", providers.provider, name="provider"),
    path("providers/<int:provider_id>/name/", providers.name, name="provider_name"),
    path("providers/<int:provider_id>/code/", providers.code, name="provider_code"),
    path("providers/<int:provider_id>/contact/", providers.contact, name="provider_contact"),
    path("providers/<int:provider_id>/registration/", registrations.add, name="add_registration"),
    path("providers/<int:provider_id>/identifiers/", usi.identifiers, name="identifiers"),
    path("providers/<int:provider_id>/identifiers/verify/", usi.verify_identifiers, name="verify_identifiers"),
    path("providers/<int:provider_id>/systems/", systems.systems, name="systems"),
    path("providers/<int:provider_id>/systems/<uuid:key_id>/revoke/", systems.revoke, name="revoke_key"),
    path("students/<int:student_id>/identifier/", usi.identifier, name="identifier"),
    path("closures/<uuid:sweep_id>/", closures.closure, name="closure"),
    path("closures/<uuid:sweep_id>/<slug:verb>/", closures.act, name="closure_act"),
    path("registrations/<int:registration_id>/move/<slug:verb>/", registrations.move, name="move"),
    path("registrations/<int:registration_id>/extend/", registrations.extend, name="extend"),
    path("registrations/<int:registration_id>/successor/", registrations.successor, name="successor"),
    path("registrations/<int:registration_id>/coverage/", registrations.coverage, name="coverage"),
    path("registrations/<int:registration_id>/archive/", registrations.archive, name="archive"),
]

urlpatterns = [*_PROVIDERS, *DOUBTS, *REQUESTS, *JOINS, *SUBMISSIONS, *NATIONAL]
