"""How many images a second the whole of Shotmill keeps, beside a bare loop of the SDK that does the same work.

`python bench/throughput.py [--images 300]`: a server on loopback answers every request at once with one PNG of 1.5 MB.
The bare loop sends with the SDK (one client, eight requests at once) and spools, verifies and fsyncs each image in two
threads. Shotmill draws the same number of beats through its daemon, with 12 quota projects of 600 requests a minute.
Both run twice, in turn; the better one of each counts, since the machine is shared.
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aiohttp import web
from PIL import Image

from shotmill.gemini.client import GeminiClient
from shotmill.gemini.reply import read_reply
from shotmill.gemini.request import ImageRequest
from shotmill.secrets import Secret
from shotmill.takes.durable import write_atomically
from shotmill.takes.image import check_whole
from shotmill.takes.spool import Spool, SpoolHeader

SIDE = 704
AT_ONCE = 8
KEYS = 12
RPM = 600


def picture() -> bytes:
    """A PNG of about 1.5 MB: noise does not compress."""
    out = io.BytesIO()
    Image.frombytes("RGB", (SIDE, SIDE), os.urandom(SIDE * SIDE * 3)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def serve() -> None:
    """The provider: one answer for all, at once. Prints its port."""
    part = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(picture()).decode()}}
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 1120, "totalTokenCount": 1129}
    body = json.dumps(
        {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}], "usageMetadata": usage}
    ).encode()

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, content_type="application/json")

    async def run() -> None:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/{rest:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)

    asyncio.run(run())


async def bare(base_url: str, images: int, folder: Path) -> float:
    """Images a second of the SDK alone, with the work that nobody can leave out."""
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
    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    seconds = time.perf_counter() - began
    await client.close()
    return images / seconds


def whole(base_url: str, images: int, folder: Path) -> float:
    """Images a second of a run of the daemon, by its own count of the run's time."""
    project, home = folder / "film", folder / "home"
    (project / "prompts").mkdir(parents=True)
    for style in ("illustration", "clear", "consistent"):
        numbers = [(n, f"{n // 10 + 1}.{n % 10 + 1}") for n in range(images // 3)]
        rows = [{"beat_number": beat, "ai_prompt": f"a train, {n}"} for n, beat in numbers]
        (project / "prompts" / f"prompts-{style}.json").write_text(json.dumps(rows))
    (project / "shotmill.toml").write_text(f'[gemini]\nbase_url = "{base_url}"\n[limits]\nrpm = {RPM}\nrpd = 100000\n')
    config = home / "config"
    config.mkdir(parents=True, mode=0o700, exist_ok=True)
    keys = "".join(f'[keys.k{n}]\napi_key = "bench-key-number-{n:04d}"\n' for n in range(KEYS))
    (config / "keys.toml").write_text(keys)
    (config / "keys.toml").chmod(0o600)
    environ = os.environ | {"SHOTMILL_HOME": str(home)}
    command = [sys.executable, "-m", "shotmill_tui.cli"]
    try:
        subprocess.run([*command, "daemon", "start"], env=environ, check=True, capture_output=True)
        subprocess.run([*command, "start", "--wait", str(project)], env=environ, check=True, capture_output=True)
        said, told = (
            subprocess.run([*command, *words, "--json"], env=environ, cwd=project, check=True, capture_output=True)
            for words in (("status",), ("daemon", "status"))
        )
        lag = json.loads(told.stdout)["loop_lag_ms"]
        run = json.loads(said.stdout)["run"]
        print(f"  daemon: {run['elapsed_s']} s, loop lag p50 {lag['p50']} ms, max {lag['max']} ms", file=sys.stderr)
        return float(images) / float(run["elapsed_s"])
    finally:
        subprocess.run([*command, "daemon", "stop"], env=environ, check=False, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=300)
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
    rates: dict[str, list[float]] = {"bare loop of the SDK": [], "Shotmill's daemon": []}
    try:
        for _ in range(2):
            for name in rates:
                folder = Path(tempfile.mkdtemp(prefix="sm-", dir="/tmp"))
                try:
                    if name.startswith("bare"):
                        rates[name].append(asyncio.run(bare(base_url, asked.images, folder)))
                    else:
                        rates[name].append(whole(base_url, asked.images, folder))
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
    finally:
        server.terminate()
        server.wait()
    best = {name: max(found) for name, found in rates.items()}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"\n{asked.images} images of 1.5 MB, {machine}\n")
    print("| | images a second | of the bare loop |\n| --- | --- | --- |")
    for name, rate in best.items():
        print(f"| {name} | {rate:.1f} | {100 * rate / best['bare loop of the SDK']:.0f} % |")


if __name__ == "__main__":
    main()
