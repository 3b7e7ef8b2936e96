"""The scenario format as one table, of which the checks, the JSON Schema for editors and the docs' tables are made."""
