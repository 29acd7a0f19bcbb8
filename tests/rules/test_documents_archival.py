import shutil
import subprocess
from io import BytesIO

import pikepdf
import pytest

from testamur.documents.archival import check_archival
from tests.rules.documents_samples import rendered, sealed


def messages(pdf: bytes) -> str:
    return " ".join(finding.message for finding in check_archival(pdf))


def changed(change, **saving) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(rendered())) as document:
        change(document)
        document.save(out, **saving)
    return out.getvalue()


@pytest.mark.parametrize("pdf", [rendered, sealed])
def test_our_own_files_pass_before_and_after_the_seal(pdf):
    assert check_archival(pdf()) == ()


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="no qpdf")
@pytest.mark.parametrize("pdf", [rendered, sealed])
def test_qpdf_finds_no_fault(pdf, tmp_path):
    path = tmp_path / "x.pdf"
    path.write_bytes(pdf())
    assert subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=False).returncode == 0


def test_a_rewritten_copy_without_a_fault_passes():
    assert check_archival(changed(lambda document: None)) == ()


def _drop(key):
    def change(document):
        del document.Root[key]

    return change


def _xmp(old: bytes, new: bytes):
    def change(document):
        text = document.Root.Metadata.read_bytes()
        assert old in text
        document.Root.Metadata.write(text.replace(old, new))

    return change


def _no_font_file(document):
    descriptor = next(
        item.FontDescriptor
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary) and "/FontDescriptor" in item
    )
    for key in ("/FontFile", "/FontFile2", "/FontFile3"):
        if key in descriptor:
            del descriptor[key]


def _script(document):
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def _launch(document):
    action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")
    document.pages[0].obj.Spare = document.make_indirect(action)


def _no_relationship(document):
    del document.Root.AF[0]["/AFRelationship"]


def _unlisted(document):
    document.Root.AF = pikepdf.Array([])


def _unordered(document):
    page = next(page for page in document.pages if "/Annots" in page)
    del page.obj["/Tabs"]


def _file_name_shown(document):
    document.Root.ViewerPreferences.DisplayDocTitle = False


def _unmarked(document):
    document.Root.MarkInfo.Marked = False


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_drop("/OutputIntents"), "output intent"),
        (_drop("/Metadata"), "no XMP"),
        (_xmp(b"<pdfaid:part>3<", b"<pdfaid:part>2<"), "PDF/A-3a"),
        (_xmp(b"<pdfaid:conformance>A<", b"<pdfaid:conformance>B<"), "PDF/A-3a"),
        (_xmp(b"<pdfuaid:part>1<", b"<pdfuaid:part>2<"), "PDF/UA-1"),
        (_drop("/MarkInfo"), "not tagged"),
        (_unmarked, "not tagged"),
        (_drop("/StructTreeRoot"), "not tagged"),
        (_drop("/Lang"), "no language"),
        (_drop("/ViewerPreferences"), "file name"),
        (_file_name_shown, "file name"),
        (_no_font_file, "not embedded"),
        (_script, "active part"),
        (_launch, "active part (Launch)"),
        (_no_relationship, "no relationship"),
        (_unlisted, "no relationship"),
        (_unordered, "reading order"),
    ],
)
def test_each_planted_fault_is_found(change, expected):
    assert expected in messages(changed(change))


def test_encryption_is_found():
    owner_only = pikepdf.Encryption(owner="secret", user="")
    assert "encrypted" in messages(changed(lambda document: None, encryption=owner_only))
    locked = pikepdf.Encryption(owner="secret", user="other")
    assert "encrypted" in messages(changed(lambda document: None, encryption=locked))


def test_an_object_glued_to_the_last_line_of_the_original_is_found():
    length = len(rendered())
    assert sealed()[length : length + 1] == b"\n"
    assert "last line" in messages(sealed()[:length] + sealed()[length + 1 :])


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\x00" * 100, rendered()[:5000]])
def test_what_cannot_be_read_is_a_finding_not_an_exception(data):
    assert "cannot be read" in messages(data)
