"""Decides and is pure: no I/O, no clock, no logging, no randomness."""
