"""What MkDocs does beside turning ``docs/*.md`` into pages: see ``mkdocs.yml``.

- The lessons and the changelog become pages, from where they stand in the repository; each lesson is a notebook, too.
- In the architecture picture each room leads to its page.
- A link to a source file or a folder leads to a page that shows it, so that every link works without a network.
- The theme's program loses what it would fetch from the network.
- Pages that others still write are left out of the navigation until they exist.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
from pathlib import Path
from typing import Any, Final

from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))
import architecture  # noqa: E402

sys.path.insert(0, str(ROOT / "examples" / "lessons"))
import notebooks as _notebooks  # noqa: E402

SHOWN: Final = {
    ".py": "python",
    ".c": "c",
    ".h": "c",
    ".erl": "erlang",
    ".toml": "toml",
    ".out": "text",
    ".md": "markdown",
}
_LINK: Final = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")
_SESSION: Final = re.compile(r"^```erlang session$", re.MULTILINE)
_FENCE: Final = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)

_FETCHED: Final = re.compile(r"https://unpkg\.com/[\w@./-]+")
_FACES: Final = {"shell.md": "shell", "testing.md": "testing", "observer.md": "observe"}
"""The pages of rooms that are none of ``rooms/``."""
_PICTURE: Final = "![The house](architecture.svg)"

_origins: dict[str, str] = {}
"""Where in the repository the text of a page stands that is not below ``docs``."""
_sources: set[str] = set()
"""Files and folders of the repository that pages link to."""


def on_files(files: Files, config: Any) -> Files:
    """Add the pages whose text stands elsewhere, and those of the sources that any page links to."""
    _origins.clear()
    _sources.clear()
    _add(files, config, "CHANGELOG.md", "changelog.md")
    for page in sorted((ROOT / "examples" / "lessons").glob("**/README.md")):
        path = page.relative_to(ROOT).as_posix()
        name = "index" if page.parent.name == "lessons" else page.parent.name
        _add(files, config, path, f"lessons/{name}.md")
        if name != "index":
            notebook = json.dumps(_notebooks.notebook_of(page.read_text(encoding="utf-8")), indent=1)
            files.append(File.generated(config, f"lessons/{name}.ipynb", content=notebook))
    for file in [*files]:
        if file.src_uri.endswith(".md"):
            _collect(file.src_uri, file.content_string)
    for path in sorted(_sources):
        files.append(File.generated(config, _source_page(path), content=_source_text(path)))
    return files


def room_pages(files: Files) -> dict[str, str]:
    """The address of each room's page: the pages below ``rooms/`` name theirs in the line that begins with *Rooms*."""
    pages = {}
    for file in files:
        if file.src_uri in _FACES:
            pages[_FACES[file.src_uri]] = file.url
        elif file.src_uri.startswith("rooms/"):
            line = re.search(r"^Rooms?: (.*?)\.$", file.content_string, re.MULTILINE)
            for room in re.findall(r"`(\w+)`", line[1] if line else ""):
                pages[room] = file.url
    return pages


def _add(files: Files, config: Any, path: str, uri: str) -> None:
    _origins[uri] = path
    files.append(File.generated(config, uri, content=(ROOT / path).read_text(encoding="utf-8")))


def origin_of(uri: str) -> str:
    """Where the text of a page stands in the repository."""
    return _origins.get(uri, f"docs/{uri}")


def _page_of(path: str) -> str | None:
    """The page that shows a file or folder of the repository; None for pages that stand below ``docs`` themselves."""
    for uri, origin in _origins.items():
        if origin == path:
            return uri
    if path == "README.md":
        return "index.md"
    below = path.startswith("docs/") and (ROOT / path).is_file() and not path.endswith(".py")
    return path.removeprefix("docs/") if below else None


def _target(uri: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin_of(uri)), link))


def _without_code(text: str) -> str:
    return _FENCE.sub("", text)


def _collect(uri: str, text: str) -> None:
    for _, link, _, _ in _LINK.findall(_without_code(text)):
        if "://" not in link:
            path = _target(uri, link)
            if _page_of(path) is None and (ROOT / path).exists() and link != uri:
                _sources.add(path)
                if (ROOT / path).is_dir():
                    _sources.update(_shown_files(path))


def _shown_files(folder: str) -> list[str]:
    return [file.relative_to(ROOT).as_posix() for file in sorted((ROOT / folder).glob("*")) if file.suffix in SHOWN]


def _source_page(path: str) -> str:
    return f"source/{path}/index.md" if (ROOT / path).is_dir() else f"source/{path}.md"


def _source_text(path: str) -> str:
    file = ROOT / path
    if file.is_dir():
        listed = "\n".join(
            f"- [{name.rpartition('/')[2]}]({name.rpartition('/')[2]}.md)" for name in _shown_files(path)
        )
        return f"---\nsearch:\n  exclude: true\n---\n\n# {path}/\n\n{listed}\n"
    text = file.read_text(encoding="utf-8")
    language = SHOWN.get(file.suffix, "text")
    return f"---\nsearch:\n  exclude: true\n---\n\n# {path}\n\n````{language}\n{text.rstrip()}\n````\n"


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Let links of the repository be links of the site, and show transcripts of the shell as such."""
    uri = page.file.src_uri
    if uri.startswith("source/"):
        return markdown

    notebook = f"{uri.removesuffix('.md')}.ipynb"

    def relink(found: re.Match[str]) -> str:
        link, anchor = found[2], found[3] or ""
        if "://" in link or link.startswith("mailto:"):
            return found[0]
        path = _target(uri, link)
        shown = _page_of(path)
        if shown is None:
            if path not in _sources:
                return found[0]
            shown = _source_page(path)
        return f"{found[1]}{posixpath.relpath(shown, posixpath.dirname(uri) or '.')}{anchor}{found[4]}"

    if uri == "architecture.md":
        markdown = markdown.replace(_PICTURE, architecture.architecture_svg(room_pages(files)))
    if files.get_file_from_path(notebook):
        markdown += f"\n\n[This lesson as a Jupyter notebook]({posixpath.basename(notebook)}){{ download }}\n"
    parts = _FENCE.split(markdown)
    text = "".join(part if part.startswith("```") else _LINK.sub(relink, part) for part in parts)
    return _SESSION.sub("```erl", text)


def on_post_build(config: Any) -> None:
    """Take out of the theme's program what it would fetch from the network for pages that are read from a disk."""
    for file in Path(config["site_dir"]).glob("assets/javascripts/*.js"):
        text = file.read_text(encoding="utf-8")
        file.write_text(_FETCHED.sub("data:text/javascript,", text), encoding="utf-8")
