"""What only the provider can say: whether it can be reached, which keys it knows, what time it is, what it serves."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from shotmill.doctor.check import Check, Surroundings, Test, Verdict, broken, fine, look
from shotmill.doctor.wire import WITHIN_S, Asked, ask
from shotmill.gemini.outcome import Fate, Outcome, Scope, for_key
from shotmill.gemini.provider_clock import BROKEN_S, CURE, LOOK_S, said_of, skew_s
from shotmill.gemini.reactions import react_to_listing
from shotmill.settings.endpoint import GOOGLE_HOST, Endpoint, resolve_endpoint
from shotmill.settings.keys import Key, load_keys

MOST_KEYS = 64
"""Keys that are asked about at a time."""

DEFAULT_VERSION = "v1"
"""What the SDK asks by default."""
_STAGES = {
    "proxy": (
        "the proxy can't be reached",
        "Correct https_proxy, or: unset https_proxy; then: shotmill daemon restart",
    ),
    "dns": ("its name has no address", "Check the network and its DNS: getent hosts {host}"),
    "connect": ("it can't be reached", "Check the network and firewall: curl -sI https://{host}"),
    "tls": (
        "the encryption failed",
        "Check the clock, or let SSL_CERT_FILE name your network's certificates; then: shotmill daemon restart",
    ),
    "answer": ("the answer broke", "shotmill doctor --online   again; if it stays so, look at proxy and network"),
}


def check_provider(around: Surroundings) -> list[Check]:
    """Every usable key is asked about at once; one answer in good order proves the network, the clock and the model."""
    endpoint, version, model = _place(around)
    if endpoint.kind == "emulator":
        return fine("network", "Provider", "the emulator, on this machine: nothing to ask")
    base = endpoint.url or f"https://{GOOGLE_HOST}"
    keys = list({key.fingerprint: key for key in load_keys(around.folders, around.environ).keys}.values())
    keys, more = keys[:MOST_KEYS], keys[MOST_KEYS:]
    path = f"/{version}/models?pageSize=1000"
    with ThreadPoolExecutor(max_workers=16) as threads:
        first = [threads.submit(ask, base, path, None)] if not keys else []
        asked = [(key, threads.submit(ask, base, path, key.secret)) for key in keys]
        answers = [future.result() for future in first] + [future.result() for _, future in asked]
    checks = [*judged_network(answers, endpoint.host), *judged_clock(answers, time.time())]
    for key, future in asked:
        answer = future.result()
        if answer.stage == "ok":
            checks.append(judged_key(key, react_to_listing(answer.exchange)))
    if more:
        said = f"{len(more)} more keys were not asked about, from {more[0].name} on"
        checks += look("online.more", "More keys", said, "shotmill keys test")
    return [*checks, *judged_model(answers, model)]


def judged_network(answers: list[Asked], host: str) -> list[Check]:
    """The best answer counts: one that came proves the way."""
    if any(answer.stage == "ok" for answer in answers):
        return fine("network", "Provider", f"{host} answers")
    worst = answers[0]
    said, cure = _STAGES[worst.stage]
    return broken("network", "Provider", f"{host}: {said} ({worst.why})", cure.format(host=host))


def judged_key(key: Key, outcome: Outcome | None) -> Check:
    """Listing models proves that the key is known; that its project may draw shows at the first image."""
    identity, title = f"online.{key.name}", f"Key {key.name}"
    if outcome is None:
        said = f"{key.secret.masked} is known to the provider; whether it draws shows at the first image"
        return Check(identity, title, Verdict.FINE, said)
    cure = for_key(outcome.cure, key.name) or f"shotmill keys add {key.name} --replace"
    if "shotmill" not in cure:
        cure += f" Or: shotmill keys add {key.name} --replace"
    is_its_own = outcome.scope in (Scope.KEY, Scope.QUOTA_PROJECT, Scope.BILLING_ACCOUNT)
    verdict = Verdict.BROKEN if is_its_own and outcome.fate is Fate.AGAIN and outcome.rest else Verdict.LOOK
    return Check(identity, title, verdict, f"{key.secret.masked}: {outcome.message}", cure, outcome.code)


def judged_clock(answers: list[Asked], now: float) -> list[Check]:
    """This machine's clock against the provider's `Date`."""
    skews = [skew for answer in answers if (skew := skew_s(answer.headers, now)) is not None]
    if not skews:
        return []
    if abs(skews[0]) < LOOK_S:
        return fine("clock.skew", "Clock", "agrees with the provider's")
    judge = broken if abs(skews[0]) >= BROKEN_S else look
    return judge("clock.skew", "Clock", f"it is {said_of(skews[0])}", CURE)


def judged_model(answers: list[Asked], model: str) -> list[Check]:
    """Whether the project's model is among those that the provider lists."""
    for answer in answers:
        if answer.stage != "ok" or answer.status != 200 or not model:
            continue
        listed = _models(answer.body)
        if not listed:
            continue
        if model in listed:
            return fine("model.served", "Model served", f"{model} is listed by the provider")
        drawing = [name for name in sorted(listed) if "image" in name or "banana" in name]
        said = f"{model} is not among the {len(listed)} models that the provider lists"
        cure = "In shotmill.toml, [gemini]: model = one of " + (", ".join(drawing[:5]) or "those it lists")
        return look("model.served", "Model served", said, cure, "\n".join(sorted(listed)))
    return []


def _models(body: bytes) -> set[str]:
    try:
        found = json.loads(body)
    except ValueError:
        return set()
    rows = found.get("models") if isinstance(found, Mapping) else None
    if not isinstance(rows, list):
        return set()
    return {str(row.get("name", "")).removeprefix("models/") for row in rows if isinstance(row, Mapping)}


def _place(around: Surroundings) -> tuple[Endpoint, str, str]:
    """Endpoint, API version and model of the project; Google's own without one."""
    from shotmill.settings.project import load_project_settings

    if around.root is None:
        return resolve_endpoint(""), DEFAULT_VERSION, ""
    gemini = load_project_settings(around.root).gemini
    allowed = load_keys(around.folders, around.environ).base_urls if gemini.base_url else ()
    version = gemini.api_version or DEFAULT_VERSION
    return resolve_endpoint(gemini.base_url, allowed), version, gemini.model


TESTS = (
    Test(
        "network",
        "Provider",
        check_provider,
        "stuck",
        "with --online: the way to the provider (proxy, name, connection, encryption), each key, the clock, the model",
        seconds=4 * WITHIN_S,
        needs_network=True,
    ),
)
