"""The plain values that page parts show; templatetags/testamur.py draws them.

Nothing here knows the database, the request or the clock. A tone is how something weighs: good, warn, bad, info or
quiet; it never stands without words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

Tone = Literal["good", "warn", "bad", "info", "quiet"]
Order = Literal["ascending", "descending", "none"]
_WINDOW = 1


@dataclass(frozen=True, slots=True)
class Link:
    """An address with its words; `current` marks where the reader is. Used for navigation, crumbs, tabs, actions."""

    label: str
    url: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One step of a task list. Without an address the step cannot be started yet."""

    title: str
    status: str
    url: str = ""
    tone: Tone | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One line of a summary list: what, its value, and what can be done about it. `mono` is for codes and hashes."""

    key: str
    value: object
    actions: Sequence[Link] = ()
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; with `sort_url` it is a link that sorts. Figures are `numeric` and stand at the right."""

    label: str
    numeric: bool = False
    sort_url: str = ""
    order: Order = "none"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text with, where wanted, an address, a tone (the text becomes a tag) and a small note beneath."""

    text: object
    url: str = ""
    tone: Tone | None = None
    note: str = ""
    mono: bool = False

    @property
    def short(self) -> bool:
        """Say whether the text is kept on one line: dates, codes and numbers are."""
        return len(str(self.text)) <= 12


@dataclass(frozen=True, slots=True)
class Table:
    """A table's values. Rows hold plain values or Cells; the first cell of each row is its heading.

    `exports` are links such as Link("CSV", address). `stacked` makes each row a card on phones; otherwise
    the table scrolls inside its own region. `empty` stands where there is no row.
    """

    caption: str
    columns: Sequence[Column | str]
    rows: Sequence[Sequence[object]]
    empty: str = "There is nothing here yet."
    exports: Sequence[Link] = ()
    stacked: bool = True
    small_caption: bool = False

    @property
    def headings(self) -> list[Column]:
        """Return the columns, plain words made into columns."""
        return [column if isinstance(column, Column) else Column(column) for column in self.columns]

    @property
    def lines(self) -> list[list[tuple[Column, Cell]]]:
        """Return each row as (column, cell) pairs; a row of another length than the headings is refused."""
        headings = self.headings
        return [
            [
                (column, value if isinstance(value, Cell) else Cell(value))
                for column, value in zip(headings, row, strict=True)
            ]
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class Entry:
    """One moment of a timeline list; `detail` may be several short lines."""

    when: str
    title: str
    detail: Sequence[str] = ()
    url: str = ""
    tone: Tone | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One field that a verification compared: what, the answer in words, and its tone."""

    field: str
    answer: str
    tone: Tone
    note: str = ""


@dataclass(frozen=True, slots=True)
class VerificationCard:
    """The answer to "is this genuine?": a headline, what was compared, and what the answer does not tell."""

    title: str
    tone: Tone
    summary: str
    facts: Sequence[SummaryRow] = ()
    checks: Sequence[Check] = ()
    not_told: Sequence[str] = ()
    reference: str = ""
    checked_at: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. `done` of `total` in `unit`, or in percent where it has none; `total` 0 means not known yet.

    While not `finished` the part asks `poll_url` again every two seconds, `soon` says that it asks first after a moment, for work
    that is mostly short; `next` is shown when finished.
    """

    label: str
    done: int
    total: int
    poll_url: str
    unit: str = "rows"
    steps: Sequence[Task] = ()
    finished: bool = False
    next: Link | None = None
    soon: bool = False

    @property
    def percent(self) -> int:
        """Return whole percent done, 0 while the total is not known."""
        return min(100, self.done * 100 // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class Paging:
    """Links to the pages of a long list. `links` holds None where pages are left out."""

    first: int
    last: int
    total: int
    links: Sequence[Link | None] = ()
    previous: str = ""
    following: str = ""
    noun: str = "rows"


def address(path: str, query: Iterable[tuple[str, str]], **changed: object) -> str:
    """Return the path with its query, some keys changed; a key changed to None or "" goes."""
    kept = [(key, value) for key, value in query if key not in changed and value != ""]
    kept += [(key, str(value)) for key, value in changed.items() if value not in (None, "")]
    return f"{path}?{urlencode(kept)}" if kept else path


def paging(
    *, page: int, size: int, total: int, path: str = "", query: Iterable[tuple[str, str]] = (), noun: str = "rows"
) -> Paging:
    """Return the links for page `page` (from 1) of `total` things, `size` on a page, keeping the query's filters."""
    pages = max(1, -(-total // size))
    here = min(max(1, page), pages)
    kept = tuple(query)
    shown = sorted({1, pages, *range(max(1, here - _WINDOW), min(pages, here + _WINDOW) + 1)})
    links: list[Link | None] = []
    for place, number in enumerate(shown):
        if place and number - shown[place - 1] > 1:
            links.append(None)
        links.append(Link(str(number), address(path, kept, page=number), current=number == here))
    return Paging(
        first=(here - 1) * size + 1 if total else 0,
        last=min(here * size, total),
        total=total,
        links=tuple(links) if pages > 1 else (),
        previous=address(path, kept, page=here - 1) if here > 1 else "",
        following=address(path, kept, page=here + 1) if here < pages else "",
        noun=noun,
    )


def crumbs(*steps: tuple[str, str]) -> list[Link]:
    """Return the breadcrumb links for (label, address) pairs, from the home of the audience inwards."""
    return [Link(label, url) for label, url in steps]


def sort_columns(
    labels: Sequence[tuple[str, str]], *, path: str, query: Iterable[tuple[str, str]], numeric: Sequence[str] = ()
) -> list[Column]:
    """Return columns whose headings sort. `labels` are (key, words); `sort=key` or `sort=-key` in the query is obeyed."""
    kept = tuple(query)
    current = dict(kept).get("sort", "")
    columns = []
    for key, words in labels:
        order: Order = "ascending" if current == key else "descending" if current == f"-{key}" else "none"
        target = f"-{key}" if order == "ascending" else key
        url = address(path, kept, sort=target, page=None)
        columns.append(Column(words, numeric=key in numeric, sort_url=url, order=order))
    return columns


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in, for the menu at the top: the name shown, the role in words, and links."""

    name: str
    role: str = ""
    links: Sequence[Link] = field(default_factory=tuple)
    sign_out_url: str = ""
