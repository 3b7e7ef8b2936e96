"""A long run under mixed load: what the server holds stays flat, and it answers no 500 but those that are scripted."""
