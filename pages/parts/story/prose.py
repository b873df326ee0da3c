"""A few sentences of Markdown as HTML that can do no harm.

Streamlit's own Markdown would fetch pictures from anywhere; a story may come from somebody else.
This is the part of Markdown that a caption or a step needs: paragraphs, lists, headings, code,
bold, italics, links. Everything else, HTML and pictures among it, stands there literally.
"""

import re
from html import escape

_INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>\S(?:[^*]|\\\*)*?)\*\*"
    r"|\*(?P<italic>[^\s*](?:[^*\n]|\\\*)*?)\*"
    r"|:small\[(?P<small>(?:[^\]\\\n]|\\.)*)\]"
    r"|(?<!!)\[(?P<label>(?:[^\]\\\n]|\\.)+)\]\((?P<to>https?://[^\s()<>\"']+)\)"
    r"|(?P<rule>(?: {2,}|\\)\n)"
)
_HEADING = re.compile(r"(#{1,6}) +(.+)")
_POINT = re.compile(r"[-*] +(.*)")
_NUMBERED = re.compile(r"\d{1,3}\. +(.*)")
_DEEPEST = 6


def prose(text: str) -> str:
    """Return the HTML of a text in Markdown; every character of it is escaped or understood."""
    return "\n".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()) if block)


def inline(text: str, depth: int = 0) -> str:
    """Return the HTML of one line or paragraph."""
    pieces, at = [], 0
    for found in _INLINE.finditer(text):
        pieces += [escape(text[at : found.start()]), _piece(found, depth)]
        at = found.end()
    return "".join([*pieces, escape(text[at:])])


def _piece(found: re.Match[str], depth: int) -> str:
    def inner(name: str) -> str:
        return inline(found[name], depth + 1) if depth < _DEEPEST else escape(found[name])

    match found.lastgroup:
        case "escaped":
            return escape(found["escaped"])
        case "code":
            return f"<code>{escape(found['code'])}</code>"
        case "bold":
            return f"<strong>{inner('bold')}</strong>"
        case "italic":
            return f"<em>{inner('italic')}</em>"
        case "small":
            return f"<small>{inner('small')}</small>"
        case "to":
            address = escape(found["to"])
            rel = 'target="_blank" rel="noopener noreferrer"'
            return f'<a href="{address}" {rel}>{inner("label")}</a>'
    return "<br>"


def _block(block: str) -> str:
    lines = block.split("\n")
    if (found := _HEADING.fullmatch(lines[0])) is not None:
        rest = "\n".join(lines[1:]).strip()
        level = max(3, len(found[1]))  # a text stands below a headline of its own
        head = f"<h{level}>{inline(found[2])}</h{level}>"
        return f"{head}\n{_block(rest)}" if rest else head
    for pattern, tag in ((_POINT, "ul"), (_NUMBERED, "ol")):
        if pattern.match(lines[0]):
            points = "".join(f"<li>{inline(point)}</li>" for point in _points(lines, pattern))
            return f"<{tag}>{points}</{tag}>"
    return f"<p>{inline(block)}</p>"


def _points(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    """Return the points of a list; a line without a mark goes on with the one before."""
    points: list[str] = []
    for line in lines:
        found = pattern.match(line)
        if found:
            points.append(found[1])
        else:
            points[-1] += "\n" + line.strip()
    return points
