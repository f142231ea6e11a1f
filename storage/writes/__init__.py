"""Every INSERT, UPDATE and DELETE. Each takes a connection from `Database.write()` first."""
