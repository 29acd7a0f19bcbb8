"""Turn the two database addresses of the environment into Django's settings. Starts nothing and connects to nothing.

`TESTAMUR_DATABASE_APP` is the application's role (row-level security applies to it); `TESTAMUR_DATABASE_OWNER` the
owner's, for migrations only. The command line sets both before Django starts: from the embedded database, or from
`DATABASE_URL` and `DATABASE_OWNER_URL`.
"""

from collections.abc import Mapping
from typing import Any

from psycopg.conninfo import conninfo_to_dict

_NOWHERE = "postgresql://testamur_app@/testamur?host=/nonexistent"


def _alias(address: str, *, pooled: bool) -> dict[str, Any]:
    """Return one entry of DATABASES for a libpq address."""
    parts = {key: str(value) for key, value in conninfo_to_dict(address).items() if value is not None}
    named = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    entry: dict[str, Any] = {key: parts.pop(part, "") for key, part in named.items()}
    options: dict[str, Any] = dict(parts)
    if pooled:
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
    return entry | {"ENGINE": "django.db.backends.postgresql", "OPTIONS": options, "CONN_HEALTH_CHECKS": True}


def database_settings(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return DATABASES: `default` for the application's role, `owner` for migrations."""
    app = environment.get("TESTAMUR_DATABASE_APP", _NOWHERE)
    owner = environment.get("TESTAMUR_DATABASE_OWNER", app)
    pooled = environment.get("TESTAMUR_DATABASE_POOL", "0") == "1"
    return {"default": _alias(app, pooled=pooled), "owner": _alias(owner, pooled=False)}
