"""Answers that are broken, false or hostile, through the whole daemon: kept, told, and never paid for again."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from daemon.film import Film, make_film, picture
from daemon.home import Home
from daemon.waiting import until
from faults.invariants import Canary
from faults.raw_provider import Answer, cut, cut_chunk, hang, image_body, raw_provider, reset, whole
from shotmill.takes import trailer

PNG = picture((200, 60, 60))


def encoded(kind: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 36), (9, 90, 200)).save(out, kind)
    return out.getvalue()


def giant(side: int) -> bytes:
    """A PNG's head that promises `side` by `side` pixels, with hardly any data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def drawn(mill: Home, root: Path, answers: Mapping[str, Answer], canary: Canary) -> tuple[Film, Counter[str]]:
    """One beat for each answer and a good one; the film at its end, and how often each beat was asked for."""
    beats = [f"1.{number}" for number in range(1, len(answers) + 2)]
    with raw_provider() as provider:
        provider.usual = whole(image_body(PNG))
        for beat, answer in zip(beats, answers.values(), strict=False):
            provider.answers[f"Beat {beat}."] = answer
        film = make_film(
            root, provider.base_url, beats=beats, settings="[generation]\nin_doubt_usd = 0\npause_after = 1000",
            limits="rpm = 100000\nrpd = 100000\nin_flight = 1",
        )  # fmt: skip
        mill.start_daemon()
        status = mill.run_through(film.root)
        assert status["run"]["state"] == "finished"
        film.whole("ink", beats[-1])
        peak = Path(f"/proc/{mill.daemon_pid()}/status").read_text().split("VmHWM:")[1].split()[0]
        assert int(peak) < 600 * 1024, f"{peak} KiB"
        names = dict(zip((f"Beat {beat}." for beat in beats), answers, strict=False))
        return film, Counter({names[word]: count for word, count in provider.asked.items() if word})


def fates(film: Film, names: Sequence[str]) -> dict[str, str]:
    """How the last attempt for each answer ended."""
    known = {f"1.{number}": name for number, name in enumerate(names, 1)}
    ends = {line["beat"]: line.get("fate", "image") for line in film.journal() if line["kind"] in ("end", "take")}
    return {name: ends[beat] for beat, name in known.items()}


def test_the_bytes_say_what_an_image_is_and_not_its_label(mill: Home, tmp_path: Path, canary: Canary) -> None:
    answers = {kind: whole(image_body(encoded(kind), "image/png")) for kind in ("JPEG", "WEBP")}
    film, asked = drawn(mill, tmp_path / "film", answers, canary)
    assert asked == {"JPEG": 1, "WEBP": 1}
    film.all_whole("ink", ("1.1", "1.2"))


def test_what_is_no_image_is_told_and_not_bought_again(mill: Home, tmp_path: Path, canary: Canary) -> None:
    bodies = {
        "cut": PNG[:-20],
        "html": b"<!DOCTYPE html><script>alert(1)</script>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "giant head": giant(65_000),
        "bomb": giant(20_000),
    }
    answers = {name: whole(image_body(image)) for name, image in bodies.items()}
    film, asked = drawn(mill, tmp_path / "film", answers, canary)
    assert asked == dict.fromkeys(bodies, 1)
    assert set(fates(film, list(bodies)).values()) <= {"unusable", "failed", "in_doubt"}
    assert not any(film.image("ink", f"1.{number}").exists() for number in range(1, len(bodies) + 1))


def test_half_answers_are_one_post_and_in_doubt(mill: Home, tmp_path: Path, canary: Canary) -> None:
    answers = {
        "half": cut(image_body(PNG)[:100], 100_000),
        "length too long": cut(image_body(PNG), len(image_body(PNG)) + 1),
        "chunk cut": cut_chunk(image_body(PNG)),
        "reset": reset,  # four in a row: with a fifth one the line would count as broken
    }
    film, asked = drawn(mill, tmp_path / "film", answers, canary)
    assert asked == dict.fromkeys(answers, 1), "one POST for one attempt"
    assert fates(film, list(answers)) == dict.fromkeys(answers, "in_doubt")


def test_whole_answers_that_can_not_be_read_are_kept_and_asked_for_once(
    mill: Home, tmp_path: Path, canary: Canary
) -> None:
    bodies = {
        "no json": b"\x00\xff not json",
        "deep json": b"[" * 1_000_000,
        "odd": b'{"candidates": 111}',
        "of another api": b'{"predictions": [{"bytesBase64Encoded": "AAAA"}]}',
        "billed and not there": b'{"candidates": [{"finishReason": "STOP"}], "usageMetadata": {'
        b'"candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}], "totalTokenCount": 1120}}',
    }
    film, asked = drawn(mill, tmp_path / "film", {name: whole(body) for name, body in bodies.items()}, canary)
    assert asked == dict.fromkeys(bodies, 1), "one POST for one attempt"
    assert fates(film, list(bodies)) == dict.fromkeys(bodies, "unusable")
    kept = {file.stem: file for file in mill.folders.spool.glob("*.part")}
    ends = {end["attempt"]: end for end in film.journal("end")}
    assert {trailer.verified_body(kept[attempt].read_bytes()) for attempt in ends} == set(bodies.values())
    for attempt, end in ends.items():
        assert str(kept[attempt]) in end["message"], "it is told where the bytes are"
        billed = b"1120" in kept[attempt].read_bytes()
        assert bool(end["cost_usd"]) is billed, "what can't be read may have cost anything"
        assert end["message"].startswith("paid: " if billed else "perhaps paid: ")


def test_bombs_and_huge_pages_stay_small(mill: Home, tmp_path: Path, canary: Canary) -> None:
    words = "\x1b[2J\x1b]52;c;aGk=\x07 No \u202e " + "x" * 500_000
    page = json.dumps({"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": words}}).encode()
    answers = {
        "bomb": whole(gzip.compress(b" " * 300_000_000, 1), headers="Content-Encoding: gzip\r\n"),
        "page": whole(page),
    }
    film, asked = drawn(mill, tmp_path / "film", answers, canary)
    assert asked["bomb"] == 1
    assert fates(film, list(answers))["bomb"] == "in_doubt"
    for name in ("journal.jsonl", "log.jsonl"):
        text = (film.root / ".shotmill" / name).read_bytes()
        assert b"\x1b" not in text
        assert b"\\u001b" not in text
        assert len(text) < 100_000


@pytest.mark.faults
def test_an_answer_that_never_comes_is_in_doubt_and_not_asked_for_again(
    mill: Home, tmp_path: Path, canary: Canary
) -> None:
    with raw_provider() as provider:
        provider.usual = whole(image_body(PNG))
        provider.answers["Beat 1.1."] = hang
        film = make_film(
            tmp_path / "film", provider.base_url, beats=("1.1", "1.2"), settings="[generation]\nin_doubt_usd = 0",
        )  # fmt: skip
        text = (film.root / "shotmill.toml").read_text()
        (film.root / "shotmill.toml").write_text(text.replace("[gemini]\n", "[gemini]\ntimeout_s = 10\n"))
        mill.start_daemon()
        project = mill.open(film.root)
        mill.start(project)
        until(lambda: mill.status(project)["run"]["state"] == "finished", "the time limit", 60)
        counts = mill.status(project)["styles"]["ink"]
        assert (counts["done"], counts["in_doubt"]) == (1, 1)
        assert provider.asked["Beat 1.1."] == 1
