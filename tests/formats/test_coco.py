from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from raravis.errors import MediaError
from raravis.formats.coco import pixel_box, write
from raravis.types import Item, Label


class Reader:
    """What every COCO reader does: index images, categories, and annotations by image."""

    def __init__(self, path):
        data = json.loads(path.read_text(encoding="utf-8"))
        self.root, self.data = path.parent, data
        self.images = {image["id"]: image for image in data["images"]}
        self.categories = {category["id"]: category["name"] for category in data["categories"]}
        self.by_image = defaultdict(list)
        for annotation in data["annotations"]:
            assert annotation["image_id"] in self.images and annotation["category_id"] in self.categories
            self.by_image[annotation["image_id"]].append(annotation)

    def picture(self, number):
        with Image.open(self.root / self.images[number]["file_name"]) as picture:
            return np.asarray(picture)


def test_a_box_is_in_pixels_as_x_y_width_height():
    assert pixel_box((0.31, 0.42, 0.47, 0.80), 1920, 1080) == [595.2, 453.6, 307.2, 410.4]


def test_a_plain_reader_finds_the_yes_its_picture_and_its_category(make_export, tmp_path):
    reader = Reader(write(make_export(), tmp_path))
    (annotation,) = reader.by_image[1]
    assert reader.categories[annotation["category_id"]] == "fox"
    assert annotation["bbox"] == [0, 0, 192, 108] and annotation["area"] == 192 * 108 and annotation["iscrowd"] == 0
    assert reader.picture(1).shape == (108, 192, 3) and abs(int(reader.picture(1)[0, 0, 0]) - 1) <= 1


def test_every_answer_says_who_when_and_where_in_its_source(make_export, tmp_path):
    reader = Reader(write(make_export(), tmp_path))
    (annotation,), image = reader.by_image[1], reader.images[1]
    assert (annotation["item_id"], annotation["labeller"], annotation["round"]) == (1, "ann", 7)
    assert [image[k] for k in ("source", "pts", "time_base", "seconds")] == ["cam01.mp4", 105, "1/10", 10.0]


def test_a_no_is_a_picture_without_annotations(make_export, tmp_path):
    reader = Reader(write(make_export(), tmp_path))
    assert reader.images[2]["attributes"]["negative"] and not reader.by_image[2]
    assert not reader.images[1]["attributes"]["negative"]


def test_what_only_follows_from_answers_is_listed_apart_and_is_no_picture(make_export, tmp_path):
    item, follows = Item(4, 1, 115, 125), Label(4, "fox", 1, "raravis", "propagated", weight=0.5)
    export = make_export()
    export = replace(export, items={**export.items, 4: item}, propagated=[follows])
    reader = Reader(write(export, tmp_path))
    (entry,) = reader.data["propagated"]
    assert (entry["source"], entry["pts"], entry["seconds"]) == ("cam01.mp4", 115, 11.0)
    assert (entry["item_id"], entry["label_source"], entry["round"]) == (4, "propagated", None)
    assert len(reader.images) == 2 and len(reader.data["annotations"]) == 1


def test_what_nobody_could_tell_is_listed_apart_and_is_no_picture(make_export, tmp_path):
    reader = Reader(write(make_export(), tmp_path))
    assert [row["item_id"] for row in reader.data["cant_tell"]] == [3]
    assert len(reader.images) == 2 and len(list((tmp_path / "coco" / "images").iterdir())) == 2


def test_the_box_that_a_person_drew_goes_before_the_items(make_export, tmp_path):
    items = {1: Item(1, 1, 105, 115, (0.0, 0.0, 0.5, 0.5))}
    drawn = Label(1, "fox", 1, "ann", box=(0.25, 0.5, 0.75, 1.0))
    for label, box, origin in ((drawn, [48, 54, 96, 54], "answer"), (replace(drawn, box=None), [0, 0, 96, 54], "item")):
        reader = Reader(write(make_export(items=items, labels=[label]), tmp_path))
        assert (reader.by_image[1][0]["bbox"], reader.by_image[1][0]["box_from"]) == (box, origin)


def test_items_of_one_frame_share_its_picture(make_export, tmp_path):
    halves = {
        n: Item(n, 1, 105, 115, box) for n, box in ((1, (0, 0, 0.5, 1)), (2, (0.5, 0, 1, 1)), (3, (0.2, 0, 0.8, 1)))
    }
    labels = [Label(1, "fox", -1, "ann"), Label(2, "fox", 1, "ann"), Label(3, "fox", 1, "bob")]
    reader = Reader(write(make_export(items=halves, labels=labels), tmp_path))
    assert [a["labeller"] for a in reader.by_image[1]] == ["ann", "bob"] and len(reader.images) == 1
    attributes = reader.images[1]["attributes"]
    assert not attributes["negative"] and [a["value"] for a in attributes["answers"]] == [-1, 1, 1]


def test_a_picture_whose_file_is_gone_is_listed_as_missing(make_export, tmp_path):
    reader = Reader(write(make_export(pictures=lambda items: iter(())), tmp_path))
    assert not reader.images and [row["item_id"] for row in reader.data["missing"]] == [1, 2]


def test_referenced_pictures_are_named_where_they_lie(make_export, make_source, tmp_path):
    sources = {1: make_source(1, "cam01.mp4"), 2: make_source(2, "a.jpg", kind="image", seconds=0)}
    items = {1: Item(1, 1, 105, 115), 2: Item(2, 2, 5, 5)}
    export = make_export(sources=sources, items=items, labels=[Label(n, "fox", 1, "ann") for n in (1, 2)])
    reader = Reader(write(replace(export, pictures_written=False), tmp_path))
    names = [image["file_name"] for image in reader.images.values()]
    assert names == ["/media/cam01.mp4#t=10.000000", "/media/a.jpg"]
    assert not (tmp_path / "coco" / "images").exists()


def test_pictures_pass_one_at_a_time_and_never_gather_in_memory(make_export, tmp_path):
    def pictures(items):
        for number, item in enumerate(items):
            written = len(list((tmp_path / ".coco.partial" / "images").glob("*.jpg")))
            assert written == number, "the picture before must be on disk when the next is read"
            yield item, np.zeros((108, 192, 3), np.uint8)

    assert len(Reader(write(make_export(pictures=pictures), tmp_path)).images) == 2


def test_without_answers_it_is_an_empty_data_set(make_export, tmp_path):
    reader = Reader(write(make_export(labels=[], events=[]), tmp_path))
    assert reader.data["images"] == reader.data["annotations"] == [] and reader.categories == {1: "fox"}


def test_a_failure_half_way_leaves_the_earlier_data_set(make_export, tmp_path):
    def broken(items):
        yield items[0], np.zeros((108, 192, 3), np.uint8)
        raise MediaError("cam01.mp4: cannot be read")

    before = write(make_export(), tmp_path).read_bytes()
    with pytest.raises(MediaError):
        write(make_export(pictures=broken), tmp_path)
    assert (tmp_path / "coco" / "annotations.json").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["coco"]
