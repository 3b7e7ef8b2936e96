"""What is to be kept is kept in its order, beside whoever forwards; what fails holds up nothing."""

from __future__ import annotations

import threading

import pytest

from mockserver.recordings.keeping import KeepQueue


def test_jobs_are_done_one_after_another() -> None:
    queue, done, threads = KeepQueue(), list[int](), set[int]()

    def make(number: int) -> None:
        done.append(number)
        threads.add(threading.get_ident())

    for number in range(100):
        queue.add(lambda number=number: make(number))  # type: ignore[misc]
    assert queue.close(30)
    assert done == list(range(100))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_waiting_is_bounded() -> None:
    queue, go = KeepQueue(), threading.Event()

    def wait() -> None:
        go.wait(30)

    queue.add(wait)
    assert not queue.wait(0)
    assert queue.is_busy
    assert not queue.close(0)
    go.set()
    assert queue.wait(30)


def test_nothing_to_do_is_done() -> None:
    queue = KeepQueue()
    assert (queue.wait(0), queue.close(0), queue.is_busy) == (True, True, False)


@pytest.mark.parametrize(("error", "has_traceback"), [(KeyError("id"), True), (OSError("the disk is full"), False)])
def test_failure_is_told(caplog: pytest.LogCaptureFixture, error: Exception, has_traceback: bool) -> None:
    """With its traceback where the fault is ours."""
    queue, done = KeepQueue(), []

    def fail() -> None:
        raise error

    queue.add(fail)
    queue.add(lambda: done.append(1))
    assert queue.close(30)
    assert done == [1]
    (record,) = caplog.records
    assert ("Traceback" in record.message) is has_traceback
    assert str(error) in record.message


def test_queue_goes_on_after_its_end() -> None:
    queue, done = KeepQueue(), list[int]()
    queue.add(lambda: done.append(1))
    assert queue.close(30)
    queue.add(lambda: done.append(2))
    assert queue.close(30)
    assert done == [1, 2]
