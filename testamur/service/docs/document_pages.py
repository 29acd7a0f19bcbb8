"""What a certification document is made from: the JSON Schema of each kind's input, and an example of it."""

import json

from testamur.documents.certification.inputs import KINDS
from testamur.documents.certification.reading import schema
from testamur.documents.certification.specimens import EXAMPLES


def pages() -> dict[str, str]:
    """Return a schema and an example for every kind."""
    schemas = {
        f"documents/{kind}.json": json.dumps(schema(kind), ensure_ascii=False, indent=2) + "\n" for kind in KINDS
    }
    examples = {
        f"documents/examples/{kind}.json": (EXAMPLES / f"{kind}.json").read_text(encoding="utf-8") for kind in KINDS
    }
    return {**schemas, **examples}
