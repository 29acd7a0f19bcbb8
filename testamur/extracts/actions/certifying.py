"""Certify an extract: current records with their proofs at a named tree size, rendered, sealed, kept (issue 2, items 5 and 6).

Each issue leaves a leaf of its own in the log, which the sidecar proof opens. A newer extract supersedes the older number.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from testamur.accounts import actions as accounts_actions
from testamur.accounts import queries as accounts_queries
from testamur.accounts.roles import PERMISSIONS, Permission
from testamur.documents import actions as documents_actions
from testamur.documents import publish
from testamur.documents import queries as documents_queries
from testamur.documents.extract import ExtractInput, LodgedDocument, LogHead, Provider
from testamur.documents.proofs import attachment
from testamur.documents.reading import page_count
from testamur.extracts import assembling, queries
from testamur.extracts.actions import writing
from testamur.extracts.models import Extract, RecordRequest, RequestMatch
from testamur.kernel import tenancy
from testamur.kernel.canonical import canonical_json
from testamur.kernel.errors import Conflict, NotAllowed, NotFound, Refusal
from testamur.kernel.identifiers import new_public_number
from testamur.log import actions as log_actions
from testamur.log import keys
from testamur.log import queries as log_queries
from testamur.log.commitment import LeafPlace, commitment, leaf
from testamur.log.queries import Proof, SealedCheckpoint
from testamur.providers import queries as providers_queries
from testamur.providers.queries import Regulator
from testamur.register import queries as register_queries
from testamur.register.queries import RecordedVersion
from testamur.students import queries as students_queries
from testamur.students.sealing import identifier_key

_PURPOSE = "certify_extract"
_CERTIFIABLE = ("found", "ready", "collected", "closed")


def certify_or_note(request: RecordRequest, *, by: UUID, at: datetime) -> str | None:
    """Certify the extract of a confirmed match; where a rule of documents refuses, the case says why and stays open."""
    try:
        with transaction.atomic():
            return _certify(request, by=by, at=at)
    except Refusal as refusal:
        writing.note(f"The extract could not be certified. {refusal.message}", by=by, at=at, request=request.number)
        return None


@transaction.atomic
def certify_extract(number: str, *, by: UUID, at: datetime, once: str = "") -> str:
    """A new extract of what is held today is certified for the person of a case; returns its number.

    The person themselves once their match is confirmed, or an officer inside the case. The older extract of the case is
    superseded by the new one. `once` makes a repetition harmless. Refuses what the guards of documents find.
    """
    if once:
        digest = accounts_actions.digest_of({"case": number})
        before = accounts_actions.once(account_id=by, key=once, purpose=_PURPOSE, digest=digest, at=at)
        if before is not None:
            return before
    _refuse_strangers(number, by=by, at=at)
    with tenancy.for_register():
        request = writing.locked_request(number)
        if request.state not in _CERTIFIABLE:
            raise Conflict("An extract is certified once a match is confirmed.")
        writing.refuse_locked(request.person_id)
        certified = _certify(request, by=by, at=at)
    if once:
        accounts_actions.remember_once(account_id=by, key=once, purpose=_PURPOSE, result=certified)
    return certified


def _refuse_strangers(number: str, *, by: UUID, at: datetime) -> None:
    """Let the person of a case through, and staff who may create extracts; to anybody else there is no such case."""
    if any(Permission.CREATE_EXTRACT in PERMISSIONS[held.role] for held in accounts_queries.memberships_of(by, at)):
        return
    with tenancy.for_person(writing.person_of(by)):
        queries.request(number)


def _certify(request: RecordRequest, *, by: UUID, at: datetime) -> str:
    """Assemble, publish and record one extract; needs the register scope."""
    students = _students_of(request)
    versions = register_queries.current_versions(students)
    if not versions:
        raise NotAllowed("The provider lodged nothing for this student that is not withdrawn.")
    checkpoint, proofs = _proofs(versions, at=at)

    made = _input(request, students, versions, checkpoint, proofs, on=writing.day_of(at))
    issued = publish.publish(made, by=_whole_number(by), at=at, identifiers=_identifiers(students))

    row = Extract(
        number=issued.number,
        request=request,
        person_id=request.person_id,
        provider_id=request.provider_id,
        versions=[[version.record.hex, version.seq] for version in versions],
        tree_size=checkpoint.size,
        sha256=issued.sha256,
        issued_at=at,
        issued_by=by,
        leaf_key=secrets.token_bytes(32),
    )
    place = _leave_leaf(row)
    row.leaf_batch, row.leaf_position = place.batch, place.position
    row.save(force_insert=True)
    _supersede(request, row, at=at)
    about = writing.About(person=request.person_id, provider=request.provider_id, case=request.number)
    writing.record_read("created", "extract", about, by=by, role=_role_word(by, request), at=at)
    if request.state == "found":
        writing.move(request, "certify", by=by, at=at)
        writing.tell(request.person_id, "records_ready", at=at)
    return issued.number


def _role_word(by: UUID, request: RecordRequest) -> str:
    """Return the role in which somebody certifies: the student themselves, or the secretariat's officer."""
    return "student" if students_queries.person_of_account(by) == request.person_id else "secretariat_officer"


def _students_of(request: RecordRequest) -> list[int]:
    """Return the students at this provider whom the person is confirmed to be; refuses without a confirmed match of the case."""
    if not RequestMatch.objects.filter(request=request, state="confirmed").exists():
        raise Conflict("No match is confirmed in this case. Confirm it first.")
    linked = students_queries.students_of_person(request.person_id)
    return [card.student_id for card in students_queries.cards(linked) if card.provider_id == request.provider_id]


def _proofs(versions: Sequence[RecordedVersion], *, at: datetime) -> tuple[SealedCheckpoint, dict[LeafPlace, Proof]]:
    """Return a checkpoint that covers every version, and their proofs; seals first where a leaf still waits."""
    places = [version.place for version in versions]
    for _ in range(2):
        checkpoint = log_queries.latest_checkpoint()
        proofs = log_queries.proofs_of(places, size=checkpoint.size) if checkpoint else {}
        if checkpoint is not None and len(proofs) == len(set(places)):
            return checkpoint, proofs
        log_actions.seal(at=at)
    raise Conflict("The records wait to be entered in the log. Try again in a minute.")


def _input(
    request: RecordRequest,
    students: Sequence[int],
    versions: Sequence[RecordedVersion],
    checkpoint: SealedCheckpoint,
    proofs: dict[LeafPlace, Proof],
    *,
    on: date,
) -> ExtractInput:
    """Put the input of one extract together."""
    number = new_public_number()
    row_keys = register_queries.row_keys(versions)
    records = [
        assembling.proven(version, row_keys[version.record, version.seq], proofs[version.place]) for version in versions
    ]
    regulator, provider = _provider(request, on=on)
    lodged, notes = _lodged(versions)
    return ExtractInput(
        number=number,
        issued_on=on,
        issuer=assembling.issuer_of(regulator, register_name=settings.REGISTER_NAME),
        holder=assembling.holder_of(students_queries.cards(students)),
        provider=provider,
        courses=assembling.extract_courses(versions),
        certificates=assembling.extract_certificates(versions),
        log=LogHead(settings.LOG_ORIGIN, checkpoint.size, _root_of(checkpoint), checkpoint.note),
        proofs=attachment(
            number,
            origin=settings.LOG_ORIGIN,
            checkpoint=checkpoint.note,
            log_keys=[key.text for key in keys.trusted_keys(settings.KEYS_DIR)],
            records=records,
        ),
        verify_url=f"{settings.PUBLIC_URL}/check/{number}/",
        lodged=tuple(lodged),
        notes=tuple(notes),
        title=regulator.extract_title or None,
    )


def _provider(request: RecordRequest, *, on: date) -> tuple[Regulator, Provider]:
    """Return the regulator of the request's sector, and the provider as the extract names it."""
    card = providers_queries.provider_card(request.provider_id, on=on)
    held = [one for one in card.registrations if one.sector == request.sector] or list(card.registrations)
    ended = max((one.state_since for one in held), default=None) if card.status == "ceased" else None
    status = "Ceased operating" if ended else ""
    return providers_queries.regulator(held[-1].regulator), assembling.provider_of(card, status=status, ended_on=ended)


def _root_of(checkpoint: SealedCheckpoint) -> str:
    """Return the root as the note writes it: its third line."""
    return checkpoint.note.split("\n")[2]


def _lodged(versions: Sequence[RecordedVersion]) -> tuple[list[LodgedDocument], list[str]]:
    """Return the lodged documents that are kept, with their pages, and a note where one is no longer kept."""
    kept, missing = [], 0
    for version in versions:
        if version.kind.label != "lodged document":
            continue
        try:
            pages = page_count(b"".join(documents_queries.file_pieces(str(version.facts["sha256"]))))
            kept.append(assembling.lodged_document(version, pages))
        except NotFound:
            missing += 1
    said = "1 lodged document is" if missing == 1 else f"{missing} lodged documents are"
    return kept, [f"{said} no longer kept."] if missing else []


def _identifiers(students: Sequence[int]) -> list[str]:
    """Return the national identifiers of some students, which must stand nowhere in the document (USI-05)."""
    key = identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS)
    return students_queries.protected_identifiers(students, key=key)


def _leave_leaf(row: Extract) -> LeafPlace:
    """Leave the leaf of an extract's issue in this transaction: number and SHA-256 under a random key."""
    header, facts = queries.leaf_values(row)
    entry = leaf(commitment(bytes(row.leaf_key), canonical_json(header), canonical_json(facts)))
    (place,) = log_actions.append([entry])
    log_actions.wake_sealer()
    return place


def _supersede(request: RecordRequest, newer: Extract, *, at: datetime) -> None:
    """Mark the extracts that the person was given of the same provider before as superseded by the newer one."""
    older = Extract.objects.filter(
        person_id=request.person_id, provider_id=request.provider_id, superseded_by__isnull=True
    ).exclude(pk=newer.pk)
    for row in older:
        if documents_queries.issued(row.number).status == "current":
            documents_actions.record_status(
                row.number, status="superseded", reason="newer extract", at=at, superseded_by=newer.number
            )
        row.superseded_by = newer
        row.save(update_fields=["superseded_by"])


def withdraw_extracts(request: RecordRequest, *, at: datetime) -> None:
    """Withdraw every extract of a case whose match was wrong; numbers and hashes stay and answer so. Needs the register scope."""
    for row in Extract.objects.filter(request=request):
        if documents_queries.issued(row.number).status != "withdrawn":
            documents_actions.record_status(row.number, status="withdrawn", reason="match undone", at=at)


def _whole_number(account: UUID) -> int:
    """Return an account's id as the 63 bits that the table of issued documents has room for."""
    return account.int & (2**63 - 1)
