"""The documentation is true: its snippets run, its links lead somewhere, options are all there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
TUTORIAL = ROOT / "docs" / "tutorial" / "csv-to-verilog.md"
SNIPPET = re.compile(r"^```(sh|python)( exit=\d+)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def page_id(page):
    return str(page.relative_to(ROOT))


def anchors(text):
    """The anchors which GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in plain}


def broken_links(page):
    """The links of a page which lead nowhere inside the repository."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target) if target else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            yield link


def run_snippets(page, folder):
    """Run the sh and python snippets of a page in a folder, one after the other."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for language, code, text in SNIPPET.findall(page.read_text(encoding="utf-8")):
        command = ["bash", "-euo", "pipefail", "-c"] if language == "sh" else [sys.executable, "-c"]
        done = subprocess.run(
            [*command, text],
            cwd=folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        expected = int(code.removeprefix(" exit=") or 0)
        assert done.returncode == expected, f"{page}:\n{text}\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def after_tutorial(tmp_path_factory):
    """What the tutorial leaves behind, and some rows: what the other pages start from."""
    folder = tmp_path_factory.mktemp("tutorial")
    run_snippets(TUTORIAL, folder)
    lines = (folder / "parts.csv").read_text().splitlines(keepends=True)
    (folder / "rows.csv").write_text("".join(lines[:20]))
    return folder


def test_the_tutorial_runs(after_tutorial):
    assert (after_tutorial / "parts_ip" / "evidence" / "sim.json").is_file()


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page != TUTORIAL and SNIPPET.search(page.read_text())],
    ids=page_id,
)
def test_snippets_run(page, after_tutorial, tmp_path):
    folder = tmp_path / "work"
    shutil.copytree(after_tutorial, folder)
    run_snippets(page, folder)


def test_a_snippet_that_fails_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```sh\ntrue\n```\n```sh exit=3\nexit 3\n```\n")
    run_snippets(page, tmp_path)
    page.write_text("```python\nraise SystemExit(1)\n```\n")
    with pytest.raises(AssertionError, match="raise SystemExit"):
        run_snippets(page, tmp_path)


PAGE_OF = {"build": "boards", "flash": "boards"}
"""The page of a command that has none of its own name."""

COMMANDS = ["train", "info", "export", "sim", "run", "doctor", "boards", "build", "flash", "ask"]
COMMANDS += ["mutate", "verify"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained_where_the_command_is(db2hdl, command):
    text = (ROOT / "docs" / "how-to" / f"{PAGE_OF.get(command, command)}.md").read_text()
    options = set(re.findall(r"--[a-z][a-z-]+", db2hdl(command, "--help").out))
    options -= {"--help", "--bit-columns"}
    assert {option for option in options if option not in text} == set()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page):
    assert list(broken_links(page)) == []


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](#one-two) [b](#three) [c](gone.md) [d](https://example.org)")
    assert list(broken_links(page)) == ["#three", "gone.md"]
