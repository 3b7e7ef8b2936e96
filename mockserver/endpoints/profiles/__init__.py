"""User profiles: records of those whom an application serves, which its requests may name."""
