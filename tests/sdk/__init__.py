"""The official SDK's own generated tests, from its source distribution, against a running server."""
