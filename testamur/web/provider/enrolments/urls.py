"""Addresses of enrolments, under those of provider staff."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.provider.enrolments import changing, lists, loading, one, purging

_ONE = "<uuid:enrolment_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.enrolments, name="enrolments"),
    path("new/", lists.enrol, name="enrol"),
    path("class/", lists.class_grid, name="class_grid"),
    path("files/", loading.load_enrolments, name="load_enrolments"),
    path("files/<slug:name>.csv", loading.enrolment_template, name="enrolment_template"),
    path("evidence/", purging.evidence_due, name="evidence_due"),
    path("evidence/purge/", purging.purge_evidence, name="purge_evidence"),
    path("evidence/<uuid:evidence_id>/", one.evidence_file, name="evidence_file"),
    path(_ONE, one.enrolment, name="enrolment"),
    path(f"{_ONE}outcomes/", one.enrolment_outcomes, name="enrolment_outcomes"),
    path(f"{_ONE}units/", changing.enrolment_unit, name="new_enrolment_unit"),
    path(f"{_ONE}units/<str:code>/", changing.enrolment_unit, name="enrolment_unit"),
    path(f"{_ONE}history/", one.enrolment_history, name="enrolment_history"),
    path(f"{_ONE}change/<slug:what>/", changing.change_enrolment, name="change_enrolment"),
]
