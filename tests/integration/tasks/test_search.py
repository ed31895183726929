"""Searching tasks by their words."""

from urllib.parse import quote

import pytest
from sqlalchemy import select

from functions.tasks.search import matches
from functions.tasks.tables import tasks as tasks_table
from tests.functions import FunctionUnderTest
from tests.integration.tasks.stories import done, made


def found(tasks: FunctionUnderTest, words: str, *, user: str = "alice", more: str = "") -> str:
    """Return the titles that a search finds, in the order of their making, a page of one at a time."""
    titles, cursor = [], ""
    while True:
        answer = tasks.call("GET", f"/tasks?q={quote(words)}&limit=1{cursor}{more}", user=user)
        assert answer.status_code == 200, answer.text
        page = answer.json or {}
        titles += [task["title"] for task in page["items"]]
        if page["next"] is None:
            return ", ".join(reversed(titles))
        cursor = f"&cursor={page['next']}"


@pytest.fixture
def garden(tasks: FunctionUnderTest) -> FunctionUnderTest:
    """The function tasks with some tasks of alice's, and one of bob's."""
    for title, notes in (
        ("Water the plants", "The fern in the hall too"),
        ("Buy milk", "and a fern"),
        ("Blumen gießen", "auch im Flur"),
        ("Купить молоко", ""),
        ("Call O'Brien", "about the plants, water and all"),
    ):
        made(tasks, {"title": title, "notes": notes})
        tasks.clock.forward(minutes=1)
    made(tasks, {"title": "Water Bob's plants"}, user="bob")
    return tasks


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("fern", "Water the plants, Buy milk"),
        ("MILK", "Buy milk"),
        ("fern milk", "Buy milk"),
        ("water plants", "Water the plants, Call O'Brien"),
        ('"the plants"', "Water the plants, Call O'Brien"),
        ('"water the plants"', "Water the plants"),
        ("milk or hall", "Water the plants, Buy milk"),
        ("fern -milk", "Water the plants"),
        ("-fern -plants", "Blumen gießen, Купить молоко"),
        ("gießen", "Blumen gießen"),
        ("молоко", "Купить молоко"),
        ("o'brien", "Call O'Brien"),
        ("of alice", ""),
        ("'", None),
        ("&|!():*<->", None),
        ('"', None),
    ],
)
def test_words_are_found_in_title_and_notes(garden: FunctionUnderTest, words: str, titles: str | None) -> None:
    """Of the caller's tasks alone, in any language; a search without a word in it is refused by name."""
    if titles is None:
        answer = garden.call("GET", f"/tasks?q={quote(words)}")
        assert (answer.status_code, (answer.json or {})["errors"][0]["field"]) == (400, "q")
    else:
        assert found(garden, words) == titles


def test_a_search_combines_with_the_other_filters(garden: FunctionUnderTest) -> None:
    """What is searched for is one condition among them."""
    done(garden, made(garden, {"title": "Another fern", "tags": ["home"]}))
    assert found(garden, "fern", more="&status=completed") == "Another fern"
    assert found(garden, "fern", more="&status=open") == "Water the plants, Buy milk"
    assert found(garden, "fern", more="&tag=home&sort=due") == "Another fern"


def test_each_user_searches_their_own_tasks(garden: FunctionUnderTest) -> None:
    """Whatever the user's id is made of."""
    odd = "o'b\\rien & !('x':*)"
    made(garden, {"title": "Plants of somebody"}, user=odd)
    assert found(garden, "plants", user=odd) == "Plants of somebody"
    assert found(garden, "-fern", user="bob") == "Water Bob's plants"


def test_a_changed_task_is_found_by_what_it_says_now(garden: FunctionUnderTest) -> None:
    """PostgreSQL keeps the words itself: no writer, of whatever version, can leave them behind."""
    task = made(garden, {"title": "Feed the cat"})
    garden.call("PUT", f"/tasks/{task['id']}", {"title": "Feed the dog"})
    assert (found(garden, "cat"), found(garden, "dog")) == ("", "Feed the dog")
    garden.call("DELETE", f"/tasks/{task['id']}")
    assert found(garden, "dog") == ""


def test_one_index_finds_one_users_words(garden: FunctionUnderTest) -> None:
    """Among twenty thousand tasks of a thousand users, all with the same words, it yields the user's own alone."""
    garden.database.run("""
        INSERT INTO tasks.tasks (id, user_id, title, notes, status, priority, tags, reminders, version, created_at,
            updated_at)
        SELECT gen_random_uuid(), 'user' || n % 1000, 'Water the plants', '', 'open', 'none', '[]', '[]', 1, now(),
            now()
        FROM generate_series(1, 20000) AS n
    """)
    garden.database.run("SELECT gin_clean_pending_list('tasks.tasks_search')")  # as a vacuum does
    garden.database.run("ANALYZE tasks.tasks")
    wanted = select(tasks_table.c.id).where(matches("user7", "water plants"), tasks_table.c.deleted_at.is_(None))
    with garden.instance.database.transaction() as connection:
        asked = wanted.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF) {asked}").scalars())
    scan = plan.partition("Bitmap Index Scan on tasks_search")[2]
    assert "rows=20" in scan.partition("Buffers")[0], plan
