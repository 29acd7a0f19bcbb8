"""Entry point for a web server. `/health` answers here, before any page, host check or sign-in."""

import os
from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import Error, connection

from testamur.service import cli, database

HEALTH = "/health"

database.ensure()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", cli.SETTINGS)
Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
_site = get_wsgi_application()


def _database_answers() -> bool:
    """Say whether a statement runs."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except Error:
        connection.close()
        return False
    return True


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request: 200 or 503 at /health, the site's pages elsewhere."""
    if environ.get("PATH_INFO") != HEALTH:
        answer: Iterable[bytes] = _site(environ, start_response)
        return answer
    healthy = _database_answers()
    start_response("200 OK" if healthy else "503 Service Unavailable", [("Content-Type", "text/plain")])
    return [b"ok\n" if healthy else b"the database does not answer\n"]
