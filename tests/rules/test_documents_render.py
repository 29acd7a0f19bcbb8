import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from testamur.documents.art.draw import drawings
from testamur.documents.extract import Holder, content_of, render_extract
from testamur.documents.reading import body_text
from testamur.documents.render import FONTS, MissingGlyph, RenderingFailed, recipe, render
from testamur.kernel.canonical import canonical_bytes
from tests.rules.documents_samples import DAY, course, extract, number, rendered, unit

ROOT = Path(__file__).parents[2]


def named(name: str) -> bytes:
    return render_extract(extract(holder=Holder(name, "9 February 1990"), courses=(course(2),)))


def test_the_same_input_gives_the_same_bytes_in_another_process_zone_language_and_folder(tmp_path):
    script = (
        "import json, sys; from datetime import date; from testamur.documents.render import render; "
        "sys.stdout.buffer.write(render('extract', json.load(sys.stdin), day=date(2026, 3, 14)))"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        input=canonical_bytes(content_of(extract())),
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "TZ": "Pacific/Chatham", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"},
    )
    assert other.stdout == render_extract(extract())


def test_another_input_gives_other_bytes():
    assert render_extract(extract(notes=("A note.",))) != rendered()


@pytest.mark.parametrize(
    ("name", "code", "called"),
    [
        ("𠮷野", "U+20BB7", "CJK UNIFIED IDEOGRAPH-20BB7"),
        ("김민준", "U+AE40", "HANGUL SYLLABLE GIM"),
        ("A \U0001f600 B", "U+1F600", "GRINNING FACE"),
        ("Bell\x07", "U+0007", "without a name"),
        ("Nul\x00", "U+0000", "without a name"),
    ],
)
def test_a_character_no_font_has_is_named_and_the_name_is_not_repeated(name, code, called):
    with pytest.raises(MissingGlyph) as refusal:
        named(name)
    assert code in refusal.value.message
    assert called in refusal.value.message
    assert "documents/fonts" in refusal.value.message
    assert name not in refusal.value.message


@pytest.mark.parametrize(
    "name",
    [
        "Gurruŋgurruŋ Dhäkiyarr",
        "Nguyễn Thị Ánh",
        "Ωμέγα Παπαδόπουλος",
        "Тарас Шевченко",
        "Łódź Żółć",
        "Tāmati Ngātā",
        "王小明",
    ],
)
def test_names_of_many_alphabets_are_printed_as_they_are(name):
    assert name in body_text(named(name))


@pytest.mark.parametrize("name", ["محمد عبد الله", "नरेन्द्र शर्मा", "ਗੁਰਪ੍ਰੀਤ", "สมชาย ใจดี", "አበበ", "שלום כהן", "தமிழ்"])
def test_names_of_other_scripts_have_a_font(name):
    with pikepdf.open(BytesIO(named(name))) as document:
        fonts = {str(item.get("/BaseFont", "")) for item in document.objects if isinstance(item, pikepdf.Dictionary)}
    assert any("Noto" in font for font in fonts)


@pytest.mark.parametrize("name", ["X" * 120, " ".join(["Maximiliana"] * 11), "W" * 60 + " " + "i" * 59])
def test_a_name_of_120_characters_stays_inside_the_margins(name):
    document = pypdfium2.PdfDocument(named(name))
    page = document[0]
    text = page.get_textpage()
    rights = [text.get_charbox(index)[2] for index in range(text.count_chars())]
    text.close()
    width = page.get_width()
    page.close()
    document.close()
    assert max(rights) <= width - 22 * 72 / 25.4 + 1


def test_a_long_unbroken_title_stays_inside_its_column():
    long = course(1, units=(unit(title="Q" * 72),))
    document = pypdfium2.PdfDocument(render_extract(extract(courses=(long,))))
    page = document[0]
    text = page.get_textpage()
    boxes = [(text.get_text_range(i, 1), text.get_charbox(i)) for i in range(text.count_chars())]
    text.close()
    page.close()
    document.close()
    result_column = min(box[0] for _, box in boxes if box[0] > 330)
    assert max(box[2] for character, box in boxes if character == "Q") < result_column + 120


def test_a_long_record_repeats_the_head_of_its_table_and_counts_its_pages():
    document = pypdfium2.PdfDocument(render_extract(extract(courses=(course(90),))))
    texts = [page.get_textpage().get_text_range() for page in document]
    assert len(texts) >= 3
    assert [f"Page {n} of {len(texts)}" in text for n, text in enumerate(texts, start=1)] == [True] * len(texts)
    assert ["Unit of study" in text for text in texts[:-1]] == [True] * (len(texts) - 1)
    assert all("7KQ2-M9XD" in text for text in texts)


def test_only_committed_fonts_are_used_and_each_has_its_licence():
    with pikepdf.open(BytesIO(rendered())) as document:
        fonts = {
            str(i.BaseFont).partition("+")[2]
            for i in document.objects
            if isinstance(i, pikepdf.Dictionary) and "/BaseFont" in i
        }
    assert fonts
    assert {font.partition("-")[0] for font in fonts} <= {"EBGaramond12", "Inter", "NotoSans"}
    folders = {path.parent for path in FONTS.rglob("*.[ot]tf")}
    assert folders
    assert all("SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text() for folder in folders)


def test_text_that_looks_like_a_program_is_printed_as_text():
    assert '#read("/etc/passwd") $x$ *b*' in body_text(named('#read("/etc/passwd") $x$ *b*'))


def test_the_committed_art_is_what_the_script_draws():
    folder = ROOT / "testamur/documents/art"
    assert {path.name: path.read_text() for path in folder.glob("*.svg")} == drawings()


def test_a_recipe_names_the_renderer_and_every_file_a_rebuild_needs():
    kept = recipe("extract")
    assert kept["typst"] == "0.15.2"
    assert {"templates/extract.typ", "art/seal.svg", "fonts/inter/Inter-Regular.otf"} <= set(kept["files"])


def test_content_that_does_not_fit_the_template_is_a_refusal_of_its_own():
    with pytest.raises(RenderingFailed):
        render("extract", {"number": "x"}, day=DAY)


def test_the_picture_says_in_words_what_it_shows_and_gives_way_to_long_records():
    rows = (unit(0), unit(1, standing="not_achieved"), unit(2, year=2014, standing="open"), unit(3, year=None))
    content = content_of(extract(courses=(course(0, units=rows),)))
    assert content["timeline_text"] == (
        "Units by year of study. 2012: 1 achieved, 1 not achieved; 2014: 1 without a final result."
    )
    assert [year["label"] for year in content["timeline"]] == ["2012", "2013", "2014"]
    far = (unit(0, year=1980), unit(1, year=2014))
    assert content_of(extract(courses=(course(0, units=far),)))["timeline"] == []


def test_a_wrong_number_or_foreign_proofs_are_refused():
    with pytest.raises(ValueError, match="check character"):
        replace(extract(), number="7KQ2M9XD4HTR0")
    with pytest.raises(ValueError, match="another number"):
        extract(number=number("000000000001"))
