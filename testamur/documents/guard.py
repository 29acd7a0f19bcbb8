"""The last look before the seal: a rendered extract against what an extract may say and carry (CQR-10, CQR-11, USI-05)."""

from collections.abc import Collection, Iterator

from testamur.documents.extract import ExtractInput, file_name, shortened
from testamur.documents.reading import page_count, text_parts
from testamur.documents.rules import check_wording
from testamur.documents.wording import wording_on
from testamur.kernel.verdict import Finding


def check_extract(extract: ExtractInput, rendered: bytes, *, identifiers: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return what the guard of words and identifiers finds in a rendered extract (CQR-10, CQR-11, LOGO-01, USI-05)."""
    wording = wording_on(extract.issued_on)
    codes = {course.code.upper() for course in extract.courses} | {unit.code.upper() for unit in extract.units()}
    for one in extract.certificates:
        number = "".join(character for character in one.number.upper() if character.isalnum())
        codes |= {one.course_code.upper(), number, *(code.upper() for code, _ in one.units)}
    return check_wording(
        text_parts(rendered, file_name(extract.number)),
        lodged=_lodged_texts(extract, pages=page_count(rendered)),
        codes=codes,
        identifiers=identifiers,
        required=[wording.certification, *(statement.text for statement in wording.statements)],
    )


def _lodged_texts(extract: ExtractInput, *, pages: int) -> Iterator[str]:
    """Yield every text that others chose, each as often as the page prints it: these may name other documents."""
    address = extract.verify_url.partition("://")[2] or extract.verify_url
    repeated = [extract.holder.name, extract.provider.legal_name, address, extract.number]
    repeated += [shortened(extract.holder.name), shortened(extract.provider.legal_name)]
    for text in repeated:
        yield from [text] * (pages + 1)
    yield from extract.provider.trading_names
    yield extract.log.origin
    yield from (document.kind for document in extract.lodged)
    for course in extract.courses:
        yield from (course.title, course.level, course.status_words)
        for unit in course.units:
            yield from (unit.title, unit.status_words)
            yield from (text for text in (unit.component, unit.language_note) if text)
    for one in extract.certificates:
        yield from (one.kind, one.number, one.course_title, *(title for _, title in one.units if title))
    yield from (name for name, _, _ in dict.fromkeys(source.file for source in extract.sources()))
    pairs = {(u.grade, u.grade_description) for course in extract.courses for u in course.units}
    yield from (description for _, description in pairs if description)
