"""What the pages of docs/ claim about the product is true: tests that they name exist, links lead somewhere, jobs are all there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from testamur.service.worker import BY_THE_CLOCK, JOBS
from tests.architecture.source import PROJECT, functions, python_files

DOCS = PROJECT / "docs"
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_TEST = re.compile(r"`(test_[a-z0-9_]+)`")
_JOB = re.compile(r"(?:^\| |[Jj]ob )`([a-z_]+)`", re.MULTILINE)


def known_tests() -> set[str]:
    """Return the name of every test."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in python_files("tests"))
    return {function.name for tree in trees for function in functions(tree) if function.name.startswith("test_")}


def named_tests(text: str) -> set[str]:
    """Return the tests that a page names."""
    return set(_TEST.findall(text))


def dead_links(page: Path, text: str) -> Iterator[str]:
    """Yield each link of a page to a file that is not there."""
    for target in _LINK.findall(text):
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
            yield target


def missing_from_index(index: str, names: list[str]) -> list[str]:
    """Return the decisions that the index does not link to."""
    return [name for name in names if f"(decisions/{name})" not in index]


def _pages() -> list[Path]:
    return sorted(DOCS.rglob("*.md"))


def test_every_test_that_a_page_names_exists() -> None:
    named = {name for page in _pages() for name in named_tests(page.read_text(encoding="utf-8"))}
    assert len(named) > 50
    assert named - known_tests() == set()


def test_a_planted_test_name_is_missed() -> None:
    assert named_tests("see `test_nobody_ever_wrote_this_one`") - known_tests() == {"test_nobody_ever_wrote_this_one"}


def test_every_link_leads_somewhere() -> None:
    dead = [f"{page.relative_to(PROJECT)}: {link}" for page in _pages() for link in dead_links(page, page.read_text())]
    assert dead == []


def test_a_planted_dead_link_is_found() -> None:
    text = "[a](look.md) [b](nowhere.md#top) [c](https://example.org/x) [d](decisions/9999-never.md)"
    assert list(dead_links(DOCS / "README.md", text)) == ["nowhere.md", "decisions/9999-never.md"]


def test_decisions_are_numbered_without_gap_and_indexed() -> None:
    names = sorted(path.name for path in (DOCS / "decisions").glob("*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert missing_from_index((DOCS / "README.md").read_text(), names) == []


def test_a_planted_decision_is_missed_in_the_index() -> None:
    assert missing_from_index("[1](decisions/0001-a.md)", ["0001-a.md", "0002-b.md"]) == ["0002-b.md"]


def test_every_job_is_on_the_operators_page_and_every_job_named_is_one() -> None:
    operating, privacy = ((DOCS / name).read_text() for name in ("operating.md", "privacy.md"))
    jobs = operating.split("## Worker and its jobs")[1].split("\n## ")[0]
    assert set(_JOB.findall(jobs)) == set(JOBS)
    deleting = set(_JOB.findall(privacy))
    assert deleting - set(JOBS) == set()
    assert {name for name in BY_THE_CLOCK if "purge" in name or "close" in name} <= deleting


def test_a_planted_job_is_found() -> None:
    assert set(_JOB.findall("| `burn_paper` | daily |\nby the job `shred_disks`; not `this`")) == {
        "burn_paper",
        "shred_disks",
    }
