"""How many images a second the whole of Shotmill keeps, what they cost of a processor, and how long its loop is away.

`python bench/throughput.py [--images 240] [--large 48] [--jpeg]`: a server on loopback answers every request at once.

* `bare`: a loop of the SDK (one client, eight requests at once) that spools, verifies and fsyncs each PNG of 1.5 MB in
  two threads: the work that nobody can leave out.
* `daemon`: the same images through Shotmill's daemon, with 12 quota projects of 600 requests a minute.
* `1K`, `4K`: the daemon with eight requests in flight, PNGs of 1.5 MB and of 6 MB (4096 × 4096 pixels): loop stalls.
* `jpeg`: JPEGs of 0.8 MB that become PNGs, so with the conversion.

CPU is what `/proc/PID/stat` counts for the daemon and its decoders (and the forks that these waited for) from the start
of the run to its end, for each image; all that the daemon does meanwhile is in it, its screens' feed too. `read` is
what a bare aiohttp client takes to read the same answers and throw them away. Before a run is measured the daemon draws
a few images and then rests for a minute, so that neither its imports nor their stalls are counted.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from PIL import Image

from shotmill.gemini.client import GeminiClient
from shotmill.gemini.reply import read_reply
from shotmill.gemini.request import ImageRequest
from shotmill.secrets import Secret
from shotmill.takes.durable import write_atomically
from shotmill.takes.image import check_whole
from shotmill.takes.spool import Spool
from shotmill.takes.spool_header import SpoolHeader

AT_ONCE = 8
KEYS = 12
RPM = 600
WARM = 12
REST_S = 62.0
"""Longer than the minute of which the daemon tells its longest stall."""
COMMAND = [sys.executable, "-m", "shotmill_tui.cli"]


def _noise(side: int, kind: str = "PNG", canvas: int = 0) -> bytes:
    """A picture of `side`², or that in the corner of a black one of `canvas`². Noise does not compress."""
    image = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
    if canvas:
        whole = Image.new("RGB", (canvas, canvas))
        whole.paste(image)
        image = whole
    out = io.BytesIO()
    image.save(out, kind, **({"compress_level": 1} if kind == "PNG" else {"quality": 75}))
    return out.getvalue()


PICTURES: dict[str, Callable[[], bytes]] = {
    "1K": lambda: _noise(704),
    "4K": lambda: _noise(1414, canvas=4096),
    "jpeg": lambda: _noise(1024, "JPEG"),
}


def serve() -> None:
    """The provider: one answer for all whose address names the same picture. Prints its port."""
    bodies = {name: _body(name, draw()) for name, draw in PICTURES.items()}

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=bodies[request.match_info["name"]], content_type="application/json")

    async def run() -> None:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/{name}/{rest:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)

    asyncio.run(run())


def _body(name: str, image: bytes) -> bytes:
    mime = "image/jpeg" if name == "jpeg" else "image/png"
    part = {"inlineData": {"mimeType": mime, "data": base64.b64encode(image).decode()}}
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 1120, "totalTokenCount": 1129}
    answer = {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}], "usageMetadata": usage}
    return json.dumps(answer).encode()


async def read_only(base_url: str, images: int) -> float:
    """Milliseconds of CPU in which a bare client reads one answer."""
    async with aiohttp.ClientSession(read_bufsize=1 << 20) as session:

        async def one() -> None:
            async with session.post(f"{base_url}/x", data=b"{}") as answer:
                async for _ in answer.content.iter_chunked(1 << 20):
                    pass

        await one()
        began = time.process_time()
        for _ in range(images // AT_ONCE):
            await asyncio.gather(*(one() for _ in range(AT_ONCE)))
        return (time.process_time() - began) * 1000 / (images // AT_ONCE * AT_ONCE)


async def bare(base_url: str, images: int, folder: Path) -> tuple[float, float]:
    """Images a second, and milliseconds of CPU for each, of the SDK alone with the work that nobody can leave out."""
    client = GeminiClient(base_url, "v1")
    spool = Spool(folder / "spool")
    threads = ThreadPoolExecutor(2)
    loop = asyncio.get_running_loop()
    left = iter(range(images))

    def keep(number: int, path: Path) -> None:
        image = read_reply(spool.body(path)).final_image() or b""
        check_whole(image)
        write_atomically(folder / f"{number}.png", image)
        spool.drop(path.stem)

    async def worker() -> None:
        for number in left:
            header = SpoolHeader(f"{number:022x}", "bench", str(folder), "s", "1", 1, "", "m", "k", 0.03, 0.0)
            writer = await loop.run_in_executor(threads, spool.open, header)
            await client.draw(ImageRequest("gemini-nano-banana-2.1", "a train"), Secret("bench-key"), writer)
            path = await loop.run_in_executor(threads, writer.seal)
            await loop.run_in_executor(threads, keep, number, path)

    await client.draw(ImageRequest("m", "warm"), Secret("bench-key"), io.BytesIO())
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    await client.close()
    return images / seconds, cpu * 1000 / images


@dataclass(frozen=True)
class Measured:
    """A run of the daemon: images a second by its own count, CPU in ms an image, its loop's stalls in ms."""

    rate: float
    daemon_ms: float
    decoders_ms: float
    lag_p50_ms: float
    lag_max_ms: float


def whole(base_url: str, images: int, folder: Path, *, keys: int = KEYS, in_flight: str = '"auto"') -> Measured:
    """A run of `images` by a daemon that has drawn a few before."""
    home = folder / "home"
    config = home / "config"
    config.mkdir(parents=True, mode=0o700)
    text = "".join(f'[keys.k{n}]\napi_key = "bench-key-number-{n:04d}"\n' for n in range(keys))
    (config / "keys.toml").write_text(text)
    (config / "keys.toml").chmod(0o600)
    environ = os.environ | {"SHOTMILL_HOME": str(home)}
    try:
        _run(environ, "daemon", "start")
        _run(environ, "start", "--wait", str(_film(folder / "warm", base_url, WARM, in_flight)))
        time.sleep(REST_S)
        pid = _told(environ, home, "daemon", "status")["pid"]
        film = _film(folder / "film", base_url, images, in_flight)
        before = _cpu_s(pid)
        _run(environ, "start", "--wait", str(film))
        after = _cpu_s(pid)
        elapsed = float(_told(environ, film, "status")["run"]["elapsed_s"])
        lag = _told(environ, home, "daemon", "status")["loop_lag_ms"]
        drawn = len(list((film / "generated_images").rglob("Beat_*.png")))
        assert drawn == images, f"{drawn} of {images}"
        spent = [(later - earlier) * 1000 / images for earlier, later in zip(before, after, strict=True)]
        return Measured(images / elapsed, spent[0], spent[1], lag["p50"], lag["max"])
    finally:
        subprocess.run([*COMMAND, "daemon", "stop"], env=environ, check=False, capture_output=True)


def _film(root: Path, base_url: str, images: int, in_flight: str) -> Path:
    (root / "prompts").mkdir(parents=True)
    for style in ("illustration", "clear", "consistent"):
        numbers = [(n, f"{n // 10 + 1}.{n % 10 + 1}") for n in range(images // 3)]
        rows = [{"beat_number": beat, "ai_prompt": f"a train, {n}"} for n, beat in numbers]
        (root / "prompts" / f"prompts-{style}.json").write_text(json.dumps(rows))
    limits = f"[limits]\nrpm = {RPM}\nrpd = 100000\nin_flight = {in_flight}\n"
    (root / "shotmill.toml").write_text(f'[gemini]\nbase_url = "{base_url}"\n{limits}')
    return root


def _run(environ: dict[str, str], *words: str) -> None:
    subprocess.run([*COMMAND, *words], env=environ, check=True, capture_output=True)


def _told(environ: dict[str, str], where: Path, *words: str) -> Any:
    said = subprocess.run([*COMMAND, *words, "--json"], env=environ, cwd=where, check=True, capture_output=True)
    return json.loads(said.stdout)


def _cpu_s(daemon: int) -> tuple[float, float]:
    """Seconds of CPU of the daemon, and of its decoders with the forks that these waited for."""
    tick = os.sysconf("SC_CLK_TCK")
    decoders = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == daemon and b"shotmill.takes.decoder" in (stat.parent / "cmdline").read_bytes():
                decoders += sum(int(one) for one in fields[11:15]) / tick
    own = Path(f"/proc/{daemon}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(one) for one in own[11:13]) / tick, decoders


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=240)
    parser.add_argument("--large", type=int, default=48, help="images of 4K")
    parser.add_argument("--only", choices=["bare", "daemon", "1K", "4K", "jpeg"], nargs="+")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve()
        return
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    base_url = f"http://127.0.0.1:{int(server.stdout.readline())}"
    try:
        _measure(base_url, asked.images, asked.large, asked.only or ["bare", "daemon", "1K", "4K", "jpeg"])
    finally:
        server.terminate()
        server.wait()


def _measure(base_url: str, images: int, large: int, wanted: list[str]) -> None:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{images} images ({large} of 4K), {machine}, aiohttp {aiohttp.__version__}\n")
    print("| | load | images/s | of the bare loop | daemon | decoders | read | stall p50 | longest |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    bare_rate = 0.0
    for name in wanted:
        picture = name if name in PICTURES else "1K"
        url, count = f"{base_url}/{picture}", (large if name == "4K" else images) // 3 * 3
        read = asyncio.run(read_only(url, count))
        folder = Path(tempfile.mkdtemp(prefix="sm-", dir="/tmp"))
        try:
            if name == "bare":
                bare_rate, cpu = asyncio.run(bare(url, count, folder))
                cells = [f"{bare_rate:.1f}", "100 %", f"{cpu:.0f} ms", "", f"{read:.0f} ms", "", ""]
            else:
                eight = {} if name == "daemon" else {"keys": AT_ONCE, "in_flight": "1"}
                found = whole(url, count, folder, **eight)  # type: ignore[arg-type]
                share = f"{100 * found.rate / bare_rate:.0f} %" if bare_rate and picture == "1K" else ""
                cells = [f"{found.rate:.1f}", share, f"{found.daemon_ms:.0f} ms", f"{found.decoders_ms:.0f} ms"]
                cells += [f"{read:.0f} ms", f"{found.lag_p50_ms:.1f} ms", f"{found.lag_max_ms:.0f} ms"]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"| {name} | {os.getloadavg()[0]:.0f} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
