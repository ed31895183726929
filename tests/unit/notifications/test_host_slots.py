"""Slots for attempts at a host."""

from contextlib import ExitStack
from threading import Thread

from functions.notifications.host_slots import HostSlots, slots_for


def test_a_hanging_host_has_a_limited_number_of_slots() -> None:
    """Another host has its own slots, and a released slot can be used again."""
    slots = HostSlots(2, patience=0)
    with slots.hold("hangs") as first, ExitStack() as later:
        assert (first, later.enter_context(slots.hold("hangs"))) == (True, True)
        with slots.hold("hangs") as third, slots.hold("another") as other:
            assert (third, other) == (False, True)
        later.close()
        with slots.hold("hangs") as again:
            assert again


def test_attempts_wait_for_a_host_that_answers() -> None:
    """Many attempts at the same time get a slot one after the other."""
    slots = HostSlots(1, patience=60)
    got: list[bool] = []

    def wait() -> None:
        with slots.hold("answers") as slot:
            got.append(slot)

    waiting = [Thread(target=wait) for _ in range(5)]
    with slots.hold("answers"):
        for thread in waiting:
            thread.start()
        assert got == []
    for thread in waiting:
        thread.join()
    assert got == [True] * 5


def test_patience_counts_from_the_oldest_attempt() -> None:
    """Until then the host may answer; afterwards no attempt waits."""
    now = [0.0]
    slots = HostSlots(1, patience=1, clock=lambda: now[0])
    with slots.hold("hangs"):
        now[0] = 1.0
        with slots.hold("hangs") as slot:
            assert not slot


def test_a_host_gets_half_of_the_threads() -> None:
    """At least one slot, however few threads there are."""
    assert [slots_for(threads).limit for threads in (1, 2, 8, 9)] == [1, 1, 4, 4]
    assert slots_for(8) is slots_for(8)
