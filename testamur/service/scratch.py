"""Databases to try things on: beside the site's own, on the same server, gone afterwards.

Benches and drills use them; the site's own database is never touched.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from testamur.service import database


def _named(address: str, name: str) -> str:
    """Return the same role's address at another database."""
    return database.with_database(address, name)


def _drop(administrator: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    with psycopg.connect(administrator, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@contextmanager
def scratch_database(*, template: str | None = None) -> Iterator[database.Addresses]:
    """Make an empty prepared database, or a copy of another scratch database, and drop it afterwards.

    Raises database.DatabaseUnavailable where the server does not answer. The template must have no connections.
    """
    site = database.ensure()
    administrator = database.administrator()
    name = f"scratch_{secrets.token_hex(6)}"
    if template is None:
        database.prepare(administrator, name)
    else:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {} owner {}").format(
                    sql.Identifier(name), sql.Identifier(template), sql.Identifier(database.OWNER)
                )
            )
    try:
        yield database.Addresses(app=_named(site.app, name), owner=_named(site.owner, name))
    finally:
        _drop(administrator, name)


def name_of(addresses: database.Addresses) -> str:
    """Return the name of the database that addresses lead to."""
    return str(conninfo_to_dict(addresses.app)["dbname"])
