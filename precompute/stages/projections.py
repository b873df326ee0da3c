"""Stage ``projections``: the maps of all shown samples by t-SNE, UMAP and PCA.

Each is judged against the representation, which makes them comparable, and against its own input.
"""

import numpy as np

from core.neighborhoods import neighbor_preservation, trustworthiness
from core.projections import Projection, project
from precompute.figures import Figure, frame
from precompute.settings import StudyError
from precompute.stage import Work

NEIGHBORS = 15  # k of the figures
ASKED = 5_000  # samples over which they are the mean, drawn with the seed where there are more


def projections(work: Work) -> None:
    """Write every embedding of the last checkpoint with its figures."""
    settings = work.study.projections
    epoch = work.inputs.epochs("predictions")[-1]
    held = work.inputs.manifest("predictions").names(".npy")
    names = [name for name in dict.fromkeys([*settings.spaces, "representation"]) if name in held]
    spaces = {name: np.array(work.inputs.array("predictions", name)) for name in names}
    if not any(space in spaces for space in settings.spaces):
        raise StudyError(
            "projections.spaces: this teacher has no representation: ask for logits or "
            "probabilities, or leave the key out"
        )
    n = len(next(iter(spaces.values())))
    asked = np.arange(n)
    if n > ASKED:
        asked = np.sort(np.random.default_rng(work.study.seed).choice(n, ASKED, replace=False))

    chosen = [
        Projection(method, space, settings.perplexity, settings.neighbors, work.study.seed)
        for space in settings.spaces
        if space in spaces
        for method in settings.methods
    ]
    work.progress.expect(len(chosen))
    methods, places, figures = [], [], []
    for projection in chosen:
        work.progress.advance(0, projection.name)
        points = project(spaces[projection.source], projection, threads=work.study.threads)
        methods += [projection.name] * n
        places.append(points)
        figures += _figures(projection, points, spaces, epoch, asked)
        work.progress.advance()

    x, y = np.concatenate(places).T
    work.artifact.table(
        "embedding",
        {
            "method": methods,
            "epoch": np.full(len(methods), epoch),
            "sample_id": np.tile(np.arange(n, dtype=np.int32), len(chosen)),
            "x": x,
            "y": y,
        },
    )
    work.artifact.table("figure", frame(figures))


def _figures(
    projection: Projection,
    points: np.ndarray,
    spaces: dict[str, np.ndarray],
    epoch: float,
    asked: np.ndarray,
) -> list[Figure]:
    n = len(points)
    fitted = projection.fitted(n)
    used = {"tsne": {"perplexity": fitted.perplexity}, "umap": {"n_neighbors": fitted.n_neighbors}}
    k = min(NEIGHBORS, (n - 1) // 2)
    figures = [
        Figure("projections", name, projection.name, "all", epoch, value, n, "neighbors", "")
        for name, value in used.get(projection.method, {}).items()
    ]
    measured: dict[tuple[str, str], float] = {}
    compared = {"": "representation", "_input": projection.source}
    for ending, space in compared.items():
        if space not in spaces:  # a forest has no representation
            continue
        for name, measure in (
            (f"trustworthiness_k{k}", trustworthiness),
            (f"neighbor_preservation_k{k}", neighbor_preservation),
        ):
            if (space, name) not in measured:  # both are one for pictures of the representation
                measured[space, name] = measure(spaces[space], points, k, rows=asked)
            figures.append(
                Figure(
                    "projections", name + ending, projection.name, "all", epoch,
                    measured[space, name], len(asked), "share", "higher",
                )
            )  # fmt: skip
    return figures
