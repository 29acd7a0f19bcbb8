"""Addresses of issuing, under those of provider staff."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.provider.issuing import changing, office, one, queue

_ONE = "documents/<uuid:certification_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", queue.certification_queue, name="certification_queue"),
    path("issued/", queue.issued_register, name="issued_register"),
    path("due/<uuid:enrolment_id>/<slug:kind>/", one.entitlement, name="entitlement"),
    path(_ONE, one.certification, name="certification"),
    path(f"{_ONE}approve/", changing.approve_certification, name="approve_certification"),
    path(f"{_ONE}change/<slug:what>/", changing.change_certification, name="change_certification"),
    path("office/", office.issuing_office, name="issuing_office"),
    path("office/authorities/new/", office.grant_authority, name="grant_authority"),
    path("office/authorities/<uuid:authority_id>/confirm/", office.confirm_authority, name="confirm_authority"),
    path("office/authorities/<uuid:authority_id>/end/", office.end_authority, name="end_authority"),
    path("office/templates/new/", office.propose_template, name="propose_template"),
    path("office/templates/<uuid:template_id>/<slug:verb>/", office.decide_template, name="decide_template"),
]
