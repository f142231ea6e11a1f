"""A small newsroom on loopback: outlets, a story that spreads, local receivers."""
