"""Joins the audiences' addresses."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("testamur.web.public.urls")),
    path("account/", include("testamur.web.signin_urls")),
    path("student/", include("testamur.web.student.urls")),
    path("provider/", include("testamur.web.provider.urls")),
    path("api/v1/", include("testamur.web.provider.api.urls")),
    path("secretariat/", include("testamur.web.secretariat.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("demo/", include("testamur.service.world.pages")))

handler400 = "testamur.web.access.bad_request"
handler403 = "testamur.web.access.forbidden"
handler404 = "testamur.web.access.not_found"
handler500 = "testamur.web.access.server_error"
