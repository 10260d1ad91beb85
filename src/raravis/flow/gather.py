"""gather: what comes before the asking, files to vectors, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from raravis.flow.detect import detect as run_detect
from raravis.flow.embed import embed
from raravis.flow.ingest import ingest
from raravis.flow.sample import sample as run_sample
from raravis.flow.tell import Map, Say, Tell, quiet, silent
from raravis.media.timelines import TimelineFrom
from raravis.scale.processes import in_process
from raravis.store.project import Project


def gather(
    project: Project,
    inputs: Sequence[str | Path],
    *,
    sample: str = "keyframes",
    detect: str = "whole",
    encoder: str | None = None,
    timeline_from: TimelineFrom = "file",
    frame_folders: Literal["auto", "always", "never"] = "auto",
    retry_failed: bool = False,
    map: Map = in_process,
    tell: Tell = silent,
    say: Say = quiet,
) -> str:
    """The id of the encoder in whose space everything below the inputs can be searched: ingest, sample, detect, embed.

    Each of them does what is new only, so a call that was cut off goes on where it was. Raises what they raise.
    """
    say(str(ingest(project, inputs, timeline_from=timeline_from, frame_folders=frame_folders, map=map, tell=tell)))
    return see(
        project, sample=sample, detect=detect, encoder=encoder, retry_failed=retry_failed, map=map, tell=tell, say=say
    )


def see(
    project: Project,
    *,
    sample: str,
    detect: str,
    encoder: str | None,
    retry_failed: bool,
    map: Map,
    tell: Tell,
    say: Say,
) -> str:
    """The same for all that was ingested: sample, detect, embed."""
    run_sample(project, sample=sample, map=map, tell=tell)
    run_detect(project, detect=detect, sample=sample, map=map, tell=tell)
    return embed(project, encoder=encoder, retry_failed=retry_failed, map=map, tell=tell, say=say)
