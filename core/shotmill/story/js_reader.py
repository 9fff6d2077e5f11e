"""Prompts in `.js`: parsed with tree-sitter, never run.

`export default […]`, `const prompts = […]; export default prompts;`, `export const prompts = […]` and
`module.exports = […]`. Only literals are read; a call, a name, `${…}`, a getter or a spread is a problem with its
line and column.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shotmill.story.js_literal import Literals, NotLiteralError, elements
from shotmill.story.problems import Problem, UnreadableError, found, note, snippet
from shotmill.story.rows import HOLDERS, ROW_EXPECTED, Row

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Tree

_CHUNK = 65536
# The parser calls back every hundred steps or so, and steps are what time and memory go with: some 10 KB a call. Ten
# thousand prompts take some 8,000 calls, half a megabyte of brackets and commas all of these.
_PATIENCE = 25_000
_EXPECTED = "expected export default […], export const prompts = […] or module.exports = […]"


def read_js(text: str, problems: list[Problem]) -> Iterator[Row]:
    """The rows of a `.js` file; a `Reader`."""
    data = text.encode()
    root = _parsed(data).root_node
    if root.has_error:
        raise UnreadableError(_syntax_problem(root, text, data))
    literals = Literals(data)
    try:
        nodes = elements(_Module(literals).array(root))
    except NotLiteralError as error:
        raise UnreadableError(_problem(error.node, str(error), data)) from error
    for node in nodes:
        try:
            if node.type == "object":
                yield Row(node.start_point.row + 1, literals.object(node, 1))
                continue
            value = literals.value(node)
            note(problems, _problem(node, f"found {found(value)}, {ROW_EXPECTED}", data))
        except NotLiteralError as error:
            note(problems, _problem(error.node, str(error), data))


class _Module:
    """The statements of a file: which array is meant, in the order of what says so most clearly."""

    def __init__(self, literals: Literals) -> None:
        self._literals = literals
        self._named: dict[str, Node] = {}
        self._default: Node | None = None
        self._exported: list[Node] = []

    def array(self, root: Node) -> Node:
        for statement in root.named_children:
            self._statement(statement)
        candidates = [self._default, *self._exported, self._named.get("prompts"), *self._named.values()]
        for node in candidates:
            array = self._array_in(node)
            if array is not None:
                self._check_others(array)
                return array
            if node is not None and node is self._default:
                raise NotLiteralError(node, f"found no array behind the default export, {_EXPECTED}")
        raise NotLiteralError(root, f"found no array of prompts, {_EXPECTED}")

    def _statement(self, node: Node) -> None:
        match node.type:
            case "comment" | "html_comment" | "hash_bang_line" | "empty_statement":
                return
            case "lexical_declaration" | "variable_declaration":
                self._declaration(node, exported=False)
            case "export_statement":
                self._export(node)
            case "expression_statement":
                self._expression(node)
            case _:
                raise self._unexpected(node)

    def _export(self, node: Node) -> None:
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        if value is not None:
            self._default = value
        elif declaration is not None and declaration.type in ("lexical_declaration", "variable_declaration"):
            self._declaration(declaration, exported=True)
        elif any(child.type == "export_clause" for child in node.children) and not node.child_by_field_name("source"):
            return
        else:
            raise self._unexpected(node)

    def _declaration(self, node: Node, *, exported: bool) -> None:
        for declarator in node.named_children:
            if declarator.type == "comment":
                continue
            name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
            if name is None or name.type != "identifier" or value is None:
                raise self._unexpected(declarator)
            self._named[self._literals.text(name)] = value
            if exported:
                self._exported.append(value)

    def _expression(self, node: Node) -> None:
        expression = next((child for child in node.named_children if child.type != "comment"), node)
        if expression.type == "string":
            return  # "use strict"
        left, right = expression.child_by_field_name("left"), expression.child_by_field_name("right")
        if expression.type != "assignment_expression" or left is None or right is None:
            raise self._unexpected(expression)
        target = self._literals.text(left)
        if target == "module.exports":
            self._default = right
        elif target.startswith(("module.exports.", "exports.")):
            self._exported.append(right)
        else:
            raise self._unexpected(expression)

    def _array_in(self, node: Node | None) -> Node | None:
        """The array that a node is, names, or holds under a key such as `prompts`."""
        if node is None:
            return None
        if node.type == "identifier":
            node = self._named.get(self._literals.text(node), node)
        if node.type == "object":
            held = {name: value for value in node.named_children if (name := self._holder(value))}
            node = next((held[name] for name in HOLDERS if name in held), node)
            node = node.child_by_field_name("value") or self._named.get(self._literals.text(node), node)
        return node if node.type == "array" else None

    def _holder(self, node: Node) -> str:
        key = node.child_by_field_name("key") if node.type == "pair" else node
        if key is None or key.type not in ("property_identifier", "string", "shorthand_property_identifier"):
            return ""
        return self._literals.text(key).strip("'\"")

    def _check_others(self, array: Node) -> None:
        # Nothing in the file may need running, whether the prompts use it or not.
        for value in self._named.values():
            inner = self._array_in(value)
            if inner is None or inner.id != array.id:
                self._literals.value(value)

    def _unexpected(self, node: Node) -> NotLiteralError:
        return NotLiteralError(node, f"found {found(self._literals.text(node))}, {_EXPECTED}")


def _parser() -> Parser:
    # Imported here, since most projects have no .js file and the command line should start at once. A parser each
    # time: two threads must not share one, and it costs nothing.
    import tree_sitter_javascript
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_javascript.language()))


def _parsed(data: bytes) -> Tree:
    calls = 0

    def impatient(_offset: int, _has_error: bool) -> bool:
        nonlocal calls
        calls += 1
        return calls > _PATIENCE

    try:
        return _parser().parse(lambda start, _: data[start : start + _CHUNK], progress_callback=impatient)
    except ValueError as error:
        text = "found too much that is no array of literals, expected JavaScript; large files are better as .json"
        raise UnreadableError(Problem(1, text)) from error


def _syntax_problem(root: Node, text: str, data: bytes) -> Problem:
    """The first place where the parser found something else than it could read."""
    node = root
    while (inner := next((child for child in node.children if child.has_error), None)) is not None:
        node = inner
        if node.is_error or node.is_missing:
            break
    if node.is_error and (opening := _unclosed(node, data)):
        return _problem(opening, f"found {opening.type} that is never closed, expected its end", data)
    offset = len(data[: node.start_byte].decode(errors="replace"))
    if node.is_missing:
        return _problem(node, f"found {snippet(text, offset)}, expected {found(node.type)}", data)
    return _problem(
        node,
        f"found {snippet(text, offset)}, expected JavaScript; is a comma, quote or bracket missing near here?",
        data,
    )


def _unclosed(error: Node, data: bytes) -> Node | None:
    """The innermost bracket that is still open where the file ends, if that is what went wrong."""
    if data[error.end_byte :].strip():
        return None
    stack: list[Node] = []
    for child in error.children:
        if child.type in ("[", "{", "(", "`", "'", '"'):
            stack.append(child)
        elif child.type in ("]", "}", ")") and stack:
            stack.pop()
    return stack[-1] if stack else None


def _problem(node: Node, text: str, data: bytes) -> Problem:
    start = data.rfind(b"\n", 0, node.start_byte) + 1
    column = len(data[start : node.start_byte].decode(errors="replace")) + 1
    return Problem(node.start_point.row + 1, text, column)
