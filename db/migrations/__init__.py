"""The only way the schema is made or changed, on every engine."""
