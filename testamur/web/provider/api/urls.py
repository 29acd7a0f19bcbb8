"""Addresses of the API."""

from testamur.web.provider.api import document

app_name = "api"
urlpatterns = document.urlpatterns()
