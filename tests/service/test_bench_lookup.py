"""The bench of look-ups: what it prints, what it calls missed, that it measures finds only, and that nothing is left."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from testamur.service import processes
from testamur.service.benches import lookup
from testamur.service.postgres import EmbeddedPostgres
from tests.issuing import UNKNOWN, issue


@pytest.mark.parametrize(("medians", "met"), [((1.0, 1.0), True), ((1.0, 1.2), True), ((1.0, 1.21), False)])
def test_a_median_that_grows_by_more_than_a_fifth_is_missed(medians: tuple[float, float], met: bool) -> None:
    assert lookup.compared((10_000, 1_000_000), medians)["met"] is met


@pytest.mark.django_db
def test_a_look_up_that_finds_nothing_is_not_measured() -> None:
    assert lookup.timed(issue().number) > 0
    with pytest.raises(RuntimeError, match="not found"):
        lookup.timed(UNKNOWN)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    own = EmbeddedPostgres(tmp_path / "pg")
    yield own
    own.destroy()


@pytest.mark.slow
def test_the_bench_prints_its_figures_and_leaves_only_the_site_s_database(
    cluster: EmbeddedPostgres, tmp_path: Path
) -> None:
    environment = {key: value for key, value in processes.child_environment().items() if "DATABASE" not in key}
    command = [*processes.CLI, "bench", "lookup", "--json", "--small=200", "--large=2000", "--lookups=400"]
    answer = subprocess.run(
        command, env=environment | {"TESTAMUR_VAR": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    figures = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [figure["name"] for figure in figures] == [
        "p50 at 200 records",
        "p99 at 200 records",
        "p50 at 2,000 records",
        "p99 at 2,000 records",
        "p50 at 2,000 over p50 at 200 records",
    ], answer.stderr
    assert all(set(figure) == {"bench", "name", "value", "unit", "goal", "ratio", "met"} for figure in figures)
    assert answer.returncode == (0 if figures[-1]["met"] else 1)
    with psycopg.connect(cluster.ensure()) as connection:
        found = {name for (name,) in connection.execute("select datname from pg_database")}
        assert found == {"postgres", "template0", "template1", "testamur"}
    with psycopg.connect(cluster.ensure().replace("/postgres?", "/testamur?")) as connection:
        assert connection.execute("select to_regclass('documents_issueddocument')").fetchone() == (None,)
