"""Article pages as content systems write them: one hand-made template for each style."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import Final

from watcher.demo.feeds import CONTENT_TYPES, LOCAL, Posted
from watcher.demo.texts import Outlet

_MONTHS: Final = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}


def render(outlet: Outlet, base: str, post: Posted, others: Sequence[Posted]) -> bytes:
    """The page of one article. `others` are teased beside it; `base` without a last slash."""
    item = post.item
    at = post.at.astimezone(LOCAL)
    plain = {
        "lang": outlet.lang,
        "site": outlet.name,
        "tagline": outlet.tagline,
        "cookies": outlet.cookies,
        "footer": outlet.footer,
        "feed_type": CONTENT_TYPES[outlet.feed].partition(";")[0],
        "feed_url": f"{base}/feed.xml",
        "url": post.url,
        "title": item.title,
        "author": item.author,
        "author_slug": re.sub(r"\W+", "-", item.author.lower()),
        "section": item.section,
        "summary": item.summary,
        "source": item.source,
        "date": f"{at.day} {_MONTHS[outlet.lang].split()[at.month - 1]} {at.year}",
        "date_iso": at.isoformat(),
        "year": str(at.year),
    }
    built = {
        "nav": " ".join(f'<a href="/{n}">{escape(name)}</a>' for n, name in enumerate(outlet.nav)),
        "nav_list": "".join(
            f'<li><a href="/{n}">{escape(name)}</a></li>' for n, name in enumerate(outlet.nav)
        ),
        "labels": _paragraphs(item.labels, ' class="labels"'),
        "paragraphs": _paragraphs(item.body),
        "credit": _paragraphs((item.credit,) if item.credit else ()),
        "tail": _paragraphs(outlet.tail),
        "teasers": "".join(
            f'<li><a href="{escape(other.url)}">{escape(other.item.title)}</a></li>'
            for other in others
        ),
        "json_ld": _json_ld(outlet, post),
    }
    values = {name: escape(value) for name, value in plain.items()} | built
    return _template(outlet.page).substitute(values).encode("utf-8")


@cache
def _template(name: str) -> Template:
    file = resources.files(__package__) / "pages" / f"{name}.html"
    return Template(file.read_text(encoding="utf-8"))


def _paragraphs(lines: Sequence[str], attributes: str = "") -> str:
    return "\n".join(f"<p{attributes}>{escape(line)}</p>" for line in lines)


def _json_ld(outlet: Outlet, post: Posted) -> str:
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": post.item.title,
        "datePublished": post.at.astimezone(LOCAL).isoformat(),
        "author": {"@type": "Person", "name": post.item.author},
        "publisher": {"@type": "Organization", "name": outlet.name},
        "mainEntityOfPage": post.url,
    }
    # A headline with "</script>" in it must not end the element that carries this.
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
