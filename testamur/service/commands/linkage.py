"""Linkage of students: propose pairs who may be one person, say how many wait, and make the model file from made-up students.

`propose` compares every student now, as the worker does by night; it joins nobody and prints no number, name or student.
`train` uses made-up students whose persons are known, never real ones; seed, number and version stand in the file. The
file that ships was made with `linkage train --seed 1`.
"""

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from testamur.students.linkage import model


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `linkage`."""
    parser = subparsers.add_parser("linkage", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    propose = verbs.add_parser("propose", help="compare every student now and bring the proposals up to date")
    propose.set_defaults(run=run_propose, django=True)
    status = verbs.add_parser(
        "status", help="which engine and model compare, and how many proposals stand in which state"
    )
    status.set_defaults(run=run_status, django=True)
    for verb in (propose, status):
        verb.add_argument("--json", action="store_true", help="print one JSON object")
    train = verbs.add_parser("train", help="make the model file anew from made-up students")
    train.add_argument("--seed", type=int, required=True, help="seed of the made-up students")
    train.add_argument("--students", type=int, default=200_000, help="how many (default 200,000)")
    train.add_argument("--to", type=Path, default=model.MODEL_FILE, help="file to write (default: the one that ships)")
    train.set_defaults(run=run_train)


def run_train(options: argparse.Namespace) -> int:
    """Make students, learn the weights, and write the model file."""
    import polars as pl

    from testamur.service.synthetic.linkage import population
    from testamur.students.linkage import engine
    from testamur.students.linkage.frame import compared

    made = population(options.students, seed=options.seed)
    frame = compared(made.students)
    persons = pl.Series([made.truth[number] for number in frame["student_id"]], dtype=pl.Int64)
    prior = len(made.true_pairs()) / (options.students * (options.students - 1) / 2)
    origin = {"seed": options.seed, "students": options.students}
    trained = engine.trained(frame, persons, prior=prior, version="1", made_from=origin)
    options.to.write_text(trained.written(), encoding="utf-8")
    print(f"The model was written to {options.to}.")
    return 0


def run_propose(options: argparse.Namespace) -> int:
    """Compare every student and print what the run came to."""
    from testamur.students.linkage import actions

    done = asdict(actions.propose_joins(at=datetime.now(UTC)))
    if options.json:
        print(json.dumps(done))
    else:
        print("\n".join(f"{name}: {count:,}" for name, count in done.items()))
    return 0


def run_status(options: argparse.Namespace) -> int:
    """Print engine, model, and how many proposals stand on which ground, by state."""
    from django.conf import settings

    from testamur.students.linkage import queries

    counts = queries.counts()
    facts = {
        "engine": settings.LINKAGE_ENGINE,
        "model": model.read_model().version,
        "waiting": queries.joins(limit=0)[1],
        "proposals": {ground: counts.get(ground, {}) for ground in queries.GROUNDS},
    }
    if options.json:
        print(json.dumps(facts))
        return 0
    print(f"engine: {facts['engine']}, model {facts['model']}\nwaiting: {facts['waiting']:,}")
    for ground, words in queries.GROUNDS.items():
        by_state = ", ".join(f"{count:,} {state}" for state, count in sorted(counts.get(ground, {}).items()))
        print(f"{words}: {by_state or 'none'}")
    return 0
