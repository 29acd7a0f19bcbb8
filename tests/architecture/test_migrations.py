"""Migrations are linear: numbered, each standing on the one before, never two on the same."""

import re
from collections.abc import Mapping

from django.db.migrations.loader import MigrationLoader


def faults(app: str, parents: Mapping[str, set[str]]) -> list[str]:
    """Return what is not linear in an app's migrations, given each one's parents in the same app."""
    found = []
    names = sorted(parents)
    for position, name in enumerate(names):
        if not re.fullmatch(rf"{position + 1:04d}_[a-z0-9_]+", name):
            found.append(f"{app}.{name} should be number {position + 1:04d}")
        expected = {names[position - 1]} if position else set()
        if parents[name] != expected:
            found.append(f"{app}.{name} should stand on {''.join(expected) or 'nothing'}")
    return found


def test_our_migrations_are_linear():
    loader = MigrationLoader(None)
    by_app: dict[str, dict[str, set[str]]] = {}
    for (app, name), migration in loader.disk_migrations.items():
        if type(migration).__module__.startswith("testamur."):
            by_app.setdefault(app, {})[name] = {parent for owner, parent in migration.dependencies if owner == app}
    assert by_app
    found = [fault for app, parents in sorted(by_app.items()) for fault in faults(app, parents)]
    assert not found, "\n".join(found)


def test_a_planted_fork_and_a_planted_gap_are_caught():
    fork = {"0001_initial": set(), "0002_one": {"0001_initial"}, "0003_other": {"0001_initial"}}
    assert faults("planted", fork) == ["planted.0003_other should stand on 0002_one"]
    gap = {"0001_initial": set(), "0003_late": {"0001_initial"}}
    assert faults("planted", gap) == ["planted.0003_late should be number 0002"]
