"""The verifier finds whatever was done to a log, and raises no alarm where nothing was."""

import json
import random
import time
from base64 import b64decode, b64encode, urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from functions.audit.content import decrypt, encrypt, new_key
from functions.audit.log import leaf_of
from tests.samples import NOON
from tests.unit.audit.logs import KEY, OTHER_KEY, VERIFIER, Log, an_entry
from tests.unit.audit.tampering import WAYS
from tests.verify_audit import in_chunks_of, load

TRIALS = 1000


@pytest.fixture
def chance() -> random.Random:
    """Chance that can be replayed."""
    seed = time.time_ns()
    print(f"seed {seed}")  # noqa: T201 - it replays a failure
    return random.Random(seed)


@pytest.fixture
def verifier() -> Any:
    """The script's names."""
    return load()


def verify(verifier: Any, path: Path, *pinned: str) -> str:
    """Return what the verifier says of an export."""
    said: str = verifier.verify(verifier.File(path), verifier.Keys([VERIFIER]), pinned, lambda *_: None)
    return said


def test_every_tampering_is_found(verifier: Any, chance: random.Random, tmp_path: Path) -> None:
    """Each of a thousand random ones, and what is said of the first bad entry is right."""
    for trial in range(TRIALS):
        honest = Log.honest(chance, chance.randrange(1, 40))
        way = WAYS[trial % len(WAYS)]
        done = way(honest.copy(), chance.randrange(len(honest.leaves)), chance)
        path = done.log.write(tmp_path / "log", done.lines)
        pinned = [honest.notes[done.pinned]] if done.pinned else []
        with pytest.raises(verifier.TamperedError) as found:
            verify(in_chunks_of(verifier, chance.choice((1, 2, 3, 12))), path, *pinned)
        assert found.value.first <= done.first < found.value.before, (way.__name__, str(found.value), done.first)


def test_no_honest_log_raises_an_alarm(verifier: Any, chance: random.Random, tmp_path: Path) -> None:
    """None of a thousand, held against some of its own earlier checkpoints."""
    for _ in range(TRIALS):
        log = Log.honest(chance, chance.randrange(1, 40))
        pinned = chance.sample(list(log.notes.values()), chance.randrange(min(3, len(log.notes)) + 1))
        said = verify(in_chunks_of(verifier, chance.choice((1, 2, 3, 12))), log.write(tmp_path / "log"), *pinned)
        assert said.startswith(f"example.com/log: {len(log.leaves)} entries")


def test_an_empty_log(verifier: Any, tmp_path: Path) -> None:
    """There is nothing wrong with it, unless a checkpoint from earlier knew of something."""
    empty = Log([], {}).write(tmp_path / "log")
    assert verify(verifier, empty) == "the log is empty"
    log = Log.honest(random.Random(1), 3)
    with pytest.raises(verifier.TamperedError, match=r"entry 0: it is missing: a checkpoint from earlier is of 3"):
        verify(verifier, empty, log.notes[3])


def test_entries_without_a_checkpoint(verifier: Any, tmp_path: Path) -> None:
    """Whoever takes the checkpoints away does not get by without."""
    log = Log.honest(random.Random(1), 3)
    with pytest.raises(verifier.TamperedError, match="entry 0: no checkpoint is of it"):
        verify(verifier, Log(log.leaves, {}).write(tmp_path / "log"))


def test_checkpoints_that_contradict_each_other(verifier: Any, tmp_path: Path) -> None:
    """Two roots for one size are proof of two histories."""
    one, other = (Log([an_entry(random.Random(seed))], {}) for seed in (1, 2))
    one.sign(1)
    other.sign(1)
    one.notes[2] = other.notes[1]
    with pytest.raises(verifier.TamperedError, match="two checkpoints of 1 entries"):
        verify(verifier, one.write(tmp_path / "log"))


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        (b'{"checkpoint": "', "a line before the first entry is no JSON"),
        (b'{"checkpoint": 5}', "a key or a checkpoint before the first entry is no text"),
        (b'{"key": null}', "a key or a checkpoint before the first entry is no text"),
    ],
)
def test_a_checkpoint_of_a_file_that_is_broken(verifier: Any, tmp_path: Path, line: bytes, finding: str) -> None:
    """It is found, and does not hide those behind it."""
    log = Log.honest(random.Random(1), 3)
    path = log.write(tmp_path / "log")
    path.write_bytes(line + b"\n" + path.read_bytes())
    with pytest.raises(verifier.TamperedError, match=finding):
        verify(verifier, path)


def test_a_checkpoint_of_nothing(verifier: Any, tmp_path: Path) -> None:
    """The root of an empty tree is the hash of nothing (RFC 6962, section 2.1), and any other is found."""
    log = Log.honest(random.Random(1), 3)
    log.sign(0)
    assert "3 entries" in verify(verifier, log.write(tmp_path / "log"), log.notes[0])
    log.notes[0] = log.notes[0].replace(log.notes[0].split("\n")[2], log.notes[3].split("\n")[2])
    with pytest.raises(verifier.TamperedError, match="the log's own checkpoint of 0 entries is of others"):
        verify(verifier, log.write(tmp_path / "log"))


def test_a_pinned_checkpoint_must_be_signed(verifier: Any, tmp_path: Path) -> None:
    """One that nobody signed proves nothing, for the log or against it."""
    log = Log.honest(random.Random(1), 3)
    path = log.write(tmp_path / "log")
    log.sign(3, OTHER_KEY)
    with pytest.raises(verifier.CannotVerifyError, match="signed by none of the keys"):
        verify(verifier, path, log.notes[3])


def test_the_command(verifier: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with 0, 1 or 2, and says why in a line."""
    log = Log.honest(random.Random(1), 5)
    path, key, pinned = log.write(tmp_path / "log"), tmp_path / "key", tmp_path / "checkpoint"
    key.write_text(f"{VERIFIER}\n")
    pinned.write_text(log.notes[5])
    assert verifier.main([str(path), "--key", str(key), "--checkpoint", str(pinned)]) == 0
    assert "5 entries" in capsys.readouterr().out
    log.leaves[3] = an_entry(random.Random(2))
    assert verifier.main([str(log.write(tmp_path / "bad")), "--key", str(key)]) == 1
    assert capsys.readouterr().out.startswith("tampered with: ")
    assert verifier.main([str(path)]) == 2
    assert "name a file of them with --key" in capsys.readouterr().err
    assert verifier.main([str(tmp_path / "nothing"), "--key", str(key)]) == 2


def test_what_is_no_verifier_key_is_not_repeated(
    verifier: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever names the file of the private keys by mistake does not read them on the screen, or in a build's log."""
    path, key = Log.honest(random.Random(1), 5).write(tmp_path / "log"), tmp_path / "key"
    key.write_text(f"{VERIFIER}\n{KEY}\n")
    assert verifier.main([str(path), "--key", str(key)]) == 2
    assert capsys.readouterr().err == "cannot verify: key 2 of those given is no Ed25519 verifier key of a note\n"


def test_a_file_is_not_exported_onto_itself(verifier: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is left as it was."""
    path, key = Log.honest(random.Random(1), 5).write(tmp_path / "log"), tmp_path / "key"
    key.write_text(VERIFIER)
    before = path.read_bytes()
    assert verifier.main([str(path), "--key", str(key), "--export", str(path)]) == 2
    assert "export to another file" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_what_is_nested_too_deeply_is_found(verifier: Any, tmp_path: Path) -> None:
    """It is no entry, whatever it makes of the parser."""
    log = Log.honest(random.Random(1), 5)
    lines = [*log.lines()[:2], b'{"index":2,"leaf":' + b"[" * 100_000, *log.lines()[3:]]
    with pytest.raises(verifier.TamperedError, match="entry 2: its line is no JSON"):
        verify(verifier, log.write(tmp_path / "log", lines))


def test_the_help_says_what_it_does(verifier: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the log may be, what each option is for, and what the status means."""
    with pytest.raises(SystemExit, match="0"):
        verifier.main(["--help"])
    said = capsys.readouterr().out
    assert all(part in said for part in ("postgresql://", "--checkpoint names", "Ends with 0"))


def shown(event: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as the API shows it, its content encrypted in the leaf and opened beside it."""
    key = new_key()
    leaf = leaf_of(encrypt(event, key), NOON)
    opened = decrypt(json.loads(leaf)["event"], key)
    assert opened is not None
    return {
        "index": 0,
        "leaf": b64encode(leaf).decode(),
        "event": opened.event,
        "contentKey": urlsafe_b64encode(opened.key).decode().rstrip("="),
        "appendedAt": "2026-03-02T12:00:00Z",
    }


EVENT = {"id": "1", "type": "todo.TaskCreated", "userid": "alice", "data": {"title": "Water the plants"}}


def test_content_that_was_opened_is_held_against_the_leaf(verifier: Any) -> None:
    """What the API shows of an encrypted entry is what the leaf holds under the key that it shows."""
    item = shown(EVENT)
    assert verifier.leaf_in(item, 0) == b64decode(item["leaf"])
    forgotten = {**item, "event": json.loads(b64decode(item["leaf"]))["event"], "contentKey": None}
    assert verifier.leaf_in(forgotten, 0) == b64decode(item["leaf"])


@pytest.mark.parametrize(
    "lie",
    [
        {"event": {**EVENT, "data": {"title": "Water the cactus"}}},
        {"event": {**EVENT, "userid": "bob"}},
        {"contentKey": None},
        {"contentKey": shown(EVENT)["contentKey"]},
        {"contentKey": "A"},
        {"contentKey": 7},
        {"appendedAt": "2026-03-02T12:00:01Z"},
    ],
)
def test_content_that_is_not_the_leafs_is_found(verifier: Any, lie: dict[str, Any]) -> None:
    """Another content, attribute, time or key than the leaf's is tampering."""
    with pytest.raises(verifier.TamperedError, match="entry 0: what it shows is not what was hashed"):
        verifier.leaf_in({**shown(EVENT), **lie}, 0)


def test_it_says_how_far_it_is(
    verifier: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Now and then, with how fast it goes."""
    now = iter(range(0, 100, 6))
    monkeypatch.setattr(verifier.time, "monotonic", lambda: float(next(now)))
    verifier.Progress()(1200, 4800)
    assert capsys.readouterr().err == "1,200 of 4,800 entries, 200 a second\n"
