"""What each address answers to each kind of reader: the whole of the access rules in one table (rulebook F.2).

Every address of the product has a row, by its full name (`provider:upload`), those of the API in roles_api.py. Add yours
with `everyone`, `account`, `student` or `staff`; `kind` is what the readers who may open the page get. `kwargs` fill the
address; without them each part gets something that does not exist (a random UUID, 999999, `none`), and the kind is then
`not_found`.
The test opens each address with GET.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from testamur.accounts.roles import STAFF_ROLES, Role

PUBLIC: Final = "public"
UNENROLLED: Final = "staff without a second factor"
READERS: Final = (PUBLIC, UNENROLLED, *(role.value for role in Role))
STAFF: Final = tuple(sorted(role.value for role in STAFF_ROLES))

OK: Final = "ok"  # 200
MOVED: Final = "moved"  # a redirect to another page than sign-in or enrolment
SIGN_IN: Final = "sign in"  # a redirect to the sign-in page
ENROL: Final = "enrol"  # a redirect to the enrolment of a second factor
REFUSED: Final = "refused"  # 403
NOT_FOUND: Final = "not found"  # 404
POST_ONLY: Final = "post only"  # 405
NO_KEY: Final = "401"  # an address for systems, which show a key


@dataclass(frozen=True)
class Row:
    """One address: what each reader gets, and what fills the address."""

    kinds: Mapping[str, str]
    kwargs: Mapping[str, Any] = field(default_factory=dict)


def everyone(kind: str = OK, *, signed_in: str = "", **kwargs: Any) -> Row:
    """A public page; `signed_in` where readers with an account get something else."""
    kinds = dict.fromkeys(READERS, signed_in or kind) | {PUBLIC: kind}
    return Row(kinds, kwargs)


def account(kind: str = OK, *, unenrolled: str = "", enrolled_staff: str = "", **kwargs: Any) -> Row:
    """A page of one's own account."""
    kinds = dict.fromkeys(READERS, kind) | {PUBLIC: SIGN_IN, UNENROLLED: unenrolled or kind}
    if enrolled_staff:
        kinds |= dict.fromkeys(STAFF, enrolled_staff)
    return Row(kinds, kwargs)


def student(kind: str = OK, **kwargs: Any) -> Row:
    """A page about a student's own records."""
    return Row(dict.fromkeys(READERS, REFUSED) | {PUBLIC: SIGN_IN, Role.STUDENT.value: kind}, kwargs)


def staff(*roles: Role, kind: str = OK, **kwargs: Any) -> Row:
    """A page for some staff roles."""
    kinds = dict.fromkeys(READERS, REFUSED) | {PUBLIC: SIGN_IN, UNENROLLED: ENROL}
    return Row(kinds | {role.value: kind for role in roles}, kwargs)


def system() -> Row:
    """An address of the API: nobody who is signed in reads it, whatever their role."""
    return Row(dict.fromkeys(READERS, NO_KEY))


PROVIDER_STAFF: Final = (Role.PROVIDER_DATA_OFFICER, Role.PROVIDER_ADMINISTRATOR)
ISSUERS_TOO: Final = (*PROVIDER_STAFF, Role.PROVIDER_ISSUING_OFFICER, Role.PROVIDER_SIGNATORY)
OFFICERS: Final = (Role.SECRETARIAT_OFFICER, Role.SUPERVISOR)
SECRETARIAT: Final = (*OFFICERS, Role.AUDITOR)
MANAGERS: Final = (Role.PROVIDER_ADMINISTRATOR, *OFFICERS)

# Sign-in and accounts --------------------------------------------------------------------------------------------------

SIGN_IN_ROWS: Final[Mapping[str, Row]] = {
    "account": account(MOVED),
    "home": account(MOVED, unenrolled=ENROL),
    "choose_membership": account(MOVED, unenrolled=OK, enrolled_staff=OK),
    "account_login": everyone(OK, signed_in=MOVED),
    "account_logout": everyone(MOVED, signed_in=OK),
    "account_inactive": everyone(),
    "account_signup": everyone(OK, signed_in=MOVED),
    "account_email_verification_sent": everyone(),
    "account_confirm_email": everyone(),
    "account_reauthenticate": account(OK),
    "account_change_password": account(OK),
    "account_reset_password": everyone(),
    "account_reset_password_done": everyone(),
    "account_reset_password_from_key_done": everyone(),
    "account_reset_password_from_key": everyone(uidb36="none", key="none"),
    "mfa_index": account(OK),
    "report_misuse": account(POST_ONLY),
    "mfa_authenticate": everyone(SIGN_IN, signed_in=MOVED),
    "mfa_reauthenticate": account(MOVED, enrolled_staff=OK),
    "mfa_activate_totp": account(OK, enrolled_staff=MOVED),
    # Whoever can enrol has just opened mfa_activate_totp, so the picture exists.
    "totp_picture": account(OK, enrolled_staff=NOT_FOUND),
    "mfa_deactivate_totp": account(NOT_FOUND, enrolled_staff=OK),
    "mfa_list_webauthn": account(),
    "mfa_add_webauthn": account(),
    "mfa_reauthenticate_webauthn": account(MOVED),
    "mfa_edit_webauthn": account(NOT_FOUND),
    "mfa_remove_webauthn": account(NOT_FOUND),
    "mfa_view_recovery_codes": account(NOT_FOUND),
    "mfa_generate_recovery_codes": account(OK),
    "mfa_download_recovery_codes": account(NOT_FOUND),
    "invitation": everyone(NOT_FOUND),
    "members": staff(*MANAGERS),
    "members_of": staff(*MANAGERS, kind=NOT_FOUND),
    "remove_member": staff(*MANAGERS, kind=POST_ONLY),
    "privacy": everyone(),
    "terms": everyone(),
    "text": everyone(NOT_FOUND),
    "text_version": everyone(name="privacy-policy", number="1"),
}

# Public pages ----------------------------------------------------------------------------------------------------------

PUBLIC_PROVIDER_ROWS: Final[Mapping[str, Row]] = {
    "public:home": everyone(),
    "public:providers": everyone(),
    "public:closed": everyone(),
    "public:closed_csv": everyone(),
    "public:provider": everyone(NOT_FOUND),
    "public:information": everyone(),
    "public:products": everyone(),
    "public:product": everyone(NOT_FOUND),
    "public:transition_feed": everyone(NOT_FOUND),
    "public:access": everyone(),
    "public:access_sent": everyone(),
    "public:ask_access": everyone(NOT_FOUND),
    "public:access_request": everyone(NOT_FOUND),
}

PUBLIC_HELP_ROWS: Final[Mapping[str, Row]] = {
    "public:help": everyone(),
    "public:guide": everyone(name="providers"),
    "public:answers": everyone(),
    "public:tutorial": everyone(),
    "public:formats": everyone(),
    "public:format": everyone(name="teqsa"),
    "public:format_columns": everyone(name="teqsa"),
    "public:format_rules": everyone(name="teqsa"),
    "public:format_template": everyone(name="certificates"),
}

PUBLIC_CHECK_ROWS: Final[Mapping[str, Row]] = {
    "public:check": everyone(),
    "public:check_number": everyone(number="none"),
    "public:proof": everyone(NOT_FOUND),
    "public:accessibility": everyone(),
    "public:log": everyone(),
    "public:log_checkpoint": everyone(NOT_FOUND),
    "public:log_keys": everyone(),
    "public:seal_root": everyone(),
}

# The secretariat's providers ---------------------------------------------------------------------------------------------

SECRETARIAT_PROVIDER_ROWS: Final[Mapping[str, Row]] = {
    "secretariat:home": staff(*SECRETARIAT),
    "secretariat:due": staff(*SECRETARIAT),
    "secretariat:national_register": staff(*SECRETARIAT),
    "secretariat:send_copy": staff(*OFFICERS),
    "secretariat:proposed_copy": staff(*SECRETARIAT, kind=NOT_FOUND),
    "secretariat:decide_copy": staff(Role.SUPERVISOR, kind=POST_ONLY),
    "secretariat:withdraw_copy": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:snapshot": staff(*SECRETARIAT, kind=NOT_FOUND),
    "secretariat:watch_list": staff(*SECRETARIAT),
    "secretariat:withdraw_review": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:closure": staff(*SECRETARIAT, kind=NOT_FOUND),
    "secretariat:closure_act": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:doubts": staff(*SECRETARIAT),
    "secretariat:doubt": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:open_doubt": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:ask_doubt": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:decide_doubt": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:providers": staff(*SECRETARIAT),
    "secretariat:provider": staff(*SECRETARIAT, kind=NOT_FOUND),
    "secretariat:register": staff(*OFFICERS),
    "secretariat:provider_name": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:provider_code": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:provider_contact": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:identifiers": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:verify_identifiers": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:access_requests": staff(*SECRETARIAT),
    "secretariat:access_request": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:systems": staff(*SECRETARIAT, kind=NOT_FOUND),
    "secretariat:revoke_key": staff(Role.SUPERVISOR, kind=NOT_FOUND),
    "secretariat:identifier": staff(Role.SUPERVISOR, kind=NOT_FOUND),
    "secretariat:add_registration": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:move": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:extend": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:successor": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:coverage": staff(Role.SUPERVISOR, kind=NOT_FOUND),
    "secretariat:archive": staff(Role.SUPERVISOR, kind=NOT_FOUND),
}

# The provider's submissions and students -----------------------------------------------------------------------------------

PROVIDER_ROWS: Final[Mapping[str, Row]] = {
    "provider:home": staff(*PROVIDER_STAFF),
    "provider:members": staff(*PROVIDER_STAFF),
    "provider:questions": staff(*PROVIDER_STAFF),
    "provider:question": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:new": staff(Role.PROVIDER_DATA_OFFICER),
    "provider:by_hand": staff(Role.PROVIDER_DATA_OFFICER),
    "provider:codes": staff(Role.PROVIDER_DATA_OFFICER),
    "provider:by_hand_list": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:by_hand_add": staff(Role.PROVIDER_DATA_OFFICER, kind=NOT_FOUND),
    "provider:by_hand_edit": staff(Role.PROVIDER_DATA_OFFICER, kind=NOT_FOUND),
    "provider:by_hand_remove": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:submission": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:progress": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:choose_form": staff(Role.PROVIDER_DATA_OFFICER, kind=NOT_FOUND),
    "provider:files": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:remove_file": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:check": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:restart": staff(*PROVIDER_STAFF, kind=POST_ONLY),
    "provider:withdraw": staff(Role.PROVIDER_DATA_OFFICER, kind=NOT_FOUND),
    "provider:findings": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:findings_csv": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:annotated": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:failed": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:fix": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:fixed": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:fix_alike": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:undo_fix": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:hold": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:stop_holding": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:declare": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:receipt": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:identifiers": staff(*PROVIDER_STAFF),
    "provider:verify_identifiers": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:exports": staff(*PROVIDER_STAFF),
    "provider:export": staff(*PROVIDER_STAFF, kind=POST_ONLY, name="cqr2"),
    "provider:prepared_export": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:export_progress": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:export_file": staff(*PROVIDER_STAFF, kind=POST_ONLY),
    "provider:remove_export": staff(*PROVIDER_STAFF, kind=POST_ONLY),
    "provider:returns": staff(*PROVIDER_STAFF),
    "provider:closure": staff(*PROVIDER_STAFF),
    "provider:products": staff(*ISSUERS_TOO),
    "provider:transitions": staff(*ISSUERS_TOO),
    "provider:make_feed": staff(*ISSUERS_TOO, kind=POST_ONLY),
    "provider:revoke_feed": staff(*ISSUERS_TOO, kind=POST_ONLY),
    "provider:rehearsal": staff(*PROVIDER_STAFF),
    "provider:rehearse": staff(*PROVIDER_STAFF, kind=POST_ONLY),
    "provider:rehearsal_csv": staff(*PROVIDER_STAFF),
    "provider:nil": staff(Role.PROVIDER_DATA_OFFICER, kind=NOT_FOUND),
    "provider:nil_return": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:withdraw_nil": staff(Role.PROVIDER_DATA_OFFICER, kind=POST_ONLY),
    "provider:access_requests": staff(Role.PROVIDER_ADMINISTRATOR),
    "provider:access_request": staff(Role.PROVIDER_ADMINISTRATOR, kind=NOT_FOUND),
    "provider:systems": staff(Role.PROVIDER_ADMINISTRATOR),
    "provider:new_key": staff(Role.PROVIDER_ADMINISTRATOR),
    "provider:revoke_key": staff(Role.PROVIDER_ADMINISTRATOR, kind=NOT_FOUND),
    "provider:webhooks": staff(Role.PROVIDER_ADMINISTRATOR),
    "provider:add_webhook": staff(Role.PROVIDER_ADMINISTRATOR),
    "provider:webhook": staff(Role.PROVIDER_ADMINISTRATOR, kind=NOT_FOUND),
    "provider:stop_webhook": staff(Role.PROVIDER_ADMINISTRATOR, kind=NOT_FOUND),
    "provider:test_webhook": staff(Role.PROVIDER_ADMINISTRATOR, kind=POST_ONLY),
    "provider:webhook_message": staff(Role.PROVIDER_ADMINISTRATOR, kind=NOT_FOUND),
    "provider:enrolments": staff(*PROVIDER_STAFF),
    "provider:enrol": staff(Role.PROVIDER_DATA_OFFICER),
    "provider:class_grid": staff(Role.PROVIDER_DATA_OFFICER),
    "provider:load_enrolments": staff(Role.PROVIDER_DATA_OFFICER),
    "provider:enrolment_template": staff(*PROVIDER_STAFF, name="fees"),
    "provider:evidence_due": staff(*PROVIDER_STAFF),
    "provider:purge_evidence": staff(Role.PROVIDER_ADMINISTRATOR, kind=POST_ONLY),
    "provider:evidence_file": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:enrolment": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:enrolment_outcomes": staff(Role.PROVIDER_DATA_OFFICER, kind=NOT_FOUND),
    "provider:new_enrolment_unit": staff(Role.PROVIDER_DATA_OFFICER, kind=NOT_FOUND),
    "provider:enrolment_unit": staff(Role.PROVIDER_DATA_OFFICER, kind=NOT_FOUND),
    "provider:enrolment_history": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:change_enrolment": staff(Role.PROVIDER_DATA_OFFICER, kind=NOT_FOUND),
    "provider:students": staff(*PROVIDER_STAFF),
    "provider:student": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
    "provider:document": staff(*PROVIDER_STAFF, kind=NOT_FOUND),
}

# Issuing certification ------------------------------------------------------------------------------------------------

SECOND_PERSON: Final = (Role.PROVIDER_ADMINISTRATOR, Role.PROVIDER_SIGNATORY)
ACTORS: Final = (Role.PROVIDER_ISSUING_OFFICER, Role.PROVIDER_SIGNATORY)
ISSUING_ROWS: Final[Mapping[str, Row]] = {
    "provider:certification_queue": staff(*ISSUERS_TOO),
    "provider:issued_register": staff(*ISSUERS_TOO),
    "provider:entitlement": staff(*ISSUERS_TOO, kind=NOT_FOUND),
    "provider:certification": staff(*ISSUERS_TOO, kind=NOT_FOUND),
    "provider:approve_certification": staff(Role.PROVIDER_SIGNATORY, kind=POST_ONLY),
    "provider:change_certification": staff(*ACTORS, kind=NOT_FOUND),
    "provider:issuing_office": staff(*ISSUERS_TOO),
    "provider:grant_authority": staff(Role.PROVIDER_ADMINISTRATOR),
    "provider:confirm_authority": staff(*SECOND_PERSON, kind=POST_ONLY),
    "provider:end_authority": staff(Role.PROVIDER_ADMINISTRATOR, kind=NOT_FOUND),
    "provider:propose_template": staff(Role.PROVIDER_ADMINISTRATOR),
    "provider:decide_template": staff(*SECOND_PERSON, kind=POST_ONLY),
}

# The student's own pages -----------------------------------------------------------------------------------------------

STUDENT_ROWS: Final[Mapping[str, Row]] = {
    "student:home": student(),
    "student:details": student(),
    "student:identity": student(MOVED),
    "student:assisted": student(MOVED),
    "student:find": student(),
    "student:apply": student(MOVED),
    "student:applications": student(),
    "student:request": student(NOT_FOUND),
    "student:withdraw": student(NOT_FOUND),
    "student:certify": student(POST_ONLY),
    "student:record": student(),
    "student:extract": student(REFUSED),
    "student:proof": student(NOT_FOUND),
    "student:lodged": student(REFUSED),
    "student:documents": student(),
    "student:document": student(NOT_FOUND),
    "student:training": student(),
    "student:joins": student(),
    "student:answer_join": student(POST_ONLY),
    "student:identifiers": student(),
    "student:show_identifier": student(POST_ONLY),
    "student:access": student(),
    "student:access_csv": student(),
    "student:report": student(),
    "student:choices": student(),
}

# The secretariat's cases -----------------------------------------------------------------------------------------------

SECRETARIAT_CASE_ROWS: Final[Mapping[str, Row]] = {
    "secretariat:requests": staff(*SECRETARIAT),
    "secretariat:request": staff(*SECRETARIAT, kind=NOT_FOUND),
    "secretariat:request_act": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:identities": staff(*SECRETARIAT),
    "secretariat:identity": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:identity_scan": staff(*OFFICERS, kind=NOT_FOUND),
    "secretariat:identity_act": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:joins": staff(*SECRETARIAT),
    "secretariat:join": staff(*SECRETARIAT, kind=NOT_FOUND),
    "secretariat:join_act": staff(*OFFICERS, kind=POST_ONLY),
    "secretariat:locked": staff(*SECRETARIAT),
    "secretariat:unlock": staff(*OFFICERS, kind=NOT_FOUND),
}

# Submissions that wait for a decision ----------------------------------------------------------------------------------

SECRETARIAT_SUBMISSION_ROWS: Final[Mapping[str, Row]] = {
    "secretariat:submissions": staff(Role.SUPERVISOR),
    "secretariat:submission": staff(Role.SUPERVISOR, kind=NOT_FOUND),
    "secretariat:accept_submission": staff(Role.SUPERVISOR, kind=POST_ONLY),
    "secretariat:return_submission": staff(Role.SUPERVISOR, kind=POST_ONLY),
}
