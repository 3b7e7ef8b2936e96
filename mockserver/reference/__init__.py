"""Facts about the API: models, schemas, tokens, signatures, ids and media."""
