"""JavaScript literals as values: what a prompts file may hold, read off the syntax tree and never run."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from shotmill.story.beat_id import js_number
from shotmill.story.problems import MAX_DEPTH, TOO_DEEP, found
from shotmill.untrusted import printable

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPE = re.compile(
    r"\\(?:u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})"
    r"|(\r\n|[\n\r\u2028\u2029])|(0(?![0-9]))|([\s\S]))"
)
_ONE_LINE = re.compile(r"(?:[^\\\n\r]|\\(?:\r\n|[\s\S]))*+")
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")
_INT_DIGITS = 400
_KINDS = {
    "call_expression": "a call",
    "new_expression": "a call",
    "identifier": "a name",
    "shorthand_property_identifier": "a name without a value",
    "member_expression": "a name",
    "template_substitution": "${…}",
    "method_definition": "a method or getter",
    "spread_element": "a spread",
    "computed_property_name": "a computed key",
    "function_expression": "a function",
    "arrow_function": "a function",
    "class": "a class",
    "regex": "a regular expression",
}


class NotLiteralError(Exception):
    """A node that is no literal: `node` is where, the message what was found and what was expected."""

    def __init__(self, node: Node, text: str) -> None:
        super().__init__(text)
        self.node = node


class Literals:
    """Reads values off the tree of one source; `data` is the source in UTF-8."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def text(self, node: Node) -> str:
        """The node as it stands in the source."""
        return self._data[node.start_byte : node.end_byte].decode()

    def value(self, node: Node, depth: int = 0) -> Any:
        """Strings, numbers, true, false, null, arrays and objects; raises NotLiteralError for anything else."""
        if depth > MAX_DEPTH:
            raise NotLiteralError(node, TOO_DEEP)
        match node.type:
            case "string" | "template_string":
                return self._string(node)
            case "number":
                return self._number(node)
            case "true" | "false":
                return node.type == "true"
            case "null" | "undefined":
                return None
            case "object":
                return self.object(node, depth)
            case "array":
                return [self.value(element, depth + 1) for element in elements(node)]
            case "parenthesized_expression":
                inner = [child for child in node.named_children if child.type != "comment"]
                return self.value(inner[0], depth + 1)
            case "unary_expression":
                return self._signed(node)
            case "binary_expression":
                return self._joined(node, depth)
            case _:
                raise self.refused(node)

    def object(self, node: Node, depth: int) -> dict[str, Any]:
        """An object's keys and values; a key that comes twice is refused, since the first would be lost."""
        fields: dict[str, Any] = {}
        for pair in node.named_children:
            if pair.type == "comment":
                continue
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if pair.type != "pair" or key is None or value is None:
                raise self.refused(pair)
            name = self.key(key)
            if name in fields:
                raise NotLiteralError(key, f"the key {found(name)} is there twice, expected each key once")
            fields[name] = self.value(value, depth + 1)
        return fields

    def key(self, node: Node) -> str:
        """A key of an object: a plain name, a string or a number."""
        match node.type:
            case "property_identifier":
                return self.text(node)
            case "string":
                return self._string(node)
            case "number":
                return js_number(self._number(node))
            case _:
                raise self.refused(node)

    def refused(self, node: Node) -> NotLiteralError:
        """The error for a node that would have to be run to know its value."""
        kind = _KINDS.get(node.type)
        what = f"{kind}, {self._shown(node)}" if kind else self._shown(node)
        return NotLiteralError(node, f"found {what}; expected a literal: prompts files are read, never run")

    def _shown(self, node: Node) -> str:
        return f"`{printable(self.text(node), limit=40)}`"

    def _string(self, node: Node) -> str:
        raw = self._data[node.start_byte + 1 : node.end_byte - 1].decode()
        if node.type == "template_string":
            for child in node.named_children:
                if child.type == "template_substitution":
                    raise self.refused(child)
            raw = raw.replace("\r\n", "\n").replace("\r", "\n")
        elif ("\n" in raw or "\r" in raw) and not _ONE_LINE.fullmatch(raw):
            raise NotLiteralError(node, "found a string that goes on in the next line, expected `…` or \\n for that")
        if "\\" not in raw:
            return raw
        try:
            return unescaped(raw)
        except ValueError as error:
            raise NotLiteralError(node, str(error)) from error

    def _number(self, node: Node) -> int | float:
        try:
            return number(self.text(node))
        except ValueError as error:
            raise NotLiteralError(node, str(error)) from error

    def _signed(self, node: Node) -> int | float:
        sign, operand = node.child_by_field_name("operator"), node.child_by_field_name("argument")
        if sign is None or operand is None or operand.type != "number" or sign.type not in "+-":
            raise self.refused(node)
        return -self._number(operand) if sign.type == "-" else self._number(operand)

    def _joined(self, node: Node, depth: int) -> str:
        """Strings joined with `+`; the chain leans to the left, however long, so it is followed and not recursed."""
        parts: list[Any] = []
        left: Node | None = node
        while left is not None and left.type == "binary_expression":
            sign, right = left.child_by_field_name("operator"), left.child_by_field_name("right")
            if sign is None or sign.type != "+" or right is None:
                raise self.refused(node)
            parts.append(self.value(right, depth + 1))
            left = left.child_by_field_name("left")
        if left is None:
            raise self.refused(node)
        parts.append(self.value(left, depth + 1))
        if not all(isinstance(part, str) for part in parts):
            raise NotLiteralError(node, f"found {self._shown(node)}; expected + between strings only")
        return "".join(reversed(parts))


def elements(array: Node) -> list[Node]:
    """The elements of an array literal; an empty place between two commas is refused."""
    found_nodes: list[Node] = []
    before = "["
    for child in array.children:
        if child.type == "comment":
            continue
        if child.type == "," and before in "[,":
            raise NotLiteralError(child, "found an empty place in the array, expected a value")
        if child.is_named:
            found_nodes.append(child)
        before = child.type
    return found_nodes


def unescaped(raw: str) -> str:
    """The inside of a JavaScript string without its escapes; ValueError says what is wrong."""
    text = _ESCAPE.sub(_meant, raw)
    text = _PAIR.sub(lambda pair: pair.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)
    if _LONE.search(text):
        raise ValueError(f"found half of a surrogate pair in {found(text)}, expected whole characters")
    return text


def _meant(match: re.Match[str]) -> str:
    braced, four, two, continuation, zero, single = match.groups()
    if digits := braced or four or two:
        code = int(digits, 16) if len(digits.lstrip("0")) <= 6 else 0x110000
        if code > 0x10FFFF:
            raise ValueError(f"found the escape {printable(match.group(), limit=20)}, expected at most \\u{{10FFFF}}")
        return chr(code)
    if continuation:
        return ""
    if zero:
        return "\0"
    if single in "ux" or single.isdecimal():
        raise ValueError(f"found the escape \\{single}, expected \\xHH, \\uHHHH or \\u{{…}}")
    return _SINGLE.get(single, single)


def number(text: str) -> int | float:
    """A JavaScript number: decimal, 0x, 0o, 0b, with `_` between digits, or a BigInt; ValueError for any other."""
    plain = text.replace("_", "").lower()
    if plain[:2] in ("0x", "0o", "0b") and len(plain) <= _INT_DIGITS:
        return int(plain.removesuffix("n"), 0)
    whole = plain.removesuffix("n")
    if len(whole) > 1 and whole[0] == "0" and whole.isdecimal():
        raise ValueError(f"found the number {printable(text, limit=20)}, expected no leading zero")
    if whole.isdecimal() and len(whole) <= _INT_DIGITS:
        return int(whole)
    value = float(plain)
    if math.isinf(value):
        raise ValueError(f"the number {printable(text, limit=20)} is too large, expected one that fits a double")
    return value
