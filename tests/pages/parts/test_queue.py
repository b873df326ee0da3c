import threading
import time

import pytest

from pages.parts.queue import Line, LineError


def test_who_comes_first_is_served_first():
    line, served = Line(), []
    gate = threading.Event()

    def come(number: int) -> None:
        with line.turn():
            served.append(number)
            if number == 0:
                gate.wait(5)

    visitors = []
    for number in range(3):
        visitors.append(threading.Thread(target=come, args=(number,)))
        visitors[-1].start()
        for _ in range(5000):  # they must come in this order, and a line tells nobody of arrivals
            if len(line) > number:
                break
            time.sleep(0.001)
        assert len(line) > number
    gate.set()
    for visitor in visitors:
        visitor.join(5)
    assert served == [0, 1, 2]
    assert len(line) == 0


def test_the_place_in_the_line_is_told_and_a_click_leaves_it():
    line, told = Line(), []

    def stop(before: int) -> None:
        told.append(before)
        raise InterruptedError  # as Streamlit ends a script

    with line.turn():
        with pytest.raises(InterruptedError), line.turn(stop):
            raise AssertionError("nobody else's turn")
        assert len(line) == 1
    assert told == [1]
    assert len(line) == 0


def test_a_full_line_is_refused():
    line = Line(limit=1)
    with line.turn(), pytest.raises(LineError, match="try again"), line.turn():
        pass
    with line.turn():
        assert len(line) == 1


def test_patience_has_an_end():
    line = Line(patience=0.0)
    with line.turn(), pytest.raises(LineError, match="did not come in time"), line.turn():
        pass


def test_what_fails_in_its_turn_leaves_the_line():
    line = Line()
    with pytest.raises(ValueError, match="broken"), line.turn():
        raise ValueError("broken")
    assert len(line) == 0
