"""GLOSSARY.md names every table, gives each word a meaning and a source, and keeps its order."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

import testamur

ROOT = Path(testamur.__file__).parents[1]
GLOSSARY = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")


def faults(text):
    """Return what is wrong with a glossary's lines."""
    found, seen = [], set()
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        lines = [line for line in section.splitlines() if line.startswith("| ")]
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("| Term")
        ]
        found += [f"not three cells: {row[0]}" for row in rows if len(row) != 3 or not all(row)]
        found += [f"no sentence: {row[0]}" for row in rows if len(row) > 1 and not row[1].endswith(".")]
        found += [f"twice: {row[0]}" for row in rows if row[0].casefold() in seen or seen.add(row[0].casefold())]
        names = [row[0].casefold() for row in rows]
        found += [f"out of order: {b}" for a, b in pairwise(names) if a > b]
    return found


def terms(text):
    """Return every term of a glossary, in small letters."""
    return {line.split("|")[1].strip().casefold() for line in text.splitlines() if line.startswith("| ")}


def tables_of(source):
    """Return the names of a models.py's tables as words."""
    classes = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    named = (node.name for node in classes if any("Model" in ast.unparse(base) for base in node.bases))
    return [re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold() for name in named]


def test_every_line_has_a_term_a_sentence_and_a_source_in_order():
    assert faults(GLOSSARY) == []


def test_there_are_words_enough_for_the_product():
    assert len(terms(GLOSSARY)) >= 70


@pytest.mark.parametrize("models", sorted(ROOT.glob("testamur/*/models.py")), ids=lambda path: path.parent.name)
def test_every_table_is_named_by_a_word_of_the_glossary(models):
    missing = set(tables_of(models.read_text(encoding="utf-8"))) - terms(GLOSSARY)
    assert not missing, f"put these into GLOSSARY.md: {sorted(missing)}"


def test_a_table_without_a_word_is_found():
    source = "class WidgetThing(models.Model):\n    pass\n\nclass Kind(models.TextChoices):\n    pass"
    assert tables_of(source) == ["widget thing"]
    assert "widget thing" not in terms(GLOSSARY)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("| zebra | An animal. |", "not three cells: zebra"),
        ("| zebra | An animal. |  |", "not three cells: zebra"),
        ("| zebra | An animal | Zoo |", "no sentence: zebra"),
        ("| Leaf | A leaf. | Tree |", "twice: Leaf"),
        ("| aardvark | An animal. | Zoo |", "out of order: aardvark"),
    ],
)
def test_a_faulty_line_is_found(line, fault):
    assert fault in faults(f"{GLOSSARY}{line}\n")
