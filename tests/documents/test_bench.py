import argparse

import pytest

from testamur.documents.certification.rendering import render_certification
from testamur.service.benches import documents


def test_without_weasyprint_it_says_so_and_leaves_the_ratios_open(capsys):
    parser = argparse.ArgumentParser()
    documents.add_arguments(parser)
    figures = list(documents.run(parser.parse_args(["--count", "2", "--pages", "1"])))
    by_name = {figure["name"]: figure for figure in figures}
    assert by_name["signed B-T per second per core"]["goal"] == 10
    for kind, goal in (("record of results", 8), ("testamur", 20)):
        assert by_name[f"{kind} rendered per second per core"]["value"] > 0
        ratio = by_name[f"rate of rendering a {kind} to that of WeasyPrint"]
        assert (ratio["value"], ratio["goal"], ratio["met"]) == (None, goal, None)
    assert "requirements/bench.lock" in capsys.readouterr().err
    assert {*figures[0]} == {"bench", "name", "value", "unit", "goal", "ratio", "met"}


def test_a_document_that_its_looks_refuse_stops_the_bench():
    document, other = documents._sample("testamur", 1), documents._sample("testamur", 2)
    documents._looks(document, render_certification(document))
    with pytest.raises(AssertionError, match=r"holder|number"):
        documents._looks(document, render_certification(other))
