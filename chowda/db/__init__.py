"""The database: engine and sessions, autocommit connections, migrations."""
