"""Every SELECT. Each takes a connection first, from `Database.read()` or `Database.write()`."""
