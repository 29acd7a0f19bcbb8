"""Taking facts that were read, as the type that their declaration gives them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import cast

from testamur.rulebook.facts import Known


def day(facts: Known, name: str) -> date | None:
    """Return a fact of the kind `date`."""
    return cast("date | None", facts[name])


def word(facts: Known, name: str) -> str | None:
    """Return a fact of the kind `choice` or `text`."""
    return cast("str | None", facts[name])


def flag(facts: Known, name: str) -> bool:
    """Return a fact of the kind `boolean`, false where it is absent."""
    return bool(facts[name])


def amount(facts: Known, name: str) -> Decimal:
    """Return a fact of the kind `amount` or `integer`, 0 where it is absent."""
    return Decimal(cast("Decimal | int | None", facts[name]) or 0)


def words(facts: Known, name: str) -> tuple[str, ...] | None:
    """Return a fact of the kind `texts`."""
    return cast("tuple[str, ...] | None", facts[name])


def group(facts: Known, name: str) -> Known:
    """Return a fact of the kind `group`."""
    return cast("Known", facts[name])


def groups(facts: Known, name: str) -> tuple[Known, ...]:
    """Return a fact of the kind `groups`, empty where it is absent."""
    return cast("tuple[Mapping[str, object], ...] | None", facts[name]) or ()  # type: ignore[return-value]
