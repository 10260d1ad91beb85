"""Lists of coded vectors: what they are trained on, what they hold."""

from __future__ import annotations

import index_making as making
import numpy as np
import pytest

from raravis.errors import InputError
from raravis.index import lists as module
from raravis.index.lists import GONE, added, number_of_lists, sample_of, taken_out, trained

faiss = pytest.importorskip("faiss", reason="faiss")


def nearest(lists: module.Lists, data: np.ndarray) -> np.ndarray:
    every = faiss.SearchParametersIVF(nprobe=lists.index.nlist)
    return np.asarray(lists.index.search(data.astype(np.float32), 1, params=every)[1][:, 0])


def test_every_vector_is_in_the_lists_those_they_were_trained_on_too() -> None:
    n = 30_000
    vectors = making.vectors(n, 8)
    made = added(trained(vectors, kind="ivf-sq8", recall=0.95, seed=0), vectors, np.arange(n))
    assert made.trained_on == 692 * 40 < n == made.count and made.index.nlist == 692
    sample = sample_of(n, made.trained_on, 0)
    assert len(np.unique(sample)) == made.trained_on
    every = [made.index.invlists.list_size(i) for i in range(made.index.nlist)]
    assert sum(every) == n
    ids = np.concatenate([faiss.rev_swig_ptr(made.index.invlists.get_ids(i), size) for i, size in enumerate(every)])
    np.testing.assert_array_equal(np.sort(ids), np.arange(n))


def test_the_sample_follows_from_the_seed() -> None:
    np.testing.assert_array_equal(sample_of(1000, 10, 3), sample_of(1000, 10, 3))
    assert (sample_of(1000, 10, 3) != sample_of(1000, 10, 4)).any()


@pytest.mark.parametrize(("n", "wanted"), [(0, 1), (39, 1), (400, 10), (10_000, 250), (1_000_000, 4000)])
def test_there_are_four_times_the_root_of_them_but_forty_vectors_to_a_list(n: int, wanted: int) -> None:
    assert number_of_lists(n) == wanted


def test_what_is_taken_out_is_not_found_and_the_others_keep_their_numbers() -> None:
    vectors = making.vectors(200)
    made = added(trained(vectors, kind="ivf-sq8", recall=0.95, seed=0), vectors, np.arange(200))
    less = taken_out(made, np.array([7, 9]))
    assert less.count == 198 and less.ids[7] == less.ids[9] == GONE and less.ids[8] == 9
    found = nearest(less, vectors.data)
    assert not np.isin(found, [7, 9]).any() and (np.delete(found, [7, 9]) == np.delete(np.arange(200), [7, 9])).all()


def test_an_unknown_kind_is_named_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match="unknown index 'hnsw'; known: exact, ivf-sq8, ivf-rabitq"):
        trained(making.vectors(10), kind="hnsw", recall=0.95, seed=0)
