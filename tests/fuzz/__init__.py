"""Attacks with mutated inputs: the same few thousand in each ``make test``, further ones by ``make fuzz``."""
