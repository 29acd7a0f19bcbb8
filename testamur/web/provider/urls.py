"""Addresses for provider staff."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.provider import (
    declaring,
    findings,
    fixing,
    holding,
    home,
    lodging,
    overview,
    receipt,
    records,
    returns,
    usi,
)

app_name = "provider"

_ONE = "submissions/<uuid:submission_id>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("members/", home.members, name="members"),
    path("submissions/new/", lodging.new, name="new"),
    path(_ONE, overview.submission, name="submission"),
    path(f"{_ONE}progress/", lodging.progress, name="progress"),
    path(f"{_ONE}files/", lodging.files, name="files"),
    path(f"{_ONE}files/<int:file_id>/remove/", lodging.remove_file, name="remove_file"),
    path(f"{_ONE}check/", lodging.check, name="check"),
    path(f"{_ONE}restart/", lodging.restart, name="restart"),
    path(f"{_ONE}withdraw/", lodging.withdraw, name="withdraw"),
    path(f"{_ONE}findings/", findings.findings, name="findings"),
    path(f"{_ONE}findings/by-rule.csv", findings.findings_csv, name="findings_csv"),
    path(f"{_ONE}findings/annotated/", findings.annotated, name="annotated"),
    path(f"{_ONE}findings/failed-rows/", findings.failed, name="failed"),
    path(f"{_ONE}fix/", fixing.fix, name="fix"),
    path(f"{_ONE}fixed/", fixing.fixed, name="fixed"),
    path(f"{_ONE}fix-alike/", fixing.fix_alike, name="fix_alike"),
    path(f"{_ONE}fixes/<int:fix_id>/undo/", fixing.undo_fix, name="undo_fix"),
    path(f"{_ONE}hold/", holding.hold, name="hold"),
    path(f"{_ONE}stop-holding/", holding.stop_holding, name="stop_holding"),
    path(f"{_ONE}declare/", declaring.declare, name="declare"),
    path(f"{_ONE}receipt/", receipt.receipt, name="receipt"),
    path("identifiers/", usi.identifiers, name="identifiers"),
    path("identifiers/verify/", usi.verify_identifiers, name="verify_identifiers"),
    path("returns/", returns.returns, name="returns"),
    path("returns/<int:registration_id>/<str:first>/", returns.nil, name="nil"),
    path("returns/nil/<uuid:nil_id>/", returns.nil_return, name="nil_return"),
    path("returns/nil/<uuid:nil_id>/withdraw/", returns.withdraw_nil, name="withdraw_nil"),
    path("students/", records.students, name="students"),
    path("students/<int:student_id>/", records.student, name="student"),
    path("students/<int:student_id>/documents/<slug:sha256>/", records.document, name="document"),
]
