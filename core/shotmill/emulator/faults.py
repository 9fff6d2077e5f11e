"""A script of faults: which requests are to go wrong, and how.

A script is a JSON list of rules; the first that fires decides, `latency` and `hold` rules add up on the way:

    [{"match": {"beat": "1.2", "nth": 1}, "do": "reset_mid_body"},
     {"match": {"key": "ben", "every": 5}, "do": "503-high-demand", "times": 3},
     {"match": {"style": "clear", "probability": 0.1}, "do": {"latency": 30}}]

`match` (everything that is named has to fit): `style`, `beat`, `key`, `model`; of the requests that fit so far `nth`
takes the nth only, `every` each nth, `probability` a seeded share. `times` ends a rule after it has fired so often.

`do` is a word, or `{word: value}`:

    any body's name, as 429-bare     that recorded answer, with the status that its name begins with
    {"status": 418, "body": NAME}    another status for a recorded body (no body: a plain error)
    {"latency": S}                   S seconds more before the answer, whatever the answer is
    hold                             not before another script comes, whatever the answer is
    hang                             never answers                                          billed
    reset_before_body                the connection is reset before a byte of the answer    billed
    reset_mid_body                   the connection is reset in the middle of the answer    billed
    cut_body                         the connection is closed in the middle of the answer   billed
    {"slow_drip": S}                 the answer comes in drops over S seconds (default 60)  billed
    html_502                         a gateway's page
    wrong_mime                       the label says another kind than the bytes are         billed
    truncated_image                  the picture's bytes end too early                      billed
    no_image, image_safety, prohibited, text_only, empty_200    a 200 without a picture
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shotmill import bounded_json
from shotmill.emulator.refusals import body_names
from shotmill.errors import UsageError
from shotmill.takes.folder import open_folder
from shotmill.takes.place import told
from shotmill.untrusted import printable

BILLED = {"hang", "reset_before_body", "reset_mid_body", "cut_body", "slow_drip", "wrong_mime", "truncated_image"}
BODIES = {"no_image": "200-no-image", "image_safety": "200-image-safety", "prohibited": "200-prohibited-content"}
WORDS = BILLED | set(BODIES) | {"html_502", "text_only", "empty_200", "status", "latency", "hold"}
LARGEST = 256_000
"""Bytes of a script: some thousand rules."""
_MATCHES = {"style", "beat", "key", "model", "nth", "every", "probability"}


@dataclass(frozen=True, slots=True)
class Facing:
    """What a rule can match of a request."""

    style: str
    beat: str
    key: str
    model: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request: nothing where `do` is empty."""

    do: str = ""
    value: float = 0.0
    status: int = 0
    body: str = ""
    latency_s: float = 0.0
    held: bool = False

    @property
    def billed(self) -> bool:
        return self.do in BILLED


@dataclass(slots=True)
class Rule:
    """One line of the script, with its own counts."""

    match: Mapping[str, Any]
    fault: Fault
    times: int | None = None
    fitted: int = 0
    fired: int = 0

    def fires(self, facing: Facing, seed: int) -> bool:
        """Whether it is this request's turn; counts it."""
        if any(
            str(self.match[name]) != getattr(facing, name)
            for name in ("style", "beat", "key", "model")
            if name in self.match
        ):
            return False  # fmt: skip
        self.fitted += 1
        if self.times is not None and self.fired >= self.times:
            return False
        if "nth" in self.match and self.fitted != self.match["nth"]:
            return False
        if "every" in self.match and self.fitted % self.match["every"]:
            return False
        if "probability" in self.match and _share(seed, facing, self.fitted) >= self.match["probability"]:
            return False
        self.fired += 1
        return True


def _share(seed: int, facing: Facing, count: int) -> float:
    text = f"{seed}|{facing}|{count}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:6], "big") / 2**48


@dataclass(slots=True)
class Script:
    """Rules in their order."""

    rules: Sequence[Rule] = field(default_factory=list)
    seed: int = 0

    def next(self, facing: Facing) -> Fault:
        """What happens to this request. Rules after the one that decides don't count it."""
        latency, held = 0.0, False
        for rule in self.rules:
            if rule.fires(facing, self.seed):
                if rule.fault.do == "latency":
                    latency += rule.fault.value
                elif rule.fault.do == "hold":
                    held = True
                else:
                    return replace(rule.fault, latency_s=latency, held=held)
        return Fault(latency_s=latency, held=held)

    def rewind(self) -> None:
        """Back to the script's beginning."""
        for rule in self.rules:
            rule.fitted = rule.fired = 0


def read_script(path: Path, seed: int = 0) -> Script:
    """The script in a file, which may be anybody's. Raises `ShotmillError` for what is no small plain file of rules; a
    link or pipe in its place is not followed."""
    with told(path):
        try:
            with open_folder(path.parent) as folder:
                data, _ = folder.read(path.name, LARGEST)
        except FileNotFoundError:
            raise UsageError(
                f"there is no script of faults {printable(str(path))}", cure="name a file that exists"
            ) from None
    try:
        return parse_script(bounded_json.parse(data), seed)
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"{printable(str(path))}: {printable(str(error), 200)}",
            cure="see `shotmill emulator --help` for the script's form",
        ) from error


def parse_script(data: Any, seed: int = 0) -> Script:
    """A script from its JSON; raises ValueError that names the rule and what is wrong with it."""
    if not isinstance(data, list):
        raise ValueError("a script of faults is a list of rules")
    return Script([_rule(number, item) for number, item in enumerate(data, start=1)], seed)


def _rule(number: int, item: Any) -> Rule:
    if not isinstance(item, dict) or not isinstance(match := item.get("match", {}), dict) or "do" not in item:
        raise ValueError(f'rule {number}: {{"match": {{…}}, "do": …}} is expected')
    _known(number, "match", match, _MATCHES)
    _known(number, "rule", item, {"match", "do", "times", "status", "body", "seconds"})
    for name in ("nth", "every"):
        if name in match and (not isinstance(match[name], int) or match[name] < 1):
            raise ValueError(f"rule {number}: {name} is a whole number from 1")
    if not 0 <= float(match.get("probability", 0)) <= 1:
        raise ValueError(f"rule {number}: probability is a number from 0 to 1")
    times = item.get("times")
    if times is not None and not isinstance(times, int):
        raise ValueError(f"rule {number}: times is a whole number")
    return Rule(match, _fault(number, item), times)


def _known(number: int, where: str, given: Iterable[str], allowed: set[str]) -> None:
    for name in given:
        if name not in allowed:
            raise ValueError(f"rule {number}: {where} knows no {name!r}; it knows {', '.join(sorted(allowed))}")


def _fault(number: int, item: Mapping[str, Any]) -> Fault:
    do = item["do"]
    if isinstance(do, dict):
        if "status" in do:
            do = {"do": "status", **do}
        else:
            word, value = next(iter(do.items()), ("", 0))
            do = {"do": word, "seconds": value}
    else:
        do = {**item, "do": do}
    word, name = str(do["do"]), str(do.get("body") or "")
    word, name = ("status", word) if word in body_names() else (word, name or BODIES.get(word, ""))
    if word not in WORDS:
        raise ValueError(f"rule {number}: no fault is called {word!r}; there are {', '.join(sorted(WORDS))} and bodies")
    if name and name not in body_names():
        raise ValueError(f"rule {number}: no body is called {name!r}; there are {', '.join(body_names())}")
    status = int(do.get("status") or name[:3] or 0)
    if word == "status" and not 100 <= status <= 599:
        raise ValueError(f"rule {number}: status is a number from 100 to 599")
    return Fault(word, float(do.get("seconds") or 0), status, name)
