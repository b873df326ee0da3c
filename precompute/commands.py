"""What each command does, once its arguments are understood; returns the exit code."""

import os
import sys
from argparse import Namespace
from pathlib import Path

import msgspec

from core.store import Store, studies
from precompute import circumstances
from precompute import report as figures
from precompute.bench import bench as benchmark
from precompute.bench import text as bench_text
from precompute.settings import Study, StudyError
from precompute.table import as_size, as_text


def build(options: Namespace, study: Study) -> int:
    """Build a study and print a row per stage."""
    from precompute.build import build

    rows = build(
        study,
        options.store,
        only=options.only,
        device=_device(options.device),
        data_root=options.data_root,
        trust_pickle=options.trust_pickle,
    )
    table = [
        [
            row.stage,
            f"{row.built} of {row.steps} steps built" if row.built else "fresh",
            f"{row.seconds:.1f}" if row.built else "",
        ]
        for row in rows
    ]
    print(as_text(["stage", "what was done", "seconds"], table))
    return 0


def _device(asked: str) -> str:
    if asked == "cpu":
        return "cpu"
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if asked == "cuda":
        raise StudyError("--device cuda: torch sees no CUDA device; use --device cpu")
    return "cpu"


def status(options: Namespace, study: Study) -> int:
    """Print how each stage of a study stands."""
    from precompute.status import status

    rows = status(study, options.store, data_root=options.data_root, verify=options.verify)
    table = [
        [row.stage, row.state, str(row.steps), f"{row.seconds:.1f}", as_size(row.bytes), row.why]
        for row in rows
    ]
    print(as_text(["stage", "state", "steps", "seconds", "size", "why"], table))
    if any(row.state != "fresh" for row in rows):
        print(f"Build what is not fresh with: python -m precompute build {options.study}")
    return 0


def doctor(options: Namespace, study: Study) -> int:
    """Print what is right and wrong with a study's model and data; 2 if anything is wrong."""
    from precompute.doctor import doctor

    findings = doctor(
        study, options.store, data_root=options.data_root, trust_pickle=options.trust_pickle
    )
    for finding in findings:
        print(f"{'ok ' if finding.good else 'BAD'}  {finding.what}: {finding.said}")
    return 0 if all(finding.good for finding in findings) else 2


def download(options: Namespace) -> int:
    """Fetch a public data set and say where it lies and what may be done with it."""
    from core.datasets.originals import ORIGINALS
    from precompute.download import download

    files = download(options.name, options.data_root)
    size = as_size(sum(file.stat().st_size for file in files))
    print(
        f"{ORIGINALS[options.name].title} is at hand: {len(files)} files, {size}, "
        f"in {files[0].parent} (licence: {ORIGINALS[options.name].licence})"
    )
    return 0


def report(options: Namespace) -> int:
    """Print the figures of a built study, and what they hold for."""
    study = _name(options.study)
    rows = figures.rows(study, options.store)
    store = Store(study, options.store)
    if options.json:
        print(figures.as_json([*rows, *circumstances.rows(store)]))
    else:
        print("\n".join([figures.text(rows), *circumstances.lines(store)]))
    return 0


def bench(options: Namespace) -> int:
    """Measure and print benchmark rows; 1 if a result differs from the reference's."""
    rows = []
    for row in benchmark(options.names):
        print(f"measured {row['name']}", file=sys.stderr)
        rows.append(row)
    json = msgspec.json.format(msgspec.json.encode(rows), indent=1).decode()
    print(json if options.json else bench_text(rows))
    return 0 if all(row["agrees"] is not False for row in rows) else 1


def serve(options: Namespace) -> int:
    """Become the dashboard."""
    from precompute.serve import is_pack, opened_pack, serve

    study, root = _name(options.study), options.store
    if is_pack(options.study):
        study, root = opened_pack(options.study)
    serve(study, root, data_root=options.data_root, port=options.port, edit=options.edit)
    return 0


def pack(options: Namespace) -> int:
    """Write a study into one file and say what it holds."""
    from precompute.pack import pack

    print(pack(_name(options.study), options.store, options.file, live=options.live).text())
    return 0


def unpack(options: Namespace) -> int:
    """Put the study of a pack into the store."""
    from precompute.unpack import unpack

    study, there = unpack(options.file, options.store)
    print(
        f"{study} is in the store{' already' if there else ''}: "
        f"python -m precompute serve {study} --store {options.store}"
    )
    return 0


def export(options: Namespace) -> int:
    """Write a study as one offline HTML file and say how large it is."""
    from pages.export.report import chosen_story, export

    if options.data_root is not None:  # where live explainers look for the model
        os.environ["DARKROOM_DATA"] = str(options.data_root.resolve())
    study = _name(options.study)
    story = chosen_story(options.story, study, options.store) if options.story else None
    size = export(study, options.store, options.out, story)
    print(f"{options.out} holds {study}{f', {story.title}' if story else ''}: {as_size(size)}")
    return 0


def import_summit(options: Namespace) -> int:
    """Make a study of the published graphs and say what it holds."""
    from precompute.import_summit import import_summit

    found = import_summit(options.folder, options.study, options.store, options.data_root).graphs
    print(
        f"{options.study} is in the store: {found.classes:,} classes, "
        f"{len(found.vertex_class):,} vertices, {len(found.edge_class):,} edges"
    )
    return 0


def clean(options: Namespace) -> int:
    """Remove artifacts that no run names and the earlier runs; say how much space that gave."""
    from precompute.clean import clean

    known = studies(options.store)
    if options.study and _name(options.study) not in known:
        raise StudyError(f"study {options.study} is not in the store {options.store}")
    done = clean(options.store, [_name(options.study)] if options.study else known)
    forgotten = f" and {done.runs} earlier runs" if done.runs else ""
    print(f"removed {done.artifacts} artifacts that no run names{forgotten}: {as_size(done.bytes)}")
    return 0


def _name(study: str) -> str:
    """The name under which a study, given by name or TOML file, lies in the store."""
    return Path(study).stem if study.endswith(".toml") or "/" in study else study
