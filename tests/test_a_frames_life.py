"""One frame from its file to what people take home: the whole flow, step by step, with its numbers."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import media_making as making
import numpy as np
from flow_making import by_oracle

from raravis import flow
from raravis.boxes import crop
from raravis.embed.toy import Toy
from raravis.flow.collection import load
from raravis.flow.embedding import thumb_path
from raravis.flow.examples import add_examples
from raravis.flow.results import found_events
from raravis.media.pictures import read_picture
from raravis.store import Project, heads, items, labels, rounds, samples, shards, sources
from raravis.types import YES

QUARTER = (0.25, 0.25, 0.75, 0.75)  # the middle one of 3 x 3 tiles that overlap by half


def test_a_frames_life(tmp_path: Path) -> None:
    trail = making.film(tmp_path / "in" / "trail.mp4", 8, red=[(5, 6)])
    making.copy(trail, tmp_path / "in" / "copy.mp4")
    like = making.still(tmp_path / "like.png", red=True, shade=100)
    known = making.oracle(tmp_path / "known.csv", "trail.mp4,red,1,5,6,0.25,0.25,0.5,0.75")

    with Project.open(tmp_path / "project", create=True) as project:
        # 1. ingest: the same bytes twice are one Source in two places
        assert flow.ingest(project, [tmp_path / "in"]).new == 2
        with project.read() as c:
            (source,) = sources.all(c)
        assert (source.width, source.height, source.time_base, source.duration) == (64, 48, Fraction(1, 1000), 8000)
        assert [place.name for place in source.places] == ["copy.mp4", "trail.mp4"]

        # 2. sample: the keyframe at 5 s keeps its pts
        flow.sample(project)
        with project.read() as c:
            pts, end = samples.get(c, source.id, "keyframes")
        assert pts.tolist() == list(range(0, 8000, 1000)) and end[5] == 5250

        # 3. detect: ten boxes a frame, each an Item
        flow.detect(project, detect="tiles:n=3,overlap=0.5")
        with project.read() as c:
            table = items.arrays(c)
            at_5 = table.ids[table.pts == 5000].tolist()
            item = next(item for item in items.get(c, at_5) if item.box == QUARTER)
        assert len(table) == 80 and (item.pts, item.end, item.source_id) == (5000, 5250, source.id)

        # 4. embed: a unit vector under its id, made from the crop; and a small picture
        encoder = flow.embed(project, encoder="toy")
        with project.read() as c:
            vectors = shards.load(c, project.vectors, encoder)
        vector = vectors.data[vectors.ids == item.id].astype(np.float32)[0]
        (wanted,) = Toy()([crop(making.picture(red=True, shade=92), item.box)])
        assert abs(float(np.linalg.norm(vector)) - 1) < 1e-3 and float(vector @ wanted) > 0.99
        assert read_picture(thumb_path(project.thumbs, item.id)).shape == (24, 32, 3)

        # 5. index: the item's row, wherever it lies
        assert flow.index(project).vectors == 80
        collection = load(project)
        (row,) = collection.rows(np.array([item.id]))
        assert collection.vectors.ids[row] == item.id and collection.seconds[row] == 5.0
        assert collection.frame[row] == collection.frame[collection.rows(np.array(at_5))[0]]

        # 6. search by a picture: the frame comes first, and the list is a Round
        found = flow.search(project, like=[like], k=3)
        assert found.ids[0] in at_5 and found.scores[0] == max(found.scores) and found.strategy == "search"

        # 7. and 8. ask and label: a Round with its seed, its answers with their Round
        add_examples(project, "red", like=[like])
        asked = flow.ask(project, "red", strategy="similar", k=4, seed=11)
        assert asked is not None and asked.ids[0] in at_5
        given = flow.label(project, "red", by_oracle(project, known))
        assert given[asked.ids[0]] == YES and list(given.values()).count(YES) == 1
        with project.read() as c:
            assert rounds.get(c, asked.id).seed == 11 and rounds.get(c, asked.id).labels_up_to == 0
            (label,) = [label for label in labels.current(c, "red") if label.value == YES]
        assert (label.item_id, label.round_id, label.by, label.source) == (asked.ids[0], asked.id, "oracle", "oracle")
        following = flow.ask(project, "red", strategy="similar", k=4, seed=11)
        assert following is not None and following.labels_up_to == 4 and not set(following.ids) & set(at_5)

        # 9. train: a Head with the ids of the labels it saw
        head = flow.train(project, "red")
        with project.read() as c:
            assert head.trained_on == tuple(label.id for label in labels.current(c, "red"))
            newest = heads.latest(c, "red", encoder)
        assert newest is not None and newest[1].weight.shape == (28, 1) and newest[1].encoder == "toy-1"

        # 11. export: the event in both places, and the answered box in pixels, with round and labeller
        events = [(event.source, event.start_seconds, event.end_seconds) for event in found_events(project, "red")]
        assert events == [("copy.mp4", 5.0, 5.25), ("trail.mp4", 5.0, 5.25)]
        about = json.loads(flow.export(project, "red", formats=["coco"])["coco"].read_text())
        (annotation,) = about["annotations"]
        with project.read() as c:
            (shown,) = items.get(c, [asked.ids[0]])
        x0, y0, x1, y1 = shown.box
        assert annotation["bbox"] == [x0 * 64, y0 * 48, (x1 - x0) * 64, (y1 - y0) * 48]
        assert (annotation["item_id"], annotation["round"], annotation["labeller"]) == (shown.id, asked.id, "oracle")

        # every step again: nothing is added
        assert flow.ingest(project, [tmp_path / "in"]).new == flow.sample(project) == 0
        assert flow.detect(project, detect="tiles:n=3,overlap=0.5") == 0
        assert flow.embed(project, encoder="toy") == encoder and flow.index(project).vectors == 80
