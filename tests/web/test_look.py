"""The look: one stylesheet of our own palette, no marks of others, and parts and forms that hold together without scripts."""

import datetime
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import engines
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict

from testamur.web import parts
from testamur.web.forms import DateField, FilesField, OneTimeCodeField, summary_errors
from testamur.web.pictures import palette
from testamur.web.style_guide import IdentityForm, style_guide_context
from testamur.web.templatetags.testamur import as_links, grouped, long_date, long_moment

PROJECT = Path(__file__).resolve().parents[2]
STATIC = PROJECT / "testamur" / "web" / "static"
CSS = (STATIC / "testamur.css").read_text(encoding="utf-8")
ERRORS = sorted(path.name for path in (PROJECT / "testamur/web/templates/errors").glob("*.html"))
OTHERS_MARKS = re.compile(r"crest|crown|transport|gov\.uk|waratah|coa_", re.IGNORECASE)


class Page(HTMLParser):
    """What a page says about its ids, its references to them, and whatever stands in line."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.wanted: set[str] = set()
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            self.wanted.update(given.get(name, "").split())
        self.wanted.update(re.findall(r"^#([\w-]+)$", given.get("href", "")))
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)

    @property
    def faults(self) -> list[str]:
        """Return ids that stand twice, references to none, and what a strict content policy would block."""
        twice = sorted({f"id twice: {name}" for name in self.ids if self.ids.count(name) > 1})
        lost = sorted(f"no such id: {name}" for name in self.wanted - set(self.ids))
        return [*twice, *lost, *(f"in line: {what}" for what in self.inline)]


def guide() -> str:
    return render_to_string("style_guide.html", style_guide_context())


def source(text: str, **context: Any) -> str:
    return engines["django"].from_string(text).render(context)


# No marks of others -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("planted", ["url(govuk-crest.svg)", '"GDS Transport"', "www.gov.uk", "Crown copyright"])
def test_planted_marks_of_others_are_caught(planted: str):
    assert OTHERS_MARKS.search(f".t-page {{}} {planted}")


def test_nothing_served_carries_marks_of_others():
    assert OTHERS_MARKS.search(CSS) is None
    assert OTHERS_MARKS.search(guide()) is None
    for name in ERRORS:
        assert OTHERS_MARKS.search(render_to_string(f"errors/{name}")) is None


def test_the_stylesheet_fetches_only_files_that_are_served():
    addresses = re.findall(r"url\(\"?([^)\"]+)\"?\)", CSS)
    assert len(addresses) >= 7
    assert [address for address in addresses if not (STATIC / address).is_file()] == []
    assert "@import" not in CSS


def test_every_vendored_file_has_its_licence_and_names_no_source_map():
    folders = [STATIC / "vendor", STATIC / "fonts", PROJECT / "tests/browser/vendor"]
    for folder in folders:
        licences = " ".join(path.name for path in folder.glob("*LICENSE*"))
        for path in [*folder.glob("*.js"), *folder.glob("*.woff2")]:
            stem = re.split(r"-\d|-latin|-vietnamese|\.min", path.name)[0]
            assert f"{stem}-LICENSE" in licences, path.name
    for path in STATIC.rglob("*.js"):
        assert "sourceMappingURL" not in path.read_text(encoding="utf-8"), path.name


# Colours ----------------------------------------------------------------------------------------------------------


def css_colours() -> dict[str, dict[str, str]]:
    """Return the custom properties of the stylesheet that are plain colours, light and dark."""
    dark = re.search(r"@media screen and \(prefers-color-scheme: ?dark\)\{:root\{([^}]*)\}", CSS)
    assert dark is not None
    light = CSS[: dark.start()]
    found = {
        name: dict(re.findall(r"--([tp]-[\w-]+): ?(#[0-9a-f]{3,6})\b", text))
        for name, text in (("light", light), ("dark", dark[1]))
    }
    full = {scheme: {name: long(colour) for name, colour in colours.items()} for scheme, colours in found.items()}
    full["dark"] = {**full["light"], **full["dark"]}
    return full


def long(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(letter * 2 for letter in colour[1:])


@pytest.mark.parametrize("scheme", palette.SCHEMES)
def test_the_stylesheet_and_the_pictures_have_the_same_colours(scheme: palette.Scheme):
    colours = css_colours()[scheme]
    for tone, fill in palette.FILLS[scheme].items():
        assert colours[f"p-{tone}"] == fill
        assert colours[f"p-{tone}-on"] == palette.words_on(fill, scheme)
    assert colours["t-card"] == palette.GROUND[scheme]
    assert colours["t-ink"] == palette.INK[scheme]["ink"]
    assert colours["t-second"] == palette.INK[scheme]["second"]


INKS = ("ink", "second", "link", "link-hover", "link-visited", "error")
PAIRS = [
    *[(ink, ground) for ink in INKS for ground in ("page", "card", "sand")],
    *[(f"{tone}-text", f"{tone}-bg") for tone in ("good", "warn", "bad", "info", "quiet")],
    ("on-brand", "brand"), ("on-brand", "brand-hover"), ("on-error", "error"), ("on-error", "error-hover"),
    ("focus-text", "focus"), ("ink", "quiet-bg"), ("ink", "line"), ("second", "quiet-bg"), ("ink", "good-bg"),
    ("header-text", "header"), ("header-sand", "header"), ("header-quiet", "header"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", palette.SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_pair_of_words_and_ground_can_be_read(ink: str, ground: str, scheme: str):
    colours = css_colours()[scheme]
    assert palette.contrast(colours[f"t-{ink}"], colours[f"t-{ground}"]) >= palette.ENOUGH


# Pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ('<p style="color:red">', "in line: p style"),
        ("<script>alert(1)</script>", "in line: script"),
        ('<a onclick="x()">', "in line: a onclick"),
        ('<p id="a"><p id="a">', "id twice: a"),
        ('<input aria-describedby="b">', "no such id: b"),
        ('<a href="#c">', "no such id: c"),
    ],
)
def test_planted_faults_of_a_page_are_caught(planted: str, fault: str):
    assert Page(planted).faults == [fault]


def test_the_style_guide_holds_together():
    assert Page(guide()).faults == []


@pytest.mark.parametrize("name", ERRORS)
def test_error_pages_need_no_context_and_say_what_to_do(name: str):
    text = render_to_string(f"errors/{name}")
    assert Page(text).faults == []
    assert text.count("<h1") == 1
    assert re.search(r"[Tt]ry again|load the page|Sign in|Check that|Put the data", text)


def test_the_frame_shows_navigation_menu_messages_and_the_error_in_the_title():
    context = style_guide_context()
    context["messages"] = [type("Message", (), {"level_tag": "success", "__str__": lambda _: "Sealed."})()]
    text = render_to_string("style_guide.html", context)
    assert '<a class="govuk-service-navigation__link" href="#" aria-current="true">' in text
    assert "Mia Nguyễn" in text
    assert "Sealed." in text
    assert "<title>Error: Every part of the look" in text
    assert 'lang="en-au"' in text.lower()


def test_links_may_be_given_in_three_ways():
    wanted = [parts.Link("A", "/a", True)]
    assert as_links(wanted) == as_links([("A", "/a", True)]) == as_links([{"label": "A", "url": "/a", "current": True}])
    assert as_links(None) == []


# Forms ------------------------------------------------------------------------------------------------------------


def test_a_field_ties_its_label_hint_and_error_to_its_control():
    text = str(IdentityForm({"name": ""})["name"].as_field_group())
    assert '<label class="govuk-label govuk-label--s" for="id_name">Full name</label>' in text
    assert 'aria-describedby="id_name_helptext id_name_error"' in text
    assert 'aria-invalid="true"' in text
    assert 'class="govuk-input govuk-input--error"' in text
    assert 'id="id_name_error"' in text
    assert " required" not in str(IdentityForm())


def test_a_sound_field_shows_no_error():
    text = str(IdentityForm({"name": "Aroha"})["name"].as_field_group())
    assert "error" not in text
    assert 'value="Aroha"' in text


def test_every_error_is_in_the_summary_and_leads_to_a_control():
    form = IdentityForm({"born_0": "31", "born_1": "2", "born_2": "1999"})
    found = summary_errors(form)
    ids = Page(str(form)).ids
    assert {target.removeprefix("#") for target, _ in found} <= set(ids)
    assert ("#id_born_0", "“Date of birth”: enter a real date, such as 27 3 1998.") in found
    assert ("#id_name", "“Full name” is required.") in found
    assert ("#id_document_0", "“Which document will you show?” is required.") in found
    assert "There is a problem" in source("{% error_summary form %}", form=form)
    assert source("{% error_summary form %}", form=IdentityForm()).strip() == ""


def test_an_error_of_the_whole_form_stands_in_the_summary_without_a_link():
    class Refusing(forms.Form):
        def clean(self) -> None:
            raise forms.ValidationError("These files belong to another provider.")

    assert summary_errors(Refusing({})) == [("", "These files belong to another provider.")]


class OneDate(forms.Form):
    day = DateField(label="Day")


@pytest.mark.parametrize(
    ("boxes", "answer"),
    [
        (("27", "3", "1998"), datetime.date(1998, 3, 27)),
        (("29", "2", "2000"), datetime.date(2000, 2, 29)),
        (("29", "2", "1999"), "Enter a real date, such as 27 3 1998."),
        (("0", "1", "1999"), "Enter a real date, such as 27 3 1998."),
        (("x", "y", "1999"), "Enter a real date, such as 27 3 1998."),
        (("1", "1", "99999999999999999999"), "Enter a real date, such as 27 3 1998."),
        (("1", "", "1999"), "Enter the day, the month and the year, such as 27 3 1998."),
        (("", "", ""), "Enter a date, such as 27 3 1998."),
    ],
)
def test_a_date_of_three_boxes_is_read_or_refused_once(boxes: tuple[str, ...], answer: object):
    form = OneDate({f"day_{place}": value for place, value in enumerate(boxes)})
    if isinstance(answer, datetime.date):
        assert form.is_valid()
        assert form.cleaned_data["day"] == answer
    else:
        assert form.errors["day"] == [answer]


def test_a_known_date_fills_its_boxes():
    text = str(OneDate(initial={"day": datetime.date(1998, 3, 27)}))
    assert re.findall(r'value="(\d+)"', text) == ["27", "3", "1998"]
    assert "<legend" in text


class Files(forms.Form):
    uploads = FilesField(label="Files")


def test_many_files_are_cleaned_one_by_one():
    files = [SimpleUploadedFile("records.csv", b"a"), SimpleUploadedFile("results.csv", b"b")]
    form = Files({}, MultiValueDict({"uploads": files}))
    assert form.is_valid()
    assert [file.name for file in form.cleaned_data["uploads"]] == ["records.csv", "results.csv"]
    empty = Files({}, MultiValueDict({"uploads": [*files, SimpleUploadedFile("empty.csv", b"")]}))
    assert empty.is_valid(), "the check says which file is empty, a form could not"
    assert Files({}, MultiValueDict()).errors["uploads"] == ["This field is required."]
    assert " multiple" in str(Files())


class Code(forms.Form):
    code = OneTimeCodeField(label="Code")


@pytest.mark.parametrize(
    ("typed", "code"), [("123456", "123456"), ("123 456", "123456"), ("123-456", "123456"), (" 123\u2011456", "123456")]
)
def test_a_code_is_read_as_people_type_it(typed: str, code: str):
    form = Code({"code": typed})
    assert form.is_valid()
    assert form.cleaned_data["code"] == code


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", "١٢٣٤٥٦"])
def test_what_is_not_a_code_is_refused(typed: str):
    assert Code({"code": typed}).errors["code"] == ["Enter the 6 digits that your authenticator shows."]


def test_a_password_never_comes_back():
    class Secret(forms.Form):
        password = forms.CharField(widget=forms.PasswordInput(render_value=True))

    assert "hunter22" not in str(Secret({"password": "hunter22"}))


# Parts ------------------------------------------------------------------------------------------------------------


def test_paging_keeps_filters_and_leaves_pages_out():
    paging = parts.paging(page=4, size=50, total=1312, path="/rows", query=[("rule", "V07"), ("page", "4")])
    assert (paging.first, paging.last, paging.total) == (151, 200, 1312)
    assert [link.label if link else "…" for link in paging.links] == ["1", "…", "3", "4", "5", "…", "27"]
    assert paging.following == "/rows?rule=V07&page=5"
    assert [link.current for link in paging.links if link and link.current] == [True]


@pytest.mark.parametrize(
    ("page", "total", "shown"), [(1, 0, (0, 0)), (9, 20, (1, 20)), (-3, 120, (1, 50)), (99, 120, (101, 120))]
)
def test_paging_stays_inside_the_list(page: int, total: int, shown: tuple[int, int]):
    paging = parts.paging(page=page, size=50, total=total)
    assert (paging.first, paging.last) == shown
    assert bool(paging.links) == (total > 50)


def test_a_heading_sorts_one_way_and_then_the_other():
    first = parts.sort_columns([("row", "Row"), ("rule", "Rule")], path="/rows", query=[("q", "a b")])
    assert [column.order for column in first] == ["none", "none"]
    assert first[0].sort_url == "/rows?q=a+b&sort=row"
    again = parts.sort_columns([("row", "Row")], path="/rows", query=[("sort", "row"), ("page", "3")])
    assert (again[0].order, again[0].sort_url) == ("ascending", "/rows?sort=-row")


def test_a_table_of_uneven_rows_is_refused():
    with pytest.raises(ValueError, match="zip"):
        source("{% data_table table %}", table=parts.Table("T", ["A", "B"], [[1]]))


def test_a_table_names_its_columns_on_phones_and_says_when_it_is_empty():
    text = source(
        "{% data_table table %}", table=parts.Table("T", ["A", "B"], [["<b>", None]], exports=[parts.Link("CSV", "/c")])
    )
    assert 'data-label="B"' in text
    assert "&lt;b&gt;" in text
    assert "None" not in text
    assert 'href="/c" download' in text
    assert "Nothing yet." in source("{% data_table table %}", table=parts.Table("T", ["A"], [], empty="Nothing yet."))


def test_progress_polls_until_it_is_finished():
    running = parts.Progress("Checking", 5, 10, "/job")
    assert 'hx-get="/job"' in source("{% progress job %}", job=running)
    assert "<noscript>" in source("{% progress job %}", job=running)
    done = source(
        "{% progress job %}",
        job=parts.Progress("Checking", 10, 10, "/job", finished=True, next=parts.Link("See", "/f")),
    )
    assert "hx-get" not in done
    assert 'href="/f"' in done
    done = source("{% progress job %}", job=parts.Progress("Finished", 0, 0, "/job", finished=True))
    assert ('value="100"' in done, ">100 %<" in done, "counting" in done) == (True, True, False)
    assert (running.percent, parts.Progress("", 3, 0, "/job").percent, parts.Progress("", 30, 10, "/job").percent) == (
        50,
        0,
        100,
    )


def test_block_tags_keep_markup_of_templates_and_escape_values():
    text = source('{% callout "warn" %}<b>{{ name }}</b>{% end_callout %}', name="<i>")
    assert "<b>&lt;i&gt;</b>" in text
    for tag in ('panel "T"', 'disclosure "T"', 'scroll_region "T"'):
        name = tag.split()[0]
        assert "<b>x</b>" in source(f"{{% {tag} %}}<b>x</b>{{% end_{name} %}}")


def test_dates_moments_and_numbers_are_written_the_australian_way(settings: Any):
    settings.TIME_ZONE = "Australia/Sydney"
    moment = datetime.datetime(2026, 11, 23, 0, 2, tzinfo=datetime.UTC)
    assert long_date(datetime.date(2019, 3, 3)) == "3 March 2019"
    assert long_moment(moment) == "23 November 2026, 11:02 am AEDT"
    assert long_moment(datetime.datetime(2026, 6, 30, 14, 0, tzinfo=datetime.UTC)) == "1 July 2026, 12:00 am AEST"
    assert (grouped(1234567), grouped(None), long_date(None), long_moment(None)) == ("1,234,567", "", "", "")
