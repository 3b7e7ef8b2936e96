"""The wire format of the Messages API itself."""
