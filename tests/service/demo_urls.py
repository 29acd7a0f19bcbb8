"""The addresses of a site that is a demo, for tests of its pages."""

from django.urls import include, path

from testamur.service.urls import handler404, handler500
from testamur.service.urls import urlpatterns as site

__all__ = ["handler404", "handler500", "urlpatterns"]

urlpatterns = [*site, path("demo/", include("testamur.service.world.pages"))]
