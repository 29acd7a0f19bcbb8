"""Addresses for anyone."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.public import about, check, providers

app_name = "public"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", providers.home, name="home"),
    path("providers/", providers.search, name="providers"),
    path("providers/closed/", providers.closed, name="closed"),
    path("providers/closed.csv", providers.closed_csv, name="closed_csv"),
    path("providers/<int:provider_id>/", providers.provider, name="provider"),
    path("information/", providers.information, name="information"),
    path("check/", check.check, name="check"),
    path("check/<str:number>.tlog-proof", check.proof, name="proof"),
    path("check/<str:number>/", check.check_number, name="check_number"),
    path("accessibility/", about.accessibility, name="accessibility"),
    path("log/", about.log, name="log"),
    path("log/checkpoint", about.checkpoint, name="log_checkpoint"),
    path("log/keys.txt", about.log_keys, name="log_keys"),
    path("log/root.pem", about.seal_root, name="seal_root"),
]
