"""Typst templates to archival PDF: PDF/A-3a and PDF/UA-1 in one file, the same bytes for the same input.

Knows the fonts of this folder only (never the machine's: they would change the output), one JSON string as the only
input, and the one thing that can go wrong with a name: a character that no font here can draw. The archival profile
makes Typst refuse such a text instead of printing an empty box; this file turns that into a sentence.
"""

import hashlib
import re
import threading
import unicodedata
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import typst

from testamur.kernel.canonical import Json, canonical_json
from testamur.kernel.errors import Refusal

FOLDER: Final = Path(__file__).parent
FONTS: Final = FOLDER / "fonts"
_STANDARDS: Final[list[Literal["a-3a", "ua-1"]]] = ["a-3a", "ua-1"]
_UNDRAWN: Final = re.compile(r'`"(?P<text>(?:[^"\\]|\\.)+?)"` could not be displayed|codepoint `"(?P<code>[^`]+)"`')
_REACHING: Final = re.compile(
    r"\b(?:include|read|eval|plugin|toml|yaml|csv|xml|cbor|bibliography|wasm)\b|"
    r"\bimport\b(?!\s+\"/templates/[a-z-]+\.typ\")[^\n]*"
)
_IMPORTED: Final = re.compile(r'import "/(templates/[a-z-]+\.typ)"')
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-fA-F]+)\}")


class MissingGlyph(Refusal):
    """No font of the register can draw a character; the message names it and says what to do."""


class UnfitTemplate(Refusal):
    """A template that reaches for more than the content it is given; it is not compiled."""


class RenderingFailed(Refusal):
    """The template and its input do not fit together; a fault of ours, never of a name."""


@cache
def _fonts() -> typst.Fonts:
    """Return the committed fonts, read once a process."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


_local = threading.local()


def _compiler() -> typst.Compiler:
    """Return this thread's compiler; its root is this folder, so that a template reads nothing else."""
    if not hasattr(_local, "compiler"):
        _local.compiler = typst.Compiler(root=str(FOLDER), font_paths=_fonts())
    compiler: typst.Compiler = _local.compiler
    return compiler


def render(template: str, content: Json, *, day: date, source: str | None = None) -> bytes:
    """Return the PDF of `templates/<template>.typ` over some content, dated `day`; same input, same bytes.

    `source` is the text of a template to take in its place. Raises MissingGlyph where a character cannot be drawn,
    UnfitTemplate for a source that reaches out, RenderingFailed for any other fault.
    """
    if source is not None:
        check_source(source)
    main: Any = source.encode() if source is not None else str(FOLDER / "templates" / f"{template}.typ")
    midnight = (day - date(1970, 1, 1)).days * 86_400
    try:
        document = _compiler().compile(
            main,
            format="pdf",
            sys_inputs={"data": canonical_json(content)},
            pdf_standards=[*_STANDARDS],
            timestamp=midnight,
        )
    except typst.TypstError as error:
        raise _refusal(template, str(error)) from None
    if not isinstance(document, bytes):
        raise RenderingFailed(f"The template {template} gave no document.")
    return document


def check_source(source: str) -> None:
    """Refuse a template that imports, reads or evaluates anything but the shipped parts; raises UnfitTemplate.

    Typst fetches packages by themselves and can run modules of code; a template of a document needs neither.
    """
    found = _REACHING.search(source)
    if found:
        raise UnfitTemplate(
            f"The template uses “{found[0].strip()[:60]}”. A template may import only /templates/<name>.typ, and may not "
            "include, read, evaluate or load anything; take the word out, in comments too."
        )


def _refusal(template: str, message: str) -> Refusal:
    """Turn Typst's error into ours; the text of a failed document is never repeated, but for the one character."""
    found = _UNDRAWN.search(message)
    if found is None:
        return RenderingFailed(f"The template {template} could not be rendered: {message.splitlines()[0][:200]}")
    text = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), found["text"] or found["code"])
    character = next((c for c in text if not c.isspace()), text[0])
    name = unicodedata.name(character, "a character without a name")
    return MissingGlyph(
        f"No font of the register can draw U+{ord(character):04X} ({name}), so the document was not made. "
        f"Add an openly licensed font that has it to {FOLDER.name}/{FONTS.name}, or ask the officer to "
        "confirm the romanised form of the name that the provider lodged."
    )


@cache
def recipe(template: str) -> Json:
    """Return what a rebuild needs beside the content: Typst's version and the SHA-256 of templates, art and fonts."""
    main = FOLDER / "templates" / f"{template}.typ"
    parts = [*_with_imports(main), *FOLDER.glob("art/**/*.svg"), *FONTS.rglob("*.[ot]tf")]
    digests = {str(part.relative_to(FOLDER)): hashlib.sha256(part.read_bytes()).hexdigest() for part in parts}
    return {"typst": version("typst"), "standards": [*_STANDARDS], "files": digests}


def _with_imports(path: Path) -> set[Path]:
    """Return a template and every part that it imports."""
    inner = [FOLDER / name for name in _IMPORTED.findall(path.read_text(encoding="utf-8"))]
    return {path}.union(*(_with_imports(one) for one in inner))
