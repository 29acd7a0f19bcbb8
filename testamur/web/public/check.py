"""Anyone checks a document, by its number or by the fingerprint of its file (issue 2, item 6; CQR-15, PRV-14).

The answer says whether the document is authentic and current, superseded, withdrawn, or not ours, what kind it is and when
it was issued. It says nothing about a person, nor which document is the newer one. The file never leaves the browser. The
number of a document stands in no page title and in no line of our logs.
"""

import re
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_safe

from testamur.documents import queries as documents_queries
from testamur.documents.queries import Issued
from testamur.issuance import queries as issuance_queries
from testamur.kernel import tenancy
from testamur.kernel.identifiers import parse_public_number, printed
from testamur.log import queries as log_queries
from testamur.providers import queries as providers_queries
from testamur.web.access import Request, View, public
from testamur.web.parts import SummaryRow, Tone, VerificationCard, crumbs
from testamur.web.public import check_proof, limits
from testamur.web.templatetags.testamur import long_date, long_moment

_LONGEST_NUMBER: Final = 60
_LONGEST_FINGERPRINT: Final = 500
_FINGERPRINT: Final = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{2}[ :]?){31}[0-9a-f]{2}(?![0-9a-f])")
_KINDS: Final = {
    "extract": "Certified extract of records",
    "testamur": "Testamur",
    "statement-of-attainment": "Statement of attainment",
    "record-of-results": "Record of results",
    "he-testamur": "Testamur of a higher education award",
    "academic-transcript": "Academic transcript",
}

NUMBER: Final = "number"
FILE: Final = "file"


@dataclass(frozen=True, slots=True)
class Words:
    """How one standing is told: the headline, its tone, and a sentence by number and by file."""

    title: str
    tone: Tone
    by_number: str
    by_file: str


NOT_OURS: Final = Words(
    "Not ours",
    "bad",
    "This register has issued no document under this number.",
    "This register has issued no such file. A copy that was scanned, converted or saved again is another file: "
    "check the number on it too.",
)
STANDINGS: Final = {
    "current": Words(
        "Authentic and current",
        "good",
        "This register issued a document under this number, and it is current.",
        "This is, byte for byte, the file that this register issued, and it is current.",
    ),
    "superseded": Words(
        "Authentic, but superseded",
        "warn",
        "This register issued a document under this number, and a newer one exists. Ask for the newer one.",
        "This is, byte for byte, a file that this register issued, and a newer document exists. Ask for the newer one.",
    ),
    "withdrawn": Words(
        "Withdrawn",
        "bad",
        "This register issued a document under this number and has withdrawn it. Do not rely on it.",
        "This is a file that this register issued and has withdrawn. Do not rely on it.",
    ),
}


class NumberForm(forms.Form):
    """The number on a document, however it is typed."""

    number = forms.CharField(
        label="Number on the document",
        help_text="13 letters and digits, such as 7KQ2-M9XD-4HTR3. Spaces, hyphens and small letters do not matter.",
        max_length=_LONGEST_NUMBER,
        error_messages={"required": "Enter the number on the document."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "govuk-input--width-20 t-mono"}
        ),
    )

    def clean_number(self) -> str:
        """Return the 13 characters; a wrong check character means a slip of the pen, not a foreign document."""
        number = parse_public_number(self.cleaned_data["number"])
        if number is None:
            raise forms.ValidationError(
                "Check the number: at least one character is wrong, missing or too many. "
                "It has 13 letters and digits, never the letter U."
            )
        return number


class FingerprintForm(forms.Form):
    """The SHA-256 of a file, as the browser works it out or as the usual tools print it."""

    sha256 = forms.CharField(
        label="SHA-256 of the file",
        help_text="64 characters, 0 to 9 and a to f. You may paste the whole line that the tool printed.",
        max_length=_LONGEST_FINGERPRINT,
        error_messages={"required": "Choose the file, or paste its SHA-256."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "t-mono"}),
    )

    def clean_sha256(self) -> str:
        """Return 64 hexadecimal digits."""
        found = _FINGERPRINT.search(self.cleaned_data["sha256"].lower())
        if found is None:
            raise forms.ValidationError(
                "Check the SHA-256: it has 64 characters, 0 to 9 and a to f. Nothing was looked up."
            )
        return re.sub(r"[ :]", "", found.group())


def _private(view: View) -> View:
    """Keep a page out of caches and search engines, and its address, which may hold a number, out of our logs."""

    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        response.headers["X-Robots-Tag"] = "noindex"
        # Django writes the address of every refused request to the log, unless the response says that this was done.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response  # type: ignore[return-value]

    return wrapped


@public
@require_http_methods(["GET", "HEAD", "POST"])
@_private
def check(request: Request) -> HttpResponse:
    """Ask for a number or a file, and answer; the fingerprint of a file comes by POST, so that no address holds it."""
    if request.method == "POST":
        return _by_file(request, FingerprintForm(request.POST))
    if NUMBER in request.GET:
        return _by_number(request, NumberForm(request.GET))
    return _page(request)


@public
@require_safe
@_private
def check_number(request: Request, number: str) -> HttpResponse:
    """Answer the address in a document's QR code."""
    return _by_number(request, NumberForm({NUMBER: number}))


@public
@require_safe
@_private
def proof(request: Request, number: str) -> HttpResponse:
    """Give a document's own proof as a file: what `document verify --proof` reads."""
    if wait := limits.seconds_to_wait(request):
        return _too_often(request, wait)
    found = documents_queries.find_issued(number)
    text = check_proof.proof_text(found.number) if found else None
    if found is None or text is None:
        reason = "There is no proof at this address. Check the number; a new document's proof takes a few minutes."
        return render(request, "errors/404.html", {"reason": reason}, status=404)
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.tlog-proof"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


def _by_number(request: Request, form: NumberForm) -> HttpResponse:
    """Look a number up and answer."""
    if wait := limits.seconds_to_wait(request):
        return _too_often(request, wait)
    if not form.is_valid():
        return _page(request, number_form=form, form=form)
    found = documents_queries.find_issued(form.cleaned_data[NUMBER])
    return _page(request, number_form=form, **_answer(found, NUMBER))


def _by_file(request: Request, form: FingerprintForm) -> HttpResponse:
    """Look a fingerprint up and answer."""
    if wait := limits.seconds_to_wait(request):
        return _too_often(request, wait)
    if not form.is_valid():
        return _page(request, file_form=form, form=form)
    return _page(request, **_answer(documents_queries.find_by_hash(form.cleaned_data["sha256"]), FILE))


def _page(request: Request, **context: Any) -> HttpResponse:
    """Draw the page: an answer, where there is one, and what can be asked."""
    unasked = {"number_form": NumberForm(), "file_form": FingerprintForm()}
    trail = {"crumbs": crumbs(("Home", reverse("public:home")))}
    return render(request, "public/check.html", {**unasked, **trail, **context})


def _answer(found: Issued | None, asked: str) -> dict[str, Any]:
    """Return what the page shows of an answer, with the proof where the document has one."""
    answer: dict[str, Any] = {"card": card(found, asked, checked_at=long_moment(timezone.now()))}
    if found is None:
        return answer
    text = check_proof.proof_text(found.number)
    shown = check_proof.shown_proof(text) if text else None
    if shown:
        sealed = log_queries.checkpoint_at(shown.checkpoint.size)
        answer["proof"] = shown
        answer["proof_rows"] = [
            SummaryRow("Entry", f"{shown.place:,} of {shown.checkpoint.size:,}"),
            SummaryRow("Checkpoint signed", long_moment(sealed.sealed_at) if sealed else "not recorded"),
            SummaryRow("Log", shown.checkpoint.origin, mono=True),
            SummaryRow("Root", shown.checkpoint.root.hex(), mono=True),
        ]
        answer["proof_url"] = reverse("public:proof", args=[found.number])
        answer["proof_name"] = name = f"{found.number}.tlog-proof"
        answer["verify_command"] = f"./tm document verify FILE.pdf --proof {name} --trust root.pem"
    return answer


def card(found: Issued | None, asked: str, *, checked_at: str) -> VerificationCard:
    """Return the answer in words. `asked` is NUMBER or FILE; what is told about a document tells nothing about a person."""
    words = STANDINGS[found.status] if found else NOT_OURS
    facts = [] if found is None else [
        SummaryRow("Kind of document", _KINDS.get(found.kind, "Document")),
        SummaryRow("Issued on", long_date(found.issued_on)),
        *_issuer(found),
        SummaryRow("Number", printed(found.number), mono=True),
        SummaryRow("SHA-256 of the file", found.sha256, mono=True),
    ]  # fmt: skip
    return VerificationCard(
        title=words.title,
        tone=words.tone,
        summary=words.by_number if asked == NUMBER else words.by_file,
        facts=facts,
        not_told=_not_told(found, asked),
        checked_at=checked_at,
    )


def _issuer(found: Issued) -> list[SummaryRow]:
    """Return who issued a document: this register, or a provider under its name then and now (REI-05); and when it ended."""
    if found.kind == "extract":
        return [SummaryRow("Issued by", settings.REGISTER_NAME)]
    with tenancy.for_register():
        answer = issuance_queries.find_number(found.number)
    if answer is None:
        return [SummaryRow("Issued by", settings.REGISTER_NAME)]
    then = providers_queries.legal_name_on(answer.provider_id, answer.issued_on)
    now = providers_queries.provider(answer.provider_id).legal_name
    rows = [SummaryRow("Issued by", then if then == now else f"{then} (now {now})")]
    if found.status != "current":
        ended = long_date(timezone.localdate(answer.state_since))
        rows.append(SummaryRow("Cancelled on" if found.status == "withdrawn" else "Replaced on", ended))
    return rows


def _not_told(found: Issued | None, asked: str) -> list[str]:
    """Return what an answer leaves open."""
    if found is None:
        return ["Whether the document is genuine in another register: ask whoever is named on it as its issuer."]
    told = ["Whose document it is. Compare the name on it with the person who gave it to you."]
    if asked == NUMBER:
        told.insert(0, "Whether the file or paper in front of you was altered. Check the file itself, below.")
    return told


def _too_often(request: Request, wait: int) -> HttpResponse:
    """Say that an address has looked too often, and when it may look again."""
    context = {"wait": wait, "limit": limits.PER_MINUTE}
    response = render(request, "public/check_limit.html", context, status=429)
    response.headers["Retry-After"] = str(wait)
    return response
