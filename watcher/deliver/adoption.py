"""The picture in a mail: how far the story has gone, over time."""

from __future__ import annotations

import logging
from datetime import datetime

from watcher.core.errors import StorageBusy, StorageError, UsageError
from watcher.deliver.mail import Picture
from watcher.report import open_reader

log = logging.getLogger("watcher.deliver")

WIDTH = 600.0  # pixels, as wide as the mail
MOST = 400  # articles of a story; a picture of more takes seconds to work out, and shows a wall
_said: set[str] = set()


def adoption_picture(database_url: str, story: int, *, now: datetime) -> Picture | None:
    """The story's growth as a PNG; None where there is nothing to draw, or nothing to draw with.

    A mail goes out without its picture rather than not at all: what is missing is logged, once.
    """
    from watcher.picture import png
    from watcher.picture.charts import growth

    try:
        with open_reader(database_url) as reader:
            found = reader.story(story, now=now)
            if found is None or not 2 <= len(found.articles) <= MOST:
                return None
            spread = reader.spread(story, now=now, parts=("figures",))
        drawn = None if spread is None else growth(spread, WIDTH)
        return None if drawn is None else Picture(png(drawn.alone()), drawn.says)
    except (UsageError, StorageBusy, StorageError) as error:
        if str(error) not in _said:
            _said.add(str(error))
            log.info("mails go out without the picture: %s", error)
        return None
