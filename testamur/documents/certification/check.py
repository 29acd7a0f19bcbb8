"""The content check: every required item can be seen on a rendered document, and no forbidden one (rulebook A.3, LOGO-01).

It serves two acts. A template is approved only when its specimens pass (AQF-13); a document is sealed only when it passes
itself. What is looked for comes from the input and the wording of its day, never from the template.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from testamur.documents.certification.assets import Asset
from testamur.documents.certification.content import NRT_ALT
from testamur.documents.certification.inputs import Certification, blank_fields
from testamur.documents.certification.items import Wanted, facts_of, wanted
from testamur.documents.certification.rendering import render_certification
from testamur.documents.certification.seeing import Figure, figures, squeezed, visible_text
from testamur.documents.certification.specimens import specimens
from testamur.documents.certification.wording import CertificationWording, certification_wording
from testamur.kernel.errors import Refusal
from testamur.kernel.verdict import Finding, Severity
from testamur.rulebook.evaluate import decide

_SOURCE: Final = "rulebook A.3"
_LEAST_SIDE: Final = 12.0  # points; a picture smaller than this is not seen
_RATIO_SLACK: Final = 0.03
_SCHEME_WORDS: Final = ("nationally recognised training", "nrt logo")
_PLACE: Final = "place of the nrt logo"
_FORBIDDEN_STEMS: Final[Mapping[str, str]] = {
    "aqf-statement": "aqf_statement",
    "apprenticeship-statement": "apprenticeship",
    "language-statement": "language",
    "part-of-statement": "part_of",
    "completion-statement": "completion_of",
}


def check_content(
    document: Certification, pdf: bytes, *, nrt_logo: Asset | None = None, allow_place: bool = False
) -> tuple[Finding, ...]:
    """Return every item that is missing from a rendered document or must not stand on it; an empty tuple is good.

    `nrt_logo` is what the document was rendered with. `allow_place` lets the marked empty place stand for the logo, in the
    demo and for a template's approval; a document that is really issued needs the file. Each finding names the item in
    `column` and its clause in `source`.
    """
    wording = certification_wording(document.issue.wording, document.issue.issued_on)
    decided = decide("content", facts_of(document), on=document.issue.issued_on).details
    presence, clauses = decided["items"], decided["clauses"]
    if not isinstance(presence, Mapping) or not isinstance(clauses, Mapping):
        message = "the ruleset content gives no items"
        raise TypeError(message)
    text, shown = visible_text(pdf), figures(pdf)
    place = allow_place and nrt_logo is None and squeezed(_PLACE) in text
    needed = [
        one
        for one in wanted(document, wording, nrt_logo)
        if presence.get(one.item) != "forbidden" and not (place and one.item == "nrt-logo")
    ]
    faults = [
        *((path, f"The text “{path}” is blank.") for path in blank_fields(document)),
        *((one.item, _missing(one, text, shown)) for one in needed),
        *_forbidden(presence, wording, text, shown, allow_place=allow_place),
    ]
    found = dict.fromkeys((item, fault) for item, fault in faults if fault)
    return tuple(_finding(item, fault, str(clauses.get(item, _SOURCE))) for item, fault in found)


def check_template(kind: str, source: str, *, nrt_logo: Asset | None = None) -> tuple[Finding, ...]:
    """Return why a template may not be approved: an item that cannot appear, or a forbidden one that does (AQF-13).

    The template renders every specimen of its kind: with all that a document of that kind can show, with nothing but what is
    always shown, and with long names. A finding's `file` names the specimen.
    """
    found: list[Finding] = []
    for name, document in specimens(kind).items():
        try:
            pdf = render_certification(document, template=source, nrt_logo=nrt_logo)
        except Refusal as refusal:
            found.append(replace(_finding("template", refusal.message, "rulebook AQF-13"), file=name))
            continue
        found += [replace(one, file=name) for one in check_content(document, pdf, nrt_logo=nrt_logo, allow_place=True)]
    return tuple(found)


def _finding(item: str, fault: str, clause: str) -> Finding:
    """Return a fault that keeps a document from being sealed or a template from being approved."""
    rule = "LOGO-01" if item == "nrt-logo" else "AQF-13"
    return Finding(rule, fault, clause, Severity.ERROR, "BLOCK", column=item)


def _missing(one: Wanted, text: str, shown: Sequence[Figure]) -> str | None:
    """Return what is wrong with one wanted thing, None where it is seen."""
    if one.alt is not None:
        return _picture_fault(one, shown)
    if not any(_follows(text, [squeezed(part) for part in order], one.gap) for order in one.orders):
        return f"The item “{one.item}” cannot be seen on the document, or not as it must stand."
    return None


def _follows(text: str, parts: Sequence[str], gap: int) -> bool:
    """Say whether some texts follow one another in a text, with few characters between them."""
    if parts[0] not in text:
        return False
    between = f".{{0,{gap}}}?"
    return re.search(between.join(re.escape(part) for part in parts), text, re.DOTALL) is not None


def _picture_fault(one: Wanted, shown: Sequence[Figure]) -> str | None:
    """Return what is wrong with a wanted picture."""
    same = [figure for figure in shown if figure.alt == one.alt]
    if not same:
        return f"The picture of the item “{one.item}” does not stand on the document."
    for figure in same:
        if not figure.on_page or min(figure.width, figure.height) < _LEAST_SIDE:
            return f"The picture of the item “{one.item}” lies outside the page or is too small to be seen."
        if one.ratio is not None and abs(figure.width / figure.height / one.ratio - 1) > _RATIO_SLACK:
            return f"The picture of the item “{one.item}” is stretched or turned."
    return None


def _forbidden(
    presence: Mapping[str, str],
    wording: CertificationWording,
    text: str,
    shown: Sequence[Figure],
    *,
    allow_place: bool,
) -> Iterator[tuple[str, str]]:
    """Yield each forbidden item that can be seen."""
    for item, key in _FORBIDDEN_STEMS.items():
        if presence.get(item) == "forbidden" and key in wording.sentences:
            stem = squeezed(wording.text(key).partition("{")[0])
            if stem in text:
                yield item, f"The item “{item}” stands on the document and must not."
    words = [squeezed(word) for word in _SCHEME_WORDS]
    by_picture = any(figure.alt == NRT_ALT or any(word in squeezed(figure.alt) for word in words) for figure in shown)
    by_text = any(word in text for word in words)
    if presence.get("nrt-logo") == "forbidden" and (by_picture or by_text):
        yield "nrt-logo", "The training scheme's logo, or its place, stands on the document and must not."
    elif by_text and not allow_place and squeezed(_PLACE) in text:
        yield "nrt-logo", "An empty place stands where the training scheme's logo must be."


def names_of(findings: Sequence[Finding]) -> list[str]:
    """Return the items that some findings name, each once, in order."""
    return [*dict.fromkeys(str(finding.column) for finding in findings)]
