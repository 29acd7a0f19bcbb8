"""Addresses of submissions that wait for a decision; joined in urls.py."""

from django.urls import URLPattern, URLResolver, path

from testamur.web.secretariat import submissions

_ONE = "submissions/<uuid:submission_id>/"
SUBMISSIONS: list[URLPattern | URLResolver] = [
    path("submissions/", submissions.submissions, name="submissions"),
    path(_ONE, submissions.submission, name="submission"),
    path(f"{_ONE}accept/", submissions.accept, name="accept_submission"),
    path(f"{_ONE}return/", submissions.send_back, name="return_submission"),
]
