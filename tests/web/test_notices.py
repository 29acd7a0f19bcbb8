"""Every page that collects personal data names its notice (PRV-01); the texts and their versions are public."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import Any, Final

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver, path, reverse

from testamur.notices import queries as notices_queries
from testamur.web.access import collects, public, today
from tests.web.test_access import routes

# A field with one of these words in its name, or a file, is personal data.
PERSONAL: Final = {"email", "login", "name", "names", "given", "family", "surname", "birth", "born", "phone", "address"}
PERSONAL_NUMBERS: Final = {"usi", "licence", "passport", "medicare", "visa"}
# Pages whose form holds such a field and collects nothing about a person, with the reason.
ABOUT_NOBODY: Final[Mapping[str, str]] = {
    "secretariat:unlock": "the address typed is compared with the account's own and not kept",
    "secretariat:send_copy": "a copy of the national register of training products, which is public data",
    "provider:propose_template": "pictures of an organisation's logo and seal",
}


def _named(code: CodeType) -> Iterator[str]:
    """Yield the names that a function uses, those of functions inside it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _named(constant)


def used(view: Callable[..., Any]) -> tuple[set[str], set[type[forms.BaseForm]]]:
    """Return the names and the form classes that a view uses, in itself and in functions of its own module."""
    start = inspect.unwrap(view)
    built_from = getattr(start, "view_class", None)
    names: set[str] = set()
    classes: set[type[forms.BaseForm]] = set()
    if built_from is not None:
        form_class = getattr(start, "view_initkwargs", {}).get("form_class") or getattr(built_from, "form_class", None)
        return names, {form_class} if form_class else classes
    waiting, seen = [start], set()
    while waiting:
        function = waiting.pop()
        if function in seen or not hasattr(function, "__code__"):
            continue
        seen.add(function)
        for name in _named(function.__code__):
            names.add(name)
            found = function.__globals__.get(name)
            if isinstance(found, type) and issubclass(found, forms.BaseForm):
                classes.add(found)
            elif inspect.isfunction(found) and found.__module__ == start.__module__:
                waiting.append(inspect.unwrap(found))
    return names, classes


def is_personal(form: type[forms.BaseForm]) -> bool:
    """Say whether a form asks for something about a person."""
    fields: Mapping[str, forms.Field] = getattr(form, "base_fields", {})
    return any(
        isinstance(field, forms.FileField) or (PERSONAL | PERSONAL_NUMBERS) & set(name.lower().split("_"))
        for name, field in fields.items()
    )


def without_notice(patterns: list[Any]) -> list[str]:
    """Return the names of addresses that collect personal data and name no notice."""
    found = []
    for name, pattern in routes(patterns):
        names, classes = used(pattern.callback)
        collecting = "FILES" in names or any(is_personal(form) for form in classes)
        if collecting and not hasattr(pattern.callback, "notice") and name not in ABOUT_NOBODY:
            found.append(name)
    return found


class PlantedForm(forms.Form):
    family_name = forms.CharField()


class HarmlessForm(forms.Form):
    q = forms.CharField()


def _planted_helper(request: HttpRequest) -> PlantedForm:
    return PlantedForm(request.POST or None)


def _asks(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(_planted_helper(request)))


def _uploads(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.FILES))


def _searches(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(HarmlessForm()))


def test_every_page_that_collects_personal_data_names_its_notice() -> None:
    assert without_notice(get_resolver().url_patterns) == []


def test_a_page_without_notice_is_found() -> None:
    planted = [
        path("a/", public(_asks), name="asks"),
        path("b/", public(_uploads), name="uploads"),
        path("c/", public(_searches), name="searches"),
        path("d/", public(collects("terms")(_asks)), name="told"),
    ]
    assert without_notice(planted) == ["asks", "uploads"]


def test_every_notice_that_a_page_names_exists() -> None:
    named = {
        pattern.callback.notice
        for _, pattern in routes(get_resolver().url_patterns)
        if hasattr(pattern.callback, "notice")
    }
    assert named <= set(notices_queries.names())
    assert named


def test_no_exception_outlives_its_page() -> None:
    assert set(ABOUT_NOBODY) <= {name for name, _ in routes(get_resolver().url_patterns)}


@pytest.mark.django_db
@pytest.mark.parametrize("name", notices_queries.names())
def test_every_text_is_public_with_its_version_and_our_own_name(name: str, settings: Any) -> None:
    settings.REGISTER_NAME = "Register of the test"
    text = notices_queries.text(name, today())
    page = Client().get(reverse("text", args=[name])).content.decode()
    assert text.title in page
    assert f"Version {text.version}, from" in page
    assert "$" not in text.markdown
    assert Client().get(reverse("text_version", args=[name, text.version])).status_code == 200
    assert Client().get(reverse("text_version", args=[name, "99"])).status_code == 404


@pytest.mark.django_db
def test_the_privacy_policy_and_the_terms_are_linked_from_every_page() -> None:
    page = Client().get(reverse("account_login")).content.decode()
    assert f'href="{reverse("privacy")}"' in page
    assert f'href="{reverse("terms")}"' in page
    assert "Register of the test" not in page
