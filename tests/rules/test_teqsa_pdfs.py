"""PDFs are opened in a process of their own; whatever one does there, it is a finding about that one."""

import os
import zlib
from pathlib import Path

import pytest

from testamur.service.synthetic.pdfs import assembled, small_pdf
from testamur.submissions import pdf_child, pdfs
from testamur.submissions.pdfs import Inspected, inspect_pdfs
from tests.vectors.teqsa import make

CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
ACTIVE = {
    "javascript in the names tree": [
        b"<</Type/Catalog/Pages 2 0 R/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>>>"
    ],
    "javascript in an annotation": [
        CATALOGUE,
        PAGES,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[<</Subtype/Link/A<</S/JavaScript/JS(1)>>>>]>>",
    ],
    "an additional action": [b"<</Type/Catalog/Pages 2 0 R/AA<</WC<</S/JavaScript/JS(1)>>>>>>"],
    "a form that sends": [CATALOGUE, PAGES, PAGE, b"<</S/SubmitForm/F(http://example.org)>>"],
    "a form of another language": [b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA(x)>>>>"],
    "media": [CATALOGUE, PAGES, PAGE, b"<</Type/Annot/Subtype/RichMedia>>"],
    "a name written in another way": [b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/#4aavaScript/#4aS(1)>>>>"],
}


def _inspect(folder: Path, *files: bytes) -> list[Inspected]:
    paths = []
    for place, data in enumerate(files):
        paths.append(folder / f"{place}.pdf")
        paths[-1].write_bytes(data)
    return inspect_pdfs(paths)


def test_a_plain_pdf_is_sound(tmp_path: Path):
    assert _inspect(tmp_path, small_pdf(["Testamur", "Zoë (x)"])) == [Inspected(1, None)]
    assert inspect_pdfs([]) == []


@pytest.mark.parametrize("name", ACTIVE)
def test_active_content_is_found(name: str, tmp_path: Path):
    objects = ACTIVE[name]
    data = assembled([*objects, *[CATALOGUE, PAGES, PAGE][len(objects) :]])
    assert _inspect(tmp_path, data) == [Inspected(1, "pdf_active")]


def test_active_content_inside_an_object_stream_is_found(tmp_path: Path):
    import io

    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(make.with_action(b"<</S/JavaScript/JS(1)>>"))) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert b"JavaScript" not in out.getvalue()
    assert _inspect(tmp_path, out.getvalue()) == [Inspected(1, "pdf_active")]


def test_a_password_and_a_file_inside_are_found(tmp_path: Path):
    found = _inspect(tmp_path, make.encrypted_pdf(), make.with_attachment(), b"", make.without_pdf_pages())
    assert [item.problem for item in found] == ["pdf_encrypted", "pdf_attachment", "pdf_unreadable", "pdf_no_pages"]


def test_a_stream_that_unpacks_to_a_gibibyte_harms_nobody(tmp_path: Path):
    packed = zlib.compressobj(9)
    body = packed.compress(bytes(1 << 20)) + packed.flush(zlib.Z_FULL_FLUSH)
    stream = b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(body), body)
    bomb = assembled([CATALOGUE, PAGES, PAGE.replace(b">>", b"/Contents 4 0 R>>"), stream])
    found = _inspect(tmp_path, bomb, small_pdf(["x"]))
    assert found[1] == Inspected(1, None)


def test_a_child_that_dies_or_hangs_is_a_finding_about_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    child = tmp_path / "child.py"
    child.write_text(
        "import json, os, sys, time\n"
        "for line in sys.stdin:\n"
        "    path = json.loads(line)\n"
        "    data = open(path).read()\n"
        "    if data == 'die': os.abort()\n"
        "    if data == 'hang': time.sleep(600)\n"
        '    if data == \'lie\': print(\'{"pages": "many", "problem": null}\', flush=True); continue\n'
        "    if data == 'garbage': print('x', flush=True); continue\n"
        "    print(json.dumps({'pages': 1, 'problem': None}), flush=True)\n"
    )
    monkeypatch.setattr(pdfs, "_CHILD", child)
    monkeypatch.setattr(pdfs, "_WALL_SECONDS", 1.0)
    found = _inspect(tmp_path, b"good", b"die", b"good", b"hang", b"good", b"lie", b"garbage", b"good")
    bad, good = Inspected(None, "pdf_exhausting"), Inspected(1, None)
    assert found == [good, bad, good, bad, good, bad, bad, good]


@pytest.mark.parametrize(
    "greed", ["bytearray(2 << 30)", "[x for x in iter(int, 1)]", "os.write(os.open('made', 65), b'x')"]
)
def test_a_child_has_no_more_memory_time_or_disk_than_it_is_given(greed: str, tmp_path: Path, monkeypatch):
    child = tmp_path / "child.py"
    child.write_text(
        "import json, os, sys\n"
        f"sys.path.insert(0, {str(Path(pdf_child.__file__).parent)!r})\n"
        "import pdf_child\n"
        "pdf_child._SECONDS = 0\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "pdf_child.limit()\n"
        "for line in sys.stdin:\n"
        "    pdf_child.allow_time()\n"
        f"    if 'greedy' in line: {greed}\n"
        "    print(json.dumps({'pages': 1, 'problem': None}), flush=True)\n"
    )
    monkeypatch.setattr(pdfs, "_CHILD", child)
    paths = [tmp_path / "modest.pdf", tmp_path / "greedy.pdf", tmp_path / "modest.pdf"]
    assert inspect_pdfs(paths) == [Inspected(1, None), Inspected(None, "pdf_exhausting"), Inspected(1, None)]


def test_a_sound_pdf_opens_whatever_bytes_its_name_holds(tmp_path: Path):
    path = tmp_path / os.fsdecode(b"S1-ah\xffegs.pdf")
    path.write_bytes(small_pdf(["x"]))
    assert inspect_pdfs([path]) == [Inspected(1, None)]
