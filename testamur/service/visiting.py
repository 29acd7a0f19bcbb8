"""A visitor without a browser: opens pages, follows links and fills in forms over HTTP, as the demo's check does.

Standard library only. A form is found by the fields that are to be filled in, and sent as the page has it: hidden fields,
defaults and the button included. So the check breaks where a person without JavaScript could not go on.
"""

import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Final
from urllib.parse import urlencode, urljoin

_PATIENCE: Final = 120.0  # seconds that one answer may take
_VOID: Final = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_UNSENT: Final = frozenset({"submit", "button", "image", "reset", "file"})


class Lost(Exception):
    """The page does not offer what the visitor looks for; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file for a form's file field."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and what it sends unless something else is filled in."""

    action: str
    method: str
    multipart: bool
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, words


@dataclass(slots=True)
class _Select:
    """A list that is being read: its name, its options and those marked."""

    name: str
    options: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Reads forms, links and words of a page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._select: _Select | None = None
        self._area: str | None = None
        self._collected: list[tuple[str, str, list[str]]] = []  # tag, address or button, words
        self._silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Take in an element's beginning."""
        found = {name: value or "" for name, value in attributes}
        if tag in {"script", "style", "template"}:
            self._silent += 1
        elif tag == "form":
            action = urljoin(self.url, found.get("action") or self.url)
            multipart = found.get("enctype") == "multipart/form-data"
            self._form = Form(action, found.get("method", "get").lower(), multipart)
            self.forms.append(self._form)
        elif tag == "a" and "href" in found:
            self._collected.append((tag, urljoin(self.url, found["href"]), []))
        elif self._form is not None:
            self._field(tag, found)

    def _field(self, tag: str, found: dict[str, str]) -> None:
        """Take in a form's control."""
        form, name = self._form, found.get("name", "")
        if tag == "option" and self._select is not None:
            self._select.options.append(found.get("value", ""))
            self._select.chosen += [found.get("value", "")] if "selected" in found else []
        elif tag == "button" and found.get("type", "submit") == "submit":
            self._collected.append(("button", f"{name}={found.get('value', '')}", []))
        elif form is not None and name and tag in {"input", "select", "textarea"} and "disabled" not in found:
            form.names.add(name)
            if tag == "input":
                self._input(form, name, found)
            elif tag == "select":
                self._select = _Select(name)
            else:
                self._area = name
                form.values.append((name, ""))

    @staticmethod
    def _input(form: Form, name: str, found: dict[str, str]) -> None:
        """Take in what an input sends as it stands."""
        kind, value = found.get("type", "text").lower(), found.get("value")
        if kind == "submit":
            form.buttons.append((name, value or "", value or ""))
        elif kind in {"radio", "checkbox"}:
            form.values += [(name, "on" if value is None else value)] if "checked" in found else []
        elif kind not in _UNSENT:
            form.values.append((name, value or ""))

    def handle_data(self, data: str) -> None:
        """Take in words."""
        if self._silent:
            return
        self.words.append(data)
        for _, _, words in self._collected:
            words.append(data)
        if self._area is not None and self._form is not None:
            name, value = self._form.values[-1]
            self._form.values[-1] = (name, value + data)

    def handle_endtag(self, tag: str) -> None:
        """Take in an element's end."""
        if tag in {"script", "style", "template"}:
            self._silent = max(0, self._silent - 1)
        elif tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select" and self._select is not None and self._form is not None:
            chosen = self._select.chosen or self._select.options[:1]
            self._form.values += [(self._select.name, value) for value in chosen]
            self._select = None
        elif tag in {"a", "button"} and self._collected and self._collected[-1][0] == tag:
            _, what, words = self._collected.pop()
            text = " ".join("".join(words).split())
            if tag == "a":
                self.links.append((text, what))
            elif self._form is not None:
                name, _, value = what.partition("=")
                self._form.buttons.append((name, value, text))


class Visitor:
    """Somebody with cookies of their own. `url`, `status`, `body`, `text`, `forms` and `links` are those of the last answer."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.url = address
        self.status = 0
        self.body = b""
        self.headers: Mapping[str, str] = {}
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._page = _Reader(address)

    @property
    def text(self) -> str:
        """Return the words of the page in single spaces."""
        return " ".join(" ".join(self._page.words).split())

    @property
    def forms(self) -> Sequence[Form]:
        """Return the forms of the page."""
        return self._page.forms

    @property
    def links(self) -> Sequence[tuple[str, str]]:
        """Return the links of the page: words and address."""
        return self._page.links

    def open(self, path: str) -> "Visitor":
        """Open a page; raises Lost where it does not answer 200."""
        return self._ask(urllib.request.Request(urljoin(self.url, path)))  # noqa: S310 - an address of the demo's own

    def follow(self, words: str) -> "Visitor":
        """Follow the first link that has these words; raises Lost where there is none."""
        wanted = words.casefold()
        for text, address in self.links:
            if wanted in text.casefold():
                return self.open(address)
        raise Lost(f"There is no link “{words}” at {self._place()}.")

    def link(self, part: str) -> str:
        """Return the address of the first link whose address holds this; raises Lost where there is none."""
        for _, address in self.links:
            if part in address:
                return address
        raise Lost(f"There is no link to …{part}… at {self._place()}.")

    def has_form(self, *names: str) -> bool:
        """Say whether a form with these fields is on the page."""
        return any(set(names) <= form.names for form in self.forms)

    def send(
        self,
        values: Mapping[str, str | Sequence[str]] | None = None,
        *,
        files: Mapping[str, Sequence[Upload]] | None = None,
        button: str = "",
        expected: Sequence[int] = (200,),
    ) -> "Visitor":
        """Fill in and send the form that has these fields and, where given, a button with these words.

        Raises Lost where there is no such form, or the answer is none of the expected.
        """
        given, uploads = dict(values or {}), dict(files or {})
        form = self._form({*given, *uploads}, button)
        sent = [(name, value) for name, value in form.values if name not in given]
        for name, value in given.items():
            sent += [(name, one) for one in ([value] if isinstance(value, str) else value)]
        sent += [(name, value) for name, value, words in form.buttons[:] if name and _fits(words, button)][:1]
        if form.method == "get":
            return self._ask(urllib.request.Request(f"{form.action.partition('?')[0]}?{urlencode(sent)}"), expected)  # noqa: S310
        body, media_type = _multipart(sent, uploads) if form.multipart else (urlencode(sent).encode(), _URLENCODED)
        request = urllib.request.Request(form.action, body, {"Content-Type": media_type})  # noqa: S310
        return self._ask(request, expected)

    def _form(self, names: set[str], button: str) -> Form:
        """Return the form that fits."""
        for form in self.forms:
            if names <= form.names and (not button or any(_fits(words, button) for _, _, words in form.buttons)):
                return form
        offered = "; ".join(
            f"{form.action}: {sorted(form.names)} {[b[2] for b in form.buttons]}" for form in self.forms
        )
        raise Lost(f"There is no form with {sorted(names)} {button!r} at {self._place()}. Forms: {offered}.")

    def _ask(self, request: urllib.request.Request, expected: Sequence[int] = (200,)) -> "Visitor":
        """Send a request, follow where it leads, and read the answer."""
        request.add_header("Accept", "text/html,*/*")
        try:
            answer = self._opener.open(request, timeout=_PATIENCE)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            self.status, self.url, self.body = answer.status, answer.url, answer.read()
            self.headers = dict(answer.headers.items())
        self._page = _Reader(self.url)
        if "html" in self.headers.get("Content-Type", ""):
            self._page.feed(self.body.decode())
        if self.status not in expected:
            raise Lost(f"{self._place()} answered {self.status}: {self.text[:600]}")
        return self

    def _place(self) -> str:
        """Return where the visitor is, without the query, which may hold what somebody typed."""
        return self.url.partition("?")[0].removeprefix(self.address)


_URLENCODED: Final = "application/x-www-form-urlencoded"


def _fits(words: str, button: str) -> bool:
    """Say whether a button's words begin with those looked for."""
    return words.casefold().startswith(button.casefold())


def _multipart(values: Sequence[tuple[str, str]], files: Mapping[str, Sequence[Upload]]) -> tuple[bytes, str]:
    """Return the body of a form with files, and its media type."""
    edge = secrets.token_hex(16)
    out = bytearray()
    for name, value in values:
        out += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, uploads in files.items():
        for one in uploads:
            head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{one.name}"\r\n'
            out += f"{head}Content-Type: {one.media_type}\r\n\r\n".encode() + one.content + b"\r\n"
    out += f"--{edge}--\r\n".encode()
    return bytes(out), f"multipart/form-data; boundary={edge}"
