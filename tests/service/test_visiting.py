"""A visitor without a browser fills in forms as a page has them, keeps cookies, and says where it is lost."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import pytest

from testamur.service import journey
from testamur.service.visiting import Lost, Upload, Visitor

PAGE = """<html><head><title>Form</title><script>var hidden = "no words";</script></head><body>
<a href="/next/">Go <b>on</b></a><form action="/find/" method="get"><input name="q"></form>
<form method="post" action="/done/"><input type="hidden" name="token" value="t&amp;1">
<input name="name" value="as it stands"><input name="off" value="x" disabled>
<input type="checkbox" name="agreed"><input type="checkbox" name="kept" value="yes" checked>
<input type="radio" name="kind" value="a" checked><input type="radio" name="kind" value="b">
<select name="zone"><option value="1">One</option><option value="2" selected>Two</option></select>
<select name="first"><option value="f">F</option><option value="g">G</option></select>
<textarea name="note">two
lines</textarea><button name="go" value="1">Send <span>it</span></button></form>
<form method="post" action="/up/" enctype="multipart/form-data"><input type="file" name="files"><button>Upload</button></form>
</body></html>"""


class Site(BaseHTTPRequestHandler):
    """Answers with the page above; keeps what it was sent."""

    sent: ClassVar[list[tuple[str, bytes, str]]] = []
    broken = False

    def do_GET(self) -> None:
        self.sent.append((self.path, b"", self.headers.get("Cookie", "")))
        self.answer(500 if self.broken else 404 if "missing" in self.path else 200)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.sent.append((self.path, body, self.headers.get("Cookie", "")))
        self.answer(200)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Set-Cookie", "session=s1")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[tuple[str, type[Site]]]:
    """Serve the page and return the address and what keeps the requests."""
    handler = type("Own", (Site,), {"sent": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_form_is_sent_as_the_page_has_it(site: tuple[str, type[Site]]) -> None:
    address, handler = site
    Visitor(address).open("/").send({"name": "Mai", "agreed": "on", "kind": "b"}, button="send it")
    path, body, cookie = handler.sent[-1]
    assert (path, cookie) == ("/done/", "session=s1")
    assert dict(parse_qsl(body.decode(), keep_blank_values=True)) == {
        "token": "t&1",
        "name": "Mai",
        "agreed": "on",
        "kept": "yes",
        "kind": "b",
        "zone": "2",
        "first": "f",
        "note": "two\nlines",
        "go": "1",
    }


def test_what_is_not_filled_in_is_sent_as_it_stands(site: tuple[str, type[Site]]) -> None:
    address, handler = site
    Visitor(address).open("/").send({"note": ""})
    sent = dict(parse_qsl(handler.sent[-1][1].decode(), keep_blank_values=True))
    assert sent["name"] == "as it stands"
    assert sent["kind"] == "a"
    assert "agreed" not in sent
    assert "off" not in sent


def test_files_travel_byte_for_byte(site: tuple[str, type[Site]]) -> None:
    address, handler = site
    content = bytes(range(256))
    Visitor(address).open("/").send(files={"files": [Upload("a b.bin", content)]}, button="Upload")
    path, body, _ = handler.sent[-1]
    assert path == "/up/"
    assert b'name="files"; filename="a b.bin"' in body
    assert content in body


def test_searches_and_links_are_followed(site: tuple[str, type[Site]]) -> None:
    address, handler = site
    visitor = Visitor(address).open("/").send({"q": "harbour light"})
    assert handler.sent[-1][0] == "/find/?q=harbour+light"
    visitor.follow("go on")
    assert handler.sent[-1][0] == "/next/"
    assert "no words" not in visitor.text


def test_a_visitor_that_is_lost_says_where(site: tuple[str, type[Site]]) -> None:
    visitor = Visitor(site[0]).open("/here/?q=secret")
    with pytest.raises(Lost, match=r"no form with .*'nothing'.* at /here/"):
        visitor.send({"nothing": "x"})
    with pytest.raises(Lost, match="no link “elsewhere” at /here/"):
        visitor.follow("elsewhere")
    with pytest.raises(Lost, match="/missing/ answered 404") as lost:
        visitor.open("/missing/")
    assert "secret" not in str(lost.value)


def test_the_journey_names_the_step_that_fails_and_those_not_reached(site: tuple[str, type[Site]]) -> None:
    address, handler = site
    handler.broken = True
    said: list[str] = []
    found = journey.drive(address, say=said.append)
    assert [check["name"] for check in found] == [name for name, _ in journey.STEPS]
    assert not any(check["ok"] for check in found)
    assert "answered 500" in str(found[0]["detail"])
    assert {check["detail"] for check in found[1:]} == {"not reached"}
    assert len(said) == 1
