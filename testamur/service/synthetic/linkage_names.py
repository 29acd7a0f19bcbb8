"""Names and places for made-up people by the hundred thousand: common ones written down, rare ones put together from syllables.

Short forms here are the generator's own list, not the product's table of nicknames: about one in six of them stands nowhere
in that table, so that a measurement meets names which the product does not know.
"""

import random
from itertools import accumulate
from typing import Final

from testamur.service.synthetic.people import GIVEN_NAMES, SURNAMES
from testamur.students.rules import fold_name

_COMMON_SURNAMES: Final = (
    "smith jones williams brown wilson taylor nguyen johnson martin white anderson walker thompson thomas lee ryan singh "
    "robinson kelly king davis wright evans roberts green hall wood jackson clarke patel khan lewis james phillips mason "
    "mitchell chen scott young campbell murphy kaur moore edwards harris turner baker allen hill cooper parker carter li "
    "watson bailey wang bell morris bennett murray collins cook stewart hughes richardson adams rogers cox graham simpson "
    "russell mcdonald tran marshall hunter ward harrison palmer lloyd reid grant ross kennedy fisher mills gray hamilton"
)
_WOMEN: Final = (
    "margaret jennifer jessica sarah elizabeth michelle rebecca susan catherine emily christine amanda nicole karen "
    "patricia melissa helen rachel samantha jacqueline deborah stephanie alison charlotte olivia isabella sophia amelia "
    "victoria danielle fiona joanna kimberley barbara sandra heather louise pamela veronica theresa penelope madeleine "
    "gabrielle harriet josephine caroline angela judith sharon vanessa tamara kylie tracey leanne natalie hannah grace "
    "chloe ruby mia ella zoe lily ava lucy georgia paige jasmine holly erin megan claire lauren anna julia teresa wendy"
)
_MEN: Final = (
    "david michael john peter robert andrew paul james matthew christopher daniel mark stephen william anthony thomas "
    "joshua benjamin nicholas richard samuel timothy joseph alexander jonathan patrick gregory philip kenneth edward "
    "geoffrey ronald raymond lachlan mitchell cameron nathaniel zachary oliver jacob henry charles george harold arthur "
    "alan brian kevin ian graham colin trevor neil stuart wayne glenn shane craig adam luke ryan aaron jason brett dean "
    "liam noah ethan mason logan hunter angus hamish declan connor jordan kyle dylan mohammed ali omar hassan raj vikram"
)
# Each name with its short forms.
_SHORT_LISTED: Final = (
    "margaret=maggie/meg/peg/marg jennifer=jen/jenny/jenn jessica=jess/jessie elizabeth=liz/beth/lisbet "
    "michelle=shell/mish rebecca=bec/becky susan=sue/suzie catherine=cath/kate/cat christine=chris/chrissie "
    "amanda=mandy nicole=nikki/nic patricia=pat/trish melissa=mel/lissa samantha=sam/sammy jacqueline=jackie/jacqui "
    "deborah=deb/debbie stephanie=steph/stevie alison=ali charlotte=charlie/lottie olivia=liv isabella=bella/izzy "
    "victoria=vicki/tori danielle=dani joanna=jo kimberley=kim/kimmy barbara=barb theresa=tess penelope=penny "
    "madeleine=maddie/maddy gabrielle=gabby angela=ange/angie david=dave michael=mick/mike john=jack/johno "
    "peter=pete robert=rob/bob/robbo andrew=andy/drew james=jim/jamie matthew=matt christopher=chris/topher "
    "daniel=dan/danny stephen=steve william=bill/will anthony=tony thomas=tom joshua=josh benjamin=ben/benno "
    "nicholas=nick richard=rick/dick/richo samuel=sam timothy=tim joseph=joe alexander=alex/xander jonathan=jon "
    "patrick=pat/paddy gregory=greg philip=phil kenneth=ken edward=ed/ted geoffrey=geoff ronald=ron raymond=ray "
    "lachlan=lachie/lockie mitchell=mitch cameron=cam nathaniel=nathan/nat zachary=zac oliver=ollie jacob=jake "
    "henry=harry charles=charlie/chas harold=harry stuart=stu/stewie mohammed=mo/mohamed"
)
_SHORT: Final = {name: forms.split("/") for name, forms in (entry.split("=") for entry in _SHORT_LISTED.split())}
_STARTS: Final = "b br c ch d dr f g gr h j k kh l m n nd p pr r s sh st t th tr v w y z"
_MIDDLES: Final = "a ai an ar e ea el en er i ia in o oa on or ou u un ur"
_ENDS: Final = "b ch d g h k l ll m n nd ng r rd s sk t th tt v wa ya zi ski son ton ley"


def _made_up(source: random.Random, count: int, *, syllables: tuple[int, int], known: set[str]) -> list[str]:
    """Return so many names put together from syllables, none of them known."""
    starts, middles, ends = _STARTS.split(), _MIDDLES.split(), _ENDS.split()
    made: list[str] = []
    while len(made) < count:
        parts = source.randint(*syllables)
        name = "".join(source.choice(starts) + source.choice(middles) for _ in range(parts)) + source.choice(ends)
        if name not in known:
            known.add(name)
            made.append(name)
    return made


class Pool:
    """Names of falling frequency: the k-th is drawn in proportion to 1/(k + shift), as names of a country are."""

    def __init__(self, names: list[str], *, shift: int) -> None:
        """Keep the names with their running weights."""
        self.names = names
        self._weights = list(accumulate(1 / (place + shift) for place in range(1, len(names) + 1)))

    def draw(self, source: random.Random) -> str:
        """Return one name."""
        return source.choices(self.names, cum_weights=self._weights)[0]


def pools(source: random.Random) -> tuple[Pool, Pool, Pool]:
    """Return the pools of surnames (15,000), women's and men's given names (2,000 each); the same for the same seed."""
    world = [fold_name(name).replace(" ", "") for name in SURNAMES]
    common = list(dict.fromkeys([*_COMMON_SURNAMES.split(), *filter(None, world)]))
    surnames = common + _made_up(source, 15_000 - len(common), syllables=(1, 3), known=set(common))
    given = [fold_name(name).replace(" ", "") for name in GIVEN_NAMES]
    made = []
    for names, share in ((_WOMEN, given[::2]), (_MEN, given[1::2])):
        listed = list(dict.fromkeys([*names.split(), *filter(None, share)]))
        made.append(Pool(listed + _made_up(source, 2_000 - len(listed), syllables=(1, 2), known=set(listed)), shift=8))
    return Pool(surnames, shift=20), made[0], made[1]


def short_form(given: str, source: random.Random) -> str:
    """Return a short form of a given name, the name itself where it has none."""
    return source.choice(_SHORT[given]) if given in _SHORT else given
