"""The made-up world of the demo: the same people, providers and records every time, made by the real actions only.

Nobody in it exists; addresses end in example.org. It is loaded once, all or nothing, into an empty database.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import transaction

from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import OrganisationKind
from testamur.kernel.errors import Conflict
from testamur.service.world import asking, cases, enrolments, issuing, national, people, providers, records, vocational
from testamur.students.linkage import actions as linkage_actions

SEED: Final = 20_260_701
Say = Callable[[str], None]


def is_loaded() -> bool:
    """Say whether the database holds the world; raises Conflict where it holds somebody else's data."""
    found = accounts_queries.find_organisation(OrganisationKind.REGULATOR, people.SECRETARIAT)
    if found is None and accounts_queries.any_accounts():
        raise Conflict(
            "This database holds data that is not the demo's, so the made-up world is not put beside it. "
            "Set TESTAMUR_VAR to another folder, or DATABASE_URL to another database."
        )
    return found is not None


def load(work: Path, *, at: datetime, say: Say, students: int = 2_000) -> None:
    """Load the world in one transaction, with files written to the folder `work` on the way; `say` hears each step."""
    with transaction.atomic():
        say("people and providers")
        staff = people.appoint_secretariat(at=at)
        say("a made-up national register of training products")
        national.load_register(by=staff.officer, at=at, on=at.date())
        places = providers.register_all(by=staff.officer, at=at)
        for place, members in (
            (places.closed, people.PROVIDER_STAFF),
            (places.rto, people.RTO_STAFF),
            (places.training, people.TRAINING_STAFF),
            (places.ceasing, people.CEASING_STAFF),
        ):
            people.appoint_provider_staff(staff, place, members, at=at)
        say(f"{students:,} students of a closed provider, checked, declared and sealed")
        records.lodge_history(places.closed, work / "history", seed=SEED, students=students, at=at)
        say("a submission with faults")
        records.lodge_faulty(places.closed, work / "faulty", seed=SEED, at=at)
        say("training organisations: one closed with records in three formats, one that owes a return")
        vocational.lodge_closed(staff, places.training, work / "training", seed=SEED, at=at)
        vocational.lodge_operating(places.rto, work / "rto", seed=SEED, at=at)
        say("a provider that ceases, with its first years lodged; a request for access and a system's key")
        records.lodge_first_years(places.ceasing, work / "ceasing", at=at)
        asking.ask_access(places.rto, at=at)
        asking.make_key(places.rto, at=at)
        say("students, their identity, their extracts, and joins to look at")
        cases.open_all(staff, places, at=at)
        linkage_actions.propose_joins(at=at)
        say("a class in training at an operating organisation")
        enrolments.enrol_class(places.rto, officer=staff.officer, at=at)
        say("certification of the first of the class, and one that waits for approval")
        issuing.open_office(places.rto, at=at)
