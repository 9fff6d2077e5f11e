"""How long a run takes against the least time that quotas, latencies and chains allow. Run by hand.

    python bench/makespan.py            the reference work and works full of chains in simulated time, over 50 seeds
    python bench/makespan.py --scale    cost and memory of the scheduler, up to 300,000 beats
    python bench/makespan.py --storm    100,000 beats over 12 quota projects in bad weather, invariants checked
    python bench/makespan.py --real     the reference work by the real daemon against the emulator's process: 7 minutes

The reference work: 3 styles of 60 beats, 2 keys a style, each its own quota project, 9 requests a minute, latency
lognormal with a median of 8 s, once with no beat continuing another and once with a third of them. Works full of chains
have as many styles, and shots of 30 beats.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import sys
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from engine.simulated_storm import big_storm
from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key, want_all
from shotmill.engine.bound import Arrival, bound_s
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import CalmProvider, Latency
from shotmill.engine.simulation import Simulation

SEEDS = range(50)


@dataclass(frozen=True, slots=True)
class Work:
    """Three styles of so many beats, a share of which continue, with keys each of so many requests a minute."""

    beats: int
    share: float
    words: str
    keys: int = 2
    rpm: int = 9
    shot: int = 10

    def __str__(self) -> str:
        return f"3 × {self.beats}, {self.words}, {self.keys} keys of {self.rpm}"


WORKS = (Work(60, 0.0, "none continuing"), Work(60, 1 / 3, "a third continuing"))
CHAINED = (
    Work(54, 0.7, "70 % continuing", 3, 9, 30),
    Work(54, 0.7, "70 % continuing", 2, 15, 30),
    Work(60, 0.7, "70 % continuing", 2, 15, 30),
    Work(72, 0.5, "half continuing", 2, 9, 30),
    Work(100, 0.8, "80 % continuing", 2, 9, 30),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--storm", action="store_true")
    parser.add_argument("--beats", type=int, default=100_000, help="of --storm")
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--seed", type=int, default=1, help="of --real: chains, pictures and latencies")
    asked = parser.parse_args()
    if asked.scale:
        scale()
    elif asked.storm:
        storm(asked.beats)
    elif asked.real:
        real(asked.seed)
    else:
        reference()


def reference() -> None:
    print(f"{'work':<44} {'bound':>8} {'makespan':>9} {'ratio':>7} {'worst':>7} {'refused':>8}")
    for work in (*WORKS, *CHAINED):
        rows = [one_run(work, seed) for seed in SEEDS]
        ratios = [makespan / bound for bound, makespan, _ in rows]
        bound, makespan = statistics.mean(row[0] for row in rows), statistics.mean(row[1] for row in rows)
        refused = sum(row[2] for row in rows)
        print(
            f"{work!s:<44} {bound:>7.1f}s {makespan:>8.1f}s {statistics.mean(ratios):>7.3f} {max(ratios):>7.3f}"
            f" {refused:>8}"
        )


def one_run(work: Work, seed: int) -> tuple[float, float, int]:
    """(bound, makespan, refused requests) of the work with this seed."""
    chance = random.Random(seed)
    board = make_board(*(_transitions(work.beats, work.share, chance) for _ in range(3)), shot=work.shot)
    names = [f"p{i}" for i in range(3 * work.keys)]
    pools = {f"style{i}": [make_key(name) for name in names[i * work.keys :][: work.keys]] for i in range(3)}
    limits = dict.fromkeys(names, (work.rpm, 500))
    provider = CalmProvider(limits, Latency(8.0, 0.5), PRICE, chance)
    simulation = Simulation(make_book(limits), provider, NOON)
    want_all(board)
    run = simulation.start(Scheduler(board, pools, simulation.book, MODEL, Terms(PRICE), Money()))
    assert simulation.proceed() and board.drawn == board.total
    arrivals = [Arrival(dispatch.beat, seconds) for dispatch, seconds in provider.latencies]
    bound = bound_s(
        arrivals, {name: [key.name for key in pool] for name, pool in pools.items()}, dict.fromkeys(names, work.rpm)
    )
    return bound, run.last_image - NOON, provider.refused


def real(seed: int) -> None:
    """Both works one after the other, each in its own daemon and emulator."""
    from makespan_real import measure, transitions_of

    heads = (
        "images",
        "refused",
        "bound",
        "makespan",
        "ratio",
        "told / took",
        "start --wait",
        "fullest min",
        "slot idle",
        "painting",
        "loop lag",
    )
    print(f"{'work':<27}" + "".join(f"{head:>13}" for head in heads))
    for work in WORKS:
        got = measure(transitions_of(work.share, seed), seed)
        idle = statistics.median(got.gaps)
        row = (
            f"{got.images}",
            f"{got.refused}",
            f"{got.bound:.1f}s",
            f"{got.makespan:.1f}s",
            f"{got.ratio:.3f}",
            f"{got.told_ratio:.3f}",
            f"{got.whole:.1f}s",
            f"{got.fullest}",
            f"{min(got.gaps):.2f}-{idle:.2f}s",
            f"{got.painted:.1f}s",
            f"{got.lag_ms:.0f}ms",
        )
        print(f"{work.words:<27}" + "".join(f"{cell:>13}" for cell in row), flush=True)


def scale() -> None:
    print(f"{'beats':>8} {'board, bytes a beat':>20} {'queued, bytes a beat':>21} {'microseconds a beat':>20}")
    for count in (3_000, 30_000, 300_000):
        print(f"{count:>8} {_memory(count)} {_cost(count):>20.0f}")
    print(f"peak of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _memory(count: int) -> str:
    lines = [_transitions(count // 3, 1 / 3, random.Random(1))] * 3
    tracemalloc.start()
    board = make_board(*lines)
    of_board = tracemalloc.get_traced_memory()[0]
    want_all(board)
    scheduler = Scheduler(board, {}, make_book((9, 500)), MODEL, Terms(PRICE), Money())
    of_all = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert scheduler.pending == count
    return f"{of_board / count:>20.0f} {of_all / count:>21.0f}"


def _cost(count: int) -> float:
    board = make_board(*[_transitions(count // 3, 1 / 3, random.Random(1))] * 3)
    keys = [make_key(f"k{i}") for i in range(12)]
    limits = {key.name: (600, 1_000_000) for key in keys}
    provider = CalmProvider(limits, Latency(8.0, 0.5), PRICE, random.Random(1))
    simulation = Simulation(make_book(limits), provider, NOON)
    want_all(board)
    simulation.start(
        Scheduler(board, {style.name: keys for style in board.styles}, simulation.book, MODEL, Terms(PRICE), Money())
    )
    began = time.process_time()
    assert simulation.proceed() and board.drawn == count
    return (time.process_time() - began) / count * 1e6


def storm(count: int) -> None:
    began = time.process_time()
    world = big_storm(count, each=101)
    runs, checker = world.simulation.runs, world.checker
    assert world.simulation.proceed()
    hours, seconds = (max(run.ended_at for run in runs) - runs[0].began) / 3600, time.process_time() - began
    drawn, total = (sum(getattr(work.board, what) for work in world.works) for what in ("drawn", "total"))
    print(f"{[run.end for run in runs[-2:]]}, {drawn} of {total} drawn in {hours:.1f} simulated hours,")
    print(f"{sum(run.sent for run in runs)} requests, {world.provider.refused} refused for quota by wrong settings,")
    print(f"{checker.steps} steps and {checker.looked_for_idle} idle slots checked, {seconds:.0f} s of CPU")


def _transitions(count: int, share: float, chance: random.Random) -> str:
    return "".join("C" if chance.random() < share else "H" for _ in range(count))


if __name__ == "__main__":
    main()
