"""Codes of languages: ISO 639-1 by list, ISO 639-3 by shape. Pure.

The two-letter list is closed; of the three-letter codes there are some thousands, First Nations languages among them.
"""

import re
from typing import Final

# ISO 639-1:2002, with the codes that its maintenance agency withdrew left out.
_LISTED: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et"
    " eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk"
    " kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny"
    " oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk"
    " tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
TWO_LETTERS: Final = frozenset(_LISTED.split())
_THREE: Final = re.compile("[a-z]{3}")


def is_language(code: str) -> bool:
    """Say whether a text is a code of ISO 639 in small letters."""
    return code in TWO_LETTERS or bool(_THREE.fullmatch(code))
