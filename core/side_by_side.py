"""Work in several threads, each of which computes alone.

Threads that share the layers of one large picture wait for each other at every layer. With a batch
for each, two cores did half as much again (SqueezeNet, 224 x 224) or twice as much (drawing
pictures of its channels at 96 x 96), and the same bits came out.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[Result]:
    """Yield what ``work`` makes of each item, in their order, from so many threads.

    One item, or one worker, is done in the caller's thread with all of torch's threads. Torch is
    not imported for it: where nobody has, nobody computes with it.
    """
    if min(workers, len(items)) < 2:
        yield from map(work, items)
        return
    torch = sys.modules.get("torch")
    if torch is None:
        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(work, items)
        return
    before = torch.get_num_threads()
    with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        try:
            yield from pool.map(work, items)
        finally:  # of threads yet to come: torch takes over what was said last
            torch.set_num_threads(before)
