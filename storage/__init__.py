"""The database: schema, migrations, every SELECT and every INSERT. Knows nothing of `watcher/`."""
