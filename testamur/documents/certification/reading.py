"""Read one document's input from JSON, strictly, and describe what is read as JSON Schema. One walk over the fields serves both.

An unknown key, a missing one or a wrong type is an InputError that names the path and never repeats the value.
"""

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from testamur.documents.certification.assets import Asset, UnfitAsset
from testamur.documents.certification.inputs import KINDS, Certification
from testamur.kernel.canonical import Json
from testamur.kernel.errors import NotFound

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
LoadAsset = Callable[[str], Asset]


class InputError(Exception):
    """An input that cannot be read: `error` says what is wrong, `path` names the place; neither holds the value."""

    def __init__(self, error: str, path: str = "") -> None:
        super().__init__(f"{path}: {error}" if path else error)
        self.error = error
        self.path = path

    def as_json(self) -> dict[str, str]:
        """Return what the command answers: {"error", "path"}."""
        return {"error": self.error, "path": self.path}


def read_document(kind: str, text: str | bytes, load: LoadAsset) -> Certification:
    """Return the input of one kind; `load` finds a picture by its reference. Raises InputError, NotFound for the kind."""
    form = _form(kind)
    try:
        given = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise InputError("this is no JSON") from None
    document: Certification = _object(form, given, "", load)
    return document


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one kind's input, as docs/documents publishes it. Raises NotFound."""
    form = _form(kind)
    parts: dict[str, Any] = {}
    body = _object_schema(form, parts)
    return {"$schema": _DIALECT, "title": f"Input of the document {kind}", **body, "$defs": dict(sorted(parts.items()))}


def _form(kind: str) -> type[Certification]:
    """Return the class of a kind; raises NotFound."""
    if kind not in KINDS:
        raise NotFound(f"There is no document “{kind}”; there are {', '.join(KINDS)}.")
    return KINDS[kind]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says one thing twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InputError("an object names one key twice")
    return found


def _no_constant(_: str) -> None:
    """Refuse NaN and infinities, which are no JSON."""
    raise InputError("this is no JSON: NaN and Infinity are not allowed")


def _object(form: type[Any], given: Any, path: str, load: LoadAsset) -> Any:
    """Return a dataclass from a JSON object."""
    if not isinstance(given, Mapping):
        raise InputError("must be an object", path)
    declared = {one.name: one for one in fields(form)}
    for name in given:
        if name not in declared:
            raise InputError(f"unknown; known are {', '.join(declared)}", _under(path, str(name)[:60]))
    hints = get_type_hints(form)
    values = {}
    for name, one in declared.items():
        at = _under(path, name)
        if name in given and not (given[name] is None and one.default is not MISSING):
            values[name] = _value(hints[name], given[name], at, load)
        elif one.default is MISSING:
            raise InputError("missing", at)
    try:
        return form(**values)
    except ValueError as error:
        place, _, fault = str(error).partition(": ")
        raise InputError(fault, _under(path, place)) from None


def _under(path: str, name: str | int) -> str:
    """Return the path of a part."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name


def _value(hint: Any, given: Any, path: str, load: LoadAsset) -> Any:
    """Return one value of a declared type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _value(inner[0], given, path, load)
    if origin is tuple:
        if not isinstance(given, list):
            raise InputError("must be a list", path)
        return tuple(_value(inner[0], one, _under(path, at), load) for at, one in enumerate(given))
    if is_dataclass(hint) and isinstance(hint, type) and hint is not Asset:
        return _object(hint, given, path, load)
    return _plain(hint, given, path, load)


def _plain(hint: Any, given: Any, path: str, load: LoadAsset) -> Any:
    """Return a text, date, truth value, choice or picture."""
    if hint is bool:
        if not isinstance(given, bool):
            raise InputError("must be true or false", path)
        return given
    if not isinstance(given, str):
        raise InputError("must be a text", path)
    if not given.strip():
        raise InputError("must not be empty", path)
    if get_origin(hint) is Literal and given not in get_args(hint):
        raise InputError(f"must be one of {', '.join(get_args(hint))}", path)
    if hint is date:
        return _day(given, path)
    if hint is Asset:
        try:
            return load(given)
        except (UnfitAsset, ValueError) as error:
            raise InputError(getattr(error, "message", "the picture cannot be read"), path) from None
    return given


def _day(given: str, path: str) -> date:
    """Return a day written YYYY-MM-DD."""
    try:
        if len(given) == 10:
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise InputError("must be a day, written YYYY-MM-DD", path)


# The schema -------------------------------------------------------------------------------------------------------------


def _object_schema(form: type[Any], parts: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a dataclass."""
    hints = get_type_hints(form, include_extras=True)
    return {
        "description": (form.__doc__ or "").partition("\n")[0],
        "type": "object",
        "properties": {one.name: _described(hints[one.name], parts) for one in fields(form)},
        "required": [one.name for one in fields(form) if one.default is MISSING],
        "additionalProperties": False,
    }


def _described(hint: Any, parts: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field with the words that stand beside its type."""
    if get_origin(hint) is not Annotated:
        message = "a field of an input is described where it is declared"
        raise TypeError(message)
    inner, about = get_args(hint)
    return {"description": about, **_schema(inner, parts)}


def _schema(hint: Any, parts: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one type; a part that is an object stands once under $defs."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(inner[0], parts), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _schema(inner[0], parts)}
    if origin is Literal:
        return {"enum": [*inner]}
    simple: Mapping[Any, dict[str, Json]] = {
        bool: {"type": "boolean"},
        str: {"type": "string", "pattern": r"\S"},
        date: {"type": "string", "format": "date"},
        Asset: {"type": "string", "$comment": "a file beside the data (SVG or PNG), or shipped:<name>"},
    }
    if hint in simple:
        return simple[hint]
    if hint.__name__ not in parts:
        parts[hint.__name__] = {}
        parts[hint.__name__] = _object_schema(hint, parts)
    return {"$ref": f"#/$defs/{hint.__name__}"}
