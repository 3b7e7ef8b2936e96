"""Relay gateways: how they differ from the API behind them. A gateway is a YAML file, read into frozen records.

records     what a gateway is; globs: names of models and paths with ``*``
format      the keys of the files that describe one; rules: what these have to obey besides
reading     the files of users, and those of presets
merging     a file over the preset that it is like
speaking    a wire format as a gateway speaks it: envelopes of errors, headers; masking: addresses and keys in errors
admitting   what a gateway refuses before it relays: keys, paths, models; failing: its errors, by the names of rows
fields      what of a Messages request it knows
adjusting   what it changes of a request before it goes on
channels    what stands behind it, and what a retry moves through
listing     its models
"""
