"""Rows in columns → sums: counters that grow while logs are read, and tables that are made of them at the end.

`accumulation` takes the batches of a site, `details` keeps what has a name for a key, `finishing` makes the tables.
"""
