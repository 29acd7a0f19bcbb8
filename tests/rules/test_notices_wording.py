"""Texts are whole and versioned, mails hold their own variables only, and our Markdown escapes what it does not know."""

from datetime import date
from pathlib import Path

import pytest

from testamur.notices import wording

ALWAYS = {"register_name": "The register", "public_url": "http://localhost:8000"}
VALUES = {
    "link": "http://localhost:8000/account/confirm/MQ:1abc-_/",
    "organisation_name": "Harbour Institute",
    "role_title": "Provider administrator",
    "expires_on": "8 July 2026",
    "due_on": "31 July 2026",
    "event": "factor_added",
}
NEEDED = {
    "privacy-policy",
    "terms",
    "student-registration",
    "identity-documents",
    "records-application",
    "provider-upload",
    "enrolment",
    "signing-authority",
    "declaration",
    "nil-return",
    "declaration-in-part",
    "staff-account",
    "access-request",
    "sign-in",
}


def test_every_text_is_there_with_title_source_and_version() -> None:
    texts = [wording.read_text(path) for path in wording.TEXTS.glob("*/*.md")]
    assert {text.name for text in texts} == NEEDED
    assert all(text.title and text.source for text in texts)
    assert len({(text.name, text.version) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    "name",
    sorted(NEEDED - {"terms", "declaration", "nil-return", "declaration-in-part", "sign-in", "privacy-policy"}),
)
def test_every_collection_notice_says_what_app_5_asks(name: str) -> None:
    (path,) = (wording.TEXTS / name).glob("*.md")
    body = wording.read_text(path).markdown
    for words in ("**Who ", "**What and why:**", "**Who sees it:**", "**How long:**", "$register_name", "overseas"):
        if words == "overseas" and name == "identity-documents":
            words = "in Australia"
        assert words in body, f"{name} does not say: {words}"
    assert "$contact_email" in body
    assert "/account/privacy/" in body


@pytest.mark.parametrize(
    ("heading", "body"),
    [("title: A\nsource: B", "words"), ("title: A\nversion: 1", "words"), ("title: A\nsource: B\nversion: 1", " ")],
)
def test_a_text_without_title_source_version_or_body_is_refused(tmp_path: Path, heading: str, body: str) -> None:
    path = tmp_path / "planted" / "2026-01-01.md"
    path.parent.mkdir()
    path.write_text(f"---\n{heading}\n---\n{body}\n")
    with pytest.raises(ValueError, match="planted"):
        wording.read_text(path)
    path.write_text("---\ntitle: A\nsource: B\nversion: 1\n---\nwords\n")
    assert wording.read_text(path).effective_from == date(2026, 1, 1)


def test_every_mail_renders_with_exactly_its_variables() -> None:
    files = {path.stem for path in wording.MAIL.glob("*.txt")} - {"closing"}
    assert files == set(wording.MAILS)
    for name, variables in wording.MAILS.items():
        subject, body = wording.rendered_mail(name, {key: VALUES[key] for key in variables}, ALWAYS)
        assert subject
        assert "\n" not in subject
        assert "$" not in subject + body
        for key in variables - {"event"}:
            assert VALUES[key] in subject + body, f"{name} does not use {key}"


def test_a_template_that_asks_for_a_course_is_refused() -> None:
    with pytest.raises(ValueError, match="course_name"):
        wording.check_template("records_ready", "Ready\n$course_name at $link")
    wording.check_template("records_ready", "Ready\n$link")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("link", "Bachelor of Nursing"),
        ("link", "http://localhost:8000/x?course=nursing"),
        ("link", "javascript:alert(1)"),
        ("organisation_name", "Harbour\nBcc: all@example.org"),
        ("expires_on", "soon"),
        ("role_title", ""),
    ],
)
def test_a_variable_takes_its_own_form_only(key: str, value: str) -> None:
    context = {name: VALUES[name] for name in wording.MAILS["invitation"]}
    wording.check_mail("invitation", context)
    with pytest.raises(ValueError, match=key):
        wording.check_mail("invitation", {**context, key: value})


def test_a_security_notice_takes_known_events_only() -> None:
    with pytest.raises(ValueError, match="event"):
        wording.check_mail("security_notice", {"event": "You passed Anatomy"})


def test_markdown_knows_headings_lists_strong_words_and_links_and_escapes_the_rest() -> None:
    html = wording.rendered_markdown(
        "## Who & what\nFirst **line** of\nwords.\n\n- one\n- two [here](/a/)\n\n<script>alert(1)</script> [x](javascript:1)"
    )
    assert html.splitlines() == [
        '<h2 class="govuk-heading-m">Who &amp; what</h2><p class="govuk-body">First <strong>line</strong> of words.</p>',
        '<ul class="govuk-list govuk-list--bullet"><li>one</li>'
        '<li>two <a class="govuk-link" href="/a/">here</a></li></ul>',
        '<p class="govuk-body">&lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:1)</p>',
    ]
