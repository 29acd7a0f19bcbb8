"""Makes a provider whose notice of ceasing is recorded, with its people and the secretariat, by the real actions."""

from datetime import UTC, date, datetime

from testamur.accounts.roles import OrganisationKind, Role
from testamur.kernel import tenancy
from testamur.providers import actions as providers_actions
from testamur.regulation.queries import sweeps
from testamur.regulation.queries.sweeps import SweepFacts
from testamur.submissions.actions import returning
from tests import build, providing

NOTICE = datetime(2026, 2, 1, 2, 0, tzinfo=UTC)
ENDS = date(2026, 3, 31)
DUE = datetime(2026, 4, 30, 2, 0, tzinfo=UTC)


class Closing:
    """A vocational provider registered for a year, its people, and the secretariat that records its notice of ceasing."""

    def __init__(self, *, people: bool = True) -> None:
        self.provider = providing.operating(sector="vet", since=date(2025, 7, 1), at=NOTICE)
        self.registration = providing.registration_of(self.provider.id)
        if people:
            where = self.provider.organisation_id
            self.officer = build.member(Role.PROVIDER_DATA_OFFICER, where, at=NOTICE)
            self.administrator = build.member(Role.PROVIDER_ADMINISTRATOR, where, at=NOTICE)
        regulator = build.organisation(OrganisationKind.REGULATOR)
        self.staff = build.member(Role.SECRETARIAT_OFFICER, regulator, at=NOTICE)
        self.supervisor = build.member(Role.SUPERVISOR, regulator, at=NOTICE)
        providers_actions.record_ceasing(
            self.registration, effective_date=NOTICE.date(), ceases_on=ENDS, authority="Notice of the provider",
            by=providing.REGISTRAR, at=NOTICE, on=NOTICE.date(),
        )  # fmt: skip

    def ended(self) -> None:
        providers_actions.record_ceased(
            self.registration, effective_date=ENDS, authority="Decision 1", by=providing.REGISTRAR, at=DUE, on=ENDS
        )

    def sweep(self, *, at: datetime = NOTICE) -> SweepFacts:
        with tenancy.for_provider(self.provider.id):
            (found,) = sweeps.sweeps_of(self.provider.id, at=at)
        return found

    def kinds(self) -> list[str]:
        return [step.kind for step in self.sweep().steps]

    def nil(self, first: date, *, at: datetime) -> None:
        with tenancy.for_provider(self.provider.id):
            nil_id = returning.file_nil_return(self.provider.id, self.registration, first, by=self.officer.id, at=at)
            returning.declare_nil_return(nil_id, by=self.administrator.id, at=at)
