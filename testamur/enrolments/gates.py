"""What the register knows about whether a provider may enrol somebody in a product on a day; rules.may_enrol decides on it."""

from collections.abc import Iterable
from datetime import date

from testamur.enrolments.rules import EnrolFacts
from testamur.providers import queries as providers_queries

Asked = tuple[str, str, date]
_STANDING = {"registered": True, "ceasing": True, "suspended": False, "merged": False, "ceased": False}


def facts_for(provider_id: int, asked: Iterable[Asked], *, today: date) -> dict[Asked, EnrolFacts]:
    """Return the facts for each (sector, product code, day of enrolment) that is asked about, each looked up once."""
    wanted = set(asked)
    sectors = providers_queries.provider_card(provider_id, on=today).sectors
    days = {(sector, day) for sector, _, day in wanted}
    registered = {
        (sector, day): _STANDING.get(providers_queries.status_for_extract(provider_id, sector, day))
        if sector in sectors
        else False
        for sector, day in days
    }
    return {one: EnrolFacts(provider_registered=registered[one[0], one[2]]) for one in wanted}
