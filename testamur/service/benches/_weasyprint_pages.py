"""The pages of a testamur and a record of results as HTML for WeasyPrint: the same content, art and fonts as the templates."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from testamur.documents.certification.content import content_of
from testamur.documents.certification.inputs import Certification, RecordOfResults
from testamur.documents.render import FOLDER

BASE: Final = FOLDER.as_uri() + "/"
_FONTS: Final = (
    ("Garamond", "fonts/eb-garamond/EBGaramond12-Regular.otf", "normal", 400),
    ("Garamond", "fonts/eb-garamond/EBGaramond12-Italic.otf", "italic", 400),
    ("Inter", "fonts/inter/Inter-Regular.otf", "normal", 400),
    ("Inter", "fonts/inter/Inter-SemiBold.otf", "normal", 600),
)
_STYLE: Final = """
body { margin: 0; font: 9pt/1.4 Inter; color: #12324a }
.serif { font-family: Garamond }
.quiet { color: #52626e; font-size: 7.5pt }
table { width: 100%; border-collapse: collapse; font-size: 8.4pt }
td, th { text-align: left; line-height: 1.2; padding: 1mm 1.4mm; border-bottom: .4pt solid #c9d3da }
thead th { border-top: 1pt solid #12324a; border-bottom: .6pt solid #12324a }
h1 { font: 400 28pt Garamond; margin: 0 }
.middle { text-align: center }
.foot { border-top: .5pt solid #c9d3da; padding-top: 2mm; margin-top: 4mm; display: flex; gap: 4mm }
"""
_TALL: Final = """
@page { size: A4; margin: 26mm 27mm 19mm }
#frame { position: absolute; left: -27mm; top: -26mm; width: 210mm; height: 297mm }
#ground { position: absolute; left: -6mm; top: 34mm; width: 168mm }
"""


def page_of(document: Certification) -> str:
    """Return the HTML of one document."""
    content = content_of(document)
    faces = "".join(
        f"@font-face {{ font-family: {name}; src: url({path}); font-style: {style}; font-weight: {weight} }}"
        for name, path, style, weight in _FONTS
    )
    record = isinstance(document, RecordOfResults)
    page = "@page { size: A4; margin: 18mm 21mm 20mm }" if record else _TALL
    body = _record(content) if record else _testamur(content)
    title = escape(f"{content['title']} {content['number_printed']}")
    return f'<html lang="en"><head><title>{title}</title><style>{faces}{page}{_STYLE}</style></head><body>{body}</body></html>'


def _inline(picture: Mapping[str, Any], style: str) -> str:
    """Return a picture in the page."""
    return f'<div role="img" style="{style}">{picture["svg"]}</div>'


def _end(content: Mapping[str, Any]) -> str:
    """Return signature, seal and foot."""
    (one, *_) = content["signatories"]
    return (
        '<div style="display: flex; justify-content: space-between; align-items: flex-end; margin-top: 8mm">'
        f"<div>{_inline(one, 'width: 45mm')}<div class='serif'>{escape(one['name'])}</div>"
        f"<div class='quiet'>{escape(one['position'])}</div></div>"
        f'<img alt="Seal" src="art/certification/example-seal.svg" style="width: 32mm"></div>'
        f"<div class='foot'>{_inline({'svg': content['qr']}, 'width: 14mm; height: 14mm')}"
        f"<div class='quiet'>Document number <b>{escape(content['document_number'])}</b> Check number "
        f"<b>{content['number_printed']}</b><br>Check it at {escape(content['verify_shown'])}. A print is only a copy.</div></div>"
    )


def _record(content: Mapping[str, Any]) -> str:
    """Return the body of a record of results."""
    rows = "".join(
        f"<tr><td>{row['code']}</td><td>{escape(row['title'])}</td><td>{row['period']}</td><td>{row['result']}</td></tr>"
        for row in content["results"]
    )
    legend = " ".join(f"<b>{line['code']}</b> {escape(line['meaning'])}" for line in content["legend"])
    organisation = content["organisation"]
    return (
        f'<div style="display: flex; gap: 6mm"><img alt="Logo" src="art/certification/example-crest.svg" style="height: 19mm">'
        f'<div><div class="serif" style="font-size: 20pt; font-variant: small-caps">{escape(organisation["name"])}</div>'
        f'<div class="quiet">{escape(organisation["codes"])}</div></div></div>'
        f'<img alt="" src="art/ribbon.svg" style="width: 100%; margin: 3mm 0"><h1>{content["title"]}</h1>'
        f'<div class="serif" style="font-size: 20pt">{escape(content["holder"]["name"])}</div>'
        f"<p>{content['product']['code']} {escape(content['product']['title'])}</p>"
        "<table><thead><tr><th>Code</th><th>Unit</th><th>Period</th><th>Result</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><p class='quiet'>Results: {legend}</p>{_end(content)}"
    )


def _testamur(content: Mapping[str, Any]) -> str:
    """Return the body of a testamur."""
    product, organisation = content["qualification"], content["organisation"]
    serif = "margin: 7mm 0; font-family: Garamond"
    return (
        '<img id="frame" alt="" src="art/certification/frame-portrait.svg"><img id="ground" alt="" '
        'src="art/certification/ground.svg"><div class="middle" style="position: relative">'
        '<img alt="Logo" src="art/certification/example-crest.svg" style="height: 28mm">'
        f'<div class="serif" style="font-size: 25pt; font-variant: small-caps">{escape(organisation["name"])}</div>'
        f'<div class="quiet">{escape(organisation["codes"])}</div>'
        f'<div style="{serif}; font-size: 15pt"><i>This is to certify that</i></div>'
        f'<div class="serif" style="font-size: 34pt">{escape(content["holder"]["name"])}</div>'
        '<img alt="" src="art/certification/rule.svg" style="width: 96mm">'
        f'<div style="{serif}; font-size: 15pt"><i>has fulfilled the requirements for the qualification</i></div>'
        f'<div>{product["code"]}</div><h1>{escape(product["title"])}</h1><div class="serif">{escape(product["stream"] or "")}</div>'
        f'<div style="{serif}; font-size: 12.5pt">{content["aqf_statement"]}</div>'
        f'<div class="serif" style="font-size: 13pt">{content["dated"]}</div></div>{_end(content)}'
    )
