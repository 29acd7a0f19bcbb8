"""What can be done with a submission: one function a verb of the field (rulebook F.1 submission; issue 2, items 2 and 3).

Actions of provider staff run on behalf of their provider (kernel.tenancy) and ask for the role themselves, so the command
line is held to the same. `check_submission`, `seal_submission` and `purge_originals` are the worker's; each may be killed
anywhere and run again.
"""

from testamur.submissions.actions.by_hand import (
    Entered,
    add_certificate,
    begin_by_hand,
    change_certificate,
    remove_certificate,
)
from testamur.submissions.actions.choosing import choose_form
from testamur.submissions.actions.chunking import (
    LARGEST_PIECE,
    GoOnAt,
    add_piece,
    begin_upload,
    remove_upload,
    upload_of,
    uploads_of,
)
from testamur.submissions.actions.declaring import (
    accept_submission,
    acceptance_of,
    declare_submission,
    return_submission,
)
from testamur.submissions.actions.exporting import MEDIA_TYPE as EXPORT_MEDIA_TYPE
from testamur.submissions.actions.exporting import Exported, export_lodged
from testamur.submissions.actions.fixing import AlikeCells, fix_all_like, fix_cell, undo_fix
from testamur.submissions.actions.holding import hold_rows, stop_holding
from testamur.submissions.actions.keeping import purge_originals
from testamur.submissions.actions.lodging import (
    ArrivingFile,
    Received,
    lodge_submission,
    open_submission,
    receive_files,
    remove_file,
    withdraw_submission,
)
from testamur.submissions.actions.looking import (
    Looker,
    StudentRecord,
    hand_out_document,
    look_at_student,
    search_students,
)
from testamur.submissions.actions.preparing import HELD as EXPORT_HELD
from testamur.submissions.actions.preparing import (
    Fetched,
    ask_export,
    fetch_export,
    prepare_export,
    purge_exports,
    remove_export,
)
from testamur.submissions.actions.restarting import restart_submission
from testamur.submissions.actions.sealing import seal_submission
from testamur.submissions.actions.validating import check_submission, request_check

__all__ = [
    "EXPORT_HELD",
    "EXPORT_MEDIA_TYPE",
    "LARGEST_PIECE",
    "AlikeCells",
    "ArrivingFile",
    "Entered",
    "Exported",
    "Fetched",
    "GoOnAt",
    "Looker",
    "Received",
    "StudentRecord",
    "accept_submission",
    "acceptance_of",
    "add_certificate",
    "add_piece",
    "ask_export",
    "begin_by_hand",
    "begin_upload",
    "change_certificate",
    "check_submission",
    "choose_form",
    "declare_submission",
    "export_lodged",
    "fetch_export",
    "fix_all_like",
    "fix_cell",
    "hand_out_document",
    "hold_rows",
    "lodge_submission",
    "look_at_student",
    "open_submission",
    "prepare_export",
    "purge_exports",
    "purge_originals",
    "receive_files",
    "remove_certificate",
    "remove_export",
    "remove_file",
    "remove_upload",
    "request_check",
    "restart_submission",
    "return_submission",
    "seal_submission",
    "search_students",
    "stop_holding",
    "undo_fix",
    "upload_of",
    "uploads_of",
    "withdraw_submission",
]
