"""What ``--store DIR`` and ``--workers`` promise, held against servers that are killed under load."""
