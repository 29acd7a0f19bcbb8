"""Linkage of students: `train` makes the model file from made-up students whose persons are known; real ones are never used.

The seed, the number and the version stand in the file. The file that ships was made with `linkage train --seed 1`.
"""

import argparse
from pathlib import Path

from testamur.students.linkage import model


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `linkage`."""
    parser = subparsers.add_parser("linkage", help=__doc__.partition("\n")[0], description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
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
