"""Addresses for anyone."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.public import providers

app_name = "public"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", providers.home, name="home"),
    path("providers/", providers.search, name="providers"),
    path("providers/closed/", providers.closed, name="closed"),
    path("providers/closed.csv", providers.closed_csv, name="closed_csv"),
    path("providers/<int:provider_id>/", providers.provider, name="provider"),
    path("information/", providers.information, name="information"),
]
