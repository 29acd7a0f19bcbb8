"""Looks inside PDFs in a process of its own, which may be killed by a hostile file without harm (TEQ-F6).

Run as a script by pdfs.py: one path a line as JSON on standard input, one answer a line on standard output. Memory is
limited to 1 GiB and each file to 10 seconds of processor time; nothing can be written.
"""

import contextlib
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pikepdf

_MEMORY = 1 << 30
_SECONDS = 10
_MAX_NODES = 500_000
_ACTIVE_ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Rendition", "/Movie", "/Sound"}
_ACTIVE_KEYS = {"/JS", "/XFA", "/RichMediaContent", "/RichMediaSettings"}
_ACTIVE_SUBTYPES = {"/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}


def limit() -> None:
    """Take away what a reader of PDFs does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def allow_time() -> None:
    """Give the next file its processor time: the soft limit moves with what was used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + _SECONDS + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def inspect(path: str) -> dict[str, Any]:
    """Return the number of pages and the case of bundle.toml that the PDF falls under, None where it is sound.

    The file is opened here and not by the library, which takes names in UTF-8 only.
    """
    try:
        with open(path, "rb") as file, pikepdf.open(file, suppress_warnings=True, attempt_recovery=True) as pdf:
            if pdf.is_encrypted:
                return {"problem": "pdf_encrypted", "pages": None}
            pages = len(pdf.pages)
            return {"problem": "pdf_no_pages" if pages == 0 else _walk(pdf), "pages": pages}
    except pikepdf.PasswordError:
        return {"problem": "pdf_encrypted", "pages": None}
    except MemoryError:
        return {"problem": "pdf_exhausting", "pages": None}
    except Exception:  # any failure of the library is the same answer: the file does not open
        return {"problem": "pdf_unreadable", "pages": None}


def _walk(pdf: Any) -> str | None:
    """Look at every dictionary of the PDF for things that act by themselves, and for files inside."""
    attachment = False
    for seen, node in enumerate(_dictionaries(pdf)):
        if seen > _MAX_NODES:
            return "pdf_exhausting"
        keys = set(node.keys())
        if keys & _ACTIVE_KEYS or _name(node, "/S") in _ACTIVE_ACTIONS or _name(node, "/Subtype") in _ACTIVE_SUBTYPES:
            return "pdf_active"
        attachment = attachment or "/EF" in keys or _name(node, "/Type") == "/EmbeddedFile"
    return "pdf_attachment" if attachment else None


def _name(node: Any, key: str) -> str | None:
    """Return the name that stands under a key, None where it is no name."""
    value = node.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else None


def _dictionaries(pdf: Any) -> Iterator[Any]:
    """Yield every dictionary, direct ones inside others too; references are followed by the list of objects itself."""
    for top in pdf.objects:
        stack = [(top, 0)]
        while stack:
            node, depth = stack.pop()
            if isinstance(node, pikepdf.Array):
                children: list[Any] = list(node)
            elif isinstance(node, (pikepdf.Dictionary, pikepdf.Stream)):
                yield node
                children = [node.get(key) for key in list(node.keys())]
            else:
                continue
            if depth < 100:
                stack += [(child, depth + 1) for child in children if _inside(child)]


def _inside(node: Any) -> bool:
    """Say whether a value is a container written inside its parent rather than referred to."""
    return isinstance(node, (pikepdf.Array, pikepdf.Dictionary)) and not node.is_indirect


def main() -> None:
    """Answer one line for each path until standard input ends."""
    limit()
    for line in sys.stdin:
        allow_time()
        answer = inspect(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        main()
