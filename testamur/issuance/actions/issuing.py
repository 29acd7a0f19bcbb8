"""Approve a prepared document and so issue it: decided again, rendered, scanned, sealed, stored, on the record, in one act."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from testamur.accounts.roles import Permission
from testamur.documents import actions as documents_actions
from testamur.documents import publish
from testamur.documents import queries as documents_queries
from testamur.documents.certification.inputs import Certification as Input
from testamur.documents.certification.inputs import Device, Issue, Organisation, Signatory
from testamur.issuance import composing
from testamur.issuance.actions import writing
from testamur.issuance.actions.preparing import refuse_referred
from testamur.issuance.actions.preparing import written as verdict_written
from testamur.issuance.models import Certification
from testamur.issuance.queries import entitlement, people
from testamur.issuance.queries.entitlement import Decided
from testamur.issuance.rules import People
from testamur.issuance.written import in_another_name, picture, stored_input
from testamur.kernel import tenancy
from testamur.kernel.errors import NotAllowed, NotFound
from testamur.kernel.identifiers import printed
from testamur.log import actions as log_actions
from testamur.providers import queries as providers_queries
from testamur.register import actions as register_actions
from testamur.register.actions import IssuedCertificate
from testamur.students import queries as students_queries
from testamur.students.sealing import identifier_key
from testamur.training.queries import products

_CODE_KIND: Final = {"vet": ("rto", "RTO"), "he": ("teqsa", "TEQSA")}
TYPES: Final = {"testamur": "Q", "he-testamur": "Q", "statement-of-attainment": "S"}


@transaction.atomic
def approve(certification_id: UUID, *, by: UUID, at: datetime) -> str:
    """A prepared document is approved and issued, all or nothing; returns its number. For signatories with authority to approve.

    Refuses whoever prepared it (AQF-09), an authority that is not of this day, a template or signatory that no longer holds, and
    whatever the rules refuse now. Approved again it answers the same. In the place of another document it ends that one's hold.
    """
    row = writing.locked(certification_id, Permission.APPROVE_CERTIFICATION, by=by, at=at)
    if row.state == "issued" and row.approved_by == by:
        return row.number
    on = writing.local_day(row.provider_id, at)
    writing.move(row, "approve", by=by, at=at)

    renamed = row.replacing == "name-change"
    document = _renamed(row, on, by=by) if renamed else _decided_anew(row, on, by=by, at=at)
    issued = publish.publish_certification(
        document,
        source=_source(row),
        by=by.int & (2**63 - 1),
        at=at,
        identifiers=_identifiers(row.student_id, row.provider_id),
    )

    row.approved_by, row.approved_at = by, at
    row.issued_on, row.sha256 = document.issue.issued_on, issued.sha256
    _end_hold_of_replaced(row, by=by, at=at)
    writing.move(row, "issue", by=by, at=at, details={"sha256": issued.sha256})
    row.save()
    record(row, at=at, on=on)
    writing.tell(row, log_actions.AccessAction.CREATED, by=by, role="provider_signatory", at=at)
    return row.number


def _decided_anew(row: Certification, on: date, *, by: UUID, at: datetime) -> Input:
    """Ask the rules again with both people known, keep the answer, and return what the document says."""
    signatory = people.authority(row.signatory_id)
    current = people.current_templates(row.provider_id).get(row.kind)
    who = People(
        prepared_by=str(row.prepared_by),
        approved_by=str(by),
        approver_authorised=people.may(row.provider_id, by, "approve", row.kind, on),
        own_staff=writing.own_staff(row.provider_id, by=by, at=at),
    )
    decided = entitlement.decide_one(
        row.enrolment_id,
        row.kind,
        on,
        who=who,
        signs_on=signatory.covers("sign", row.kind, on),
        template=current is not None and current.id == row.template_id,
    )
    refuse_referred(decided.verdict, row.referred_reason)
    row.facts, row.verdict = decided.known, verdict_written(decided.verdict)
    row.ruleset_version, row.due_on = decided.verdict.version, decided.due_on
    row.completed_on = decided.facts.completed_on
    row.units = [[one.code, one.title, one.outcome, one.method] for one in decided.facts.units]
    row.issued_name.name = students_queries.card(row.student_id).printed_name
    row.issued_name.save(update_fields=["name"])
    return composing.compose(row.kind, decided.facts, _issue(row, decided, signatory, on), _about(decided))


def _renamed(row: Certification, on: date, *, by: UUID) -> Input:
    """Return the stored document with the name altered and nothing else; refuses one person for both acts (AQF-09)."""
    if by == row.prepared_by:
        raise NotAllowed("AQF-09: who prepared a document does not approve it. Somebody else has to.")
    if not people.may(row.provider_id, by, "approve", row.kind, on):
        raise NotAllowed("AQF-09: you hold no written authority to approve this document on this day.")
    if row.replaces is None:
        raise NotFound(writing.NO_SUCH)
    return in_another_name(
        stored_input(row.replaces.number),
        name=row.issued_name.name,
        number=row.number,
        own_number=row.own_number or printed(row.number),
        verify_url=_verify_url(row.number),
        on=on,
    )


def _end_hold_of_replaced(row: Certification, *, by: UUID, at: datetime) -> None:
    """End the hold of the document in whose place this one stands, and link the two (REI-02, REI-04)."""
    if row.replaces_id is None:
        return
    old = Certification.objects.select_for_update().get(pk=row.replaces_id)
    verb, status = ("replace", "superseded") if row.replacing == "name-change" else ("correct", "withdrawn")
    writing.move(old, verb, by=by, at=at, reason=row.replacing, details={"replaced_by": row.number})
    old.save(update_fields=["state", "state_since"])
    documents_actions.record_status(
        old.number,
        status=status,
        reason=row.replacing,
        at=at,
        superseded_by=row.number if status == "superseded" else None,
    )
    record(old, at=at, on=writing.local_day(old.provider_id, at), withdrawn=True, asserted_by=row.prepared_by, by=by)


def record(
    row: Certification,
    *,
    at: datetime,
    on: date,
    withdrawn: bool = False,
    asserted_by: UUID | None = None,
    by: UUID | None = None,
) -> None:
    """Put a document, or that it holds no more, on the permanent record with its leaf, as a lodged certificate stands there."""
    declared_by = by or row.approved_by
    if declared_by is None or row.issued_on is None:
        raise NotAllowed("Only an issued document goes on the record.")
    kind = TYPES.get(row.kind, "R")
    units = tuple((code, title) for code, title, outcome, _ in row.units if outcome == "competent")
    last = row.moves.order_by("-id").values_list("pk", flat=True).first()
    one = IssuedCertificate(
        provider_id=row.provider_id,
        local_id=students_queries.card(row.student_id).local_id,
        type=kind,
        number=printed(row.number),
        course_code=row.product_code,
        course_title=row.product_title,
        issued_on=row.issued_on,
        units=units if kind == "S" else (),
        sha256=row.sha256,
        act=act_of(row.id, last or 0),
        withdrawn=withdrawn,
    )
    register_actions.record_certificate(
        one,
        asserted_by=asserted_by or row.prepared_by,
        declared_by=declared_by,
        rule_version=row.ruleset_version,
        at=at,
        on=on,
    )


def act_of(certification_id: UUID, move: int) -> UUID:
    """Return the id under which one act on a document stands in the record: the document's with the number of the move."""
    return UUID(int=(certification_id.int + move) % 2**128)


def _issue(row: Certification, decided: Decided, signatory: people.AuthorityHeld, on: date) -> Issue:
    """Return what the document says of its issue, as on this day."""
    template = row.template
    signed = Signatory(signatory.printed_name, signatory.position, picture(signatory.signature_sha256))
    return Issue(
        number=row.number,
        document_number=row.own_number or printed(row.number),
        issued_on=on,
        verify_url=_verify_url(row.number),
        organisation=_organisation(row, picture_of=template.logo_sha256, on=on),
        holder=row.issued_name.name,
        wording=_wording(row, on),
        signatories=(signed,),
        device=Device(template.device_kind, picture(template.device_sha256)),  # type: ignore[arg-type]
    )


def _organisation(row: Certification, *, picture_of: str, on: date) -> Organisation:
    """Return the provider as it is on a day; refuses one whose code is not known (CS 11(1)(a))."""
    card = providers_queries.provider_card(row.provider_id, on=on)
    kind, printed_kind = _CODE_KIND[row.sector]
    code = next((one.value for one in card.codes if one.kind == kind), None)
    if code is None:
        raise NotAllowed("The register does not hold the provider's registration code, which the document must show.")
    return Organisation(
        name=providers_queries.legal_name_on(row.provider_id, on),
        code=code,
        code_kind=printed_kind,  # type: ignore[arg-type]
        logo=picture(picture_of),
        contact=card.contact.email or None,
    )


def _wording(row: Certification, on: date) -> str:
    """Return the set of words of the regulator in the document's sector."""
    card = providers_queries.provider_card(row.provider_id, on=on)
    held = [one for one in card.registrations if one.sector == row.sector]
    if not held:
        raise NotAllowed("The provider is registered with no regulator in this sector.")
    return providers_queries.regulator(held[-1].regulator).certification_wording_set


def _about(decided: Decided) -> composing.About:
    """Return what is known of the product besides the enrolment."""
    facts = decided.facts
    product = products.find_product_on(facts.product_code, date.max) if facts.sector == "vet" else None
    return composing.About(product.descriptor if product else "")


def _source(row: Certification) -> str:
    """Return the text of the template version by which a document is rendered: the kept bytes of its hash (AQF-13)."""
    return b"".join(documents_queries.file_pieces(row.template.source_sha256)).decode()


def _identifiers(student_id: int, provider_id: int) -> list[str]:
    """Return the student's national identifiers, which must stand nowhere in the document (USI-05)."""
    key = identifier_key(settings.KEYS_DIR, create=settings.CREATE_KEYS)
    with tenancy.for_register():
        return students_queries.protected_identifiers([student_id], key=key)


def _verify_url(number: str) -> str:
    """Return the address at which a document is checked."""
    return f"{settings.PUBLIC_URL}/check/{number}/"
