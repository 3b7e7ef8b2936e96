"""What is known of the API: models, schemas, tokens, signatures, ids and media."""
