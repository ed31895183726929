"""Places for attempts at one host."""

from contextlib import ExitStack
from threading import Thread

from functions.notifications.places import Places


def test_a_host_that_hangs_has_no_more_than_its_places() -> None:
    """Another host has its own; one that is given back can be had again."""
    places = Places(most=2, slow=0)
    with places.at("hangs") as first, ExitStack() as later:
        assert (first, later.enter_context(places.at("hangs"))) == (True, True)
        with places.at("hangs") as third, places.at("another") as other:
            assert (third, other) == (False, True)
        later.close()
        with places.at("hangs") as again:
            assert again


def test_a_host_that_answers_is_waited_for() -> None:
    """Many at once get a place one after the other."""
    places = Places(most=1, slow=60)
    got: list[bool] = []

    def wait() -> None:
        with places.at("answers") as place:
            got.append(place)

    waiting = [Thread(target=wait) for _ in range(5)]
    with places.at("answers"):
        for thread in waiting:
            thread.start()
        assert got == []
    for thread in waiting:
        thread.join()
    assert got == [True] * 5


def test_how_long_a_host_hangs_counts_from_its_oldest_attempt() -> None:
    """Before that it may still answer; from then on nobody waits."""
    now = [0.0]
    places = Places(most=1, slow=1, clock=lambda: now[0])
    with places.at("hangs"):
        now[0] = 1.0
        with places.at("hangs") as place:
            assert not place
