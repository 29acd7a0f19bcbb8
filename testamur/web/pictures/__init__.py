"""Pictures: pure functions from plain rows to figures, drawn as SVG by the tag `picture`.

No clock, no database, no request: the same rows always give the same picture, byte for byte.
"""

from testamur.web.pictures.bars import RuleCount, Share, Stage, bars_by_rule, request_funnel, submission_health
from testamur.web.pictures.drawing import Drawing, Figure
from testamur.web.pictures.maps import ProofStep, coverage_map, proof_path
from testamur.web.pictures.products import CalendarRow, PackedGroup, packaging_picture, transition_calendar
from testamur.web.pictures.queues import due_map
from testamur.web.pictures.timelines import Lane, Milestone, Moment, Span, provider_timeline, record_timeline

__all__ = [
    "CalendarRow",
    "Drawing",
    "Figure",
    "Lane",
    "Milestone",
    "Moment",
    "PackedGroup",
    "ProofStep",
    "RuleCount",
    "Share",
    "Span",
    "Stage",
    "bars_by_rule",
    "coverage_map",
    "due_map",
    "packaging_picture",
    "proof_path",
    "provider_timeline",
    "record_timeline",
    "request_funnel",
    "submission_health",
    "transition_calendar",
]
