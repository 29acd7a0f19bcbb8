"""Machine: the states of a thing and the moves between them, as one table.

A package's states.py holds its machines in `MACHINES: dict[str, Machine]`; actions ask the machine before they change
anything, and `testamur docs` draws it into docs/states, so that drawing and behaviour cannot part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from testamur.kernel.errors import Conflict

Moves = Mapping[str, Mapping[str, str]]


def _reachable(initial: str, moves: Moves) -> set[str]:
    """Return every state that some chain of moves reaches."""
    seen, waiting = {initial}, [initial]
    while waiting:
        following = set(moves.get(waiting.pop(), {}).values()) - seen
        seen |= following
        waiting.extend(following)
    return seen


@dataclass(frozen=True, slots=True)
class Machine:
    """States, the first of them, and the moves as {state: {verb: next state}}; refuses a table that does not hold.

    `states` are past participles in the order in which they are usually passed; `notes` says in a sentence what a
    state means or what guards it. A state without moves is final. Raises ValueError for a state unknown or unreachable.
    """

    states: tuple[str, ...]
    initial: str
    moves: Moves
    notes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(set(self.states)) != len(self.states):
            raise ValueError("a state stands twice in the list")
        named = {
            self.initial,
            *self.moves,
            *self.notes,
            *(to for verbs in self.moves.values() for to in verbs.values()),
        }
        if unknown := sorted(named - set(self.states)):
            raise ValueError(f"not in the list of states: {', '.join(unknown)}")
        if lost := sorted(set(self.states) - _reachable(self.initial, self.moves)):
            raise ValueError(f"no chain of moves reaches: {', '.join(lost)}")

    def verbs(self, state: str) -> tuple[str, ...]:
        """Return what may be done in a state, in the table's order; nothing where it is final."""
        return tuple(self.moves.get(state, {}))

    def allowed(self, state: str, verb: str) -> bool:
        """Say whether a verb may be done in a state."""
        return verb in self.moves.get(state, {})

    def move(self, state: str, verb: str) -> str:
        """Return the state that a verb leads to; raises Conflict naming what may be done instead."""
        if not self.allowed(state, verb):
            possible = ", ".join(_words(other) for other in self.verbs(state)) or "nothing, this state is final"
            raise Conflict(
                f"“{_words(verb)}” is not possible while the state is “{_words(state)}”. Possible: {possible}."
            )
        return self.moves[state][verb]


def _words(name: str) -> str:
    """Return an identifier as words."""
    return str(name).replace("_", " ")
