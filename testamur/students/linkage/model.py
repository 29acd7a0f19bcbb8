"""How two students are compared: Splink's comparisons and blocking rules, and the trained weights from a model file.

One description for every engine: conditions are SQL that DuckDB and Spark both know, and the model file holds weights by
comparison and level, no engine's SQL. Weights come from made-up students (`linkage train`); nothing learns from real ones
(CQR-17). Splink is imported where it is used: pages never load it.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from splink import SettingsCreator

MODEL_FILE: Final = Path(__file__).with_name("model-1.json")
FORMAT: Final = "testamur-linkage/1"
_ELSEWHERE: Final = "l.provider_id <> r.provider_id"  # within one provider a student id is the provider's own matter

_EXCHANGED_SLIP: Final = "damerau_levenshtein(given_l, family_r) <= 1 AND damerau_levenshtein(family_l, given_r) <= 1"

# Each comparison: (name of the level, condition; None is "anything else", term-frequency column or ""). The first level of
# each, "nothing", holds where a side says nothing; it has no weight.
Levels = tuple[tuple[str, str | None, str], ...]
COMPARISONS: Final[dict[str, Levels]] = {
    "given": (
        ("nothing", "given_l IS NULL OR given_r IS NULL", ""),
        ("same", "given_l = given_r", "given"),
        ("exchanged", "given_l = family_r AND family_l = given_r", ""),
        ("short form", "given_root_l = given_root_r", "given_root"),
        ("one slip", "damerau_levenshtein(given_l, given_r) <= 1", ""),
        ("exchanged with a slip", _EXCHANGED_SLIP, ""),
        ("alike", "jaro_winkler_similarity(given_l, given_r) >= 0.88", ""),
        ("other", None, ""),
    ),
    "family": (
        ("nothing", "family_l IS NULL OR family_r IS NULL", ""),
        ("same", "family_l = family_r", "family"),
        ("exchanged", "given_l = family_r AND family_l = given_r", ""),
        ("former name", "{former}", ""),
        ("one slip", "damerau_levenshtein(family_l, family_r) <= 1", ""),
        ("exchanged with a slip", _EXCHANGED_SLIP, ""),
        ("alike", "jaro_winkler_similarity(family_l, family_r) >= 0.90", ""),
        ("other", None, ""),
    ),
    "others": (
        ("nothing", "others_l IS NULL OR others_r IS NULL", ""),
        ("same", "others_l = others_r AND length(others_l) > 1", "others"),
        ("initial", "substr(others_l, 1, 1) = substr(others_r, 1, 1) AND (length(others_l) = 1 OR length(others_r) = 1)", ""),
        ("other", None, ""),
    ),
    "birth": (
        ("nothing", "born_year_l IS NULL OR born_year_r IS NULL", ""),
        ("same day", "born_l = born_r", ""),
        ("day and month exchanged", "born_l = born_turned_r", ""),
        ("one figure", "damerau_levenshtein(born_l, born_r) <= 1", ""),
        ("same month, day not known", "(born_l IS NULL OR born_r IS NULL) AND born_month_l = born_month_r", ""),
        ("same year, month not known", "(born_month_l IS NULL OR born_month_r IS NULL) AND born_year_l = born_year_r", ""),
        ("two parts of three", "substr(born_l, 1, 7) = substr(born_r, 1, 7) OR substr(born_l, 6, 5) = substr(born_r, 6, 5)"
         " OR (born_year_l = born_year_r AND substr(born_l, 9, 2) = substr(born_r, 9, 2))", ""),
        ("other", None, ""),
    ),
    "postcode": (
        ("nothing", "postcode_l IS NULL OR postcode_r IS NULL", ""),
        ("same", "postcode_l = postcode_r", "postcode"),
        ("other", None, ""),
    ),
    "email": (
        ("nothing", "email_l IS NULL OR email_r IS NULL", ""),
        ("same", "email_l = email_r", ""),
        ("other", None, ""),
    ),
    "verified": (
        ("nothing", "verified_l IS NULL OR verified_r IS NULL", ""),
        ("same", "verified_l = verified_r", ""),
        ("other", None, ""),
    ),
}  # fmt: skip
# Levels too rare to be counted in a sample: how often two different people agree is set by hand (once in so many).
RARE: Final = {("email", "same"): 1e-6, ("verified", "same"): 1e-7}
BLOCKS: Final = (
    ("born", "given_root"),
    ("born", "family"),
    ("born", "postcode"),
    ("both_names", "born_year"),
    ("both_names", "postcode"),
    ("born", "substr({}.family, 1, 2)"),
    ("born", "substr({}.given, 1, 2)"),
    ("born_turned", "family"),
    ("family", "given_root"),
    ("given_root", "postcode", "born_year"),
    ("family", "postcode", "born_year"),
    ("email",),
    ("verified",),
)
_FORMER: Final = {
    "duckdb": "len(list_intersect(families_l, families_r)) > 0",
    "spark": "size(array_intersect(families_l, families_r)) > 0",
}


@dataclass(frozen=True, slots=True)
class Model:
    """Trained weights: for each comparison and level, how often one person (m) and two different people (u) are on it."""

    version: str
    made_from: dict[str, int]
    prior: float
    weights: dict[str, dict[str, tuple[float, float]]]

    def written(self) -> str:
        """Return the model as its file holds it."""
        body = {
            "format": FORMAT,
            "version": self.version,
            "made_from": self.made_from,
            "prior": self.prior,
            "weights": {name: {level: list(pair) for level, pair in levels.items()} for name, levels in self.weights.items()},
        }  # fmt: skip
        return json.dumps(body, indent=1) + "\n"


def read_model(path: Path = MODEL_FILE) -> Model:
    """Return the model of a file; raises ValueError for another format or other levels than this version compares."""
    body = json.loads(path.read_text(encoding="utf-8"))
    weights = {name: {level: (m, u) for level, (m, u) in levels.items()} for name, levels in body["weights"].items()}
    if body["format"] != FORMAT or {name: set(held) for name, held in weights.items()} != _weighted():
        raise ValueError(f"{path.name} was made for other comparisons. Make it anew: testamur linkage train")
    return Model(body["version"], body["made_from"], body["prior"], weights)


def _weighted() -> dict[str, set[str]]:
    """Return the levels that have weights."""
    return {name: {level for level, *_ in levels[1:]} for name, levels in COMPARISONS.items()}


def settings(engine: str, model: Model | None) -> "SettingsCreator":
    """Return Splink's settings for an engine (duckdb, spark); without a model, to be trained."""
    from splink import SettingsCreator
    from splink.comparison_library import CustomComparison

    comparisons: list[Any] = [
        CustomComparison([_level(engine, name, level, model) for level in levels], name)
        for name, levels in COMPARISONS.items()
    ]
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="student_id",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[_block(fields) for fields in BLOCKS],
        probability_two_random_records_match=model.prior if model else 1e-6,
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=False,
        linker_uid="testamur",
    )


def _level(engine: str, comparison: str, level: tuple[str, str | None, str], model: Model | None) -> Any:
    """Return one level of a comparison with its weights."""
    from splink import comparison_level_library as levels

    name, condition, frequency = level
    made: Any = levels.ElseLevel()
    if condition is not None:
        made = levels.CustomLevel(condition.replace("{former}", _FORMER[engine]), name)
    if name == "nothing":
        return made.configure(is_null_level=True, label_for_charts=name)
    made.configure(label_for_charts=name)
    if frequency:
        made.configure(tf_adjustment_column=frequency, disable_tf_exact_match_detection=True)
        made.configure(tf_minimum_u_value=1e-5)
    if model:
        m, u = model.weights[comparison][name]
        made.configure(m_probability=m, u_probability=u)
    elif rare := RARE.get((comparison, name)):
        made.configure(u_probability=rare, fix_u_probability=True)
    return made


def _block(fields: tuple[str, ...]) -> dict[str, str]:
    """Return a blocking rule: pairs of different providers that agree in every field."""
    sides = [field if "{}" in field else f"{{}}.{field}" for field in fields]
    return {
        "blocking_rule": " AND ".join([*(f"{side.format('l')} = {side.format('r')}" for side in sides), _ELSEWHERE])
    }
