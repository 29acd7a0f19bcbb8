"""Which provider somebody means: one box over legal, trading and former names, ABN and codes (TEQ-02)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from testamur.kernel.errors import NotFound
from testamur.providers import rules
from testamur.providers.models import Provider, ProviderCode, ProviderName
from testamur.providers.queries.standing import provider_lines

# What the index looks for first; both thresholds hold for the transaction only.
_THRESHOLDS: Final = """
    SELECT set_config('pg_trgm.similarity_threshold', %(least)s::text, true),
           set_config('pg_trgm.word_similarity_threshold', %(least)s::text, true)
"""
# A name counts as found from this share of common trigrams on; tests/queries/test_providers.py holds what it must do.
_ALIKE: Final = 0.4
_EXACT: Final = 1.0
_BY_NAME: Final = """
    SELECT provider_id, kind, used_until IS NOT NULL, name, score FROM (
        SELECT provider_id, kind, used_until, name, id,
               CASE WHEN folded = %(text)s THEN 4.0
                    WHEN folded LIKE %(text)s || '%%' THEN 3.0
                    WHEN folded LIKE '%% ' || %(text)s || '%%' THEN 2.0
                    ELSE greatest(similarity(folded, %(text)s), word_similarity(%(text)s, folded))
               END AS score
        FROM providers_providername
        WHERE folded LIKE '%%' || %(text)s || '%%' OR folded %% %(text)s OR %(text)s <%% folded
    ) AS scored
    WHERE score >= %(least)s
    ORDER BY score DESC, used_until IS NOT NULL, length(name), name, id
    LIMIT %(rows)s
"""


@dataclass(frozen=True, slots=True)
class ProviderBrief:
    """A provider in a few words: what other packages need to name it and to count its days."""

    id: int
    organisation_id: UUID
    legal_name: str
    abn: str
    zone: str


@dataclass(frozen=True, slots=True)
class Match:
    """What of a provider agreed with the typed text; `exact` is False where only the spelling is alike."""

    label: str
    text: str
    exact: bool


@dataclass(frozen=True, slots=True)
class ProviderHit:
    """One provider found, with its present legal name, its status on the day, and why it was found."""

    provider_id: int
    legal_name: str
    status: str
    sectors: tuple[str, ...]
    match: Match


def provider(provider_id: int) -> ProviderBrief:
    """Return one provider; raises NotFound."""
    found = Provider.objects.filter(pk=provider_id).first()
    if found is None:
        raise NotFound("There is no such provider in this register. Search for it by name, code or ABN.")
    return _brief(found)


def find_provider_by_code(text: str) -> ProviderBrief | None:
    """Return the provider with this RTO code, TEQSA id, CRICOS code or ABN, None where there is none.

    Of several records with one ABN the latest is meant.
    """
    digits = rules.parse_abn(text)
    chosen = Q(pk__in=[])
    if digits:
        chosen |= Q(abn=digits, later_record=None)
    for kind, matched in rules.code_kinds(text):
        chosen |= Q(pk__in=ProviderCode.objects.filter(kind=kind, matched=matched).values("provider"))
    found = Provider.objects.filter(chosen).order_by("pk").first()
    return _brief(found) if found else None


def provider_of_organisation(organisation_id: UUID) -> int | None:
    """Return the number of the provider that an organisation is, None where it is none."""
    return Provider.objects.filter(organisation_id=organisation_id).values_list("pk", flat=True).first()


def legal_names(provider_ids: Iterable[int]) -> dict[int, str]:
    """Return the present legal names of some providers."""
    held = ProviderName.objects.filter(
        provider__in=set(provider_ids), kind=ProviderName.Kind.LEGAL, used_until__isnull=True
    )
    return dict(held.values_list("provider_id", "name"))


def legal_name_on(provider_id: int, day: date) -> str:
    """Return the legal name that a provider had on a day; before the first known one, the earliest. Raises NotFound."""
    held = list(
        ProviderName.objects.filter(provider=provider_id, kind=ProviderName.Kind.LEGAL).values_list(
            "name", "used_until"
        )
    )
    if not held:
        raise NotFound("There is no such provider in this register.")
    still = [(until or date.max, name) for name, until in held if until is None or day < until]
    return min(still)[1]


def search_providers(text: str, *, on: date, limit: int = 20) -> list[ProviderHit]:
    """Return the providers that somebody may mean, best first, each once, with what agreed.

    Searched as ABN, as code and as name, all at once; spaces, case, accents and small slips do not matter.
    """
    matches: dict[int, Match] = {}
    for provider_id, match in [*_by_number(text), *_by_name(text, limit)]:
        matches.setdefault(provider_id, match)
    chosen = dict(list(matches.items())[:limit])
    return [
        ProviderHit(line.id, line.legal_name, line.status, line.sectors, chosen[line.id])
        for line in provider_lines(list(chosen), on=on)
    ]


def _by_number(text: str) -> list[tuple[int, Match]]:
    """Return the providers whose ABN begins with the typed digits, or whose code it is."""
    typed = rules.number_typed(text)
    found = []
    if len(typed) >= rules.ABN_PREFIX_LEAST and typed.isdigit():
        held = Provider.objects.filter(abn__startswith=typed).order_by("abn", "-pk")[:20]
        found += [(one.pk, Match("ABN", rules.printed_abn(one.abn or ""), exact=True)) for one in held]
    for kind, matched in rules.code_kinds(typed):
        for code in ProviderCode.objects.filter(kind=kind, matched=matched):
            found.append((code.provider_id, Match(code.get_kind_display(), code.value, exact=True)))
    return found


def _by_name(text: str, limit: int) -> list[tuple[int, Match]]:
    """Return the providers with a name that holds the text or is spelt like it."""
    folded = rules.fold_name(text[: rules.NAME_LIMIT])
    if len(folded) < rules.NAME_LEAST:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_THRESHOLDS, {"least": _ALIKE})
        cursor.execute(_BY_NAME, {"text": folded, "least": _ALIKE, "rows": limit * 4})
        rows = cursor.fetchall()
    return [
        (provider_id, Match(rules.name_label(kind, past=past), name, exact=float(score) > _EXACT))
        for provider_id, kind, past, name, score in rows
    ]


def _brief(found: Provider) -> ProviderBrief:
    """Return a provider in a few words."""
    return ProviderBrief(
        found.pk, found.organisation_id, legal_names([found.pk])[found.pk], found.abn or "", found.zone
    )
