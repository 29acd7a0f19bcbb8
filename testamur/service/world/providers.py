"""The demo's providers, one of each standing. Names and numbers are made up; ABNs only pass the check of their digits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from testamur.providers import actions as providers_actions
from testamur.providers import queries as providers_queries
from testamur.providers.actions import Contact, NewProvider, NewRegistration

_ZONE: Final = ZoneInfo("Australia/Sydney")
_ABN_WEIGHTS: Final = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)

RTO: Final = "Wattlebird Trades Institute Pty Ltd"
HIGHER: Final = "Currawong College of Higher Education Ltd"
CLOSED: Final = "Harbour Light Institute of Higher Education Pty Ltd"
CLOSED_NAME: Final = "Harbour Light Institute"
WITHOUT_HOLDINGS: Final = "Quandong Academy of Design Pty Ltd"
RTO_CODE: Final = "90142"
TRAINING: Final = "Boobook Training College Pty Ltd"
CEASING: Final = "Saltbush School of Health Sciences Ltd"


@dataclass(frozen=True, slots=True)
class Place:
    """A provider of the demo and the organisation of its staff."""

    id: int
    organisation_id: UUID


@dataclass(frozen=True, slots=True)
class Places:
    """The providers that the rest of the world needs."""

    closed: Place
    rto: Place
    training: Place
    ceasing: Place


def made_up_abn(body: int) -> str:
    """Return eleven digits that pass the check of an ABN, with `body` as the last nine."""
    digits = [0, 0, *map(int, f"{body:09d}")]
    # The first digit counts less one, so that the whole sum is divisible by 89.
    for prefix in range(11, 100):
        digits[:2] = divmod(prefix, 10)
        total = sum(weight * digit for weight, digit in zip(_ABN_WEIGHTS, digits, strict=True))
        if (total - _ABN_WEIGHTS[0]) % 89 == 0:
            return "".join(map(str, digits))
    raise ValueError(f"no prefix fits {body}")


def register_all(*, by: UUID, at: datetime) -> Places:
    """Register an operating and a closed RTO, an operating, a ceasing and two closed providers of higher education."""
    on = at.astimezone(_ZONE).date()
    said: dict[str, Any] = {"by": by, "at": at, "on": on}
    rto = providers_actions.register_provider(_rto(), **said)
    providers_actions.register_provider(_higher(), **said)
    ceasing = _ceasing(said, on)
    training = _closed(_training(), date(2021, 12, 31), said)
    closed = _closed(_harbour_light(), date(2024, 12, 31), said)
    _closed(_quandong(), date(2019, 6, 30), said)
    return Places(closed, _place(rto), training, ceasing)


def _rto() -> NewProvider:
    contact = Contact(
        "student.records@wattlebird.example.org", "(03) 5550 0142", "", "14 Quarry Street, Bendigo VIC 3550"
    )
    return NewProvider(
        legal_name=RTO,
        trading_names=("Wattlebird Trades",),
        registration=NewRegistration("ASQA", "vet", date(2009, 4, 1)),
        abn=made_up_abn(101),
        codes={"rto": RTO_CODE},
        contact=contact,
        zone="Australia/Melbourne",
    )


def _training() -> NewProvider:
    return NewProvider(
        legal_name=TRAINING,
        trading_names=("Boobook Training",),
        registration=NewRegistration("ASQA", "vet", date(2006, 7, 1)),
        abn=made_up_abn(106),
        codes={"rto": "41234"},
        zone="Australia/Melbourne",
    )


def _higher() -> NewProvider:
    contact = Contact("graduations@currawong.example.org", "(02) 5550 0188", "", "2 Lyrebird Way, Belconnen ACT 2617")
    return NewProvider(
        legal_name=HIGHER,
        trading_names=("Currawong College",),
        registration=NewRegistration("TEQSA", "he", date(2012, 1, 29)),
        abn=made_up_abn(102),
        codes={"teqsa": "PRV90188"},
        contact=contact,
    )


def _harbour_light() -> NewProvider:
    return NewProvider(
        legal_name=CLOSED,
        trading_names=(CLOSED_NAME,),
        former_names=("Harbour Light School of Business",),
        registration=NewRegistration("TEQSA", "he", date(2007, 3, 1)),
        abn=made_up_abn(103),
        codes={"teqsa": "PRV90217"},
    )


def _quandong() -> NewProvider:
    return NewProvider(
        legal_name=WITHOUT_HOLDINGS,
        trading_names=("Quandong Design",),
        registration=NewRegistration("TEQSA", "he", date(2011, 2, 1)),
        abn=made_up_abn(104),
        codes={"teqsa": "PRV90233"},
    )


def _place(provider_id: int) -> Place:
    """Return a provider with its organisation."""
    return Place(provider_id, providers_queries.provider(provider_id).organisation_id)


def _ceasing(said: dict[str, Any], on: date) -> Place:
    """Register a provider that will cease in two months."""
    new = NewProvider(
        legal_name=CEASING,
        trading_names=("Saltbush Health",),
        registration=NewRegistration("TEQSA", "he", date(2013, 7, 1)),
        abn=made_up_abn(105),
        codes={"teqsa": "PRV90255"},
        contact=Contact(
            "enrolments@saltbush.example.org", "(08) 5550 0110", "", "7 Harbour Parade, Port Augusta SA 5700"
        ),
        zone="Australia/Adelaide",
    )
    provider_id = providers_actions.register_provider(new, **said)
    providers_actions.record_ceasing(
        _registration(provider_id, on),
        effective_date=on - timedelta(days=20),
        ceases_on=on + timedelta(days=60),
        authority="Notice of the provider",
        **said,
    )
    return _place(provider_id)


def _closed(new: NewProvider, last_day: date, said: dict[str, Any]) -> Place:
    """Register a provider and record that it announced its end, and ended."""
    provider_id = providers_actions.register_provider(new, **said)
    registration = _registration(provider_id, said["on"])
    ended = last_day + timedelta(days=1)
    authority = {"authority": "Decision of the regulator", **said}
    providers_actions.record_ceasing(
        registration, effective_date=last_day - timedelta(days=120), ceases_on=ended, **authority
    )
    providers_actions.record_ceased(registration, effective_date=ended, **authority)
    return _place(provider_id)


def _registration(provider_id: int, on: date) -> int:
    """Return the only registration of a provider."""
    (one,) = providers_queries.provider_card(provider_id, on=on).registrations
    return one.id
