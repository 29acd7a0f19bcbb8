"""Addresses for students."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.student import access, applications, documents, home, identity, joins, record, training, usi

app_name = "student"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("details/", home.details, name="details"),
    path("identity/", identity.identity, name="identity"),
    path("identity/another-way/", identity.assisted, name="assisted"),
    path("find/", applications.find, name="find"),
    path("apply/", applications.apply, name="apply"),
    path("applications/", applications.applications, name="applications"),
    path("applications/<str:number>/", applications.application, name="request"),
    path("applications/<str:number>/withdraw/", applications.withdraw, name="withdraw"),
    path("applications/<str:number>/certify/", applications.certify, name="certify"),
    path("record/", record.record, name="record"),
    path("record/extracts/<str:number>.pdf", record.extract, name="extract"),
    path("record/extracts/<str:number>.tlog-proof", record.proof, name="proof"),
    path("record/lodged/<str:sha256>.pdf", record.lodged, name="lodged"),
    path("documents/", documents.documents, name="documents"),
    path("documents/<str:number>.pdf", documents.document, name="document"),
    path("training/", training.training, name="training"),
    path("joins/", joins.joins, name="joins"),
    path("joins/<str:number>/", joins.answer, name="answer_join"),
    path("identifiers/", usi.identifiers, name="identifiers"),
    path("identifiers/<int:student_id>/", usi.show_identifier, name="show_identifier"),
    path("access/", access.access, name="access"),
    path("access.csv", access.access_csv, name="access_csv"),
    path("somebody-else/", access.report, name="report"),
    path("choices/", access.choices, name="choices"),
]
