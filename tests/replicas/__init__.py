"""What replicas on one engine promise, held against replicas that are killed under load."""
