"""Syndication Watch: finds republished copies of news stories and tells how they spread."""

__version__ = "0.1.0"
