"""The order of the work on an image, and what a slice of it leaves behind."""

import numpy as np

from core.generators.generator import as_pictures
from core.saliency.occlusion import Occlusion
from core.saliency.rise import Rise
from pages.parts.saliency import attempt as attempts
from pages.parts.saliency.attempt import Attempt, Attempts, new_attempt
from tests.pages.toy_deepvid import linear_teacher
from tests.pages.toy_saliency import Entrant, Failing

PICTURE = as_pictures(np.random.default_rng(0).integers(0, 256, (1, 8, 8, 1), dtype=np.uint8))[0]


def begun(*entrants) -> Attempt:
    made = new_attempt(PICTURE, 3, None, 0)
    made.begin(linear_teacher(4), entrants, (0.0,))
    return made


def tasks_of(made: Attempt, pair=()) -> list[attempts.Task]:
    """Do all the work and return the tasks in their order."""
    tasks = []
    while (task := made.next_task(pair)) is not None:
        tasks.append(task)
        made._do(*task)
    return tasks


FAST, SLOW = Entrant("occlusion", Occlusion(window=2)), Entrant("rise", Rise(masks=256, cells=3))


def test_fast_methods_come_first_then_coarse_maps_then_curves_then_better_maps():
    tasks = tasks_of(begun(SLOW, FAST))
    assert tasks[:3] == [("map", "occlusion"), ("part", "rise"), ("curves", "occlusion")]
    assert tasks[-1] == ("curves", "rise")
    assert set(tasks[3:-1]) == {("part", "rise")}


def test_the_methods_that_are_looked_at_come_first():
    other = Entrant("relabel", Occlusion(window=1))
    tasks = tasks_of(begun(FAST, other), pair=("relabel",))
    assert tasks[0] == ("map", "relabel")
    assert tasks.index(("curves", "relabel")) < tasks.index(("curves", "occlusion"))


def test_a_finished_map_is_the_methods_own_and_its_curves_begin_at_the_clean_image():
    made = begun(SLOW)
    tasks_of(made)
    teacher, one = linear_teacher(4), made.shown.outcomes["rise"]
    target = np.array([made.shown.class_])
    own = Rise(masks=256, cells=3).maps(teacher, PICTURE[None], target)[0]
    assert one.map_ is not None
    np.testing.assert_allclose(one.map_, own, atol=1e-6)
    clean = teacher.probabilities(PICTURE[None], target)[0]
    assert one.deletion is not None
    assert one.insertion is not None
    np.testing.assert_allclose([one.deletion[0], one.insertion[-1]], clean, rtol=1e-6)
    assert one.evaluations == 256


def test_a_slice_ends_and_keeps_what_is_done(monkeypatch):
    monkeypatch.setattr(attempts, "SLICE", -1.0)
    made = begun(FAST, SLOW)
    assert made.work((), lambda *_: None)
    assert made.shown.outcomes["occlusion"].map_ is not None
    assert made.shown.outcomes["rise"].map_ is None
    assert made.work((), lambda *_: None)
    assert 0 < made.shown.outcomes["rise"].done < 256


def test_time_left_falls_to_nothing():
    made = begun(SLOW)
    made._do("part", "rise")
    assert made.left()
    tasks_of(made)
    assert made.left() is None


def test_a_method_that_fails_says_why_and_stops_nobody():
    made = begun(Entrant("sensitivity", Failing()), FAST)
    assert not made.work((), lambda *_: None)
    assert "must be finite" in made.shown.outcomes["sensitivity"].reason
    assert made.shown.outcomes["occlusion"].judged


def test_nothing_of_the_model_is_kept_when_all_is_done():
    made = begun(FAST)
    made.work((), lambda *_: None)
    assert made.teacher is None


def test_the_attempt_used_least_lately_is_forgotten():
    kept = Attempts(most=2)
    for number in range(2):
        kept.put((number,), new_attempt(PICTURE, number, None, 0))
    assert kept.get((0,)) is not None
    kept.put((2,), new_attempt(PICTURE, 2, None, 0))
    assert kept.get((1,)) is None
    assert kept.get((0,)) is not None


def test_a_coarse_map_does_not_wait_for_methods_of_many_passes():
    heavy = Entrant("occlusion", Occlusion(window=2), passes=attempts.LIGHT + 1)
    tasks = tasks_of(begun(heavy, SLOW))
    assert tasks[:2] == [("part", "rise"), ("map", "occlusion")]
    looked_at = tasks_of(begun(heavy, SLOW), pair=("occlusion",))
    assert looked_at[:2] == [("map", "occlusion"), ("part", "rise")]
