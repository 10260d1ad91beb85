"""Everything remembered: one SQL implementation for SQLite and PostgreSQL, and vector shards beside it.

`Project` opens a folder; every other module holds plain functions that take the connection first.
"""

from raravis.store.project import Project

__all__ = ["Project"]
