"""Reads of the register of providers: who a name or code means, what a provider is on a day, who has closed.

Everything here is public data (TEQ-R3), except that only the secretariat's pages show who recorded a move. Days are
arguments; frozen dataclasses go across the package's edge.
"""

from testamur.providers.queries.cards import (
    Change,
    Closure,
    CodeHeld,
    Contact,
    MoveMade,
    NameHeld,
    ProviderCard,
    RegistrationHeld,
    card_of_registration,
    changes_of,
    provider_card,
)
from testamur.providers.queries.finding import (
    Match,
    ProviderBrief,
    ProviderHit,
    find_provider_by_code,
    legal_name_on,
    legal_names,
    provider,
    provider_of_organisation,
    search_providers,
)
from testamur.providers.queries.registered import RegistrationLine, registration_lines
from testamur.providers.queries.standing import (
    CeasedProvider,
    ClosureDue,
    ProviderLine,
    Regulator,
    ceased_providers,
    closures_open,
    has_ended,
    provider_ids,
    provider_lines,
    regulator,
    regulators,
    served_here,
    status_for_extract,
)

__all__ = [
    "CeasedProvider",
    "Change",
    "Closure",
    "ClosureDue",
    "CodeHeld",
    "Contact",
    "Match",
    "MoveMade",
    "NameHeld",
    "ProviderBrief",
    "ProviderCard",
    "ProviderHit",
    "ProviderLine",
    "RegistrationHeld",
    "RegistrationLine",
    "Regulator",
    "card_of_registration",
    "ceased_providers",
    "changes_of",
    "closures_open",
    "find_provider_by_code",
    "has_ended",
    "legal_name_on",
    "legal_names",
    "provider",
    "provider_card",
    "provider_ids",
    "provider_lines",
    "provider_of_organisation",
    "registration_lines",
    "regulator",
    "regulators",
    "search_providers",
    "served_here",
    "status_for_extract",
]
