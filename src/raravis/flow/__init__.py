"""The verbs, in the order of a frame's life. Read this first.

    ingest   files → Sources                     search   pictures → a Round of what is like them
    sample   Source → moments worth a look       ask      answers → a Round of what to look at next
    detect   moments → Items                     label    Round → Labels
    embed    Items → Vectors                     refine   Labels → ends of events, to the frame
    index    Vectors → what searches scan        train    Labels → Head
                                                 evaluate Head, Labels → how good it is
                                                 export   Labels, Head → files
                                                 certify  Labels → how much was found, at least

`search_then` looks for one thing and then another; `dedup` for what is there twice.
`find` is all of them; `status` says how far each got; `report` is the export to hand on; `replay` makes the rounds of
the log again; `relocate` and `forget` keep a project true to the disk.
Each takes the project first and works on what is new only. The command line has the same names and defaults.
"""

from raravis.flow.answers import label
from raravis.flow.campaign import ask
from raravis.flow.certify import certify
from raravis.flow.dedup import dedup
from raravis.flow.detect import detect
from raravis.flow.embed import embed
from raravis.flow.evaluate import evaluate
from raravis.flow.export import FORMATS, export
from raravis.flow.find import find
from raravis.flow.frames import frames
from raravis.flow.index import index
from raravis.flow.infer import infer
from raravis.flow.ingest import ingest
from raravis.flow.keep import forget, relocate
from raravis.flow.query import search
from raravis.flow.refine import refine
from raravis.flow.replay import replay
from raravis.flow.report import report
from raravis.flow.sample import sample
from raravis.flow.status import status
from raravis.flow.then import search_then
from raravis.flow.train import train

__all__ = [
    "FORMATS",
    "ask",
    "certify",
    "dedup",
    "detect",
    "embed",
    "evaluate",
    "export",
    "find",
    "forget",
    "frames",
    "index",
    "infer",
    "ingest",
    "label",
    "refine",
    "relocate",
    "replay",
    "report",
    "sample",
    "search",
    "search_then",
    "status",
    "train",
]
