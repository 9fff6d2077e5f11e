"""Every row of the matrix stands in the document, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from faults.matrix import MATRIX
from faults.report import PAGE, ROOT, nodes, page, result


@cache
def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_row_is_there_once_and_shown_or_left_out_with_a_reason() -> None:
    assert [row.number for row in MATRIX] == list(range(1, 65))
    for row in MATRIX:
        assert row.shown or row.left_out, row
        assert row.fault and row.expected and row.done, row


def test_every_test_that_it_names_is_there() -> None:
    for node in nodes():
        path, _, name = node.partition("::")
        assert (ROOT / path).is_file(), node
        assert name in functions(ROOT / path), node


def test_the_document_lists_every_row_with_its_result() -> None:
    text = PAGE.read_text()
    rows = re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", text, re.M)
    assert [int(number) for number, _ in rows] == list(range(1, 65))
    assert all(result.startswith(("held", "left out", "skipped")) for _, result in rows), rows
    for row in MATRIX:
        assert f"| {row.number} | {row.fault} |" in text, "make faults"
        assert not row.left_out or row.left_out in text


def test_a_failure_and_a_case_that_did_not_run_are_no_success() -> None:
    row = next(row for row in MATRIX if len(row.shown) > 1)
    passed = {node: [("passed", "")] for node in row.shown}
    assert result(row, passed).startswith("held")
    assert "FAILED" in result(row, passed | {row.shown[0]: [("passed", ""), ("failed", "")]})
    assert "FAILED" in result(row, {node: passed[node] for node in row.shown[1:]})
    assert result(row, {node: [("skipped", "no root")] for node in row.shown}) == "skipped: no root"
    assert "FAILED" in page({})
