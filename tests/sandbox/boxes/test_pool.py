"""Boxes that are warm before they are needed, and gone when they are not."""

from __future__ import annotations

import threading

import pytest

from episodes.errors import GuestGone
from policies.loading import load_policy
from sandbox.boxes.backend import BoxSpec
from sandbox.boxes.fake_backend import FakeBackend
from sandbox.boxes.pool import Pool


class CountingBackend(FakeBackend):
    """Counts starts, and holds them back until it is let go."""

    def __init__(self):
        super().__init__()
        self.started = 0
        self.closed = False
        self.go = threading.Event()
        self.go.set()
        self.error = None

    def start(self, spec):
        self.go.wait(10)
        self.started += 1
        if self.error is not None:
            raise self.error
        return super().start(spec)

    def close(self):
        self.closed = True
        super().close()


@pytest.fixture
def backend():
    return CountingBackend()


@pytest.fixture
def spec():
    return BoxSpec("image", load_policy("offline-shell"))


def test_a_box_that_was_expected_is_warm_when_it_is_taken(backend, spec):
    with Pool(backend) as pool:
        pool.expect(spec)
        pool.settle()
        assert backend.started == 1
        pool.take(spec)
        assert backend.started == 1


def test_a_box_that_nobody_expected_is_made_when_it_is_taken(backend, spec):
    with Pool(backend) as pool:
        pool.take(spec)
        assert backend.started == 1


def test_a_box_serves_one_episode_and_is_never_handed_out_again(backend, spec):
    with Pool(backend) as pool:
        first = pool.take(spec)
        pool.give_back(first)
        assert pool.take(spec) is not first


def test_a_warm_box_of_another_kind_is_not_handed_out(backend, spec):
    other = BoxSpec("image", load_policy("coding"))
    with Pool(backend) as pool:
        pool.expect(spec)
        pool.settle()
        pool.take(other)
        assert backend.started == 2


def test_two_that_wait_get_two_boxes(backend, spec):
    backend.go.clear()
    taken = []
    with Pool(backend) as pool:
        pool.expect(spec)
        pool.expect(spec)
        takers = [threading.Thread(target=lambda: taken.append(pool.take(spec))) for _ in range(2)]
        for taker in takers:
            taker.start()
        backend.go.set()
        for taker in takers:
            taker.join()
        assert taken[0] is not taken[1]
        assert backend.started == 2


def test_a_box_that_did_not_come_up_is_told_to_who_takes_it(backend, spec):
    backend.error = GuestGone("it did not come up")
    with Pool(backend) as pool:
        pool.expect(spec)
        with pytest.raises(GuestGone):
            pool.take(spec)
        backend.error = None
        pool.take(spec)


def test_nothing_is_left_when_a_pool_is_closed(backend, spec):
    before = threading.active_count()
    with Pool(backend) as pool:
        pool.give_back(pool.take(spec))
        for _ in range(3):
            pool.expect(spec)
    assert backend.open_boxes == set()
    assert backend.closed
    assert threading.active_count() == before


def test_a_box_that_was_coming_up_as_the_pool_closed_is_torn_down(backend, spec):
    backend.go.clear()
    pool = Pool(backend, hands=1)
    pool.expect(spec)
    pool.expect(spec)
    threading.Timer(0.1, backend.go.set).start()
    pool.close()
    assert backend.open_boxes == set()
