"""Linkage of made-up students: precision and recall of the pairs it would propose, time, memory, and growth with the number.

Goes the product's own way (students.linkage.proposing) with the model that ships. The students are of another seed than
those that the model and the threshold were made from, and the truth about them is known. Pairs are counted, not clusters.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from typing import Final

from testamur.service.synthetic.linkage import Population, population
from testamur.students.linkage.proposing import pairs_to_propose

PRECISION_GOAL: Final = 0.999
RECALL_GOAL: Final = 0.93
SEED: Final = 20_263  # never used for training or for choosing the threshold
Figure = dict[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the number of students and the seed."""
    parser.add_argument("--students", type=int, default=200_000, help="students in the larger run (default 200,000)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the made-up students (default {SEED})")


def run(options: argparse.Namespace) -> Iterator[Figure]:
    """Yield precision, recall, seconds and memory, and the seconds at the full number over those at a quarter of it."""
    quarter = population(options.students // 4, seed=options.seed)
    pairs_to_propose(quarter.students)  # the first run also loads the engine
    shorter, _ = timed(quarter)
    whole = population(options.students, seed=options.seed)
    longer, found = timed(whole)
    precision, recall = measured(found, whole.true_pairs())
    name = f"{options.students:,} students"
    yield _goal(f"precision, {name}", precision, PRECISION_GOAL)
    yield _goal(f"recall, {name}", recall, RECALL_GOAL)
    yield _figure(f"pairs proposed, {name}", len(found), "pairs")
    yield _figure(f"time, {options.students // 4:,} students", shorter, "s")
    yield _figure(f"time, {name}", longer, "s")
    yield _figure("time at the full number over a quarter of it", longer / shorter, "×")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield _figure("peak memory, generator included", peak, "MiB")


def timed(made: Population) -> tuple[float, set[tuple[int, int]]]:
    """Return the seconds of one run and the pairs that it would propose."""
    start = time.perf_counter()
    pairs = pairs_to_propose(made.students)
    return time.perf_counter() - start, set(pairs.select("low", "high").iter_rows())


def measured(found: set[tuple[int, int]], true: set[tuple[int, int]]) -> tuple[float, float]:
    """Return precision and recall of found pairs; both 0 where nothing was found."""
    right = len(found & true)
    return (right / len(found) if found else 0.0), (right / len(true) if true else 0.0)


def _goal(name: str, value: float, goal: float) -> Figure:
    """Return a figure that should reach its goal."""
    figure = _figure(name, value, "")
    return {**figure, "value": round(value, 5), "goal": goal, "ratio": round(value / goal, 4), "met": value >= goal}


def _figure(name: str, value: float, unit: str) -> Figure:
    """Return one figure without a goal."""
    figure: Figure = {"bench": "linkage", "name": name, "value": round(value, 3), "unit": unit}
    return {**figure, "goal": None, "ratio": None, "met": None}
