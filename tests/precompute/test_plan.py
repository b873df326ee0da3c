import msgspec
import pytest

from precompute.given import Content
from precompute.pipeline import STAGES
from precompute.plan import needed, plan
from precompute.settings import StudyError, load_study
from precompute.stage import Input, Stage, source_digest

FIRST = STAGES[: [stage.name for stage in STAGES].index("projections") + 1]


def keys(*overrides, stages=FIRST, content="0" * 64):
    steps = plan(load_study("tiny", overrides), stages, Content(content))
    return {(step.stage.name, step.epoch): step.key for step in steps}


SKELETON = {"dataset", "teacher", "predictions", "projections"}
"""The stages that every lens begins with; a lens's own tests say what reaches its stages."""


def changed(*overrides):
    before, after = keys(), keys(*overrides)
    return SKELETON & {n for (n, epoch), key in before.items() if after.get((n, epoch)) != key}


def test_a_plan_is_the_same_every_time():
    assert keys() == keys()


def test_every_step_has_a_key_of_its_own():
    assert len(set(keys().values())) == len(keys())


def test_a_changed_setting_reaches_only_the_stages_that_depend_on_it():
    assert changed("projections.perplexity=20") == {"projections"}
    assert changed("teacher.learning_rate=0.01") == {"teacher", "predictions", "projections"}
    assert changed("data.shown.train=50") == {"dataset", "predictions", "projections"}
    assert changed("seed=1") == {"dataset", "teacher", "predictions", "projections"}
    assert changed('title="Another title"') == set()


def test_other_content_of_the_data_reaches_everything_made_of_it():
    before, after = keys(), keys(content="1" * 64)
    assert all(before[step] != after[step] for step in before)


def test_raising_a_version_reaches_what_reads_the_stage():
    newer = tuple(
        Stage(s.name, s.version + (s.name == "predictions"), s.settings, s.inputs, s.per_epoch,
              s.source)
        for s in FIRST
    )  # fmt: skip
    before, after = keys(), keys(stages=newer)
    reached = {name for (name, e) in before if before[name, e] != after[name, e]}
    assert reached & SKELETON == {"predictions", "projections"}


def test_a_stage_per_epoch_reads_its_own_epoch_the_one_before_the_last_or_all():
    stages = (
        Stage("first", 1, per_epoch=True, inputs=(Input("first", "before"),)),
        Stage("same", 1, per_epoch=True, inputs=(Input("first", "same"),)),
        Stage("last", 1, inputs=(Input("first", "last"),)),
        Stage("all", 1, inputs=(Input("first", "all"),)),
    )
    steps = {
        (s.stage.name, s.epoch): list(s.inputs)
        for s in plan(load_study("tiny"), stages, Content(""))
    }
    assert steps["first", 1.0] == []
    assert steps["first", 3.0] == ["first@2"]
    assert steps["same", 2.0] == ["first@2"]
    assert steps["last", None] == ["first@3"]
    assert steps["all", None] == ["first@1", "first@2", "first@3"]


def test_only_takes_what_a_stage_reads_and_nothing_else():
    steps = plan(load_study("tiny"), STAGES, Content(""))
    assert {s.stage.name for s in needed(steps, ["dataset"])} == {"dataset"}
    wanted = [(s.stage.name, s.epoch) for s in needed(steps, ["projections"])]
    assert ("predictions", 3.0) in wanted
    assert ("predictions", 1.0) not in wanted
    assert ("teacher", 1.0) in wanted


def test_an_unknown_stage_is_refused_with_the_known_ones():
    with pytest.raises(StudyError, match="unknown stage 'projection': expected one of dataset"):
        needed(plan(load_study("tiny"), STAGES, Content("")), ["projection"])


def test_a_stages_digest_covers_everything_that_decides_its_results():
    from precompute.stage import ROOT, _closure

    covered = {path.relative_to(ROOT).as_posix() for path in _closure("precompute.stages.teacher")}
    assert {
        "core/teachers/convnet.py",
        "core/teachers/training.py",
        "core/datasets/digits.py",
        "precompute/teachers.py",
    } <= covered
    assert not any(path.startswith("core/store") for path in covered)


def test_a_stages_digest_covers_the_methods_it_imports():
    assert source_digest("precompute.stages.projections") != source_digest(
        "precompute.stages.predictions"
    )


def test_settings_are_as_a_manifest_gives_them_back():
    """Otherwise a list would differ from the tuple that it was, and status would blame it."""
    for step in plan(load_study("tiny"), STAGES, Content("")):
        assert step.settings == msgspec.json.decode(msgspec.json.encode(step.settings))
