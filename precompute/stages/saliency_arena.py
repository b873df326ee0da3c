"""Stage ``saliency_arena``: what each saliency method finds, and which one finds it best.

All methods explain the same seeded test images of the same teacher, quick ones more of them
(``precompute.saliency_plan``); they are judged by deletion and insertion, by feature removal up to
32 x 32, by the sanity check and by maximum sensitivity (``core.saliency``). Finished blocks are
kept, so that a killed build resumes. The gallery holds maps of one image per class, as DeepVID's
figure 15 shows them; for these images and a few more, maps and curves of all methods are stored,
and re-label distillation's neighbours, as its figure 3 shows them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch

from core.datasets.content import one_line
from core.generators.generator import Generator, LatentSpace, as_pictures
from core.saliency.examined import few_threads
from core.saliency.method import Examined, Targets
from core.saliency.removal import removed_pixels
from core.teachers.protocol import Teacher
from precompute.blocks import Blocks
from precompute.explainers import (
    examined_teacher,
    generator_of,
    in_order,
    neutral_color,
    shape_of,
    split_of,
)
from precompute.latent import Latent, generators_in, latent
from precompute.saliency_judging import Arena, Judged, curves_of, drawn_anew, judged
from precompute.saliency_methods import Contestant, contestants
from precompute.saliency_neighbors import neighbors_of
from precompute.saliency_plan import Plan, planned
from precompute.saliency_tables import (
    write_curves,
    write_figures,
    write_methods,
    write_neighbors,
    write_pairs,
    write_protocol,
    write_scores,
)
from precompute.stage import Work
from precompute.stages.deepvid import samples_to_explain
from precompute.unavailable import declined

LARGEST = 32  # longest side up to which pixels are removed one by one
GALLERY = (
    "deepvid", "deepvid_paper", "sensitivity", "grad_cam_plus_plus", "pixels_lime",
    "integrated_gradients",
)  # fmt: skip
GALLERY_IMAGES, GALLERY_LARGE = 10, 3


def saliency_arena(work: Work) -> None:
    """Write curves, values, figures, the gallery, and maps of the explained samples."""
    if declined(work, "deepvid"):
        return
    shape, seed = shape_of(work.inputs), work.study.seed
    offered, teacher = examined_teacher(work, shape)
    images = np.array(work.inputs.array("dataset", "images"))
    labels = work.inputs.table("samples").sort_values("sample_id")["label"].to_numpy(np.int64)
    train = (work.inputs.table("samples").sort_values("sample_id")["split"] == "train").to_numpy()
    space = latent(work.inputs, generators_in(work.inputs)[0])
    color = neutral_color(offered)
    methods = contestants(
        shape, generator_of(work.inputs, space.name), space.space,
        images[train] if train.any() else images, teacher, color,
        frequency=_frequency(work), paper=work.study.paper,
    )  # fmt: skip
    removal = max(shape[1:]) <= LARGEST
    order = in_order(work.inputs, len(images), seed)
    plan = planned(
        [one for one in methods if not one.reason], teacher, shape, work.study.saliency,
        len(order), removed_pixels(shape[1] * shape[2]) if removal else 0,
    )  # fmt: skip
    samples = order[: plan.quick.images]
    other, no_other = drawn_anew(teacher, seed)
    pictures = as_pictures(images[samples])
    arena = Arena(
        teacher, other, pictures, labels[samples], teacher.logits(pictures).argmax(axis=1),
        of_each_class(labels[samples[: plan.slow.images]], GALLERY_IMAGES), color, removal, seed,
    )  # fmt: skip
    blocks = Blocks(work.artifact.path)
    _expect(work, methods, plan)
    with few_threads(shape[1:], plan.one_pass):
        methods, found = _judged(work, methods, arena, plan, blocks)
        _write_gallery(work, methods, arena, samples)
        _write_explained(work, methods, arena, found, samples, plan, space, offered, blocks)
    write_methods(work.artifact, methods, found)
    write_protocol(work.artifact, arena, no_other)
    write_curves(work.artifact, found, seed)
    write_scores(work.artifact, found, samples)
    write_pairs(work.artifact, found, seed)
    write_figures(work.artifact, found, split_of(work.inputs), seed)
    blocks.remove()


def of_each_class(labels: Targets, most: int) -> np.ndarray:
    """Return places of one image of each class, of so many classes at most, by class."""
    classes = np.unique(labels)
    if len(classes) > most:
        classes = classes[np.linspace(0, len(classes) - 1, most).astype(int)]
    return np.array([int(np.flatnonzero(labels == class_)[0]) for class_ in classes])


def _frequency(work: Work) -> tuple[Generator, LatentSpace] | None:
    """The generator without training and its training images, if the study has it."""
    if "frequency" not in generators_in(work.inputs):
        return None
    return generator_of(work.inputs, "frequency"), latent(work.inputs, "frequency").space


def _expect(work: Work, methods: list[Contestant], plan: Plan) -> None:
    """Say how much there is to do; a method's images count as often as it has passes."""
    able = [one for one in methods if not one.reason]
    work.progress.expect(
        sum(
            _weight(one) * (plan.share(one).images + (0 if one.sampler else plan.rows))
            for one in able
        )
    )
    work.progress.advance(
        0,
        note=f"{len(able)} methods on {plan.quick.images} images, {plan.slow.images} where a map "
        f"takes many passes: about {max(1, round(plan.seconds / 60))} min of one core",
    )


def _weight(one: Contestant) -> int:
    return one.passes + 300


def _judged(
    work: Work, methods: list[Contestant], arena: Arena, plan: Plan, blocks: Blocks
) -> tuple[list[Contestant], dict[str, Judged]]:
    """What every method does; one that fails comes back with its error as the reason."""
    told, found = [], {}
    for one in methods:
        if not one.reason:
            with _failing() as said:
                found[one.name] = judged(
                    one, arena, plan.share(one), blocks,
                    lambda images, one=one: work.progress.advance(
                        images * _weight(one), note=one.name
                    ),
                )  # fmt: skip
            if said:
                one = replace(one, reason=f"It failed: {said[0]}.")
        told.append(one)
    return told, found


def _write_gallery(
    work: Work, methods: list[Contestant], arena: Arena, samples: np.ndarray
) -> None:
    able = {one.name: one for one in methods if not one.reason}
    gallery = [able[name] for name in GALLERY if name in able]
    shown = arena.shown
    maps = [
        arena.explained(one.method, arena.teacher, arena.pictures[shown], arena.labels[shown]).maps
        for one in gallery
    ]
    work.artifact.array("gallery", np.stack(maps))
    work.artifact.table(
        "saliency_gallery",
        {
            "row": np.arange(len(shown), dtype=np.int32),
            "sample_id": samples[shown].astype(np.int32),
            "class": arena.labels[shown].astype(np.int32),
        },
    )
    work.artifact.table(
        "saliency_gallery_method",
        {
            "place": np.arange(len(gallery), dtype=np.int32),
            "method": [one.name for one in gallery],
        },
    )


def _write_explained(
    work: Work,
    methods: list[Contestant],
    arena: Arena,
    found: dict[str, Judged],
    samples: np.ndarray,
    plan: Plan,
    space: Latent,
    offered: Teacher,
    blocks: Blocks,
) -> None:
    """Write maps and curves of the gallery's images and of a few that DeepVID explains too."""
    stated = samples_to_explain(work.inputs, plan.rows).samples
    more = stated[~np.isin(stated, samples[arena.shown])]
    images = work.inputs.array("dataset", "images")
    pictures = as_pictures(np.array(images[more])) if len(more) else arena.pictures[:0]
    targets = _first(arena.teacher, pictures)
    rows = np.concatenate([samples[arena.shown], more])
    taken = [one for one in methods if one.name in found and not one.sampler]
    shape = (len(taken), len(rows))
    maps = work.artifact.open_array("maps", (*shape, *arena.pictures.shape[2:]), "float16")
    maps[...] = np.nan
    curves = {
        game: work.artifact.open_array(
            game, (*shape, next(iter(found.values())).deletion.shape[1]), "float32"
        )
        for game in ("deletion", "insertion")
    }
    for array in curves.values():
        array[...] = np.nan
    kept = len(arena.shown)
    for place, one in enumerate(taken):
        held = found[one.name]
        work.progress.advance(_weight(one) * plan.rows, note=f"{one.name}, further images")
        maps[place, :kept] = _scaled(held.maps)
        for game, array in curves.items():
            array[place, :kept] = getattr(held, game)[held.shown]
        if not len(more):
            continue
        with _failing():  # a map that cannot be had stays NaN
            further = blocks.kept(
                f"{one.name}-explained",
                lambda one=one: curves_of(one.method, arena, pictures, targets),
            )
            maps[place, kept:] = _scaled(further["maps"])
            for game, array in curves.items():
                array[place, kept:] = further[game]
    work.artifact.table(
        "saliency_explained",
        {
            "row": np.arange(len(rows), dtype=np.int32),
            "sample_id": rows.astype(np.int32),
            "class": np.concatenate([arena.targets[arena.shown], targets]).astype(np.int32),
        },
    )
    work.artifact.table(
        "saliency_explained_method",
        {"place": np.arange(len(taken), dtype=np.int32), "method": [one.name for one in taken]},
    )
    _write_neighbors(work, arena, space, offered)


@contextmanager
def _failing() -> Iterator[list[str]]:
    """Say in a list what a method raises that does not suit the network."""
    said: list[str] = []
    try:
        yield said
    except torch.OutOfMemoryError:  # the machine's failure: the same command goes on
        raise
    except (ValueError, RuntimeError) as error:  # torch's, where there is no gradient, say
        said.append(one_line(error))


def _write_neighbors(work: Work, arena: Arena, space: Latent, offered: Teacher) -> None:
    large = max(arena.pictures.shape[2:]) > LARGEST
    places = arena.shown[:GALLERY_LARGE] if large else arena.shown
    found = neighbors_of(
        arena.pictures[places], arena.targets[places], offered, arena.teacher,
        generator_of(work.inputs, space.name), space.space, arena.seed,
        lambda: work.progress.advance(0, note="re-label's neighbours"), paper=work.study.paper,
    )  # fmt: skip
    write_neighbors(work.artifact, found, list(range(len(places))), space.name)


def _first(teacher: Examined, pictures: np.ndarray) -> np.ndarray:
    if not len(pictures):
        return np.empty(0, np.int64)
    return teacher.logits(pictures).argmax(axis=1)


def _scaled(maps: np.ndarray) -> np.ndarray:
    """Maps within -1..1, as half-precision numbers hold them best."""
    values = np.asarray(maps, np.float32)
    largest = np.abs(values).max(axis=(1, 2), keepdims=True)
    return (values / np.where(largest > 0, largest, 1)).astype(np.float16)
