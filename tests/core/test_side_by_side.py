import sys
import threading

import pytest
import torch

from core.side_by_side import side_by_side


def test_each_worker_computes_alone_and_answers_come_in_order():
    before = torch.get_num_threads()
    both = threading.Barrier(2, timeout=300)  # passes only where two are at work at once

    def work(item):
        both.wait()
        return item, torch.get_num_threads()

    assert list(side_by_side(work, range(4), 2)) == [(item, 1) for item in range(4)]
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(("items", "workers"), [([7], 2), ([7, 8], 1), ([], 2)])
def test_one_item_or_one_worker_stays_in_the_callers_thread(items, workers):
    here = threading.get_ident()
    found = list(side_by_side(lambda item: (item, threading.get_ident()), items, workers))
    assert found == [(item, here) for item in items]


def test_an_error_comes_out_and_the_threads_are_as_before():
    before = torch.get_num_threads()

    def fails(item):
        raise ValueError(f"item {item}")

    with pytest.raises(ValueError, match="item 0"):
        list(side_by_side(fails, [0, 1], 2))
    assert torch.get_num_threads() == before


def test_without_torch_the_work_is_shared_all_the_same(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch")
    both = threading.Barrier(2, timeout=300)

    def work(item):
        both.wait()
        return item

    assert list(side_by_side(work, range(4), 2)) == [0, 1, 2, 3]
    assert "torch" not in sys.modules
