"""One way to write a value down, so that the same facts always give the same bytes.

Canonical JSON here is: UTF-8, keys sorted by code point, no white space, no escapes but those JSON demands,
no floats (decimals travel as strings). It is what leaves commit to and what extracts are rendered from.
"""

import json
from collections.abc import Mapping, Sequence

_TYPE_ERROR = "canonical JSON holds text, whole numbers, booleans, null, lists and objects only"

Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def _refuse_floats(value: Json) -> None:
    """Raise TypeError where a value has no single written form."""
    if isinstance(value, float):
        raise TypeError(_TYPE_ERROR)
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            _refuse_floats(item)


def canonical_json(value: Json) -> str:
    """Return the one written form of a value; raises TypeError for floats and foreign types."""
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical_bytes(value: Json) -> bytes:
    """Return the UTF-8 bytes of the canonical form."""
    return canonical_json(value).encode()
