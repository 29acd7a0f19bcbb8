"""The help says what the product does: every address it names opens, and its tables are what the check itself reads."""

import csv
import io
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from testamur.submissions.formats import FORMATS
from testamur.web.public import help as help_pages
from testamur.web.public import help_files, help_tutorial

pytestmark = pytest.mark.django_db
PICTURES = Path(help_pages.__file__).parents[1] / "static" / "help"
ADDRESS = re.compile(r"\]\(([^)]+)\)")


def addresses(texts: Path) -> list[tuple[str, str]]:
    """Return each text's name and each address that it names."""
    return [
        (path.name, found) for path in sorted(texts.glob("*.md")) for found in ADDRESS.findall(path.read_text("utf-8"))
    ]


def lost(named: list[tuple[str, str]]) -> list[str]:
    """Return the addresses that lead nowhere."""
    wrong = []
    for name, address in named:
        try:
            resolve(address)
        except Resolver404:
            wrong.append(f"{name}: {address}")
    return wrong


def read(answer: object) -> list[list[str]]:
    """Return a download as a spreadsheet reads it."""
    content = answer.content.decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(content)))


def test_every_address_in_a_text_leads_somewhere() -> None:
    named = addresses(help_pages.TEXTS)
    assert len(named) > 15
    assert lost(named) == []


def test_a_dead_address_is_found(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("# X\n\n[Here](/help/) and [nowhere](/halp/).\n")
    assert lost(addresses(tmp_path)) == ["x.md: /halp/"]


@pytest.mark.parametrize("name", [*help_pages.GUIDES, "answers"])
def test_each_text_has_a_title_and_is_shown_whole(name: str) -> None:
    text = help_pages.text_of(name)
    assert text.title
    url = reverse("public:answers") if name == "answers" else reverse("public:guide", args=[name])
    page = Client().get(url).content.decode()
    assert f'<h1 class="govuk-heading-l">{text.title}</h1>' in page
    assert page.count('<h2 class="govuk-heading-m">') == text.markdown.count("\n## ") + text.markdown.startswith("## ")
    assert "**" not in page
    assert "](" not in page


def test_the_texts_and_the_guides_are_the_same_set() -> None:
    assert {path.stem for path in help_pages.TEXTS.glob("*.md")} == {*help_pages.GUIDES, "answers"}


def test_a_guide_that_is_not_there_is_not_found() -> None:
    assert Client().get("/help/nobody/").status_code == 404
    assert Client().get("/help/answers.md/").status_code == 404


def test_the_start_page_leads_to_every_guide_and_format() -> None:
    page = Client().get(reverse("public:help")).content.decode()
    assert f'href="{reverse("api:docs")}"' in page
    for name in help_pages.GUIDES:
        assert reverse("public:guide", args=[name]) in page
    for form in FORMATS.values():
        assert reverse("public:format", args=[form.name]) in page
        assert form.title in page


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_tables_of_a_format_hold_every_column_and_rule_that_the_check_reads(name: str) -> None:
    form, browser = FORMATS[name], Client()
    columns = read(browser.get(reverse("public:format_columns", args=[name])))
    assert tuple(columns[0]) == help_files.COLUMNS
    held = [(kind, field.header) for kind, layout in form.layout.files.items() for field in layout.fields]
    assert [(row[0], row[1]) for row in columns[1:]] == held
    rules = read(browser.get(reverse("public:format_rules", args=[name])))
    assert tuple(rules[0]) == help_files.RULES
    assert [(row[1], row[2]) for row in rules[1:]] == [(one.rule, one.column or "") for one in form.layout.checks()]
    assert all(row[5] and row[7] for row in rules[1:]), "each case says what is wrong and where that stands"
    page = browser.get(reverse("public:format", args=[name])).content.decode()
    assert all(f'id="{kind}"' in page for kind in form.layout.files)


def test_no_cell_of_a_download_is_run_by_a_spreadsheet() -> None:
    for form in FORMATS.values():
        cells = [
            cell
            for lines in (help_files.column_lines(form), help_files.rule_lines(form))
            for row in lines
            for cell in row
        ]
        assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []


def test_an_unknown_format_is_not_found() -> None:
    for name in ("format", "format_columns", "format_rules"):
        assert Client().get(reverse(f"public:{name}", args=["none"])).status_code == 404


def test_the_tutorial_shows_pictures_that_exist_and_are_small() -> None:
    page = Client().get(reverse("public:tutorial")).content.decode()
    names = {step.picture.name for step in help_tutorial.STEPS if step.picture}
    assert {path.stem for path in PICTURES.glob("*")} == names
    for name in names:
        assert f"help/{name}.png" in page
        assert (PICTURES / f"{name}.png").stat().st_size < 64 * 1024


def test_every_page_leads_to_the_help() -> None:
    assert reverse("public:help") in Client().get("/").content.decode()
