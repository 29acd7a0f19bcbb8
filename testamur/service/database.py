"""Which database this site runs on, its two roles, and how it becomes ready.

`testamur_owner` owns the tables and migrates them; `testamur_app` reads and writes rows, and row-level security
applies to it. Without settings the database is the embedded one. `DATABASE_URL` names a server: with
`DATABASE_OWNER_URL` beside it the two are used as they are (the roles and grants come from `testamur db prepare`);
alone, it must be a role that may become both, and each connection steps down to the role it needs.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from testamur.service import postgres
from testamur.service.postgres import DatabaseUnavailable, EmbeddedPostgres

DATABASE = "testamur"
OWNER = "testamur_owner"
APP = "testamur_app"
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")
APP_VARIABLE = "TESTAMUR_DATABASE_APP"
OWNER_VARIABLE = "TESTAMUR_DATABASE_OWNER"
_PREPARED = "testamur, prepared 1"  # raise the number whenever _grant or EXTENSIONS change
_PREPARE_LOCK = 7_350_241_900_116_101  # an advisory lock of our own: two first starts at once take turns

# Open handles of this process on the embedded database; see EmbeddedPostgres.use.
_uses: list[IO[str]] = []


@dataclass(frozen=True, slots=True)
class Addresses:
    """The libpq addresses of one database, one for each role."""

    app: str
    owner: str

    def export(self) -> None:
        """Hand both addresses to Django's settings and to every child process."""
        os.environ[APP_VARIABLE] = self.app
        os.environ[OWNER_VARIABLE] = self.owner


def project_folder() -> Path:
    """Return the folder that holds the package."""
    return Path(__file__).resolve().parents[2]


def var_folder() -> Path:
    """Return the folder for everything that this site makes while it runs."""
    return Path(os.environ.get("TESTAMUR_VAR") or project_folder() / "var")


def embedded() -> EmbeddedPostgres:
    """Return the embedded database of this site."""
    return EmbeddedPostgres(var_folder() / "pg")


def with_database(address: str, database: str) -> str:
    """Return the same address for another database."""
    return make_conninfo(address, dbname=database)


def stepped_down(address: str, role: str, database: str = DATABASE) -> str:
    """Return an address whose sessions begin as another role."""
    options = f"{conninfo_to_dict(address).get('options') or ''} -c role={role}".strip()
    return make_conninfo(address, dbname=database, options=options)


def ensure() -> Addresses:
    """Make sure that the database is up and prepared, export its addresses and return them.

    Raises DatabaseUnavailable where it is not and cannot be.
    """
    known = os.environ.get(APP_VARIABLE), os.environ.get(OWNER_VARIABLE)
    server, owner = os.environ.get("DATABASE_URL"), os.environ.get("DATABASE_OWNER_URL")
    if known[0] and known[1]:
        addresses = Addresses(known[0], known[1])
    elif server and owner:
        addresses = Addresses(server, owner)
    elif server:
        addresses = _prepared(server, lambda role, name: stepped_down(server, role, name))
    else:
        cluster = embedded()
        _uses.append(cluster.use())
        addresses = _prepared(
            cluster.ensure(), lambda role, name: postgres.address(cluster.sockets, role=role, database=name)
        )
    addresses.export()
    return addresses


def administrator() -> str:
    """Return the address, at our database, of the role that may read every row of it: for copies and their return."""
    ensure()
    server = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL")
    return server or with_database(embedded().ensure(), DATABASE)


def let_go() -> None:
    """Say that this process no longer needs the embedded database."""
    while _uses:
        _uses.pop().close()


def _prepared(superuser: str, address_of: Callable[[str, str], str]) -> Addresses:
    """Prepare the database where that has not been done and return the roles' addresses."""
    if not is_prepared(superuser):
        prepare(superuser)
    return Addresses(app=address_of(APP, DATABASE), owner=address_of(OWNER, DATABASE))


def is_prepared(superuser: str, database: str = DATABASE) -> bool:
    """Say whether prepare has run to its end for a database of this server."""
    statement = "select shobj_description(oid, 'pg_database') from pg_database where datname = %s"
    try:
        with psycopg.connect(superuser, connect_timeout=10) as connection:
            row = connection.execute(statement, [database]).fetchone()
    except psycopg.OperationalError as error:
        message = "The database server does not answer. Check DATABASE_URL, and that the server runs."
        raise DatabaseUnavailable(message) from error
    return row is not None and row[0] == _PREPARED


def prepare(superuser: str, database: str = DATABASE) -> None:
    """Make roles, database, extensions and grants; running it again changes nothing.

    `superuser` is the address of a role that may create roles and databases, at any database of the server.
    """
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [_PREPARE_LOCK])
        _make_roles(connection)
        if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
        with psycopg.connect(with_database(superuser, database)) as inside:
            _grant(inside, database)
        connection.execute(
            sql.SQL("comment on database {} is {}").format(sql.Identifier(database), sql.Literal(_PREPARED))
        )


def _make_roles(connection: psycopg.Connection) -> None:
    """Make both roles without any power over the server, and let the role that prepares step down to them."""
    row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    is_superuser = bool(row and row[0])
    for role in (OWNER, APP):
        name = sql.Identifier(role)
        if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
            connection.execute(sql.SQL("create role {} login").format(name))
        if is_superuser:
            connection.execute(
                sql.SQL("alter role {} nosuperuser nobypassrls nocreatedb nocreaterole noreplication").format(name)
            )
        else:
            connection.execute(sql.SQL("grant {} to current_user").format(name))
        above = "select rolsuper or rolbypassrls from pg_roles where rolname = %s"
        if connection.execute(above, [role]).fetchone() != (False,):
            message = f"The role {role} is above row-level security, and only a superuser can change that."
            raise DatabaseUnavailable(message)


def _grant(inside: psycopg.Connection, database: str) -> None:
    """Give the owner the schema and the application its rows; nobody else gets anything."""
    for extension in EXTENSIONS:
        inside.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
    for statement in (
        "revoke all on database {database} from public",
        "grant connect, temporary on database {database} to {app}",
        "alter schema public owner to {owner}",
        "revoke all on schema public from public",
        "grant usage on schema public to {app}",
        "alter default privileges for role {owner} grant select, insert, update, delete on tables to {app}",
        "alter default privileges for role {owner} grant usage, select on sequences to {app}",
        "alter default privileges for role {owner} revoke execute on functions from public",
        "alter default privileges for role {owner} grant execute on functions to {app}",
    ):
        inside.execute(
            sql.SQL(statement).format(
                database=sql.Identifier(database), owner=sql.Identifier(OWNER), app=sql.Identifier(APP)
            )
        )


def checks() -> list[dict[str, object]]:
    """Return what can be said about the database as {"name", "ok", "detail"}; starts nothing."""
    if not os.environ.get("DATABASE_URL") and not embedded().answers():
        return [{"name": "up", "ok": False, "detail": "it does not answer; `db start` starts it"}]
    addresses = ensure()
    with psycopg.connect(addresses.app, connect_timeout=10) as connection:
        version = connection.info.parameter_status("server_version")
        return [
            {"name": "up", "ok": True, "detail": f"PostgreSQL {version}"},
            role_check(connection),
            migration_check(connection),
        ]


def role_check(connection: psycopg.Connection) -> dict[str, object]:
    """Say whether row-level security binds the role of a connection: no superuser, no bypass, owner of no table."""
    statement = """
        select rolname, not rolsuper and not rolbypassrls
               and not exists (select 1 from pg_class where relowner = pg_roles.oid and relpersistence <> 't')
        from pg_roles where rolname = current_user"""
    row = connection.execute(statement).fetchone()
    name, bound = row if row else ("unknown", False)
    detail = f"{name} is bound by it" if bound else f"{name} is above it: use {APP}, see `db prepare`"
    return {"name": "row-level security", "ok": bool(bound), "detail": detail}


def has_tables(address: str) -> bool:
    """Say whether migrations have run in the database at an address."""
    with psycopg.connect(address, connect_timeout=10) as connection:
        return _has_tables(connection)


def _has_tables(connection: psycopg.Connection) -> bool:
    """Say whether the table of migrations is there."""
    known = connection.execute("select to_regclass('django_migrations')").fetchone()
    return bool(known and known[0])


def migration_check(connection: psycopg.Connection) -> dict[str, object]:
    """Say how many migrations have been applied; none is a failure."""
    row = connection.execute("select count(*) from django_migrations").fetchone() if _has_tables(connection) else None
    count = int(row[0]) if row else 0
    return {"name": "migrated", "ok": count > 0, "detail": f"{count} migrations; `db migrate` applies what is missing"}


def require_tables(addresses: Addresses) -> None:
    """Raise DatabaseUnavailable where no migration has run, rather than let every process fail on its own."""
    if not has_tables(addresses.app):
        raise DatabaseUnavailable("The database has no tables yet. Run ./tm db migrate, or ./tm demo.")
