"""The tables, by the nouns. Ids are never used twice: vectors on disk name items by them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    false,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData()

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only where the type reads INTEGER


def _counted(name: str, *columns: SchemaItem) -> Table:
    """A table that numbers its rows; without AUTOINCREMENT SQLite gives a deleted last row's id to the next."""
    return Table(name, metadata, Column("id", Id, primary_key=True), *columns, sqlite_autoincrement=True)


def _of(table: str, **options: Any) -> Column[int]:
    return Column(f"{table[:-1]}_id", Id, ForeignKey(f"{table}.id"), **{"nullable": False, **options})


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, String, **{"nullable": False, **options})


def _whole(name: str, **options: Any) -> Column[int]:
    return Column(name, BigInteger, **{"nullable": False, **options})


def _real(name: str, **options: Any) -> Column[float]:
    return Column(name, Double, **{"nullable": False, **options})


def _flag(name: str, **options: Any) -> Column[bool]:
    return Column(name, Boolean, **{"nullable": False, "server_default": false(), **options})


def _bytes(name: str, **options: Any) -> Column[bytes]:
    return Column(name, LargeBinary, **{"nullable": False, **options})


def _json(name: str, **options: Any) -> Column[Any]:
    return Column(name, JSON(none_as_null=True), **{"nullable": False, **options})


migrations = Table("migrations", metadata, _text("name", primary_key=True), _real("at"))

owner = Table("owner", metadata, _text("id", primary_key=True), _text("folder"))  # one row, see `owner.py`

sources = _counted(
    "sources",
    _text("digest", unique=True),
    _text("kind"),
    _whole("width"),
    _whole("height"),
    _whole("time_base_num"),
    _whole("time_base_den"),
    _whole("start"),
    _whole("duration"),
    _whole("size_bytes"),
    _real("captured_at", nullable=True),  # seconds since 1970, where the file says so
    _bytes("packets", nullable=True),
)

places = _counted(
    "places",
    _of("sources", index=True),
    _text("path", unique=True),
    _text("name", index=True),
    _text("timeline"),
    _real("starts_at"),
)

progress = _counted(
    "progress",
    _text("stage"),
    _text("setting"),
    _text("subject"),
    _text("state"),
    _text("reason"),
    _of("sources", nullable=True, index=True),
    _real("seconds"),
    UniqueConstraint("stage", "setting", "subject"),
)

samples = Table(
    "samples",
    metadata,
    _of("sources", primary_key=True),
    _text("sampler", primary_key=True),
    _whole("pts", primary_key=True),
    _whole("end"),
)

items = _counted(
    "items",
    _of("sources"),
    _whole("pts"),
    _whole("end"),
    _real("x0"),
    _real("y0"),
    _real("x1"),
    _real("y1"),
    _real("score"),
    _text("detector"),
    UniqueConstraint("source_id", "pts", "end", "x0", "y0", "x1", "y1"),
)

encoders = Table(
    "encoders",
    metadata,
    _text("id", primary_key=True),
    _text("spec"),
    _whole("dim"),
    _flag("in_use"),  # true of one at most: the space that searches go by
    _real("begun_at", nullable=True),  # seconds since 1970; unknown of those that older versions made
)

shards = _counted(
    "shards",
    Column("encoder", String, ForeignKey("encoders.id"), nullable=False),
    _text("name", unique=True),
    _whole("rows"),
    _whole("checksum"),
)

concepts = _counted("concepts", _text("name", unique=True))

examples = _counted(
    "examples",
    _of("concepts"),
    _text("name"),
    _text("digest"),
    Column("sign", SmallInteger, nullable=False),
    _bytes("picture"),  # nothing for a text
    _text("kind", server_default="picture"),
    UniqueConstraint("concept_id", "digest", "sign"),
)

example_vectors = Table(
    "example_vectors",
    metadata,
    _of("examples", primary_key=True),
    Column("encoder", String, primary_key=True),
    _bytes("data"),  # float32
)

heads = _counted(
    "heads", _of("concepts", index=True), _text("encoder"), _text("created_from"), _bytes("arrays"), _real("at")
)

rounds = _counted(
    "rounds",
    _of("concepts", index=True),
    _text("strategy"),
    _json("params"),
    _whole("seed"),
    _json("ids"),
    _json("scores"),
    _json("reason"),
    _json("inclusion_prob", nullable=True),
    _whole("labels_up_to"),
    _of("heads", nullable=True),
    _text("encoder"),
    _text("version"),
    _real("at"),
)

labels = Table(
    "labels",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),  # see `labels.add`
    _of("items", index=True),
    _of("concepts"),
    Column("value", SmallInteger, nullable=True),  # null: withdrawn, as if never asked
    _text("by"),
    _text("source"),
    _json("box", nullable=True),
    _of("rounds", nullable=True),
    _real("weight"),
    _real("at"),
    _whole("undoes", nullable=True, index=True),  # id of the entry that this one takes back
    Index("ix_labels_latest", "concept_id", "item_id", "id"),
    Index("ix_labels_by", "concept_id", "by", "id"),
)

leases = Table(
    "leases",  # of a round, to whoever was shown it; kept when over, so that a late answer is known for one
    metadata,
    _of("rounds", primary_key=True),
    _text("by"),
    _real("until", index=True),  # seconds since 1970
    _json("later"),  # ids of its items that were given back
)

hidden = Table(
    "hidden",  # items that come out of no search: near-duplicates of another
    metadata,
    _of("items", primary_key=True),
    Column("shown_id", Id, ForeignKey("items.id"), nullable=False, index=True),  # the item that stands for it
)

users = _counted(
    "users",
    _text("name", unique=True),
    _text("role"),
    _text("token_hash", unique=True),
    _real("created_at"),  # seconds since 1970
    _real("revoked_at", nullable=True),
)

counters = Table("counters", metadata, _text("name", primary_key=True), _whole("last"))

log = _counted("log", _real("at"), _text("action"), _text("detail"))
