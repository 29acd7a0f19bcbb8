"""Splink at work: DuckDB in this process by default, Spark by a setting; the same settings, model file and answer.

Nothing is written to a log, and what does not fit in memory goes to a private folder that is removed afterwards.
"""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from testamur.students.linkage.model import COMPARISONS, Model, settings

ENGINES: Final = ("duckdb", "spark")
_SAMPLED_PAIRS: Final = 20_000_000
# How rare a name or postcode is shows among so many students or more; among fewer, any two would make it common.
ENOUGH_TO_COUNT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Backend:
    """An engine that is open: Splink's handle, and how a frame gets in and an answer out."""

    name: str
    api: Any
    connection: Any

    def register(self, frame: pl.DataFrame) -> Any:
        """Hand a frame to the engine."""
        if self.name == "spark":
            return self.api.register(self.connection.createDataFrame(frame.to_arrow()))
        return self.api.register(self.connection.from_arrow(frame.to_arrow()))

    def answer(self, table: Any) -> pl.DataFrame:
        """Return a table of the engine as a frame."""
        if self.name == "spark":
            return pl.from_arrow(table.as_spark_dataframe().toArrow())  # type: ignore[return-value]
        return pl.from_arrow(table.as_pyarrow_table())  # type: ignore[return-value]


@contextmanager
def opened(engine: str = "duckdb") -> Iterator[Backend]:
    """Open an engine and shut it again; raises ValueError for one that is not known."""
    if engine not in ENGINES:
        raise ValueError(f"There is no engine {engine!r} for linkage. Known are {' and '.join(ENGINES)}.")
    with tempfile.TemporaryDirectory(prefix="testamur-linkage-") as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(splink|sqlglot|pyspark)(\.|$)")
        yield from (_spark if engine == "spark" else _duckdb)(Path(folder))


def _duckdb(folder: Path) -> Iterator[Backend]:
    """Open DuckDB in memory; it spills into the folder."""
    import duckdb
    from splink.backends.duckdb import DuckDBAPI

    options: dict[str, Any] = {"temp_directory": str(folder), "threads": 2}
    with duckdb.connect(":memory:", config=options) as connection:
        connection.execute("SET enable_progress_bar = false")
        yield Backend("duckdb", DuckDBAPI(connection), connection)


def _spark(folder: Path) -> Iterator[Backend]:
    """Open Spark with Splink's similarity functions; needs pyspark and Java, which are not installed with the register."""
    import importlib

    session_class = importlib.import_module("pyspark.sql").SparkSession
    backend: Any = importlib.import_module("splink.backends.spark")

    session = (
        session_class.builder.appName("testamur-linkage")
        .config("spark.jars", backend.similarity_jar_location())
        .config("spark.sql.ansi.enabled", "false")
        .config("spark.local.dir", str(folder))
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    session.sparkContext.setCheckpointDir(str(folder))
    try:
        yield Backend("spark", backend.SparkAPI(spark_session=session), session)
    finally:
        session.stop()


def scored(frame: pl.DataFrame, model: Model, *, engine: str = "duckdb", floor: float = 0.01) -> pl.DataFrame:
    """Return pairs of students (frame.compared) of different providers whose probability of being one person is over a floor.

    Columns: low, high (student numbers, low < high), probability, weight, and for each comparison its level by name.
    """
    from splink import Linker

    if frame.height < 2:
        return _empty()
    with opened(engine) as backend:
        linker = Linker(backend.register(frame), settings(backend.name, model), log_level=None)
        if frame.height < ENOUGH_TO_COUNT:
            _count_as_among_many(linker, backend, frame)
        table = linker.inference.predict(threshold_match_probability=floor, warning_mode="never")
        return _named(backend.answer(table))


def _count_as_among_many(linker: Any, backend: Backend, frame: pl.DataFrame) -> None:
    """Give the engine of a small register how often each value stands there, as a share of ENOUGH_TO_COUNT students."""
    counted = {frequency for levels in COMPARISONS.values() for _, _, frequency in levels if frequency}
    for column in sorted(counted):
        shares = frame.select(column).drop_nulls().group_by(column).len()
        shares = shares.select(column, (pl.col("len") / ENOUGH_TO_COUNT).alias(f"tf_{column}"))
        linker.table_management.register_term_frequency_lookup(backend.register(shares), column)


def _empty() -> pl.DataFrame:
    """Return an answer without pairs."""
    numbers = {"low": pl.Int64, "high": pl.Int64, "probability": pl.Float64, "weight": pl.Float64}
    return pl.DataFrame(schema={**numbers, **dict.fromkeys(COMPARISONS, pl.String)})


def _named(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return Splink's answer with names in place of its numbers for levels."""
    levels = []
    for name, listed in COMPARISONS.items():
        top = len(listed) - 2  # Splink counts down to 0 for "anything else"; -1 is "nothing"
        words = {top - place: level for place, (level, *_) in enumerate(listed[1:])} | {-1: "nothing"}
        levels.append(pl.col(f"gamma_{name}").replace_strict(words, return_dtype=pl.String).alias(name))
    one, other = pl.col("student_id_l"), pl.col("student_id_r")
    return pairs.select(
        pl.min_horizontal(one, other).alias("low"),
        pl.max_horizontal(one, other).alias("high"),
        pl.col("match_probability").alias("probability"),
        pl.col("match_weight").alias("weight"),
        *levels,
    ).sort("low", "high")


def trained(frame: pl.DataFrame, persons: pl.Series, *, prior: float, version: str, made_from: dict[str, int]) -> Model:
    """Return a model made from students whose persons are known: how often each level holds for one and for two people.

    `persons` stands beside `frame` (frame.compared), row by row; `prior` is the share of true pairs among all pairs.
    """
    from splink import Linker

    with opened() as backend:
        linker = Linker(
            backend.register(frame.with_columns(persons.alias("person"))), settings("duckdb", None), log_level=None
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=made_from["seed"])
        linker.training.estimate_m_from_label_column("person")
        body = linker.misc.save_model_to_json()
    weights = {
        comparison["output_column_name"]: {
            level["label_for_charts"]: (_kept(level.get("m_probability")), _kept(level.get("u_probability")))
            for level in comparison["comparison_levels"]
            if not level.get("is_null_level")
        }
        for comparison in body["comparisons"]
    }
    return Model(version, made_from, prior, weights)


def _kept(probability: float | None) -> float:
    """Return a probability as the model keeps it: never nought, eight decimals in all."""
    return float(f"{max(probability or 0.0, 1e-8):.6g}")
