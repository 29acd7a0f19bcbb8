import base64
import gzip
import json
from io import BytesIO

import pikepdf
import pytest

from testamur.documents.certification.rendering import render_certification
from testamur.documents.identifier_scan import scan_for_identifiers
from tests.documents import samples

USI = samples.USI
FORMS = [
    USI,
    USI.lower(),
    "XNY 5NV 9WG9",
    "XNY5-NV9W-G9",
    "X N Y 5 N V 9 W G 9",
    "xny5.nv9w.g9",
    "XNY5\u00a0NV9W\u2011G9",
    "XNY5NV\u200b9WG9",
    "ＸＮＹ５ＮＶ９ＷＧ９",
]


def scan(pdf: bytes, *, file_name: str = "testamur-7KQ2M9XD4HTR3.pdf", **payloads: str) -> list[str]:
    """Return the places that a scan for the sample identifier names."""
    return [str(finding.column) for finding in scan_for_identifiers(pdf, [USI], file_name=file_name, payloads=payloads)]


def changed(change) -> bytes:
    """Return the sample testamur, changed and saved again with its streams packed."""
    out = BytesIO()
    with pikepdf.open(BytesIO(samples.rendered("testamur"))) as document:
        change(document)
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
    return out.getvalue()


@pytest.mark.parametrize("kind", samples.ALL)
def test_a_document_without_the_identifier_passes(kind):
    assert scan(samples.rendered(kind), qr="https://register.example/check/7KQ2M9XD4HTR3") == []


@pytest.mark.parametrize("form", FORMS[:-1])
def test_an_identifier_on_the_page_is_found_however_it_is_written(form):
    pdf = render_certification(samples.document("academic-transcript", lambda given: given.update(student_number=form)))
    assert "the text of its pages" in scan(pdf)


@pytest.mark.parametrize("form", FORMS)
def test_an_identifier_in_the_file_s_name_is_found(form):
    assert scan(samples.rendered("testamur"), file_name=f"testamur-{form}.pdf") == ["the file name"]


def test_a_finding_names_the_place_and_not_the_identifier():
    (finding,) = scan_for_identifiers(samples.rendered("testamur"), [USI], file_name=f"{USI}.pdf")
    assert (finding.rule, finding.outcome) == ("USI-05", "BLOCK")
    assert USI not in str(finding)


@pytest.mark.parametrize("form", FORMS[:5])
def test_an_identifier_in_what_goes_with_the_artefact_is_found(form):
    assert scan(samples.rendered("testamur"), qr=f"https://register.example/check/{form}") == ["qr"]
    assert scan(samples.rendered("testamur"), credential=json.dumps({"id": form})) == ["credential"]


def _keywords(document):
    document.docinfo["/Keywords"] = f"student {USI}"


def _keyword_key(document):
    document.docinfo[f"/{USI}"] = "x"


def _xmp(document):
    text = document.Root.Metadata.read_bytes()
    document.Root.Metadata.write(text.replace(b"</dc:creator>", b"</dc:creator><x>xny5 nv9w g9</x>"))


def _attached(name, content, **more):
    def change(document):
        document.attachments[name] = pikepdf.AttachedFileSpec(document, content, filename=name, **more)

    return change


def _text_object(document):
    document.Root.Spare = pikepdf.Dictionary(Inner=pikepdf.Array([pikepdf.String("XNY5 NV9W G9")]))


def _wide_text_object(document):
    document.Root.Spare = document.make_indirect(pikepdf.String("Gurruŋ " + USI))


def _alt(document):
    document.Root.StructTreeRoot.Spare = pikepdf.Dictionary(Alt=f"Picture of {USI.lower()}")


def _stream(document):
    document.Root.Spare = document.make_stream(b"comment " + USI.encode() + b" " * 500)


def _wide_stream(document):
    document.Root.Spare = document.make_stream(("student " + USI).encode("utf-16-be"))


def _named(document):
    document.Root.Spare = pikepdf.Name("/Usi-" + USI)


JSON64 = base64.urlsafe_b64encode(json.dumps({"sub": f"usi:{USI}"}).encode()).decode().rstrip("=")
PACKED = base64.b64encode(gzip.compress(f'{{"list":"{USI}"}}'.encode()))
PLANTED = [
    (_keywords, "its metadata"),
    (_keyword_key, "its metadata"),
    (_xmp, "its metadata"),
    (_attached("note.txt", USI.encode()), "an attachment"),
    (_attached("note.txt", USI.lower().encode("utf-16-le")), "an attachment"),
    (_attached("credential.jwt", f"eyJhbGciOiJFUzI1NiJ9.{JSON64}.c2ln".encode()), "an attachment"),
    (_attached("status.json", b'{"encodedList":"' + PACKED + b'"}'), "an attachment"),
    (_attached("note.txt", USI.encode().hex().encode()), "an attachment"),
    (_attached("note.txt", b"https://x.example/?u=%58NY5NV9WG9"), "an attachment"),
    (_attached(f"{USI}.json", b"{}"), "the name of an attachment"),
    (_attached("note.txt", b"x", description=f"for {USI}"), "the name of an attachment"),
    (_text_object, "a text object of the file"),
    (_wide_text_object, "a text object of the file"),
    (_alt, "a text object of the file"),
    (_named, "a text object of the file"),
    (_stream, "a stream of the file"),
    (_wide_stream, "a stream of the file"),
]


@pytest.mark.parametrize(("change", "place"), PLANTED)
def test_each_planted_identifier_is_found_where_it_stands(change, place):
    assert place in scan(changed(change))


def test_a_comment_outside_every_object_is_found():
    assert "the bytes of the file" in scan(samples.rendered("testamur") + b"\n% " + USI.encode())


def test_what_cannot_be_read_is_not_passed():
    assert scan(b"%PDF-1.7 broken") == ["unreadable: PdfiumError"]


def test_without_an_identifier_there_is_nothing_to_look_for():
    assert scan_for_identifiers(b"", ["", "  - "], file_name="x") == ()
