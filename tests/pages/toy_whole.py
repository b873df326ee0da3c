"""The toy study with every lens, and the saliency maps of a few of its images."""

import numpy as np

from core.store import ArtifactWriter, Run, Store, artifact_key, publish
from tests.pages.toy_darksight import add_darksight
from tests.pages.toy_deepvid import write_toy_deepvid
from tests.pages.toy_dvi import write_toy_dvi
from tests.pages.toy_store import write_toy_store
from tests.pages.toy_summit import write_toy_summit

EPOCHS = (1.0, 2.0, 3.0, 4.0)
MAPPED = (24, 30)
AREAS = {"rise": 0.4, "deepvid": 0.1, "occlusion": 0.3, "gradient": 0.2, "slow": 0.05}
STEPS = 5


def write_toy_whole(root, study="toy", **options):
    """Write the study with data set, teacher, projections and all five lenses."""
    write_toy_store(root, study, epochs=EPOCHS, **options)
    write_toy_dvi(root, study)
    add_darksight(root, study)
    write_toy_summit(root, study)
    write_toy_deepvid(root, study)


def add_maps(root, study="toy"):
    """Let the contest hold deletion areas, and maps of two images; one method made no map."""
    store = Store(study, root)
    run = dict(store.run.stages)
    key = run["saliency_arena"] = artifact_key("saliency_arena", 2, {"maps": True}, {})
    names = list(AREAS)
    with ArtifactWriter(
        root, study, "saliency_arena", key, version=2, settings={"maps": True}, inputs={},
        source_digest="0" * 16, seed=0, threads=1, device="cpu",
    ) as artifact:  # fmt: skip
        count = len(names)
        artifact.table(
            "figure",
            {
                "view": ["saliency"] * count,
                "metric": ["deletion_area"] * count,
                "method": names,
                "split": ["test"] * count,
                "epoch": np.full(count, np.nan),
                "value": list(AREAS.values()),
                "low": np.full(count, np.nan),
                "high": np.full(count, np.nan),
                "n": np.full(count, 16),
                "unit": ["share"] * count,
                "better": ["lower"] * count,
            },
        )
        artifact.table(
            "saliency_explained",
            {
                "row": np.arange(2, dtype=np.int32),
                "sample_id": np.array(MAPPED, np.int32),
                "class": np.zeros(2, np.int32),
            },
        )
        artifact.table(
            "saliency_explained_method",
            {"place": np.arange(count, dtype=np.int32), "method": names},
        )
        maps = np.random.default_rng(0).uniform(-1, 1, (count, 2, 8, 8)).astype(np.float16)
        maps[names.index("slow")] = np.nan
        artifact.array("maps", maps)
        artifact.array("deletion", np.full((count, 2, STEPS), 0.25, np.float32))
    finished = "2025-01-04T00:00:00+00:00"
    publish(root, study, Run(study=study, settings=store.settings, stages=run, finished=finished))
