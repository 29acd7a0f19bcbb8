"""Addresses for anyone."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.public import (
    about,
    access_request,
    check,
    help,
    help_files,
    help_template,
    help_tutorial,
    products,
    providers,
)

app_name = "public"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", providers.home, name="home"),
    path("providers/", providers.search, name="providers"),
    path("providers/closed/", providers.closed, name="closed"),
    path("providers/closed.csv", providers.closed_csv, name="closed_csv"),
    path("providers/<int:provider_id>/", providers.provider, name="provider"),
    path("products/", products.search, name="products"),
    path("products/<str:code>/", products.product, name="product"),
    path("calendars/<str:token>.ics", products.transition_feed, name="transition_feed"),
    path("information/", providers.information, name="information"),
    path("access/", access_request.access, name="access"),
    path("access/sent/", access_request.sent, name="access_sent"),
    path("access/<int:provider_id>/", access_request.ask, name="ask_access"),
    path("access/request/<str:token>/", access_request.one, name="access_request"),
    path("check/", check.check, name="check"),
    path("check/<str:number>.tlog-proof", check.proof, name="proof"),
    path("check/<str:number>/", check.check_number, name="check_number"),
    path("help/", help.index, name="help"),
    path("help/tutorial/", help_tutorial.tutorial, name="tutorial"),
    path("help/answers/", help.answers, name="answers"),
    path("help/files/", help_files.formats, name="formats"),
    path("help/files/<slug:name>/", help_files.file_format, name="format"),
    path("help/files/<slug:name>/columns.csv", help_files.columns_csv, name="format_columns"),
    path("help/files/<slug:name>/rules.csv", help_files.rules_csv, name="format_rules"),
    path("help/files/<slug:name>/template.xlsx", help_template.template, name="format_template"),
    path("help/<slug:name>/", help.guide, name="guide"),
    path("accessibility/", about.accessibility, name="accessibility"),
    path("log/", about.log, name="log"),
    path("log/checkpoint", about.checkpoint, name="log_checkpoint"),
    path("log/keys.txt", about.log_keys, name="log_keys"),
    path("log/root.pem", about.seal_root, name="seal_root"),
]
