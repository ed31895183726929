"""Searching tasks by words."""

from urllib.parse import quote

import pytest

from functions.chassis.runtime.statement import Statement
from functions.tasks.full_text_search import SEARCH_CONDITION, encode_owner
from tests.functions import FunctionUnderTest
from tests.integration.tasks.task_requests import complete_task, create_task


def search_titles(tasks: FunctionUnderTest, words: str, *, user: str = "alice", more: str = "") -> str:
    """Return the titles of all matches, oldest first, read in pages of one task."""
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
        create_task(tasks, {"title": title, "notes": notes})
        tasks.clock.forward(minutes=1)
    create_task(tasks, {"title": "Water Bob's plants"}, user="bob")
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
def test_words_are_found_in_titles_and_notes(garden: FunctionUnderTest, words: str, titles: str | None) -> None:
    """Only the caller's tasks match, in any language. A search without a word is rejected."""
    if titles is None:
        answer = garden.call("GET", f"/tasks?q={quote(words)}")
        assert (answer.status_code, (answer.json or {})["errors"][0]["field"]) == (400, "q")
    else:
        assert search_titles(garden, words) == titles


def test_a_search_combines_with_the_other_filters(garden: FunctionUnderTest) -> None:
    """The search is one condition among the filters."""
    complete_task(garden, create_task(garden, {"title": "Another fern", "tags": ["home"]}))
    assert search_titles(garden, "fern", more="&status=completed") == "Another fern"
    assert search_titles(garden, "fern", more="&status=open") == "Water the plants, Buy milk"
    assert search_titles(garden, "fern", more="&tag=home&sort=due") == "Another fern"


def test_each_user_searches_their_own_tasks(garden: FunctionUnderTest) -> None:
    """This holds for every character in the user's id."""
    odd = "o'b\\rien & !('x':*)"
    create_task(garden, {"title": "Plants of somebody"}, user=odd)
    assert search_titles(garden, "plants", user=odd) == "Plants of somebody"
    assert search_titles(garden, "-fern", user="bob") == "Water Bob's plants"


def test_a_changed_task_is_found_by_its_new_words(garden: FunctionUnderTest) -> None:
    """PostgreSQL maintains the search vector, so that no version of a writer can leave old words."""
    task = create_task(garden, {"title": "Feed the cat"})
    garden.call("PUT", f"/tasks/{task['id']}", {"title": "Feed the dog"})
    assert (search_titles(garden, "cat"), search_titles(garden, "dog")) == ("", "Feed the dog")
    garden.call("DELETE", f"/tasks/{task['id']}")
    assert search_titles(garden, "dog") == ""


def test_one_index_serves_the_search_of_one_user(garden: FunctionUnderTest) -> None:
    """Among 20,000 tasks of 1,000 users with the same words, the index returns only the user's own."""
    garden.database.run("""
        INSERT INTO tasks.tasks (id, user_id, title, notes, status, priority, tags, reminders, version, created_at,
            updated_at)
        SELECT gen_random_uuid(), 'user' || n % 1000, 'Water the plants', '', 'open', 'none', '[]', '[]', 1, now(),
            now()
        FROM generate_series(1, 20000) AS n
    """)
    garden.database.run("SELECT gin_clean_pending_list('tasks.tasks_search')")  # as a vacuum does
    garden.database.run("ANALYZE tasks.tasks")
    search = f"SELECT id FROM tasks.tasks WHERE {SEARCH_CONDITION} AND deleted_at IS NULL"
    plan = explain_query(garden, search, q="water plants", owner=encode_owner("user7"))
    scan = plan.partition("Bitmap Index Scan on tasks_search")[2]
    assert "rows=20" in scan.partition("Buffers")[0], plan


def explain_query(tasks: FunctionUnderTest, query: str, **values: str) -> str:
    """Return PostgreSQL's plan of a query with its measured numbers of rows."""
    explain = Statement(f"EXPLAIN (ANALYZE, COSTS OFF) {query}")
    return "\n".join(row["QUERY PLAN"] for row in tasks.instance.database.fetch_all(explain, **values))
