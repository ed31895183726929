"""Every Markdown document: short lines, links that lead somewhere, and scripts and modules that exist."""

import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_LINE = 120

FENCED = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
MODULE = re.compile(r"`[\w/.-]*?([\w.-]+\.py)`")
SCRIPT = re.compile(r"(?<![\w./-])(?:scripts|\.ci)/[a-z][\w.-]*[\w]")


def tracked_documents() -> list[str]:
    """Return the paths of all Markdown files that Git tracks."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True)
    return listed.stdout.splitlines()


DOCUMENTS = tracked_documents()


@cache
def text_of(document: Path) -> str:
    """Return a document's text."""
    return document.read_text(encoding="utf-8")


@cache
def anchors(document: Path) -> frozenset[str]:
    """Return the anchors that GitHub gives a document's headings."""
    headings = HEADING.findall(FENCED.sub("", text_of(document)))
    return frozenset(re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings)


def links(document: Path) -> list[str]:
    """Return the targets of a document's links that lead to files or headings of the repository."""
    prose = CODE.sub("", FENCED.sub("", text_of(document)))
    return [target for target in LINK.findall(prose) if not re.match(r"[a-z]+:", target)]


def test_documents_are_found() -> None:
    """The list comes from Git, which finds at least the documents that every contributor needs."""
    assert {"README.md", "CHANGELOG.md", ".github/CONTRIBUTING.md", "docs/design.md"} <= set(DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_lines_are_short(document: str) -> None:
    """No line has more than 120 characters, tables and examples included."""
    lines = enumerate(text_of(ROOT / document).splitlines(), 1)
    assert [number for number, line in lines if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """A link to a file or a heading of the repository names one that exists."""
    path = ROOT / document
    dangling = []
    for target in links(path):
        name, _, anchor = target.partition("#")
        linked = (path.parent / unquote(name)).resolve() if name else path
        if not linked.exists() or (anchor and linked.suffix == ".md" and anchor not in anchors(linked)):
            dangling.append(target)
    assert dangling == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_scripts_exist(document: str) -> None:
    """Each command in scripts or .ci that a document names is a file or folder of the repository."""
    named = set(SCRIPT.findall(text_of(ROOT / document)))
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("document", [name for name in DOCUMENTS if name != "CHANGELOG.md"])
def test_modules_exist(document: str) -> None:
    """A module that is renamed or removed is renamed in the documents too. The changelog names earlier ones."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, check=True, capture_output=True, text=True)
    known = {Path(path).name for path in listed.stdout.splitlines()}
    assert set(MODULE.findall(text_of(ROOT / document))) <= known
