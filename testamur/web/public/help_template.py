"""Help: the workbook of a format that providers fill in and send, made from the layout that the check reads."""

from typing import Final

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from testamur.kernel.errors import NotFound
from testamur.submissions.formats import FORMATS
from testamur.web.access import Request, public

WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@public
@require_safe
def template(request: Request, name: str) -> HttpResponse:
    """Give the workbook of a format; raises NotFound where a format has none."""
    form = FORMATS.get(name)
    if form is None or form.template is None:
        raise NotFound("There is no workbook to fill in for this format. Open the list of formats and choose one.")
    answer = HttpResponse(form.template(), content_type=WORKBOOK)
    answer["Content-Disposition"] = f'attachment; filename="{name} template.xlsx"'
    return answer
