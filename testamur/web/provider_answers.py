"""What a former student of a provider is told before anybody applies, alike for everybody and for those signed in.

It is the answer of the ruleset `extract` to the public facts, so that a provider's page and an application never differ
(TEQ-01…03, CQR-09).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from testamur.kernel.verdict import Verdict
from testamur.providers import queries as providers_queries
from testamur.providers.queries import ProviderCard, Regulator
from testamur.register import queries as register_queries
from testamur.rulebook import evaluate
from testamur.web.parts import Link
from testamur.web.provider_words import SECTORS


@dataclass(frozen=True, slots=True)
class Answer:
    """What a former student of one sector is told: the verdict on the public facts, and where to turn."""

    sector: str
    status: str
    verdict: Verdict
    regulators: Sequence[Regulator]
    successors: Sequence[Link]

    @property
    def sector_name(self) -> str:
        """Return the sector in words."""
        return SECTORS[self.sector]

    @property
    def may_apply(self) -> bool:
        """Say whether an application can be made here; with REFER an officer looks at it."""
        return self.verdict.outcome in {"ALLOW", "REFER"}

    @property
    def ask_provider(self) -> bool:
        """Say whether the provider itself is the address."""
        return self.verdict.outcome == "REFUSE_REDIRECT" and self.status in {"registered", "ceasing"}

    @property
    def ask_regulator(self) -> bool:
        """Say whether the regulator is the address."""
        return self.verdict.outcome == "REFUSE_REDIRECT" and not self.ask_provider

    @property
    def not_held(self) -> bool:
        """Say whether guidance stands in place of an application."""
        return self.verdict.outcome == "NOT_HELD"


def answer_for(card: ProviderCard, sector: str, on: date) -> Answer:
    """Return what the ruleset says on the public facts: as if e-mail, identity and match were in order already."""
    status = providers_queries.status_for_extract(card.id, sector, on)
    held = register_queries.has_holdings(card.id)
    facts = {
        "sector": sector,
        "served_here": held and providers_queries.served_here(card.id, sector),
        "provider_status": status,
        "holdings": held,
        "requested_by": "self",
        "email_confirmed": True,
        "identity": "verified",
        "placeholder": False,
        "matches": 1,
    }
    own = [registration for registration in card.registrations if registration.sector == sector]
    successors = {one.successor_id: one.successor_name for one in own if one.successor_id}
    return Answer(
        sector=sector,
        status=status,
        verdict=evaluate.decide("extract", facts, on=on),
        regulators=[providers_queries.regulator(code) for code in dict.fromkeys(one.regulator for one in own)],
        successors=[Link(name, reverse("public:provider", args=[key])) for key, name in successors.items()],
    )


def answers_for(card: ProviderCard, on: date) -> list[Answer]:
    """Return the answer for each sector in which a provider is or was registered."""
    return [answer_for(card, sector, on) for sector in card.sectors]
