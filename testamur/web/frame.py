"""What stands around every page: the navigation of the reader's audience, the account's menu, and the footer's links."""

from contextlib import suppress
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from testamur.accounts.roles import DESCRIPTIONS, ISSUING_ROLES, PROVIDER_ROLES, Permission, Role
from testamur.web.acting import Acting, memberships
from testamur.web.parts import Account, Link

Places = tuple[tuple[str, str], ...]

PUBLIC: Final[Places] = (
    ("Find a provider", "public:providers"),
    ("Closed providers", "public:closed"),
    ("Training products", "public:products"),
    ("Check a document", "public:check"),
    ("About the records", "public:information"),
)
STUDENT: Final[Places] = (
    ("Start", "student:home"),
    ("My record", "student:record"),
    ("My documents", "student:documents"),
    ("My training now", "student:training"),
    ("My applications", "student:applications"),
    ("Who saw my records", "student:access"),
)
PROVIDER: Final[Places] = (
    ("Submissions", "provider:home"),
    ("Enrolments", "provider:enrolments"),
    ("Certification", "provider:certification_queue"),
    ("Students", "provider:students"),
    ("Training products", "provider:products"),
)
ISSUING: Final[Places] = (
    ("Certification", "provider:certification_queue"),
    ("Issued documents", "provider:issued_register"),
    ("Training products", "provider:products"),
)
SECRETARIAT: Final[Places] = (
    ("Work", "secretariat:home"),
    ("Applications", "secretariat:requests"),
    ("Identity checks", "secretariat:identities"),
    ("Providers", "secretariat:providers"),
    ("National register", "secretariat:national_register"),
)
MEMBERS: Final[Places] = (("Members", "members"),)
SYSTEMS: Final[Places] = (("Systems", "provider:systems"),)
FOOTER: Final[Places] = (
    ("Help", "public:help"),
    ("Privacy", "privacy"),
    ("Terms", "terms"),
    ("Accessibility", "public:accessibility"),
    ("About the log", "public:log"),
    ("The demo: log-ins and mail", "demo"),
)


def _links(request: HttpRequest, places: Places) -> list[Link]:
    """Return the places that exist as links; the reader's own is marked."""
    links = []
    for label, name in places:
        with suppress(NoReverseMatch):
            url = reverse(name)
            links.append(Link(label, url, current=request.path == url))
    return links


def _navigation(acting: Acting | None) -> tuple[str, Places]:
    """Return the name of the reader's area and the places in it."""
    if acting is None:
        return "", PUBLIC
    if acting.role is Role.STUDENT:
        return "My records", STUDENT
    members = MEMBERS if acting.may(Permission.MANAGE_MEMBERS) else ()
    systems = SYSTEMS if acting.may(Permission.MANAGE_SYSTEMS) else ()
    if acting.role in ISSUING_ROLES:
        return acting.organisation_name, ISSUING
    return acting.organisation_name, (PROVIDER if acting.role in PROVIDER_ROLES else SECRETARIAT) + members + systems


def _menu(request: HttpRequest, acting: Acting | None) -> Account:
    """Return the menu of whoever is signed in."""
    places: Places = (("My start page", "home"), ("Sign-in and security", "mfa_index"))
    if len(memberships(request)) > 1:
        places += (("Act for another organisation", "choose_membership"),)
    role = ", ".join(filter(None, (DESCRIPTIONS[acting.role].title, acting.organisation_name))) if acting else ""
    return Account(
        name=request.user.get_username(),
        role=role,
        links=_links(request, places),
        sign_out_url=reverse("account_logout"),
    )


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return what base.html shows around each page; nothing of it reads a record."""
    acting: Acting | None = getattr(request, "acting", None)
    area_name, places = _navigation(acting)
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "acting": acting,
        "notice": getattr(request, "notice", None),
        "area_name": area_name,
        "navigation": _links(request, places),
        "account_menu": _menu(request, acting) if signed_in else None,
        "sign_in_url": "" if signed_in else reverse("account_login"),
        "footer_links": _links(request, FOOTER),
        "register_name": settings.REGISTER_NAME,
        "acknowledgement": settings.ACKNOWLEDGEMENT,
        "demo": settings.DEMO,
    }
