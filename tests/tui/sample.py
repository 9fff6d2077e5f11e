"""The "Night train" of the drawings as the daemon would tell it: 3 styles of 60 beats, 93 of 180 done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 23, 12, 4, 13, tzinfo=UTC).timestamp()  # a Monday
BEATS = (8, 6, 7, 5, 6, 6, 4, 6, 7, 5)
STATES = {
    "illustration": "vvvvvvvv vvv#vv vvvvvvv vvvvv vvvvvv vvv>>. .... ...... ....... .....",
    "clear": "vvvvvvvv vvvvvv vvvvvvv vvvvv vvvvv> -..... .... ...... ....... .....",
    "consistent": "vvvvvvvv vvvvvv vv?vvvv vvvvv vvv>-- ------ ---- ------ ------- -----",
}
Json = dict[str, Any]


def at(clock: str) -> float:
    """A moment of the sample's day: `12:04:09`."""
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return NOW - (12 - hours) * 3600 - (4 - minutes) * 60 - (13 - seconds)


def shots(states: str) -> list[Json]:
    return [
        {"shot": number, "beats": [f"{number}.{beat}" for beat in range(1, len(marks) + 1)], "states": marks}
        for number, marks in enumerate(states.split(), 1)
    ]


def style_status(states: str, **more: Any) -> Json:
    marks = states.replace(" ", "")
    counts = {"total": len(marks), "done": sum(marks.count(one) for one in "v=~*"), "in_flight": marks.count(">"),
              "pending": sum(marks.count(one) for one in ".-r"), "failed": marks.count("x"),
              "blocked": marks.count("#"), "in_doubt": marks.count("?"), "stale": marks.count("~")}  # fmt: skip
    return {**counts, "state": "running", "reason": "", "waiting_until": None, **more}


def quota(name: str, keys: list[str], used: int, day: int, styles: list[str], **more: Any) -> Json:
    return {"name": name, "keys": keys, "model": "gemini-nano-banana-2.1", "styles": styles, "state": "ready",
            "reason": "", "until": None, "rpm": {"used": used, "limit": 9},
            "rpd": {"used": day, "limit": 500, "resets_at": NOW + 75_000}, "in_flight": 1, "next_slot_at": None,
            **more}  # fmt: skip


def log(n: int, clock: str, style: str, beat: str, event: str, key: str = "", **more: Any) -> Json:
    return {"n": n, "at": at(clock), "level": "info", "style": style, "beat": beat, "event": event, "key": key,
            "seconds": None, "bytes": None, "text": "", **more}  # fmt: skip


def done(n: int, clock: str, style: str, beat: str, key: str, seconds: float, megabytes: float) -> Json:
    return log(n, clock, style, beat, "done", key, seconds=seconds, bytes=megabytes * 1e6)


LOG: list[Json] = [
    done(1, "12:03:49", "illustration", "5.4", "ben", 8.4, 1.4),
    done(2, "12:03:49", "consistent", "5.1", "eva", 9.2, 1.3),
    log(3, "12:03:49", "consistent", "5.2", "sent", "eva", text="after 5.1"),
    done(4, "12:03:56", "illustration", "5.5", "anna", 7.8, 1.4),
    done(5, "12:03:57", "clear", "5.4", "carl", 7.9, 1.4),
    done(6, "12:03:58", "consistent", "5.2", "eva", 8.9, 1.3),
    log(7, "12:03:58", "consistent", "5.3", "sent", "eva", text="after 5.2"),
    done(8, "12:04:01", "illustration", "5.6", "ben", 8.8, 1.5),
    log(9, "12:04:01", "illustration", "6.1", "sent", "anna"),
    log(10, "12:04:01", "illustration", "6.2", "sent", "ben"),
    log(11, "12:04:02", "clear", "5.6", "sent", "carl"),
    log(12, "12:04:03", "illustration", "6.3", "sent", "anna"),
    done(13, "12:04:07", "consistent", "5.3", "eva", 9.0, 1.3),
    log(14, "12:04:08", "consistent", "5.4", "sent", "eva", text="after 5.3"),
    done(15, "12:04:09", "illustration", "6.1", "anna", 8.3, 1.4),
    done(16, "12:04:09", "illustration", "6.2", "ben", 7.9, 1.3),
    done(17, "12:04:09", "clear", "5.5", "carl", 7.7, 1.5),
    log(18, "12:04:10", "clear", "5.6", "again", "", level="warning", text="overloaded, in 2 s"),
    done(19, "12:04:11", "illustration", "6.3", "anna", 8.1, 1.4),
    log(20, "12:04:12", "illustration", "6.4", "sent", "ben"),
    log(21, "12:04:12", "illustration", "6.5", "sent", "anna"),
    log(22, "12:04:12", "clear", "5.6", "sent", "carl"),
]
FOR_YOU: list[Json] = [
    {"kind": "blocked", "style": "illustration", "beat": "2.4", "what": "refused for its content", "cure": ""},
    {"kind": "in_doubt", "style": "consistent", "beat": "3.3", "what": "the line broke before an answer",
     "cure": "t try again   u leave it out"},
    {"kind": "key", "style": "", "beat": "", "what": "finn: the provider says it is not valid",
     "cure": "shotmill keys add finn --replace"},
]  # fmt: skip
CHAIN: Json = {"limit": "chain", "style": "consistent", "beats": 31, "seconds_each": 9.0, "per_minute": 27.0,
               "quota_projects": 4, "until": None, "saves_s": 0.0}  # fmt: skip


def run(**more: Any) -> Json:
    return {"state": "running", "id": "run-1", "reason": "", "waiting_until": None, "elapsed_s": 251.0,
            "eta_s": 287.0, "ends_at": at("12:09:00"), "spent_usd": 3.12, "in_doubt_usd": 0.0, "reserved_usd": 0.13,
            "stop_now": {"in_doubt": 4, "in_doubt_usd": 0.14, "received": 0},
            "budget_usd": 10.0, "images": {"done": 93, "total": 180}, "cost_left_usd": 2.92, "agreed_usd": 3.0,
            "filter": "", **more}  # fmt: skip


def status(states: dict[str, str] | None = None, styles: dict[str, Json] | None = None, **more: Any) -> Json:
    named = states or STATES
    told = {name: style_status(marks, **(styles or {}).get(name, {})) for name, marks in named.items()}
    return {"schema": 1, "project": {"path": "/home/mia/night-train", "title": "Night train"}, "run": run(**more),
            "styles": told, "keys": {}, "for_you": FOR_YOU}  # fmt: skip


def quotas() -> list[Json]:
    return [
        quota("film-1", ["anna", "ben"], 9, 212, ["illustration"]),
        quota("carl", ["carl"], 9, 301, ["clear"], next_slot_at=NOW + 4),
        quota("dora", ["dora"], 0, 500, ["clear"], state="exhausted", until=NOW + 75_347),
        quota("eva", ["eva"], 7, 88, ["consistent"]),
        quota("finn", ["finn"], 0, 0, ["consistent"], state="invalid", reason="key not valid"),
    ]


def night_train(**more: Any) -> Json:
    """A whole snapshot; `more` replaces top-level parts."""
    picture = {
        "seq": 100,
        "at": NOW - 1,
        "daemon": {"version": "0.1.0", "pid": 4121},
        "project": {"id": "p1", "path": "/home/mia/night-train", "title": "Night train"},
        "status": status(),
        "styles": [
            {"name": name, "quota": [one["name"] for one in quotas() if name in one["styles"]], "shots": shots(marks)}
            for name, marks in STATES.items()
        ],
        "quota": quotas(),
        "keys": [{"name": "finn", "masked": "…x7Qp", "quota_project": "finn", "state": "invalid",
                  "reason": "not valid", "cure": "shotmill keys add finn --replace"}],
        "pace": CHAIN,
        "log": LOG,
    }  # fmt: skip
    return {**picture, **more}


def many_styles(number: int, beats: int = 5000) -> Json:
    """A project of many styles and many beats."""
    names = ("illustration", "clear", "consistent", "pencil", "ink", "watercolour", "gouache", "pastel", "linocut",
             "etching", "collage", "woodcut")[:number]  # fmt: skip
    per_shot = 40
    marks: dict[str, str] = {}
    for index, name in enumerate(names):
        finished = beats * (12 - index) // 16
        line = "v" * finished + ">" * (2 if index < 3 else 0) + "x" * (index == 1)
        line = line.ljust(beats, ".")
        marks[name] = " ".join(line[start : start + per_shot] for start in range(0, beats, per_shot))
    waits = {
        names[-1]: {"state": "waiting", "waiting_until": NOW + 75_347, "reason": "day quota spent", "code": "day_quota"}
    }
    failed = [
        {"kind": "failed", "style": name, "beat": f"{shot}.{line.index('x') + 1}", "what": "no image came", "cure": ""}
        for name, lines in marks.items()
        for shot, line in enumerate(lines.split(), 1)
        if "x" in line
    ]
    return night_train(
        status={**status(marks, waits), "for_you": [*failed, *FOR_YOU[2:]]},
        styles=[{"name": name, "quota": ["film-1"], "shots": shots(line)} for name, line in marks.items()],
    )


BEAT: Json = {
    "style": "consistent", "beat": "3.3", "shot": 3, "state": "in_doubt",
    "prompt": "Night platform, wet stone, one woman seen from behind; the last carriage leaves the frame on the left.\n"
              "Sodium light, long shadows, the same coat as in 3.2.",
    "script_phrase": "The train leaves the platform without her.", "transition": "C", "continues": True,
    "after": "3.2", "file": "", "references": ["generated_images/consistent/Shot_3/Beat_3.2.png"], "cost_usd": 0.0336,
    "stale_because": "",
    "attempts": [
        {"attempt": "a1", "at": "2026-11-23T12:01:40Z", "key": "eva", "take": 1, "fate": "again", "code": "overloaded",
         "message": "the provider is overloaded", "seconds": 2.1, "cost_usd": 0.0},
        {"attempt": "a2", "at": "2026-11-23T12:02:07Z", "key": "eva", "take": 1, "fate": "in_doubt", "code": "broken",
         "message": "the line broke before an answer", "seconds": 14.0, "cost_usd": 0.0336},
    ],
    "takes": [],
}  # fmt: skip

CHECKS: list[Json] = [
    {"id": "daemon", "title": "Daemon", "verdict": "fine", "fact": "0.1.0, up 3 h", "cure": "", "more": ""},
    {"id": "prompts", "title": "Prompts", "verdict": "fine", "fact": "180 in 3 styles", "cure": "", "more": ""},
    {"id": "disk", "title": "Disk", "verdict": "fine", "fact": "41 GB free", "cure": "", "more": ""},
    {"id": "style", "title": "Style", "verdict": "look",
     "fact": "style_reference.png is 6000x4000, 11 MB; it is sent smaller with each hard cut",
     "cure": "make it 2048 wide to choose how", "more": ""},
    {"id": "keys", "title": "Keys", "verdict": "look",
     "fact": "anna and carl behave like one cloud project: 6 refusals though our count had room",
     "cure": "shotmill keys move carl film-1", "more": ""},
    {"id": "key-finn", "title": "Key finn", "verdict": "broken", "fact": "the provider says it is not valid",
     "cure": "shotmill keys add finn --replace", "more": ""},
]  # fmt: skip
