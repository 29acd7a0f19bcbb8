"""Write the vectors beside this file: `python tests/vectors/teqsa/make.py` from the root of the project.

`odd-but-good/<name>` must load without an error; `known-bad/<name>` holds one fault, for which it is named. What each
must give stands in expected.json: rule, severity, file and row of every finding but the infos. Archives that unpack to
gigabytes are made by the test instead.
"""

import json
import shutil
import stat
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from testamur.service.synthetic.pdfs import assembled, small_pdf

HERE = Path(__file__).parent
RECORDS, RESULTS = "studentrecords v1.csv", "studentresults v1.csv"

RECORDS_TEXT = """\
Student Identification Code,Student Title,Student Surname,Student Given Name - First,Student Given Name - Others,\
Date of Birth,Gender Code,Residential Address - Part 1,Residential Address - Part 2,Residential Address Suburb/Town,\
Residential Address State Code,Residential Address Country Name,Residential Address Postcode,Unique Student Identifier,\
Student Phone Number,Student Email Address,Course Commencement Date
S10001,Ms,Okonkwo,Chloé,,09/02/1990,F,12 Wattle Lane,,Bendigo,VIC,Australia,3550,,0400000001,s10001@students.example,\
01/02/2012
AB-10002,Dr,Nguyễn,Thảo,Anh,31/12/1985,X,4 King's Road,Unit 4/2,Broome,WA,Australia,6725,,+61 8 0000 0002,\
ab-10002@students.example,01/07/2013
10003,Mx,Suharto,9999,,28/02/1992,M,7 Quarry Street,,Tumut,NSW,Australia,2720,,0400000003,10003@students.example,\
01/03/2014
"""
RESULTS_TEXT = """\
Student identification code,Study level,Course of study code,Unit of Study Code,Course of Study Name,Unit of Study Name,\
Unit of Study Completion Status,Year of Study,Year of Completion,Credit Granted,Weighted Units within Course of Study,\
Mark Awarded,Grade Awarded,Grade Description,Subsidiary Component Description,LOTE Study Information
S10001,Unit of Study,BSC11,ECO101,Bachelor of Science (Ecology),Ecology of Arid Lands,3,2012,,,0.125,74,C,Credit,,
S10001,Unit of Study,BSC11,STA101,Bachelor of Science (Ecology),"Statistics, Part I",3,2013,,,0.125,91,HD,High Distinction,,
S10001,Course,BSC11,,Bachelor of Science (Ecology),,3,2012,2015,,,,AWD,Awarded,Honours,
AB-10002,Unit of Study,DMUS3,MUS201,Diploma of Music,Harmony & Counterpoint,2,2014,,,0.25,41.5,,,,
10003,Unit of Study,DMUS3,MUS201,Diploma of Music,Harmony & Counterpoint,3,2014,,,0.25,,P,Pass,,
"""
TESTAMUR = "S10001-testamurs.pdf"

Files = dict[str, bytes]
Finding = list[str | int | None]


def base() -> Files:
    """Return a bundle without any fault, CRLF, UTF-8."""
    return {
        RECORDS: RECORDS_TEXT.replace("\n", "\r\n").encode(),
        RESULTS: RESULTS_TEXT.replace("\n", "\r\n").encode(),
        TESTAMUR: small_pdf(["Testamur", "S10001"]),
    }


def changed(file: str, *pairs: tuple[str, str]) -> Files:
    """Return the bundle with pieces of one text file replaced; every piece must be there."""
    files = base()
    text = files[file].decode()
    for old, new in pairs:
        if old not in text:
            raise ValueError(f"{old!r} is not in {file}")
        text = text.replace(old, new, 1)
    return files | {file: text.encode()}


def mapped(function: Callable[[str], str], encoding: str = "utf-8") -> Files:
    """Return the bundle with both text files changed by a function and encoded."""
    files = base()
    return files | {name: function(files[name].decode()).encode(encoding) for name in (RECORDS, RESULTS)}


def reordered(text: str) -> str:
    """Turn the columns of a text file round (its cells hold commas inside quotes only in one place)."""
    lines = [line.replace('"Statistics, Part I"', "Statistics; Part I") for line in text.splitlines()]
    return "\r\n".join(",".join(reversed(line.split(","))) for line in lines) + "\r\n"


def decorated(header: str) -> str:
    """Write a header as the definition prints it: stars, dashes, other case, runs of space, notes."""
    cells = header.split(",")
    return ",".join(f"  {cell.upper().replace(' - ', ' – ').replace(' ', '  ')}** NOTE 1" for cell in cells)


def with_first_line(text: str, change: Callable[[str], str]) -> str:
    """Change the header of a text file."""
    first, rest = text.split("\r\n", 1)
    return change(first) + "\r\n" + rest


def latin(text: str) -> str:
    """Leave only letters that Windows-1252 has."""
    return text.replace("Nguyễn", "Núñez").replace("Thảo", "Zoë").replace("King's", "King’s")


def zipped(files: Files, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive of some files."""
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (2025, 11, 23, 0, 0, 0))
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, data, compression)
    return out.getvalue()


def linked() -> bytes:
    """Return an archive with a symbolic link in it."""
    import io

    out = io.BytesIO(zipped(base()))
    with zipfile.ZipFile(out, "a") as archive:
        entry = zipfile.ZipInfo("S10001-ahegs.pdf", (2025, 11, 23, 0, 0, 0))
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def locked() -> bytes:
    """Return an archive whose entries say that they are encrypted."""
    data = bytearray(zipped(base()))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            (flags,) = struct.unpack_from("<H", data, place + offset)
            struct.pack_into("<H", data, place + offset, flags | 1)
            place = data.find(signature, place + 4)
    return bytes(data)


def with_action(action: bytes) -> bytes:
    """Return a PDF whose catalogue opens with an action."""
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
            action,
        ]
    )


def encrypted_pdf() -> bytes:
    """Return a PDF that is encrypted, with an empty password to open it."""
    import io

    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(small_pdf(["Testamur"]))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user=""), deterministic_id=False)
    return out.getvalue()


def with_attachment() -> bytes:
    """Return a PDF with a file inside."""
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a.txt) 4 0 R]>>>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
            b"<</Type/Filespec/F(a.txt)/EF<</F 5 0 R>>>>",
            b"<</Type/EmbeddedFile/Length 2>>stream\nhi\nendstream",
        ]
    )


def with_pdf(data: bytes) -> Files:
    """Return the bundle with another testamur."""
    return base() | {TESTAMUR: data}


def without_pdf_pages() -> bytes:
    """Return a PDF without pages."""
    return assembled([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"])


def odd_but_good() -> dict[str, Files]:
    """Return bundles that look odd and must load without an error."""
    quoted = changed(RESULTS, ("Diploma of Music,", '"Diploma of Music",'), (",AWD,", ',"AWD",'))
    newline = changed(RESULTS, ("Honours,", '"Honours, with\r\nspecialisation in ""Water""",'))
    every = mapped(lambda text: "\r\n".join(all_quoted(line) for line in text.splitlines()) + "\r\n")
    renamed = {f"a folder/{name}": data for name, data in base().items()}
    return {
        "clean": base(),
        "byte-order mark": mapped(lambda text: "\ufeff" + text),
        "lf line ends": mapped(lambda text: text.replace("\r\n", "\n")),
        "cr line ends": mapped(lambda text: text.replace("\r\n", "\r")),
        "mixed line ends": mapped(lambda text: text.replace("\r\n", "\n", 2)),
        "no line end at the end": mapped(lambda text: text.rstrip("\r\n")),
        "trailing blank lines": mapped(lambda text: text + "\r\n\r\n   \r\n\n"),
        "trailing rows of commas": mapped(lambda text: text + ("," * text.split("\r\n")[0].count(",") + "\r\n") * 3),
        "blank line between": mapped(lambda text: text.replace("\r\n", "\r\n\r\n", 1)),
        "quoted cells": quoted,
        "every cell quoted": every,
        "quoted line end": newline,
        "quote inside a cell": changed(RESULTS, ("Honours,", 'Honours in 9" pipes,')),
        "columns in another order": mapped(reordered),
        "header stars and dashes": mapped(lambda text: with_first_line(text, decorated)),
        "windows-1252": mapped(latin, "cp1252"),
        "unknown column": mapped(lambda text: "\r\n".join(f"{line},x" for line in text.splitlines()) + "\r\n"),
        "optional columns missing": mapped(without_optional),
        "small letters in a code": changed(RECORDS, ("AB-10002,", "ab-10002,")),
        "stray files": base() | {"README.txt": b"hello", ".DS_Store": b"\0\1", "__MACOSX/._" + TESTAMUR: b"\0\5"},
        "in a folder": renamed,
        "zip": {"bundle.zip": zipped(base())},
        "zip of a folder": {"bundle.zip": zipped(renamed)},
        "two versions": base() | {"studentresults v2.csv": base()[RESULTS]},
        "pdf with a hyphen and a number": base()
        | {
            "AB-10002-academic transcripts 2.pdf": small_pdf(["Transcript"]),
            "AB-10002-ahegs.pdf": small_pdf(["AHEGS"]),
        },
        "pdf with a file inside": with_pdf(with_attachment()),
        "same row twice": mapped(lambda text: text + (text.splitlines()[-1] + "\r\n") * ("Study level" in text)),
        "placeholder birth date": changed(RECORDS, ("28/02/1992", "01/01/1901")),
    }


def all_quoted(line: str) -> str:
    """Put quotes around every cell of a line."""
    import csv

    cells = next(csv.reader([line]))
    return ",".join(f'"{cell}"' for cell in cells)


def without_optional(text: str) -> str:
    """Leave out the last column, which is optional in both files."""
    return "\r\n".join(line.rsplit(",", 1)[0] for line in text.splitlines()) + "\r\n"


def known_bad() -> dict[str, Files]:
    """Return bundles with one fault each."""
    good = base()
    return bad_tables(good) | bad_names(good) | bad_pdfs() | bad_archives(good)


def bad_tables(good: Files) -> dict[str, Files]:
    """Return bundles whose fault is inside a table."""
    wide = ",".join(f"column {place}" for place in range(300)) + "\r\n" + "," * 299 + "\r\n"
    shifted = good[RESULTS].decode().splitlines()
    return {
        "mixed encoding": good | {RECORDS: good[RECORDS].replace(b"Okonkwo", "Núñez".encode("cp1252"))},
        "nul bytes": good | {RECORDS: good[RECORDS].replace(b"Okonkwo", b"Okon\0kwo")},
        "utf-16": good | {RECORDS: good[RECORDS].decode().encode("utf-16")},
        "no encoding at all": good
        | {RECORDS: latin(good[RECORDS].decode()).encode("cp1252").replace(b"Okonkwo", b"\x81")},
        "wrong header": changed(RECORDS, ("Date of Birth", "Birthday")),
        "misspelt header": changed(RECORDS, ("Student Surname", "Student Surnam")),
        "missing column": good | {RECORDS: without_column(good[RECORDS], 5)},
        "duplicate header": changed(RECORDS, ("Student Phone Number", "Date of Birth")),
        "no header": good | {RESULTS: good[RESULTS].split(b"\r\n", 1)[1]},
        "semicolons": good | {RESULTS: good[RESULTS].replace(b",", b";")},
        "empty file": good | {RESULTS: b""},
        "only blank lines": good | {RESULTS: b"\r\n\r\n  \r\n"},
        "300 columns": good | {RESULTS: wide.encode()},
        "too few cells": good
        | {RESULTS: "\r\n".join([*shifted[:3], shifted[3].rsplit(",", 2)[0], *shifted[4:]]).encode()},
        "too many cells": changed(RESULTS, ('"Statistics, Part I"', "Statistics, Part I")),
        "quote not closed": changed(RESULTS, ("Harmony & Counterpoint", '"Harmony & Counterpoint')),
        "header only": good | {RESULTS: good[RESULTS].split(b"\r\n")[0] + b"\r\n"},
        "formula in a name": changed(RECORDS, ("S10001,Ms,Okonkwo", "S10001,Ms,=2+5+cmd|' /C calc'!A0")),
        "formula in a date": changed(RECORDS, ("09/02/1990", "=DATE(1990;2;9)")),
        "formula in a mark": changed(RESULTS, (",74,", ",=70+4,")),
    }


def bad_names(good: Files) -> dict[str, Files]:
    """Return bundles whose fault is the name of a file."""
    pdf = small_pdf(["Testamur"])
    return {
        "records file misnamed": {
            "studentrecords_v1.csv": good[RECORDS],
            RESULTS: good[RESULTS],
            TESTAMUR: good[TESTAMUR],
        },
        "results file without version": {
            RECORDS: good[RECORDS],
            "studentresults.csv": good[RESULTS],
            TESTAMUR: good[TESTAMUR],
        },
        "records file as a spreadsheet": {
            "studentrecords v1.xlsx": b"PK\5\6" + b"\0" * 18,
            RESULTS: good[RESULTS],
            TESTAMUR: good[TESTAMUR],
        },
        "pdf of nobody": good | {"999-testamurs.pdf": pdf},
        "pdf numbered 1": good | {"S10001-academic transcripts 1.pdf": pdf},
        "pdf code too long": good | {"S1000100000-testamurs.pdf": pdf},
        "pdf of no known kind": good | {"S10001-certificate.pdf": pdf},
    }


def bad_pdfs() -> dict[str, Files]:
    """Return bundles whose fault is inside a PDF."""
    return {
        "pdf encrypted": with_pdf(encrypted_pdf()),
        "pdf with javascript": with_pdf(with_action(b"<</S/JavaScript/JS(app.alert(1))>>")),
        "pdf with launch action": with_pdf(with_action(b"<</S/Launch/F(calc.exe)>>")),
        "pdf without pages": with_pdf(without_pdf_pages()),
        "pdf that is none": with_pdf(b"<html>not a PDF</html>"),
        "pdf empty": with_pdf(b""),
        "pdf cut short": with_pdf(small_pdf(["Testamur"])[:120]),
    }


def bad_archives(good: Files) -> dict[str, Files]:
    """Return bundles whose fault is the archive they are in."""
    return {
        "zip cut short": {"bundle.zip": zipped(good)[:-400]},
        "zip damaged inside": {"bundle.zip": damaged(zipped(good))},
        "zip slip": {"bundle.zip": zipped(good | {"../../evil.csv": b"x"})},
        "zip absolute path": {"bundle.zip": zipped(good | {"/evil.csv": b"x"})},
        "zip backslash path": {"bundle.zip": zipped(good | {"..\\evil.csv": b"x"})},
        "zip with a link": {"bundle.zip": linked()},
        "zip encrypted": {"bundle.zip": locked()},
        "zip in a zip": {"bundle.zip": zipped(good | {"more.zip": zipped(good)})},
        "zip with a name twice": {"bundle.zip": zipped_twice()},
    }


def damaged(data: bytes) -> bytes:
    """Change one byte in the middle of the first file of an archive."""
    place = 200
    return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]


def zipped_twice() -> bytes:
    """Return an archive that holds two files of one name."""
    import io
    import warnings

    out = io.BytesIO(zipped(base()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(zipfile.ZipInfo(RESULTS, (2025, 11, 23, 0, 0, 0)), b"x")
    return out.getvalue()


def without_column(data: bytes, place: int) -> bytes:
    """Leave out one column of the records file, which has no quotes."""
    lines = [line.split(",") for line in data.decode().splitlines()]
    return ("\r\n".join(",".join(line[:place] + line[place + 1 :]) for line in lines) + "\r\n").encode()


def write(folder: Path) -> None:
    """Write every vector below a folder."""
    for group, vectors in (("odd-but-good", odd_but_good()), ("known-bad", known_bad())):
        shutil.rmtree(folder / group, ignore_errors=True)
        for name, files in vectors.items():
            for file, data in files.items():
                path = folder / group / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)


def findings(folder: Path) -> list[Finding]:
    """Return what a check finds in one vector, infos left out."""
    from datetime import date

    from testamur.submissions.bundles import open_bundle
    from testamur.submissions.checking import check_bundle

    inside = sorted(folder.iterdir())
    paths = inside if [path.name for path in inside] == ["bundle.zip"] else [folder]
    with open_bundle(paths) as bundle:
        outcome = check_bundle(bundle, profile="strict", on=date(2025, 11, 23))
    return [
        [finding.rule, str(finding.severity), finding.file, finding.row]
        for finding in outcome
        if finding.severity != "info"
    ]


def main() -> None:
    """Write the vectors, and print what a check finds in each, to be read and put into expected.json by hand."""
    write(HERE)
    answer = {
        f"{group}/{folder.name}": findings(folder)
        for group in ("odd-but-good", "known-bad")
        for folder in sorted((HERE / group).iterdir())
    }
    json.dump(answer, sys.stdout, indent=0, ensure_ascii=False)


if __name__ == "__main__":
    main()
