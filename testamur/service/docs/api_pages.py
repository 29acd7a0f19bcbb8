"""The description of the API as a file: docs/api/openapi.json, as the running site serves it."""

import json
import os

from testamur.service import cli


def pages() -> dict[str, str]:
    """Return the OpenAPI document. It is made by Django's parts and needs no database."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", cli.SETTINGS)
    django.setup()
    from testamur.web.provider.api import document

    return {"api/openapi.json": json.dumps(document.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"}
