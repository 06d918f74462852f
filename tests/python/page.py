"""What a test asks of an HTML page."""

import html.parser


class Page(html.parser.HTMLParser):
    """Headings, tables as text, and the attributes of elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self._elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self._elements if name == tag]

    def row(self, name: str) -> list[str]:
        """The first row of a table whose first cell begins with it."""
        return next(row for row in self.rows if row and row[0].startswith(name))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._elements.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
        elif tag in ("h1", "h2", "h3"):
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        # Elements without an end go with what encloses them.
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        within = set(self._open)
        if "style" in within:
            return
        self.text += data
        if within & {"th", "td"}:
            self.rows[-1][-1] += data
        if within & {"h1", "h2", "h3"}:
            self.headings[-1] += data
