"""DVI beside DeepView on small subsets, as in the paper's figures 7 and 8 and Table 2.

``python -m benchmarks.by_hand.dvi_deepview [STORE] [STUDY] [REPETITIONS]`` draws 1,000 training and
200 test samples of a built study, and 100 boundary points, at its first, middle and last checkpoint
(the paper repeats ten times). DeepView walks in the space of representations, with the teacher's
head as the classifier; its new samples and boundary points are projected by UMAP's transform.
"""

import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from core.dvi.comparison import View, measured, scene
from core.dvi.deepview import deepview
from core.dvi.fit import FitSettings, fit
from core.store import Store
from core.uncertainty import softmax
from precompute.stages.dvi import head_at, training_rows

TRAIN, TEST, BOUNDARY = 1000, 200, 100
SHOWN = ("nn_pv_k15", "boundary_pv_k15", "ppr")


def main(root: str = "artifacts", name: str = "fashion_mnist", repetitions: str = "3") -> None:
    """Fit and print."""
    store = Store(name, Path(root))
    epochs = store.epochs("dvi")
    train = np.flatnonzero(training_rows(store))
    test = np.flatnonzero(~training_rows(store))
    for epoch in (epochs[0], epochs[(len(epochs) - 1) // 2], epochs[-1]):
        representations = np.array(store.array("predictions", "representation", epoch))
        between = np.array(store.array("boundary", "representation", epoch))
        head = head_at(store, epoch)
        found: dict[tuple[str, str], list[float]] = defaultdict(list)
        for seed in range(int(repetitions)):
            random = np.random.default_rng(seed)
            seen = representations[random.choice(train, TRAIN, replace=False)]
            unseen = representations[random.choice(test, TEST, replace=False)]
            points = between[random.choice(len(between), BOUNDARY, replace=False)]
            truth = scene(seen, unseen, points, head)

            began = time.process_time()
            ours = fit(seen, points, head, settings=FitSettings(), seed=seed)
            found["dvi", "offline s"].append(time.process_time() - began)
            began = time.process_time()
            shown = ours.model.project(unseen)
            found["dvi", "online s"].append(time.process_time() - began)
            views = {"dvi": View(ours.points, shown, ours.boundary_points, ours.model.inverse)}

            began = time.process_time()
            theirs = deepview(seen, lambda rows, head=head: softmax(head(rows)), seed=seed)
            found["deepview", "offline s"].append(time.process_time() - began)
            began = time.process_time()
            shown = theirs.project(unseen)
            found["deepview", "online s"].append(time.process_time() - began)
            views["deepview"] = View(theirs.points, shown, theirs.project(points), theirs.inverse)
            for method, view in views.items():
                for one in measured(truth, view):
                    if one.metric in SHOWN:
                        found[method, f"{one.metric} {one.split}"].append(one.value)
        print(f"epoch {epoch:g}, {repetitions} repetitions: mean (least to most)")
        for (method, what), values in sorted(found.items()):
            span = f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})"
            print(f"  {method:9s} {what:22s} {span}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
