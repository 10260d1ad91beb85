from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection
from store_making import a_source, add_items, add_source, says

from raravis.errors import InputError
from raravis.store import concepts, items, labels, log, progress, samples, sources
from raravis.types import Packets, Place

FILMS, DISK = Path("/films").absolute(), Path("/disk").absolute()


def place(path: Path, name: str = "trail.mp4") -> Place:
    return Place(str(path), name, timeline="camera 7", starts_at=12.5)


def test_the_same_content_keeps_its_id_and_a_known_one_is_not_changed(c: Connection) -> None:
    first = sources.add(c, a_source("d1", width=640))
    assert sources.add(c, a_source("d1", width=999)) == first
    assert sources.add(c, a_source("d2")) != first
    assert [source.width for source in sources.all(c)] == [640, 640]


def test_a_source_comes_back_as_it_was_with_all_its_places(c: Connection) -> None:
    id = add_source(c)
    here, there = place(FILMS / "trail.mp4"), place(DISK / "copy.mp4", "copy.mp4")
    for each in (here, there, here):
        sources.add_place(c, id, each)
    source = sources.get(c, id)
    assert source == sources.all(c)[0]
    assert source.places == (here, there)
    assert (source.digest, source.time_base, source.start, source.duration) == (
        "d1",
        Fraction(1, 30_000),
        1_001,
        90_090,
    )


def test_a_file_whose_content_changed_lies_in_the_new_source_only(c: Connection) -> None:
    old, new = add_source(c, "d1"), add_source(c, "d2")
    for id in (old, new):
        sources.add_place(c, id, place(FILMS / "trail.mp4"))
    assert sources.get(c, old).places == ()
    assert sources.get(c, new).places == (place(FILMS / "trail.mp4"),)


def test_an_unknown_source_is_an_input_error(c: Connection) -> None:
    with pytest.raises(InputError, match="no source 5 in this project"):
        sources.get(c, 5)
    assert sources.all(c) == []


def test_a_name_that_two_sources_share_gives_both(c: Connection) -> None:
    one, two = add_source(c, "d1"), add_source(c, "d2")
    sources.add_place(c, one, place(FILMS / "a" / "trail.mp4"))
    sources.add_place(c, one, place(FILMS / "b" / "trail.mp4"))
    sources.add_place(c, two, place(DISK / "trail.mp4"))
    assert sources.by_name(c, "trail.mp4") == [one, two]
    assert sources.by_name(c, "none.mp4") == []


@pytest.mark.parametrize("n", [0, 1, 9])
def test_packets_come_back_as_they_were(c: Connection, n: int) -> None:
    pts = np.array([-7, 0, 1_001, 2_002, 5_000, 5_001, 5_002, 2**40, 2**40 + 1][:n], np.int64)
    packets = Packets(pts, pts % 2 == 0, pts % 3 != 0, end=2**41, time_base=Fraction(1, 30_000))
    id = sources.add(c, a_source(), packets=packets)
    back = sources.packets(c, id)
    assert back is not None
    assert back.pts.tolist() == pts.tolist() and back.pts.dtype == np.int64
    assert back.key.tolist() == packets.key.tolist() and back.reference.tolist() == packets.reference.tolist()
    assert (back.end, back.time_base) == (2**41, Fraction(1, 30_000))


def test_a_source_without_packets_has_none(c: Connection) -> None:
    with pytest.raises(InputError, match="no packet times"):
        sources.packets(c, add_source(c))


def test_an_hour_of_30_frames_a_second_takes_a_few_kilobytes() -> None:
    n = 3_600 * 30
    frame = np.arange(n, dtype=np.int64)
    packets = Packets(frame * 1_001, frame % 250 == 0, frame % 3 == 0, n * 1_001, Fraction(1, 30_000))
    assert len(sources.pack(packets)) < 4_000


def test_relocate_moves_what_lies_under_the_folder_and_nothing_beside_it(c: Connection) -> None:
    id = add_source(c)
    for path in (FILMS / "a.mp4", FILMS / "sub" / "b.mp4", FILMS.with_name("films2") / "c.mp4"):
        sources.add_place(c, id, place(path))
    progress.mark(c, "ingest", "", str(FILMS / "bad.mp4"), "failed", reason="empty")
    assert sources.relocate(c, FILMS, DISK / "films") == 2
    paths = {Path(each.path) for each in sources.get(c, id).places}
    assert paths == {DISK / "films" / "a.mp4", DISK / "films" / "sub" / "b.mp4", FILMS.with_name("films2") / "c.mp4"}
    assert progress.states(c, "ingest", "") == {str(DISK / "films" / "bad.mp4"): ("failed", "empty")}
    assert [entry.action for entry in log.all(c)] == ["relocate"]


def test_relocate_moves_a_single_file_and_keeps_its_name_and_time(c: Connection) -> None:
    id = add_source(c)
    sources.add_place(c, id, place(FILMS / "trail.mp4"))
    assert sources.relocate(c, FILMS / "trail.mp4", DISK / "x.mp4") == 1
    assert sources.get(c, id).places == (place(DISK / "x.mp4"),)


def test_relocate_into_a_folder_below_itself_works(c: Connection) -> None:
    id = add_source(c)
    sources.add_place(c, id, place(FILMS / "t.mp4"))
    sources.add_place(c, id, place(FILMS / "old" / "t.mp4"))
    assert sources.relocate(c, FILMS, FILMS / "old") == 2
    paths = {Path(each.path) for each in sources.get(c, id).places}
    assert paths == {FILMS / "old" / "t.mp4", FILMS / "old" / "old" / "t.mp4"}


def test_relocate_after_the_new_folder_was_ingested_leaves_one_place(c: Connection) -> None:
    id = add_source(c)
    for folder in (FILMS, DISK):
        sources.add_place(c, id, place(folder / "trail.mp4"))
    assert sources.relocate(c, FILMS, DISK) == 1
    assert [Path(each.path) for each in sources.get(c, id).places] == [DISK / "trail.mp4"]


def test_relocate_refuses_a_path_that_holds_something_else(c: Connection) -> None:
    sources.add_place(c, add_source(c, "d1"), place(FILMS / "trail.mp4"))
    sources.add_place(c, add_source(c, "d2"), place(DISK / "trail.mp4"))
    with pytest.raises(InputError, match=r"trail\.mp4: already known, and holds something else"):
        sources.relocate(c, FILMS, DISK)


def test_relocate_where_nothing_lies_says_so(c: Connection) -> None:
    with pytest.raises(
        InputError, match=r"no source lies under .*films; nothing was ingested yet; run: raravis ingest"
    ):
        sources.relocate(c, FILMS, DISK)


@pytest.mark.parametrize(("known", "said"), [("ba", "a, b"), ("cba", "a, b, c"), ("dcba", "a, b, c, …")])
def test_relocate_where_nothing_lies_names_up_to_three_known_folders(c: Connection, known: str, said: str) -> None:
    id = add_source(c)
    for name in known:
        sources.add_place(c, id, place(DISK / name / "t.mp4"))
        sources.add_place(c, id, place(DISK / name / "below" / "t.mp4"))
    folders = ", ".join(name if name == "…" else str(DISK / name) for name in said.split(", "))
    with pytest.raises(InputError) as caught:
        sources.relocate(c, FILMS, DISK)
    assert str(caught.value).endswith(f"; give the folder or file as it was ingested; known folders: {folders}")


def test_forget_removes_a_source_with_all_that_hangs_on_it_and_the_log_keeps_that(c: Connection) -> None:
    gone, kept = add_source(c, "d1"), add_source(c, "d2")
    gone_items, kept_items = add_items(c, gone, 2), add_items(c, kept, 1)
    concepts.add(c, "fox")
    for id, own in ((gone, gone_items), (kept, kept_items)):
        sources.add_place(c, id, place(FILMS / f"{id}.mp4"))
        samples.replace(c, id, "keyframes", np.array([1]), np.array([2]))
        progress.mark(c, "detect", "whole", str(id), "done", source_id=id)
        labels.add(c, [says(item, 1) for item in own])
    assert sources.forget(c, gone).tolist() == gone_items
    assert [source.id for source in sources.all(c)] == [kept]
    assert items.arrays(c).ids.tolist() == kept_items
    assert labels.latest(c, "fox").item_id.tolist() == kept_items
    assert progress.states(c, "detect", "whole") == {str(kept): ("done", "")}
    assert len(samples.get(c, gone, "keyframes")[0]) == 0 and len(samples.get(c, kept, "keyframes")[0]) == 1
    assert [entry.action for entry in log.all(c)] == ["forget"] and "d1; trail.mp4): 2 items" in log.all(c)[0].detail


def test_ids_of_forgotten_sources_items_and_labels_are_not_given_again(c: Connection) -> None:
    concepts.add(c, "fox")
    source = add_source(c)
    (item,) = add_items(c, source, 1)
    label = labels.add(c, [says(item, 1)])
    sources.forget(c, source)
    again = add_source(c)
    (item_again,) = add_items(c, again, 1)
    assert again > source and item_again > item and labels.add(c, [says(item_again, 1)]) > label
