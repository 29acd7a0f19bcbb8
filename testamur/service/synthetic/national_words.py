"""Made-up packages, areas of work, courses and verbs for the made-up national register."""

from dataclasses import dataclass
from typing import Final

LEVELS: Final = {
    1: "Certificate I in",
    2: "Certificate II in",
    3: "Certificate III in",
    4: "Certificate IV in",
    5: "Diploma of",
    6: "Advanced Diploma of",
}
VERBS: Final = (
    "Plan work with", "Prepare", "Handle", "Record", "Inspect", "Maintain", "Store", "Move", "Repair", "Measure",
    "Assess", "Improve", "Lead work with", "Teach others about",
)  # fmt: skip
# Area of three letters and what its units are about.
AREAS: Final = {
    "ORC": "orchard trees", "VIN": "vines and trellises", "IRR": "irrigation lines", "SOI": "soils",
    "WSH": "workshop hazards", "MAC": "machine guards", "LIF": "lifting gear", "NOI": "noise and dust",
    "TOU": "tour bookings", "GUI": "guided walks", "LOD": "lodges", "MAP": "maps and tracks",
    "SHE": "wool", "SHR": "shearing sheds", "DOG": "working dogs", "FLE": "fleeces",
    "KIL": "kilns", "GLZ": "glazes", "CLY": "clay bodies", "MLD": "moulds",
    "BEE": "hives", "HON": "honey", "QUE": "queen bees", "POL": "pollination services",
    "TID": "tide gauges", "JET": "jetties", "BUO": "buoys", "SLP": "slipways",
    "BRD": "bread doughs", "OVN": "ovens", "PAS": "pastry", "FLR": "flours",
    "LIB": "library collections", "ARC": "archives", "DIG": "digitised records", "LND": "loans",
    "STG": "stage rigging", "LGT": "stage lighting", "COS": "costumes", "PRO": "properties",
    "CYC": "bicycles", "WHL": "wheels", "FRM": "frames", "BRK": "brakes",
    "NUR": "seedlings", "GLA": "glasshouses", "SED": "seed banks", "WED": "weeds",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Package:
    """A made-up training package: its areas, the levels of its qualifications, and what those are for."""

    code: str
    title: str
    areas: tuple[str, str, str, str]
    levels: tuple[int, int, int]
    occupations: tuple[str, str, str]
    descriptor: str
    streams: tuple[str, str]


def _package(
    code: str, title: str, areas: str, levels: tuple[int, int, int], occupations: tuple[str, str, str]
) -> Package:
    """Return a package; its first two areas name the streams."""
    four = tuple(areas.split())
    streams = (AREAS[four[0]].capitalize(), AREAS[four[1]].capitalize())
    return Package(code, title, four, levels, occupations, title.removesuffix(" Training Package"), streams)  # type: ignore[arg-type]


PACKAGES: Final = (
    _package("ZZA", "Orchards and Vineyards Training Package", "ORC VIN IRR SOI", (3, 4, 2),
             ("Orchard Practice", "Vineyard Supervision", "Irrigation")),
    _package("ZZB", "Workshop Safety Training Package", "WSH MAC LIF NOI", (4, 3, 2),
             ("Workshop Safety", "Machine Guarding", "Safe Lifting")),
    _package("ZZC", "Regional Tourism Training Package", "TOU GUI LOD MAP", (5, 4, 3),
             ("Tourism Operations", "Guided Walking", "Lodge Operations")),
    _package("ZZD", "Sheep and Wool Training Package", "SHE SHR DOG FLE", (2, 3, 4),
             ("Shearing", "Wool Classing", "Shed Management")),
    _package("ZZE", "Studio Ceramics Training Package", "KIL GLZ CLY MLD", (3, 4, 5),
             ("Studio Ceramics", "Kiln Practice", "Ceramic Design")),
    _package("ZZF", "Beekeeping Training Package", "BEE HON QUE POL", (3, 2, 4),
             ("Beekeeping", "Honey Extraction", "Pollination Services")),
    _package("ZZG", "Small Harbours Training Package", "TID JET BUO SLP", (3, 4, 2),
             ("Harbour Works", "Harbour Supervision", "Jetty Maintenance")),
    _package("ZZH", "Craft Baking Training Package", "BRD OVN PAS FLR", (3, 4, 2),
             ("Craft Baking", "Bakery Leadership", "Bakery Assistance")),
    _package("ZZK", "Libraries and Archives Training Package", "LIB ARC DIG LND", (4, 5, 3),
             ("Library Practice", "Archive Practice", "Library Assistance")),
    _package("ZZL", "Stage Crafts Training Package", "STG LGT COS PRO", (3, 4, 5),
             ("Stage Crafts", "Lighting for Stage", "Stage Management")),
    _package("ZZM", "Cycle Workshops Training Package", "CYC WHL FRM BRK", (3, 2, 4),
             ("Cycle Mechanics", "Cycle Servicing", "Cycle Workshop Leadership")),
    _package("ZZN", "Plant Nurseries Training Package", "NUR GLA SED WED", (3, 2, 4),
             ("Nursery Practice", "Glasshouse Assistance", "Seed Conservation")),
)  # fmt: skip
COURSES: Final = (
    ("accredited-course", "YY101VIC", "Certificate III in Dry Stone Walling"),
    ("short-course", "YY102VIC", "Course in Ladder Safety"),
    ("accredited-course", "YY103NSW", "Certificate IV in Bush Regeneration"),
    ("short-course", "YY104NSW", "Course in Bush Track Marking"),
    ("accredited-course", "YY105QLD", "Diploma of Reef Interpretation"),
    ("short-course", "YY106QLD", "Course in Snorkel Guiding"),
    ("accredited-course", "YY107SAU", "Certificate III in Saddlery"),
    ("short-course", "YY108SAU", "Course in Leather Care"),
    ("accredited-course", "YY109TAS", "Certificate IV in Wooden Boats"),
    ("short-course", "YY110TAS", "Course in Caulking"),
    ("accredited-course", "YY111WAU", "Certificate III in Tin Roofing"),
    ("short-course", "YY112WAU", "Course in Working in Heat"),
)
HE_COURSES: Final = (
    ("YYB-ARTS", "Bachelor of Made-up Arts"),
    ("YYB-NURS", "Bachelor of Made-up Nursing"),
    ("YYB-BUSI", "Bachelor of Made-up Business"),
    ("YYM-DATA", "Master of Made-up Data"),
    ("YYD-MUSI", "Diploma of Made-up Music"),
    ("YYG-EDUC", "Graduate Certificate in Made-up Education"),
)
