"""Each kind of project in each size: drawn without error, nothing wider or higher than the screen."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from shotmill.client.link import Connecting, DaemonGone, LinkState, OtherVersion, Reconnecting, Stale
from tui.driving import Driven, driven
from tui.sample import LOG, NOW, STATES, night_train, quota, shots, status
from tui.scripted import ScriptedConnection

pytestmark = pytest.mark.slow

SIZES = [(80, 24), (120, 36), (200, 50), (40, 10), (20, 5)]
WIDE = "夜行列車のスタイル・水彩画と鉛筆画の長い名前"
RIGHT_TO_LEFT = "سكة الليل מסילת הלילה"


def project(marks: dict[str, str], run: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    styles = [{"name": name, "quota": ["film-1"], "shots": shots(line)} for name, line in marks.items()]
    return night_train(status=status(marks, **(run or {})), styles=styles, **more)


def same(mark: str) -> dict[str, str]:
    return {name: "".join(" " if one == " " else mark for one in line) for name, line in STATES.items()}


def of_size(styles: int, beats: int) -> dict[str, Any]:
    shot = 25
    line = ("v" * (beats // 3) + ">x#?~-r=*"[: max(0, beats - beats // 3)]).ljust(beats, ".")[:beats]
    line = " ".join(line[at : at + shot] for at in range(0, beats, shot))
    return project({f"style {number}": line for number in range(1, styles + 1)})


def named(name: str) -> dict[str, Any]:
    lines = [{**LOG[0], "style": name, "text": name * 3, "key": name}]
    quotas = [quota(name, [name] * 5, 9, 500, [name], state="exhausted", reason=name * 2, until=NOW + 75_000)]
    for_you = [{"kind": "blocked", "style": name, "beat": "1.1", "what": name * 4, "cure": name}]
    picture = project({name: "vv>x ..", f"{name} 2": "#?- .."}, quota=quotas, log=lines)
    picture["project"]["title"] = name * 2
    picture["status"]["for_you"] = for_you
    return picture


TOMORROW = {"state": "waiting", "reason": "day quota spent", "code": "day_quota", "waiting_until": NOW + 75_347}
PROJECTS: dict[str, dict[str, Any] | None] = {
    **{f"{styles} styles": of_size(styles, 60) for styles in range(1, 13)},
    **{f"{beats} beats": of_size(3, beats) for beats in (0, 1, 7, 333, 10_000)},
    "12 styles of 10000 beats": of_size(12, 10_000),
    "no style": project({}),
    "empty project": project({"illustration": ""}, log=[], quota=[]),
    "long names": named("a style with a name that is much longer than any column could ever be " * 2),
    "wide characters": named(WIDE),
    "right to left": named(RIGHT_TO_LEFT),
    "combining marks": named("e\u0301a\u0308" * 20),
    "all done": project(same("v"), {"state": "finished"}),
    "all failed": project(same("x"), {"state": "finished"}),
    "all waiting till tomorrow": project(same("."), TOMORROW),
    "no picture": None,
}
LINKS: dict[str, LinkState] = {
    "daemon gone": DaemonGone(NOW - 4000),
    "slow connection": Stale(NOW - 14),
    "reconnecting": Reconnecting(NOW - 30, NOW + 4),
    "connecting": Connecting(),
    "other version": OtherVersion("0.2", "0.3"),
}
KEYS = ("n", "z", "0", "2", "l", "w", "escape", "i", "escape", "v", "escape", "question_mark", "escape", "colon",
        "escape", "X", "escape", "slash", "a", "escape", "L", "ampersand", "a", "enter", "escape")  # fmt: skip


def check(driver: Driven, size: tuple[int, int]) -> None:
    rows = driver.rows()
    assert len(rows) == size[1]
    for row in rows:
        assert cell_len(row) == size[0], repr(row)


@pytest.mark.parametrize("name", PROJECTS)
async def test_every_project_fits_every_size(name: str) -> None:
    await each_size(ScriptedConnection(PROJECTS[name]))


@pytest.mark.parametrize("name", LINKS)
async def test_every_state_of_the_line_fits_every_size(name: str) -> None:
    await each_size(ScriptedConnection(night_train(), LINKS[name]))


async def each_size(connection: ScriptedConnection) -> None:
    async with driven(connection, size=SIZES[-1]) as driver:
        check(driver, SIZES[-1])
        for size in SIZES[:-1]:
            await driver.pilot.resize_terminal(*size)
            await driver.pilot.pause()
            check(driver, size)


WALKS = [("wide characters", (80, 24)), ("no picture", (80, 24)), ("12 styles", (40, 10))]


@pytest.mark.parametrize(("name", "size"), WALKS)
async def test_every_screen_fits(name: str, size: tuple[int, int]) -> None:
    async with driven(ScriptedConnection(PROJECTS[name]), size=size) as driver:
        for key in KEYS:
            await driver.pilot.press(key)
            driver.app.flush()
            await driver.pilot.pause()
            check(driver, size)
