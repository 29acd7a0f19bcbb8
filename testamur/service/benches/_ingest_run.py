"""One measured run of `bench ingest`, in a process of its own: the worker's own actions on one bundle.

Prints one JSON object: seconds of the check and of the sealing, and the most memory that this process and its children held
at one moment (resident, pages that they share counted in each; looked at fifty times a second). The start-up of Python and
Django lies before the clock.
"""

import json
import os
import resource
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - of invented people, in a database that is dropped


def _staff(organisation: UUID, role: Any, number: int, at: datetime) -> UUID:
    """Make one member of a provider, as the pages do."""
    from testamur.accounts import actions

    invited = actions.invite_member(
        email=f"officer{number}@example.org",
        name="Robin Example",
        organisation_id=organisation,
        role=role,
        link_for=lambda token: f"http://localhost:8000/account/invitation/{token}/",
        by=None,
        at=at,
    )
    account = actions.accept_invitation_as_new(invited.token, password="correct harbour battery lamp", at=at)  # noqa: S106
    actions.enrol_second_factor(account, secret=SECRET, at=at)
    return account


def made_provider(number: int, form: str, at: datetime) -> tuple[int, UUID, UUID]:
    """Make a provider in a format's sector with a data officer and an administrator; return their numbers.

    A training organisation has the code that made-up NAT files name, so there is one in a database.
    """
    from testamur.accounts.roles import Role
    from testamur.providers import actions, queries
    from testamur.service.synthetic import avetmiss

    higher = form == "teqsa"
    new = actions.NewProvider(
        legal_name=f"Measured Institute {number} Pty Ltd",
        registration=actions.NewRegistration(
            "TEQSA" if higher else "ASQA", "he" if higher else "vet", date(2010, 1, 1)
        ),
        codes={"teqsa": f"PRV{number:05d}"} if higher else {"rto": avetmiss.RTO},
    )
    provider = actions.register_provider(new, by=UUID(int=1), at=at, on=at.date())
    organisation = queries.provider_card(provider, on=at.date()).organisation_id
    officer = _staff(organisation, Role.PROVIDER_DATA_OFFICER, 2 * number, at)
    return provider, officer, _staff(organisation, Role.PROVIDER_ADMINISTRATOR, 2 * number + 1, at)


class _Watch(threading.Thread):
    """Looks at the memory of this process and its children, and remembers the most."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.over = threading.Event()

    def run(self) -> None:
        """Look until it is over."""
        while not self.over.wait(0.02):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            self.most = max(self.most, sum(map(_resident, ["self", *children])))


def _resident(process: str) -> int:
    """Return the resident bytes of a process; none where it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def _accept(submission: UUID, number: int, at: datetime) -> None:
    """Accept a declared submission as a supervisor, where the regulator asks for one."""
    from testamur.accounts import actions as accounts_actions
    from testamur.accounts.roles import OrganisationKind, Role
    from testamur.kernel import tenancy
    from testamur.submissions import actions, queries

    with tenancy.for_register():
        waits = queries.submission(submission).state == "submitted"
    if waits:
        secretariat = accounts_actions.register_organisation(
            OrganisationKind.REGULATOR, name=f"Secretariat {number}", zone="Australia/Sydney"
        )
        supervisor = _staff(secretariat, Role.SUPERVISOR, 1_000_000 + number, at)
        actions.accept_submission(submission, by=supervisor, at=at, wake=False)


def main(folder: Path, number: int, form: str = "teqsa") -> dict[str, float]:
    """Lodge, check, declare and seal a bundle of a format; return what it took."""
    import django

    django.setup()
    from testamur.kernel import tenancy
    from testamur.submissions import actions

    at = datetime.now(UTC)
    provider, officer, administrator = made_provider(number, form, at)
    with tenancy.for_provider(provider):
        submission = actions.open_submission(provider, by=officer, at=at, format=form)
        with ExitStack() as stack:
            paths = sorted(path for path in folder.iterdir() if path.is_file())
            files = [actions.ArrivingFile(path.name, stack.enter_context(path.open("rb"))) for path in paths]
            actions.receive_files(submission, files, by=officer, at=at)
        actions.request_check(submission, by=officer, at=at, wake=False)
    watch = _Watch()
    watch.start()
    begun = time.perf_counter()
    actions.check_submission(submission, at=at)
    checked = time.perf_counter()
    with tenancy.for_provider(provider):
        actions.declare_submission(submission, by=administrator, at=at, wake=False)
    _accept(submission, number, at)
    declared = time.perf_counter()
    actions.seal_submission(submission, at=at)
    sealed = time.perf_counter()
    watch.over.set()
    watch.join()
    return {
        "provider": provider,
        "check": checked - begun,
        "seal": sealed - declared,
        "memory": watch.most,
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testamur.service.settings")
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:4])))
