"""What a gateway refuses before it relays anything: keys, paths and models."""
