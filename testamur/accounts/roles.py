"""Roles, permissions, and the one table that joins them (rulebook F.2, the columns of this register's first journey).

PUB has no account and STU no membership: a signed-in person without an active membership acts as a student. The
letters of F.2 (own only, own provider, only inside a case, masked) are kept where the data is read; this table says
who may ask at all.
"""

from dataclasses import dataclass
from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is to the register."""

    PROVIDER = "provider"
    REGULATOR = "regulator"
    EMPLOYER = "employer"
    FUNDER = "funder"


class Role(StrEnum):
    """In what capacity a person acts."""

    STUDENT = "student"
    PROVIDER_DATA_OFFICER = "provider_data_officer"
    PROVIDER_ADMINISTRATOR = "provider_administrator"
    PROVIDER_ISSUING_OFFICER = "provider_issuing_officer"
    PROVIDER_SIGNATORY = "provider_signatory"
    SECRETARIAT_OFFICER = "secretariat_officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One thing that a role may do to one kind of object."""

    UPDATE_PROVIDER = "update_provider"
    APPROVE_PROVIDER = "approve_provider"
    READ_SUBMISSION = "read_submission"
    CHANGE_SUBMISSION = "change_submission"
    DECLARE_SUBMISSION = "declare_submission"
    ACCEPT_SUBMISSION = "accept_submission"
    READ_RESULTS = "read_results"
    READ_PERSON = "read_person"
    READ_ENROLMENT = "read_enrolment"
    CHANGE_ENROLMENT = "change_enrolment"
    READ_EVIDENCE = "read_evidence"
    PURGE_EVIDENCE = "purge_evidence"
    READ_CERTIFICATION = "read_certification"
    PREPARE_CERTIFICATION = "prepare_certification"
    APPROVE_CERTIFICATION = "approve_certification"
    MANAGE_ISSUING = "manage_issuing"
    CONFIRM_ISSUING = "confirm_issuing"
    CONFIRM_IDENTITY = "confirm_identity"
    MAKE_APPLICATION = "make_application"
    READ_APPLICATION = "read_application"
    WORK_APPLICATION = "work_application"
    APPROVE_APPLICATION = "approve_application"
    READ_EXTRACT = "read_extract"
    CREATE_EXTRACT = "create_extract"
    APPROVE_EXTRACT = "approve_extract"
    EXPORT_EXTRACT = "export_extract"
    READ_ACCESS_LOG = "read_access_log"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_SYSTEMS = "manage_systems"
    MANAGE_WEBHOOKS = "manage_webhooks"
    REVOKE_SYSTEM_KEY = "revoke_system_key"
    LOCK_ACCOUNT = "lock_account"
    PROPOSE_COPY = "propose_copy"
    APPROVE_COPY = "approve_copy"


@dataclass(frozen=True, slots=True)
class RoleDescription:
    """What a role is called, what it does in one sentence, and in which kind of organisation it exists."""

    title: str
    does: str
    organisation_kind: OrganisationKind | None


DESCRIPTIONS: dict[Role, RoleDescription] = {
    Role.STUDENT: RoleDescription(
        "Student", "Confirms who they are, asks for their own records and downloads them.", None
    ),
    Role.PROVIDER_DATA_OFFICER: RoleDescription(
        "Provider data officer",
        "Uploads the provider's files, works through the findings and sends a submission for declaration.",
        OrganisationKind.PROVIDER,
    ),
    Role.PROVIDER_ADMINISTRATOR: RoleDescription(
        "Provider administrator",
        "Declares a submission that somebody else prepared, and invites and removes the provider's staff.",
        OrganisationKind.PROVIDER,
    ),
    Role.PROVIDER_ISSUING_OFFICER: RoleDescription(
        "Issuing officer",
        "Prepares certification documents for students who are entitled to them, and hands out copies.",
        OrganisationKind.PROVIDER,
    ),
    Role.PROVIDER_SIGNATORY: RoleDescription(
        "Authorised signatory",
        "Approves certification documents that somebody else prepared, so that they are issued.",
        OrganisationKind.PROVIDER,
    ),
    Role.SECRETARIAT_OFFICER: RoleDescription(
        "Secretariat officer",
        "Keeps the list of providers, confirms identities and works students' applications, each inside a case.",
        OrganisationKind.REGULATOR,
    ),
    Role.SUPERVISOR: RoleDescription(
        "Supervisor",
        "Approves what officers propose, accepts submissions, and appoints secretariat staff.",
        OrganisationKind.REGULATOR,
    ),
    Role.AUDITOR: RoleDescription(
        "Auditor",
        "Reads what was done and by whom, with personal details masked; changes nothing.",
        OrganisationKind.REGULATOR,
    ),
}

STAFF_ROLES: frozenset[Role] = frozenset(Role) - {Role.STUDENT}
ISSUING_ROLES: frozenset[Role] = frozenset({Role.PROVIDER_ISSUING_OFFICER, Role.PROVIDER_SIGNATORY})
PROVIDER_ROLES: frozenset[Role] = ISSUING_ROLES | {Role.PROVIDER_DATA_OFFICER, Role.PROVIDER_ADMINISTRATOR}
SECRETARIAT_ROLES: frozenset[Role] = STAFF_ROLES - PROVIDER_ROLES

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.STUDENT: frozenset(
        {
            Permission.READ_RESULTS,
            Permission.MAKE_APPLICATION,
            Permission.READ_APPLICATION,
            Permission.READ_EXTRACT,
            Permission.EXPORT_EXTRACT,
            Permission.READ_ACCESS_LOG,
        }
    ),
    Role.PROVIDER_DATA_OFFICER: frozenset(
        {
            Permission.READ_SUBMISSION,
            Permission.CHANGE_SUBMISSION,
            Permission.READ_RESULTS,
            Permission.READ_PERSON,
            Permission.READ_ENROLMENT,
            Permission.CHANGE_ENROLMENT,
            Permission.READ_EVIDENCE,
            Permission.READ_CERTIFICATION,
        }
    ),
    Role.PROVIDER_ISSUING_OFFICER: frozenset(
        {
            Permission.READ_SUBMISSION,
            Permission.READ_RESULTS,
            Permission.READ_PERSON,
            Permission.READ_ENROLMENT,
            Permission.READ_EVIDENCE,
            Permission.READ_CERTIFICATION,
            Permission.PREPARE_CERTIFICATION,
        }
    ),
    Role.PROVIDER_SIGNATORY: frozenset(
        {
            Permission.READ_SUBMISSION,
            Permission.READ_ENROLMENT,
            Permission.READ_RESULTS,
            Permission.READ_CERTIFICATION,
            Permission.APPROVE_CERTIFICATION,
            Permission.CONFIRM_ISSUING,
        }
    ),
    Role.PROVIDER_ADMINISTRATOR: frozenset(
        {
            Permission.READ_SUBMISSION,
            Permission.DECLARE_SUBMISSION,
            Permission.READ_RESULTS,
            Permission.READ_PERSON,
            Permission.READ_ENROLMENT,
            Permission.READ_EVIDENCE,
            Permission.PURGE_EVIDENCE,
            Permission.READ_CERTIFICATION,
            Permission.MANAGE_ISSUING,
            Permission.CONFIRM_ISSUING,
            Permission.READ_ACCESS_LOG,
            Permission.MANAGE_MEMBERS,
            Permission.MANAGE_SYSTEMS,
            Permission.MANAGE_WEBHOOKS,
        }
    ),
    Role.SECRETARIAT_OFFICER: frozenset(
        {
            Permission.UPDATE_PROVIDER,
            Permission.READ_SUBMISSION,
            Permission.READ_RESULTS,
            Permission.READ_PERSON,
            Permission.CONFIRM_IDENTITY,
            Permission.READ_APPLICATION,
            Permission.WORK_APPLICATION,
            Permission.READ_EXTRACT,
            Permission.CREATE_EXTRACT,
            Permission.MANAGE_MEMBERS,
            Permission.LOCK_ACCOUNT,
            Permission.PROPOSE_COPY,
        }
    ),
    Role.SUPERVISOR: frozenset(
        {
            Permission.UPDATE_PROVIDER,
            Permission.APPROVE_PROVIDER,
            Permission.READ_SUBMISSION,
            Permission.ACCEPT_SUBMISSION,
            Permission.READ_RESULTS,
            Permission.READ_PERSON,
            Permission.CONFIRM_IDENTITY,
            Permission.READ_APPLICATION,
            Permission.APPROVE_APPLICATION,
            Permission.READ_EXTRACT,
            Permission.APPROVE_EXTRACT,
            Permission.READ_ACCESS_LOG,
            Permission.MANAGE_MEMBERS,
            Permission.LOCK_ACCOUNT,
            Permission.PROPOSE_COPY,
            Permission.APPROVE_COPY,
            Permission.REVOKE_SYSTEM_KEY,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.READ_SUBMISSION,
            Permission.READ_RESULTS,
            Permission.READ_PERSON,
            Permission.READ_APPLICATION,
            Permission.READ_EXTRACT,
            Permission.READ_ACCESS_LOG,
        }
    ),
}


class Scope(StrEnum):
    """What a system's key may be used for: a part of what the system's role may do, and never more."""

    READ_SUBMISSIONS = "submissions:read"
    WRITE_SUBMISSIONS = "submissions:write"
    DECLARE_SUBMISSIONS = "submissions:declare"
    READ_STUDENTS = "students:read"
    READ_PROVIDER = "provider:read"
    MANAGE_WEBHOOKS = "webhooks:manage"


SCOPE_WORDS: dict[Scope, str] = {
    Scope.READ_SUBMISSIONS: "Read submissions, their findings and receipts",
    Scope.WRITE_SUBMISSIONS: "Open submissions, send files, fix cells, withdraw; enrol students and record outcomes",
    Scope.DECLARE_SUBMISSIONS: "Declare submissions that another system or person prepared",
    Scope.READ_STUDENTS: "Look up your own students and enrolments; each of them is told",
    Scope.READ_PROVIDER: "Read who acts for you and what the register holds of you",
    Scope.MANAGE_WEBHOOKS: "Add, test and stop addresses that are told of changes; not together with preparing",
}

SCOPES: dict[Scope, frozenset[Permission]] = {
    Scope.READ_SUBMISSIONS: frozenset({Permission.READ_SUBMISSION}),
    Scope.WRITE_SUBMISSIONS: frozenset({Permission.CHANGE_SUBMISSION, Permission.CHANGE_ENROLMENT}),
    Scope.DECLARE_SUBMISSIONS: frozenset({Permission.DECLARE_SUBMISSION}),
    Scope.READ_STUDENTS: frozenset({Permission.READ_PERSON, Permission.READ_RESULTS, Permission.READ_ENROLMENT}),
    Scope.READ_PROVIDER: frozenset({Permission.READ_SUBMISSION}),
    Scope.MANAGE_WEBHOOKS: frozenset({Permission.MANAGE_WEBHOOKS}),
}
