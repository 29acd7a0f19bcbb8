"""Every table's name is a word of GLOSSARY.md, so code and people speak of the same things."""

import re
from collections.abc import Iterable

from django.apps import apps

from tests.architecture.source import PROJECT


def missing_words(names: Iterable[str], glossary: str) -> list[str]:
    """Return the class names that the glossary explains neither as one word nor as spaced ones."""
    words = re.sub(r"[^a-z0-9]+", " ", glossary.lower())
    missing = []
    for name in names:
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
        if not any(re.search(rf"\b{form}s?\b", words) for form in (name.lower(), spaced)):
            missing.append(name)
    return sorted(missing)


def test_every_model_is_in_the_glossary():
    names = {
        model.__name__
        for config in apps.get_app_configs()
        if config.name.startswith("testamur.")
        for model in config.get_models()
    }
    assert missing_words(names, (PROJECT / "GLOSSARY.md").read_text(encoding="utf-8")) == []


def test_a_word_that_nobody_explained_is_caught():
    assert missing_words(["PersonLink", "Person", "Widget"], "**person link**: …\n**Person**: …") == ["Widget"]
