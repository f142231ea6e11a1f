"""The phrases that watches look for: words, "words side by side", wild*, nearness, OR, not.

Rules
- A word is what `watcher.core.search` makes of it, so that a spelling that a reader takes for the
  same word is found: case, accents, look-alike letters, scripts without spaces.
- All parts must be there, anywhere in the headline or the text. `A OR B`: one of the two, and OR
  binds closer than the space between parts. `-A` or `NOT A`: nowhere.
- `"a b"`: side by side, in this order. `"a b"~5`: in any order, at most 5 other words between the
  first and the last. `a NEAR/5 b`: the same of two parts or more; `a NEAR b`: at most 10 words.
- `talk*`, `*talk`, `*talk*`: the beginning, the end or any part of a word; in a script without
  spaces any run of characters is found as it is.
- No part goes from the headline over into the text.

Cost: matching reads the words that the full text holds (at most 15,000 an article) as one string.
A part whose letters are not in it costs one look; else one pass over it for a word, and over the
places of each of its words for nearness.
"""

from __future__ import annotations

from watcher.core.phrase.finding import Part, Phrase
from watcher.core.phrase.reading import MOST_CHARACTERS, MOST_PARTS, parse

__all__ = ["MOST_CHARACTERS", "MOST_PARTS", "Part", "Phrase", "parse"]
