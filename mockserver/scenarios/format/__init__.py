"""The scenario format as one table: source of the checks, the JSON Schema for editors and the tables in the docs."""
