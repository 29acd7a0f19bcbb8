"""Tags that draw the parts of a page. They are built in: no `load` is needed.

Values come from testamur.web.parts and testamur.web.pictures. One example each:

    {% status_tag "Accepted" "good" %}                 tones: good warn bad info quiet
    {% task_list tasks %}                              [parts.Task("Upload files", "Completed", url)]
    {% summary_list rows %}                            [parts.SummaryRow("Provider", "Harbour Institute")]
    {% summary_card "Provider" rows %}                 the same in a titled card
    {% data_table table %}                             parts.Table("Rows to fix", ["Row", "Rule"], [[2, "V07"]])
    {% scroll_region "Rows to fix" %}<table>…</table>{% end_scroll_region %}      for a table of your own making
    {% pagination paging %}                            parts.paging(page=2, size=50, total=312, path=…, query=…)
    {% notification "Saved." "good" %}                 tones: good info warn bad; third argument: its heading
    {% panel "Request received" %}Your number is …{% end_panel %}
    {% disclosure "What is a testamur?" %}…{% end_disclosure %}
    {% callout "warn" %}…{% end_callout %}             a quiet box beside the text; tones as above
    {% step_caption 2 4 "Check" %}                     "Step 2 of 4: Check"; stands just before the h1
    {% error_summary form %}                           base.html shows it by itself for `form` in the context
    {% filter_bar form %}                              a GET form with its fields in a row
    {% search_box "/providers" "q" "Find a provider" value=q hint="…" big=True %}
    {% timeline entries %}                             [parts.Entry("3 March 2019", "Diploma of Business")]
    {% verification_card card %}                       parts.VerificationCard(…)
    {% progress job %}                                 parts.Progress(…); asks its poll_url every two seconds
    {% tab_links tabs %}                               [parts.Link("To fix", url, current=True, count=13)]
    {% copy_code "7KQ2-M9XD-4HTR" "extract number" %}
    {% hash_drop "sha256" %}                           inside a form: hashes a dropped file in the browser
    {% picture figure %}                               figure from testamur.web.pictures, e.g. submission_health(…)
    {% seal %}                                         the register's mark as decoration

Filters: {{ date|long_date }} 3 March 2019 · {{ moment|long_moment }} 3 March 2019, 4:05 pm AEDT · {{ n|grouped }} 1,234
"""

import datetime
from collections.abc import Sequence
from typing import Any

from django import template
from django.forms import BaseForm
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from testamur.web import parts
from testamur.web.forms import summary_errors

register = template.Library()

_PART = "parts/{}.html".format


@register.inclusion_tag(_PART("status_tag"))
def status_tag(words: str, tone: parts.Tone = "quiet") -> dict[str, Any]:
    """Draw a status in words and colour."""
    return {"words": words, "tone": tone}


@register.inclusion_tag(_PART("task_list"))
def task_list(tasks: Sequence[parts.Task]) -> dict[str, Any]:
    """Draw the steps of something to be done, each with its status."""
    return {"tasks": tasks}


@register.inclusion_tag(_PART("summary_list"))
def summary_list(rows: Sequence[parts.SummaryRow]) -> dict[str, Any]:
    """Draw keys with their values."""
    return {"rows": rows}


@register.inclusion_tag(_PART("summary_card"))
def summary_card(title: str, rows: Sequence[parts.SummaryRow]) -> dict[str, Any]:
    """Draw keys with their values in a card under a title."""
    return {"title": title, "rows": rows}


@register.inclusion_tag(_PART("data_table"))
def data_table(table: parts.Table) -> dict[str, Any]:
    """Draw a table with its caption, export links and, where there is no row, what stands instead."""
    return {"table": table}


@register.inclusion_tag(_PART("pagination"))
def pagination(paging: parts.Paging) -> dict[str, Any]:
    """Draw "51 to 100 of 312 rows" and the links to the other pages."""
    return {"paging": paging}


@register.inclusion_tag(_PART("notification"))
def notification(words: str, tone: parts.Tone = "info", heading: str = "") -> dict[str, Any]:
    """Draw a banner. Good and bad news are announced to screen readers at once."""
    words_for = {"good": "Done", "bad": "There is a problem", "warn": "Important"}
    return {"words": words, "tone": tone, "heading": heading or words_for.get(tone, "Please note")}


@register.inclusion_tag(_PART("step_caption"))
def step_caption(step: int, steps: int, title: str = "") -> dict[str, Any]:
    """Draw which step of how many this page is."""
    return {"step": step, "steps": steps, "title": title, "marks": [n <= step for n in range(1, steps + 1)]}


@register.inclusion_tag(_PART("error_summary"))
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """Draw every error of the forms, each linked to its control; nothing where there is none."""
    bound = [form for form in forms if isinstance(form, BaseForm) and form.is_bound]
    return {"errors": [error for form in bound for error in summary_errors(form)]}


@register.inclusion_tag(_PART("filter_bar"))
def filter_bar(form: BaseForm, clear_url: str = "") -> dict[str, Any]:
    """Draw a form of filters in one row, sent by GET."""
    return {"form": form, "clear_url": clear_url}


@register.inclusion_tag(_PART("search_box"))
def search_box(
    action: str, name: str, label: str, value: str = "", hint: str = "", big: bool = False, button: str = "Search"
) -> dict[str, Any]:
    """Draw one search box, sent by GET."""
    values = {"action": action, "name": name, "label": label, "value": value or "", "hint": hint}
    return {**values, "big": big, "button": button}


@register.inclusion_tag(_PART("timeline"))
def timeline(entries: Sequence[parts.Entry]) -> dict[str, Any]:
    """Draw moments down a line, in the order given."""
    return {"entries": entries}


@register.inclusion_tag(_PART("verification_card"))
def verification_card(card: parts.VerificationCard) -> dict[str, Any]:
    """Draw the answer to a verification, field by field."""
    return {"card": card}


@register.inclusion_tag(_PART("progress"))
def progress(job: parts.Progress) -> dict[str, Any]:
    """Draw how far a job is; asks again every two seconds, or offers a link where scripts are off."""
    return {"job": job}


@register.inclusion_tag(_PART("tab_links"))
def tab_links(tabs: Sequence[parts.Link], label: str = "Views") -> dict[str, Any]:
    """Draw tabs that are links, so that each view has an address."""
    return {"tabs": tabs, "label": label}


@register.inclusion_tag(_PART("copy_code"))
def copy_code(value: str, what: str = "code") -> dict[str, Any]:
    """Draw a code with a button that copies it."""
    return {"value": value, "what": what}


@register.inclusion_tag(_PART("hash_drop"))
def hash_drop(name: str = "sha256", label: str = "Drop the PDF here, or choose it") -> dict[str, Any]:
    """Draw a drop zone inside a form: the browser hashes the file, fills the hidden field `name`, sends the form."""
    return {"name": name, "label": label}


@register.simple_tag
def as_links(items: Sequence[Any] | None) -> list[parts.Link]:
    """Return links from what a page gave: parts.Link, (label, url[, current]) or a mapping with those keys."""
    return [_link(item) for item in items or ()]


@register.inclusion_tag(_PART("picture"))
def picture(figure: Any) -> dict[str, Any]:
    """Draw a figure of testamur.web.pictures with its data table beneath."""
    return {"figure": figure}


@register.inclusion_tag(_PART("seal"))
def seal(size: int = 48) -> dict[str, Any]:
    """Draw the register's mark as decoration, hidden from screen readers."""
    return {"size": size}


@register.simple_block_tag(end_name="end_scroll_region")
def scroll_region(content: str, label: str) -> SafeString:
    """Wrap a wide table so that it scrolls inside a region that the keyboard reaches."""
    return _part("scroll_region", content=content, label=label)


@register.simple_block_tag(end_name="end_panel")
def panel(content: str, title: str) -> SafeString:
    """Draw the panel that confirms that something was done."""
    return _part("panel", content=content, title=title)


@register.simple_block_tag(end_name="end_disclosure")
def disclosure(content: str, summary: str, opened: bool = False) -> SafeString:
    """Draw text that opens under its summary."""
    return _part("disclosure", content=content, summary=summary, opened=opened)


@register.simple_block_tag(end_name="end_callout")
def callout(content: str, tone: parts.Tone = "info") -> SafeString:
    """Draw a quiet box beside the text."""
    return _part("callout", content=content, tone=tone)


@register.filter
def long_date(value: datetime.date | None) -> str:
    """Return 3 March 2019; nothing for no date."""
    return f"{value.day} {value:%B %Y}" if value else ""


@register.filter
def long_moment(value: datetime.datetime | None) -> str:
    """Return 3 March 2019, 4:05 pm AEDT in the current zone; nothing for no moment."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    hour = local.hour % 12 or 12
    return f"{local.day} {local:%B %Y}, {hour}:{local:%M} {'am' if local.hour < 12 else 'pm'} {local:%Z}"


@register.filter
def grouped(value: int | None) -> str:
    """Return a whole number with commas: 1,234,567; nothing for None."""
    return f"{value:,}" if value is not None else ""


def _link(item: Any) -> parts.Link:
    if isinstance(item, parts.Link):
        return item
    return parts.Link(**item) if isinstance(item, dict) else parts.Link(*item)


def _part(name: str, **context: Any) -> SafeString:
    return render_to_string(_PART(name), context)
