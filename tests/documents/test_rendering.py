import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from testamur.documents.archival import check_archival
from testamur.documents.art.certification.draw import drawings
from testamur.documents.certification.inputs import file_name
from testamur.documents.certification.rendering import CREDENTIAL_NAME, DATA_NAME, render_certification
from testamur.documents.reading import body_text, page_count
from testamur.documents.render import MissingGlyph, UnfitTemplate, check_source, recipe
from tests.documents import samples

ROOT = Path(__file__).parents[2]
SHORT, LONG = "Li Bo", " ".join(["Maximiliana"] * 10)


def boxes(pdf: bytes) -> list[tuple[float, float, float, float]]:
    """Return the box of every character as shares of its page."""
    found = []
    opened = pypdfium2.PdfDocument(pdf)
    for page in opened:
        text, width, height = page.get_textpage(), page.get_width(), page.get_height()
        for at in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(at)
            if right > left:
                found.append((left / width, bottom / height, right / width, top / height))
        text.close()
        page.close()
    opened.close()
    return found


@pytest.mark.parametrize("kind", samples.ALL)
def test_every_example_is_archival_tagged_and_carries_its_data(kind):
    pdf = samples.rendered(kind)
    assert check_archival(pdf) == ()
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert [*opened.attachments] == [DATA_NAME]
        assert b'"format":"testamur-document/1"' in opened.attachments[DATA_NAME].get_file().read_bytes()
        assert kind != "ahegs" or len(opened.pages) == 3


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="no qpdf")
def test_qpdf_finds_no_fault_in_any_kind(tmp_path):
    for kind in samples.ALL:
        path = tmp_path / f"{kind}.pdf"
        path.write_bytes(samples.rendered(kind))
        assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0, kind


def test_the_command_gives_the_same_bytes_in_another_process_zone_language_and_folder(tmp_path):
    out = tmp_path / "elsewhere" / "x.pdf"
    out.parent.mkdir()
    example = tmp_path / "x.json"
    example.write_text((samples.EXAMPLES / "testamur.json").read_text())
    (tmp_path / "logo.svg").write_bytes(samples.LOGO)
    digest = samples.scheme_logo().sha256
    environment = {
        "PYTHONPATH": str(ROOT),
        "TZ": "Pacific/Chatham",
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "7",
        "TESTAMUR_NRT_LOGO": str(tmp_path / "logo.svg"),
        "TESTAMUR_NRT_LOGO_HASHES": f"{'0' * 64} {digest}",
    }
    command = [sys.executable, "-m", "testamur.service.cli", "document", "render", "testamur", str(example), str(out)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert out.read_bytes() == samples.rendered("testamur")
    unlisted = subprocess.run(
        command,
        cwd=tmp_path,
        env={**environment, "TESTAMUR_NRT_LOGO_HASHES": "0" * 64},
        capture_output=True,
        text=True,
        check=False,
    )
    assert unlisted.returncode == 2
    assert "LOGO-01" in unlisted.stdout


@pytest.mark.parametrize("orientation", ["portrait", "landscape"])
@pytest.mark.parametrize("kind", ["testamur", "he-testamur"])
@pytest.mark.parametrize("name", [SHORT, LONG, "W" * 60 + " " + "i" * 59])
def test_a_name_is_fitted_and_the_testamur_stays_one_page(kind, orientation, name):
    def change(given):
        given["issue"]["holder"] = name
        given["orientation"] = orientation
        if orientation == "landscape":
            given.pop("languages", None)  # beside a long name they stand on a second page

    pdf = render_certification(samples.document(kind, change))
    assert page_count(pdf) == 1
    inside = [left > 0.03 and right < 0.97 and bottom > 0.02 and top < 0.98 for left, bottom, right, top in boxes(pdf)]
    assert all(inside)


@pytest.mark.parametrize("kind", ["statement-of-attainment", "record-of-results", "academic-transcript", "ahegs"])
def test_a_long_name_stays_inside_the_margins_of_a_list(kind):
    pdf = render_certification(samples.named(kind, LONG))
    assert all(left > 0.03 and right < 0.97 for left, _, right, _ in boxes(pdf))


def test_sixty_units_run_over_pages_that_are_counted_and_have_their_heads():
    def change(given):
        row = given["results"][0]
        given["results"] = [{**row, "code": f"CHCCCS{at:03}"} for at in range(60)]

    pdf = render_certification(samples.document("record-of-results", change))
    opened = pypdfium2.PdfDocument(pdf)
    texts = [page.get_textpage().get_text_range() for page in opened]
    assert len(texts) == 2
    assert ["Code" in text and f"Page {at} of 2" in text for at, text in enumerate(texts, start=1)] == [True, True]
    assert all(f"CHCCCS{at:03}" in "".join(texts) for at in range(60))


def test_languages_that_do_not_fit_on_the_face_stand_whole_on_a_second_page():
    def change(given):
        unit = given["languages"][0]["units"][0]
        units = [{**unit, "code": f"CHCCCS{at:03}"} for at in range(22)]
        given["languages"] = [{"language": name, "units": units} for name in ("Vietnamese", "Auslan")]

    text = body_text(render_certification(samples.document("testamur", change)))
    assert "Page 2 of 2" in text
    assert text.count("CHCCCS021") == 2
    assert ["assessed in Vietnamese" in text, "assessed in Auslan" in text] == [True, True]


NAMES = ["Nguyễn Thị Ánh", "Dhäkiyarr Gurruŋgurruŋ", "Łódź Ωμέγα", "Tāmati Ngātā", "王小明", "鄧麗君 (Teresa Teng)"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_set_as_they_are_written(name):
    assert name in body_text(render_certification(samples.named("testamur", name)))


def test_an_arabic_name_is_set_in_its_own_script_from_right_to_left():
    pdf = render_certification(samples.named("testamur", "محمد عبد الله"))
    with pikepdf.open(BytesIO(pdf)) as opened:
        fonts = {str(item.get("/BaseFont", "")) for item in opened.objects if isinstance(item, pikepdf.Dictionary)}
    assert any("NotoSansArabic" in font for font in fonts)


def test_a_name_that_no_font_can_set_is_refused_with_the_character_named():
    with pytest.raises(MissingGlyph) as refusal:
        render_certification(samples.named("testamur", "김민준"))
    assert "U+AE40" in refusal.value.message


def test_a_preview_says_so_and_a_document_does_not():
    assert "PREVIEW" in body_text(render_certification(samples.document("testamur"), preview=True))
    assert "PREVIEW" not in body_text(samples.rendered("testamur"))


def test_a_credential_is_attached_beside_the_data():
    pdf = render_certification(samples.document("testamur"), credential='{"type":["VerifiableCredential"]}')
    assert check_archival(pdf) == ()
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert opened.attachments[CREDENTIAL_NAME].get_file().read_bytes() == b'{"type":["VerifiableCredential"]}'


def test_a_reissue_in_another_name_says_so_in_a_small_line_and_keeps_the_day():
    pdf = render_certification(
        samples.document("testamur", lambda given: given["issue"].update(reissued={"on": "2027-05-03"}))
    )
    assert "Reissued 3 May 2027" in body_text(pdf)
    assert "Awarded on 14 March 2026" in body_text(pdf)


def test_a_file_name_holds_the_kind_and_the_number_and_nothing_of_the_person():
    assert file_name(samples.document("testamur")) == "testamur-7KQ2M9XD4HTR3.pdf"


def test_a_recipe_names_the_shared_parts_and_the_art():
    files = set(recipe("ahegs")["files"])
    assert {"templates/ahegs.typ", "templates/studies.typ", "templates/certification.typ"} <= files
    assert "art/certification/frame-portrait.svg" in files


@pytest.mark.parametrize(
    "source",
    [
        '#import "@preview/x:1.0.0": y',
        '#import ("@pre" + "view/x:1.0.0")',
        '#include "/templates/testamur.typ"',
        '#read("/models.py")',
        '#eval("1")',
        '#plugin("x.wasm")',
        '#import "/templates/../models.py"',
    ],
)
def test_a_template_that_reaches_out_is_refused(source):
    with pytest.raises(UnfitTemplate):
        check_source(source)


def test_the_shipped_templates_would_pass_as_templates_of_a_provider():
    for path in (ROOT / "testamur/documents/templates").glob("*.typ"):
        if path.stem not in {"extract", "certification"}:
            check_source(path.read_text())


def test_the_committed_art_is_what_the_script_draws():
    folder = ROOT / "testamur/documents/art/certification"
    assert {path.name: path.read_text() for path in folder.glob("*.svg")} == drawings()
