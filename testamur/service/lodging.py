"""`files load`: the provider's two people lead files to the sealed record by the same actions as on the pages.

Files with errors stop it: the findings are printed and the submission is withdrawn again, so that nothing is left lying
about. Files that are sealed already change nothing, and the command says which submission holds them.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from testamur.accounts import queries as accounts_queries
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.kernel.identifiers import printed
from testamur.providers import queries as providers_queries
from testamur.submissions import actions as submissions_actions
from testamur.submissions import queries as submissions_queries
from testamur.submissions.actions import ArrivingFile
from testamur.submissions.bundles import Unreadable, open_bundle
from testamur.submissions.checking import CheckOutcome
from testamur.submissions.formats import FORMATS
from testamur.submissions.queries import SubmissionCard


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: a submission that is sealed or waits, the findings in the way, or what could not be read."""

    card: SubmissionCard | None = None
    outcome: CheckOutcome | None = None
    unreadable: str = ""
    unchanged: bool = False

    def written(self, *, as_json: bool) -> str:
        """Return the receipt as text or JSON."""
        card = self.card
        if card is None:
            return ""
        files = [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in card.tally.files]
        if as_json:
            said: dict[str, object] = {
                "submission": printed(card.number), "id": str(card.id), "state": card.state, "unchanged": self.unchanged,
                "profile": card.profile, "files": files, "outcome": dict(card.outcome),
                "counts": {"error": card.tally.error, "warning": card.tally.warning, "info": card.tally.info},
            }  # fmt: skip
            if card.tally.read_as:
                said["read_as"] = asdict(card.tally.read_as)
            return json.dumps(said, ensure_ascii=False) + "\n"
        if self.unchanged:
            return f"Nothing was changed: submission {printed(card.number)} holds these files already.\n"
        lines = [f"{file['name']}  {file['rows']:,} rows  {file['sha256']}" for file in files]
        if read := card.tally.read_as:
            form = f"the form of {read.state}" if read.state else "the national form"
            lines.append(f"Read in {form}, collection year {read.year or 'not told'}.")
        if card.state == "sealed":
            counted = ", ".join(f"{count:,} {name}" for name, count in card.outcome.items())
            lines.append(f"Sealed as {printed(card.number)}: {counted}.")
        else:
            lines.append(f"Declared as {printed(card.number)}. It waits for the regulator's supervisor.")
        return "\n".join(lines) + "\n"


def lodge(options: argparse.Namespace, *, encoding: str, at: datetime) -> Answer:
    """Lodge, check, declare and seal. Raises NotAllowed for one person in both parts, NotFound for an unknown one."""
    provider = providers_queries.find_provider_by_code(options.provider)
    if provider is None:
        raise NotFound("No provider has this RTO code, TEQSA id, CRICOS code or ABN.")
    _refuse_other_sector(provider.id, options.format, at=at)
    by, second = _account(options.lodger), _account(options.declared_by)
    if by == second:
        raise NotAllowed("A submission is declared by a second authorised person: --as and --declared-by must differ.")
    try:
        files = _files(options.paths)
    except Unreadable as problem:
        return Answer(unreadable=str(problem))
    if not files:
        return Answer(unreadable="There is no file here.")
    try:
        with tenancy.for_provider(provider.id):
            number = submissions_actions.lodge_submission(
                provider.id,
                files,
                format=options.format,
                profile=options.profile,
                encoding=encoding,
                replace_all=options.replace_all,
                form_state=options.state or "",
                collection_year=options.year,
                by=by,
                at=at,
                wake=False,
            )
    except NotAllowed as refused:
        return Answer(card=_twin(refused, provider.id), unchanged=True)
    return _led(number, provider.id, by=by, second=second, at=at, confirm=options.confirm_organisation)


def _refuse_other_sector(provider_id: int, format: str, *, at: datetime) -> None:
    """Refuse a format of a sector in which the provider never was registered: nobody could ever be given such records."""
    form = FORMATS[format]
    card = providers_queries.provider_card(provider_id, on=at.date())
    if form.sector not in card.sectors:
        sector = "vocational education" if form.sector == "vet" else "higher education"
        raise NotAllowed(
            f"{form.title} is for {sector}, in which this provider is not registered. Choose another format."
        )


def _led(number: UUID, provider_id: int, *, by: UUID, second: UUID, at: datetime, confirm: bool) -> Answer:
    """Check, declare and seal a submission; withdraw it where that does not go through.

    `confirm`: whoever declares says that files which name another organisation only are the provider's own.
    """
    submissions_actions.check_submission(number, at=at)
    with tenancy.for_provider(provider_id):
        card = submissions_queries.submission(number)
        if card.state != "ready":
            answer = _stopped(card)
            submissions_actions.withdraw_submission(number, by=by, at=at)
            return answer
    whose = card.tally.other_organisation
    confirmation = whose.sentence if confirm and whose else ""
    try:
        with tenancy.for_provider(provider_id):
            submissions_actions.declare_submission(number, by=second, at=at, wake=False, confirmation=confirmation)
    except NotAllowed:
        with tenancy.for_provider(provider_id):
            submissions_actions.withdraw_submission(number, by=by, at=at)
        raise
    submissions_actions.seal_submission(number, at=at)
    with tenancy.for_provider(provider_id):
        card = submissions_queries.submission(number)
        if card.state == "ready":
            trouble = submissions_queries.last_trouble(submissions_queries.steps_of(number))
            raise NotAllowed(trouble or "The submission was not sealed. Open it on its page.")
        return Answer(card=card)


def _stopped(card: SubmissionCard) -> Answer:
    """Return why a submission cannot be declared."""
    if card.findings_there:
        return Answer(card=card, outcome=submissions_queries.outcome_of(card))
    return Answer(card=card, unreadable=submissions_queries.last_trouble(submissions_queries.steps_of(card.id)))


def _account(address: str) -> UUID:
    """Return the account of an address; raises NotFound."""
    found = accounts_queries.find_account(address)
    if found is None:
        raise NotFound("One of the two people has no account. Give the e-mail addresses with which they sign in.")
    return found.id


def _files(paths: Sequence[Path]) -> list[ArrivingFile]:
    """Return what PATH holds as files on their way in: a folder's files under their names inside it, an archive whole."""
    found = []
    for path in paths:
        if path.is_dir():
            with open_bundle([path]) as bundle:
                found += [ArrivingFile(file.name, file.path) for file in bundle.files]
        elif path.is_file():
            found.append(ArrivingFile(path.name, path))
        else:
            raise Unreadable(f"{path.name or path}: there is no such file or folder.")
    return found


def _twin(refused: NotAllowed, provider_id: int) -> SubmissionCard:
    """Return the sealed submission that holds the files already; raises the refusal where it says something else."""
    held = next((finding.value for finding in refused.findings if finding.rule == "SUB-03" and finding.value), None)
    if held is None:
        raise refused
    with tenancy.for_provider(provider_id):
        return submissions_queries.submission(UUID(held))
