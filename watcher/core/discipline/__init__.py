"""What one receiver is told next, what waits, and why: the discipline of delivery (DESIGN 7).

The order in which a waiting delivery is judged; the first that applies decides:

    silence   somebody does not want to hear of it: held, for good
    age       its receiver has been broken for days: dead, to be sent again on request
    quiet     the receiver's quiet hours: after their end everything comes in one digest
    breaker   the receiver is broken, or asked for a pause: one message tries it, when it is time
    cap       the receiver had its messages for this hour: the rest comes in one digest
    group     a short wait, for other alerts of the same watch and story to come along
    inhibited what another alert of the same message says, too: held

Everything that is held or waits keeps its reason. Pure: the facts in, the decision out.
"""

from watcher.core.discipline.breaker import OPEN_AFTER, Breaker, after_message
from watcher.core.discipline.facts import (
    Admitted,
    Cause,
    Composed,
    End,
    Later,
    Policy,
    Quiet,
    Silence,
    Waiting,
)
from watcher.core.discipline.judging import (
    HOUR,
    LATE,
    LISTED,
    STALE,
    admit,
    compose,
    digested,
    inhibited,
    muted,
    together,
)

__all__ = [
    "HOUR",
    "LATE",
    "LISTED",
    "OPEN_AFTER",
    "STALE",
    "Admitted",
    "Breaker",
    "Cause",
    "Composed",
    "End",
    "Later",
    "Policy",
    "Quiet",
    "Silence",
    "Waiting",
    "admit",
    "after_message",
    "compose",
    "digested",
    "inhibited",
    "muted",
    "together",
]
