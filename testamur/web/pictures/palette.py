"""The colours that pictures fill shapes with, light and dark, and the colour of words upon each.

The stylesheet holds the same values as custom properties (`--p-good`, `--p-good-on`); a test compares the two, so
what is computed here is what is seen. Contrast is that of WCAG 2.2, success criterion 1.4.3.
"""

from typing import Literal

Scheme = Literal["light", "dark"]
FillTone = Literal["good", "warn", "bad", "info", "quiet", "heat0", "heat1", "heat2", "heat3", "heat4"]

SCHEMES: tuple[Scheme, ...] = ("light", "dark")
ENOUGH = 4.5
HEAT: tuple[FillTone, ...] = ("heat0", "heat1", "heat2", "heat3", "heat4")

FILLS: dict[Scheme, dict[str, str]] = {
    "light": {
        "good": "#1c6350",
        "warn": "#e0a526",
        "bad": "#b03a22",
        "info": "#2d5b7d",
        "quiet": "#d9d2c2",
        "heat0": "#f0ece1",
        "heat1": "#cfe3d9",
        "heat2": "#94c4b1",
        "heat3": "#2f7a64",
        "heat4": "#134a3d",
    },
    "dark": {
        "good": "#4db396",
        "warn": "#e5b04a",
        "bad": "#f08474",
        "info": "#82b7dc",
        "quiet": "#3c4c52",
        "heat0": "#1b282c",
        "heat1": "#1f4a40",
        "heat2": "#2c6f5d",
        "heat3": "#5bb89c",
        "heat4": "#b6ead8",
    },
}
GROUND: dict[Scheme, str] = {"light": "#ffffff", "dark": "#162024"}
INK: dict[Scheme, dict[str, str]] = {
    "light": {"ink": "#13242b", "second": "#4b5a60"},
    "dark": {"ink": "#eef2ee", "second": "#aab8b8"},
}
_ON: dict[Scheme, tuple[str, str]] = {"light": ("#ffffff", "#13242b"), "dark": ("#ffffff", "#0d1619")}


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1, of `#rrggbb`; ValueError for anything else."""
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"not a colour of the form #rrggbb: {colour!r}")
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def words_on(fill: str, scheme: Scheme) -> str:
    """Return white or ink, whichever reads better on the fill."""
    return max(_ON[scheme], key=lambda ink: contrast(ink, fill))


def heat_step(value: float, highest: float) -> FillTone:
    """Return the step of the five-step scale for a value between 0 and the highest."""
    if value <= 0 or highest <= 0:
        return HEAT[0]
    return HEAT[min(4, 1 + int(4 * value / highest - 1e-9))]
