"""When a scenario applies: conditions on a prompt."""
