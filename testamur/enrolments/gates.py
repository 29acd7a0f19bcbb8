"""What the register knows about whether a provider may enrol somebody in a product on a day; rules.may_enrol decides on it.

Registration comes from the list of providers; scope, replacement and end of a vocational product from the copies of the
national register. Where no copy is loaded, or a copy says nothing of the provider or product, the register cannot say.
"""

from collections.abc import Iterable
from datetime import date

from testamur.enrolments.rules import EnrolFacts
from testamur.kernel.verdict import Verdict
from testamur.providers import queries as providers_queries
from testamur.rulebook.evaluate import decide
from testamur.training import rules as training_rules
from testamur.training.queries import copies, held, products, scope
from testamur.training.queries.products import ProductFacts

Asked = tuple[str, str, date]
_STANDING = {"registered": True, "ceasing": True, "suspended": False, "merged": False, "ceased": False}


def facts_for(provider_id: int, asked: Iterable[Asked], *, today: date) -> dict[Asked, EnrolFacts]:
    """Return the facts for each (sector, product code, day of enrolment) that is asked about, each looked up once."""
    wanted = set(asked)
    card = providers_queries.provider_card(provider_id, on=today)
    registered = {
        (sector, day): _STANDING.get(providers_queries.status_for_extract(provider_id, sector, day))
        if sector in card.sectors
        else False
        for sector, day in {(sector, day) for sector, _, day in wanted}
    }
    lines = scope.scope_of([code.value for code in card.codes])
    known = products.products_on({code for sector, code, _ in wanted if sector == "vet"}, today)
    taken_on = held.youngest_day()
    facts = {}
    for one in wanted:
        sector, code, day = one
        known_here = sector == "vet" and taken_on is not None
        product = known.get(code) if known_here else None
        age = (day - taken_on).days if product and taken_on else None
        facts[one] = EnrolFacts(
            provider_registered=registered[sector, day],
            on_scope=training_rules.in_scope_on(lines, code, day) is not None if known_here and lines else None,
            transition=transition_on("enrol", product, day) if product else None,
            register_age_days=age,
            product_changed=bool(product and age and age > 0 and _changed(product)),
        )
    return facts


def transition_on(question: str, product: ProductFacts, day: date) -> Verdict:
    """Return what the ruleset transition says to enrolling in a product, or commencing it, on a day (TRN-01, -02, -08)."""
    ends = {"replaced_on": product.replaced_on, "ended_on": product.ended_on}
    known = {name: value.isoformat() for name, value in ends.items() if value}
    return decide("transition", {"question": question, "kind": product.kind, "on": day.isoformat(), **known})


def commencing(asked: Iterable[Asked]) -> dict[Asked, Verdict]:
    """Return what the ruleset transition says to beginning training, for each (sector, product code, day) asked about.

    A product that the national register has not is left out: the register cannot say.
    """
    wanted = {one for one in asked if one[0] == "vet"}
    if not wanted or held.youngest_day() is None:
        return {}
    known = products.products_on({code for _, code, _ in wanted}, max(day for _, _, day in wanted))
    return {one: transition_on("commence", known[one[1]], one[2]) for one in wanted if one[1] in known}


def _changed(product: ProductFacts) -> bool:
    """Say whether a product was replaced, ended, or described otherwise in an earlier copy (TRN-09)."""
    if product.replaced_on or product.ended_on:
        return True
    youngest = copies.youngest_snapshot()
    return youngest is not None and len(products.versions_of(product.code, youngest.taken_on)) > 1
