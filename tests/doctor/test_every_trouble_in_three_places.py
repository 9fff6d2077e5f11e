"""The guide's troubles, each brought about in a real daemon: seen in the screen's data, in `doctor --json`, in the log.

One daemon has them all at once; what needs a disk of its own or a daemon that is stopped is in the files beside this.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from daemon.home import home
from doctor.test_trouble_1_network import http_server, own_certificate
from doctor.ward import Ward, ward


class Row(NamedTuple):
    """A trouble: its number in the guide, the screen's words (first line, second line or what is for you), the check
    with its verdict, fact and cure, and a line of the project's log (`daemon: …`, of the daemon's)."""

    number: int
    screen: str
    check: str
    verdict: str
    fact: str
    cure: str
    log: str


TROUBLES = {
    "template": Row(1, "placeholder", "key.template", "broken", "placeholder", "keys add template --replace",
                    "not started: no usable key: template: it is a placeholder"),
    "lacking": Row(1, "no key of that name", "style.lacking.keys", "broken", "lacking", "shotmill keys add lacking",
                   "not started: no usable key: lacking"),
    "restricted": Row(1, "are blocked", "key.restricted", "broken", "are blocked", "Lift the key's restrictions",
                      "again key restricted"),
    "unpaid": Row(1, "requires billing", "key.unpaid", "broken", "requires billing", "Link a billing account",
                  "again billing disabled"),
    "off": Row(1, "it is disabled", "key.off", "broken", "it is disabled", "Enable the Generative Language API",
               "again service disabled"),
    "invalid": Row(1, "not valid", "key.invalid", "broken", "not valid", "keys add invalid --replace",
                   "stopped: API key not valid"),
    "leaked": Row(1, "leaked", "key.leaked", "broken", "leaked", "keys add leaked --replace", "stopped: Your API key"),
    "suspended": Row(1, "suspended", "key.suspended", "broken", "suspended", "keys of another project", "stopped: "),
    "nowhere": Row(1, "use another network, then: shotmill start", "run", "broken", "location is not supported",
                   "use another network, then: shotmill start", "→ Google doesn't serve"),
    "model": Row(1, "Mend model under [gemini]", "style.model", "broken", "not found", "Mend model under [gemini]",
                 "→ Mend model under [gemini]"),
    "elsewhere": Row(1, "keys.example", "endpoint", "broken", "keys.example", "base_urls = [",
                     "not started: This project"),
    "budget": Row(3, "budget", "run", "look", "budget", "budget_usd", "→ raise budget_usd"),
    "away": Row(1, "waiting for the network", "run", "look", "refused the connection", "by itself",
                "Check base_url and the network. shotmill doctor --online names the step that fails"),
    "dns": Row(1, "waiting for the network", "run", "look", "name has no address", "shotmill doctor --online",
               "again the endpoint's name has no address"),
    "tls": Row(1, "waiting for the network", "run", "look", "could not prove who it is", "certificates",
               "waiting: the endpoint could not prove who it is"),
    "proxy": Row(1, "waiting for the network", "run", "look", "the proxy would not connect", "HTTPS_PROXY",
                 "waiting: the proxy would not connect"),
    "unreadable": Row(1, "prompts-unreadable.json:2", "prompts", "broken", "prompts-unreadable.json:2", "Correct",
                      "not opened: prompts/prompts-unreadable.json:2"),
    "nothing": Row(1, "prompts", "prompts", "broken", "no", "prompts/prompts-", "not opened: "),
    "minute": Row(3, "minute quota", "pace", "look", "minute quota", "keys add", "again minute quota, in"),
    "minute, slow": Row(8, "shotmill keys add", "pace", "look", "1 a minute, the minute quota of 1 cloud project",
                        " less)", "info note pace: 1 a minute, the minute quota of 1 cloud project. The rest takes"),
    "day": Row(3, "day quota of every key is spent", "run", "look", "quota", "keys add", "waiting: day quota spent"),
    "window": Row(3, "spend", "run", "look", "spend", "by itself", "waiting: "),
    "cap": Row(3, "spending cap", "run", "look", "spending cap", "by itself", "waiting: the month's spending cap"),
    "empty": Row(3, "credit", "key.empty", "broken", "credit", "ai.studio", "stopped: Your prepayment credits"),
    "folder": Row(5, "generated_images is a plain file", "folder", "broken", "is a file", "mv ", "is a plain file"),
    "gone": Row(6, "2 images", "missing", "look", "[gone] Beat 1.1", "shotmill start", "done "),
    "chain": Row(8, "chain is one chain, 60 beats", "pace", "look", "Keys would not help", "continuity",
                 "info note pace: chain is one chain, 60 beats"),
    "single": Row(8, "as many at once as limits.in_flight allows", "pace", "look", "at once", "in_flight",
                  "  → in_flight = \"auto\" under [limits] in shotmill.toml (about"),
    "latency": Row(8, "the provider's own time", "pace", "fine", "The provider's own time", "",
                   "info note pace: the provider's own time"),
    "today": Row(8, "what is left of the day quota", "pace", "look", "day quota of 1 cloud project, back", "keys add",
                 "info note pace: what is left of the day quota of 1 cloud project, back"),
    "overload": Row(8, "overloaded", "run", "look", "overloaded", "by itself", "warning note waiting: "),
    "gaps": Row(9, "1 refused for its content", "beats.blocked", "look", "[gaps] Beat 1.1", "eword", "blocked "),
}  # fmt: skip


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    certificate = own_certificate(tmp_path_factory.mktemp("tls"))
    folder = Path(tempfile.mkdtemp(prefix="sm-ward-"))
    try:
        with http_server(certificate=certificate) as port, home() as mill:
            faults = {
                "dns": "https://nowhere.invalid",
                "tls": f"https://localhost:{port}",
                "proxy": "https://behind.proxy.example",
            }
            with ward(mill, folder, faults) as found:
                yield found
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", TROUBLES)
def test_it_is_told_on_the_screen_by_the_doctor_and_in_the_log(all_of_them: Ward, name: str) -> None:
    is_told(all_of_them, name.partition(",")[0], TROUBLES[name])


NO_KEY = Row(1, "there is no key on this machine", "keys", "broken", "no usable key is on this machine",
             "shotmill keys add", "not started: there is no key on this machine")  # fmt: skip


def test_no_key_at_all(tmp_path: Path) -> None:
    """In a home of its own, since keys are one for all projects of a home."""
    with home(keys=()) as mill:
        mill.start_daemon()
        found = Ward(mill, tmp_path)
        found.admit("bare", "http://127.0.0.1:9", keys=None)
        is_told(found, "bare", NO_KEY)


def is_told(ward_of: Ward, name: str, row: Row) -> None:
    seen = ward_of.seen(name)
    refusal = str(ward_of.refusals.get(name, ""))
    assert row.screen in f"{refusal}\n{seen.screen}"
    check = seen.checks[row.check]
    assert check["verdict"] == row.verdict, check
    assert row.fact in check["fact"]
    assert row.cure in check["cure"]
    assert row.log in seen.log
    assert "CANARY" not in f"{seen}"
    assert "canary" not in f"{seen}"
