"""Read dates as providers' files hold them, and say which date is meant where a system wrote another (CQR-03d, CQR-03h).

Three faults are recognised by their arithmetic. Some systems wrote the day of the year in place of the day of the month:
131/05/2012 is 10 May 2012, and 131/06/2012 is no day at all. Some wrote the year of the week in place of the year:
31/12/2013 may be 31 December 2012. And a spreadsheet may give back the number that it keeps a date as inside: 41039 is
10 May 2012.
"""

import re
from datetime import date, timedelta

_AS_WRITTEN = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_LOOSE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_DAY_OF_YEAR = re.compile(r"([0-9]{2,3})/([0-9]{2})/([0-9]{4})")
_SERIAL = re.compile(r"[0-9]{4,5}(?:\.[0-9]+)?")
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(4000, 80_000)  # 1910 to 2119


def _date(year: int, month: int, day: int) -> date | None:
    """Return a date, or None where there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def printed(day: date) -> str:
    """Return a date as it is written in files: DD/MM/YYYY."""
    return f"{day:%d/%m}/{day.year:04d}"


def written_day(text: str) -> date | None:
    """Return the date of a cell written exactly DD/MM/YYYY; None for anything else."""
    found = _AS_WRITTEN.fullmatch(text)
    return _date(int(found[3]), int(found[2]), int(found[1])) if found else None


def loose_day(text: str) -> date | None:
    """Return the date of a cell written day first, perhaps with single figures, dots or hyphens, or YYYY-MM-DD."""
    if found := _LOOSE.fullmatch(text):
        return _date(int(found[3]), int(found[2]), int(found[1]))
    if found := _ISO.fullmatch(text):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    return None


def day_of_serial(text: str) -> date | None:
    """Return the date that a spreadsheet means by a number, 1900 date system; None for what is no such number."""
    if not _SERIAL.fullmatch(text) or int(float(text)) not in _SERIALS:
        return None
    return _SERIAL_ZERO + timedelta(days=int(float(text)))


def read_day(text: str) -> date | None:
    """Return the date of a cell in any way of writing that a profile accepts."""
    return written_day(text) or loose_day(text) or day_of_serial(text)


def meant_by_day_of_year(text: str) -> date | None:
    """Return the date meant where the day counts from the start of the year and falls into the month that stands there."""
    found = _DAY_OF_YEAR.fullmatch(text)
    if not found or int(found[1]) <= 31 or not 1 <= int(found[3]) <= 9998:
        return None
    meant = date(int(found[3]), 1, 1) + timedelta(days=int(found[1]) - 1)
    return meant if (meant.year, meant.month) == (int(found[3]), int(found[2])) else None


def counts_beyond_month(text: str) -> bool:
    """Say whether a cell is written as a date whose day is more than 31: the day of the year is suspected."""
    found = _DAY_OF_YEAR.fullmatch(text)
    return found is not None and int(found[1]) > 31


def at_turn_of_year(day: date) -> bool:
    """Say whether a day lies in the first or the last seven days of a year."""
    return (day.month == 1 and day.day <= 7) or (day.month == 12 and day.day >= 25)


def meant_by_swapping(text: str) -> date | None:
    """Return the date meant where the month stands first and the second number can be no month."""
    found = _LOOSE.fullmatch(text)
    if not found or int(found[2]) <= 12:
        return None
    return _date(int(found[3]), int(found[1]), int(found[2]))


def meant_by_week_year(day: date) -> date | None:
    """Return the date that may be meant where the year is that of the week, by any usual way of counting weeks.

    Late December: the day a year before, if its week holds the first of January. Early January: the day a year later, if
    its ISO week belongs to the year before it.
    """
    if day.month == 12 and day.day >= 26 and day.year > 1:
        meant = day.replace(year=day.year - 1)
        first = date(day.year, 1, 1)
        monday_first, sunday_first = first.weekday(), (first.weekday() + 1) % 7
        return meant if (first - meant).days <= max(monday_first, sunday_first) else None
    if day.month == 1 and day.day <= 3 and day.year < 9999:
        meant = day.replace(year=day.year + 1)
        return meant if meant.isocalendar().year == day.year else None
    return None
