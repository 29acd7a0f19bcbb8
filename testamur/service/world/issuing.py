"""The demo's certification: people with authority, templates, documents issued to some students, and one that waits.

The pictures are those of the made-up provider that comes with the product.
"""

from datetime import datetime, timedelta
from typing import Final

from testamur.documents.certification import assets
from testamur.issuance import actions, queries
from testamur.issuance.actions import AuthoritySaid, PrepareSaid, TemplateSaid
from testamur.kernel import tenancy
from testamur.service.world import people
from testamur.service.world.people import account_of
from testamur.service.world.providers import Place

_KINDS: Final = ("testamur", "record-of-results", "statement-of-attainment")
_ISSUED: Final = 3
_INSTRUMENT: Final = "Resolution of the board of directors, number 14"


def open_office(place: Place, *, at: datetime) -> None:
    """Give a provider authorities and templates, issue to the first students who are entitled, and prepare for one more."""
    with tenancy.for_provider(place.id):
        _authorise(place, at=at)
        ready = [one for one in queries.queue(place.id, at.date()) if one.outcome == "ALLOW"]
        by = account_of(people.RTO_ISSUER)
        made = [
            actions.prepare(one.enrolment_id, one.kind, PrepareSaid(), place.id, by=by, at=at)
            for one in ready[: _ISSUED + 1]
        ]
        for certification in made[:_ISSUED]:
            actions.approve(certification, by=account_of(people.RTO_SIGNATORY), at=at)


def _authorise(place: Place, *, at: datetime) -> None:
    """Grant authorities and propose templates as the administrator; others confirm and approve."""
    since = at.date() - timedelta(days=300)
    administrator, signatory = account_of(people.RTO_ADMINISTRATOR), account_of(people.RTO_SIGNATORY)
    signature = _picture("signature")
    prepares = AuthoritySaid("prepare", since, _INSTRUMENT, account=account_of(people.RTO_ISSUER))
    signs = AuthoritySaid(
        "sign", since, _INSTRUMENT, printed_name=people.RTO_SIGNATORY.name, position="Head of Training",
        signature=signature,
    )  # fmt: skip
    approves = AuthoritySaid("approve", since, _INSTRUMENT, account=signatory)
    for said in (prepares, signs, approves):
        granted = actions.grant_authority(said, place.id, by=administrator, at=at)
        actions.confirm_authority(granted, by=account_of(people.RTO_SECOND), at=at)
    for kind in _KINDS:
        template = TemplateSaid(kind, _picture("crest"), "seal", _picture("seal"))
        proposed = actions.propose_template(template, place.id, by=administrator, at=at)
        actions.approve_template(proposed, by=signatory, at=at)


def _picture(name: str) -> bytes:
    """Return one of the shipped pictures as a file."""
    return assets.shipped(name).svg.encode()
