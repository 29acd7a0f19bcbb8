import json
from pathlib import Path

import jsonschema
import pytest

from testamur.documents.certification.assets import load_asset
from testamur.documents.certification.reading import InputError, read_document, schema
from testamur.kernel.errors import NotFound
from testamur.service.cli import main
from tests.documents import samples


def refused(kind, change, path):
    with pytest.raises(InputError) as error:
        samples.document(kind, change)
    assert error.value.path == path
    return error.value.error


@pytest.mark.parametrize("kind", samples.ALL)
def test_every_example_follows_its_published_schema(kind):
    published = schema(kind)
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.validate(samples.data(kind), published)


@pytest.mark.parametrize("kind", samples.ALL)
def test_no_input_has_a_field_for_a_student_identifier(kind):
    names = json.dumps(schema(kind)["properties"]).lower()
    assert '"usi"' not in names
    assert '"student_identifier"' not in names


def test_an_unknown_key_a_missing_one_and_wrong_types_are_named_by_path():
    assert "unknown" in refused("testamur", lambda g: g["issue"].update(usi="x"), "issue.usi")
    assert refused("testamur", lambda g: g["qualification"].pop("title"), "qualification.title") == "missing"
    assert refused("testamur", lambda g: g.update(apprenticeship="yes"), "apprenticeship") == "must be true or false"
    assert refused("testamur", lambda g: g["issue"].update(issued_on="14/3/2026"), "issue.issued_on")
    assert refused("testamur", lambda g: g["issue"].update(issued_on="20260314"), "issue.issued_on")
    assert refused("testamur", lambda g: g.update(orientation="square"), "orientation")
    assert refused("testamur", lambda g: g.update(languages={}), "languages") == "must be a list"
    assert refused("testamur", lambda g: g["languages"][0]["units"].append(3), "languages[0].units[3]")
    assert refused("testamur", lambda g: g["issue"].update(holder=7), "issue.holder") == "must be a text"
    assert refused("testamur", lambda g: g["issue"]["organisation"].update(code=" "), "issue.organisation.code")
    assert refused("testamur", lambda g: g["qualification"].update(descriptor=""), "qualification.descriptor")


def test_a_value_is_never_repeated():
    assert "Aroha" not in refused("testamur", lambda g: g["issue"].update(number="Aroha"), "issue.number")


def test_what_contradicts_itself_is_refused_where_it_stands():
    def other_unit(given):
        given["languages"][0]["units"] = [{"code": "XXXXXX001", "title": "Not listed"}]

    def twice(given):
        given["languages"] *= 2

    def completed_too(given):
        given["completion_of"] = {"code": "22334VIC", "title": "Course in Something"}

    assert "does not list" in refused("statement-of-attainment", other_unit, "languages")
    assert "twice" in refused("testamur", twice, "languages")
    assert "not both" in refused("statement-of-attainment", completed_too, "part_of")
    assert refused("statement-of-attainment", lambda g: g.update(units=[], languages=[]), "units")
    assert refused("record-of-results", lambda g: g.update(legend=g["legend"][1:]), "legend")
    assert refused("ahegs", lambda g: g.update(legend=[]), "legend")
    assert refused("testamur", lambda g: g["languages"][0].update(units=[]), "languages[0].units")
    assert refused("testamur", lambda g: g["issue"].update(signatories=[]), "issue.signatories")


@pytest.mark.parametrize("text", ["", "[", '{"issue": NaN}', '{"a": 1, "a": 2}', "[]", "3", "[" * 100_000])
def test_what_is_no_object_of_json_is_refused(text):
    with pytest.raises(InputError):
        read_document("testamur", text, lambda named: load_asset(named, Path()))


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(NotFound, match="ahegs"):
        schema("diploma")


def test_the_command_answers_error_and_path_with_exit_code_2(tmp_path, capsys):
    given = samples.data("testamur")
    given["colour"] = "blue"
    path = tmp_path / "data.json"
    path.write_text(json.dumps(given))
    assert main(["document", "render", "testamur", str(path), str(tmp_path / "x.pdf")]) == 2
    assert json.loads(capsys.readouterr().out)["path"] == "colour"
    assert not (tmp_path / "x.pdf").exists()
    assert main(["document", "render", "testamur", str(tmp_path / "none.json"), str(tmp_path / "x.pdf")]) == 2
    assert set(json.loads(capsys.readouterr().out)) == {"error", "path"}


def test_the_command_refuses_words_that_were_not_in_force_with_exit_code_1(tmp_path, capsys):
    given = samples.data("testamur")
    given["issue"]["issued_on"] = "2009-05-01"
    path = tmp_path / "data.json"
    path.write_text(json.dumps(given))
    assert main(["document", "render", "testamur", str(path), str(tmp_path / "x.pdf")]) == 1
    assert "No wording of the set nvr" in capsys.readouterr().err
