"""What stands on a tile that has no map."""

import numpy as np

from pages.parts.saliency.shown import Outcome, note


def outcome(name, map_, **fields):
    return Outcome(name, map_, done=1, **fields)


def test_a_map_of_one_value_says_why_it_tells_nothing():
    flat, steep = np.zeros((4, 4)), np.eye(4)
    assert "synthetic image" in note(outcome("relabel_paper", flat))
    assert "nothing of this image" in note(outcome("rise", flat))
    assert note(outcome("rise", steep)) == ""


def test_a_map_that_is_not_there_says_why():
    assert note(Outcome("rise")) == "not run on this image"
    assert note(Outcome("rise"), waiting=True) == "waiting"
    assert note(Outcome("rise", reason="It needs gradients.")) == "It needs gradients."
    assert note(Outcome("rise", np.eye(4), done=1, of=4, unit="masks")) == "1 of 4 masks"
