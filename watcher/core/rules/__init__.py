"""Which alerts one recording raises, and why; when a story rests; what counts as its return.

Three decisions, each pure and each with its reason:

- `qualifies`: is this sighting a return of the text, or only the same text seen again?
- `dormant_after` and `state`: how long must a story rest before a copy is news again?
- `decide`: which of a watch's conditions does the recording meet, and which are held back?

A *recording* is one transaction of the writer. `decide` is called once for each article of it,
with the story's state before and after the **whole** recording: copies that arrive together
then share one set of keys, and the key, unique in the archive, makes an alert happen once.
"""

from watcher.core.rules.cases import Came, Condition, Event, StoryState, Watch
from watcher.core.rules.decide import Reason, Verdict, decide
from watcher.core.rules.mentions import Tally, mentioned, opened, story_state
from watcher.core.rules.qualify import Arrival, Qualification, Why, qualifies
from watcher.core.rules.rest import Rest, State, dormant_after, state

__all__ = [
    "Arrival",
    "Came",
    "Condition",
    "Event",
    "Qualification",
    "Reason",
    "Rest",
    "State",
    "StoryState",
    "Tally",
    "Verdict",
    "Watch",
    "Why",
    "decide",
    "dormant_after",
    "mentioned",
    "opened",
    "qualifies",
    "state",
    "story_state",
]
