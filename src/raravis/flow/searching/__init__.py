"""Searching as a service: a collection held ready, filters, queries, groups, what follows what."""
