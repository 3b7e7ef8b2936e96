"""Relay gateways: how they differ from the API behind them. A gateway is a YAML file, read into frozen records.

records     what a gateway is
format      the keys of the files that describe one
reading     the presets, and the files of users
merging     a file over the preset that it is like
speaking    a wire format as a gateway speaks it: envelopes of errors, headers
admitting   what a gateway refuses before it relays: keys, paths, models
fields      what of a Messages request it knows
adjusting   what it changes of a request before it goes on
channels    what stands behind it, and what a retry moves through
listing     its models
"""
