"""What the first two lines say of the way to the daemon: not there yet, silent, of another version, gone."""

from __future__ import annotations

from datetime import tzinfo

from shotmill.client.link import Connecting, DaemonGone, LinkState, OtherVersion, Reconnecting, Stale
from shotmill.untrusted import printable
from shotmill_tui.model import words
from shotmill_tui.model.hints import Hint
from shotmill_tui.model.told import Told, sentence
from shotmill_tui.model.view import View

PATIENCE_S = 2.0
"""Seconds without an answer that need no word."""
_WHY = (Hint("diagnostics", "shows why"),)


def without_picture(link: LinkState, now: float, zone: tzinfo | None) -> Told:
    if isinstance(link, DaemonGone):
        return _gone(link, now, zone)
    if isinstance(link, Connecting | Stale | Reconnecting):
        return _connecting(link, now)
    return Told("ready", "connecting", "The daemon is there; the picture is on its way.", "The picture is on its way.")


def with_picture(view: View, told: Told, link: LinkState, now: float, zone: tzinfo | None) -> Told:
    """What is told of the picture, as far as it is today's."""
    if isinstance(link, DaemonGone):
        return _gone(link, now, zone)
    if isinstance(link, OtherVersion):
        return _other_version(told, link)
    if isinstance(link, Stale | Reconnecting):
        return _slow(view, told, link, now, zone)
    return told


def _connecting(link: Connecting | Stale | Reconnecting, now: float) -> Told:
    """Nobody waits for long without a word of what is waited for."""
    waited = now - link.since if link.since else 0.0
    quiet = words.length(waited) if waited >= PATIENCE_S else ""
    if isinstance(link, Connecting) and link.starting:
        short = f"Starting the daemon{f', {quiet} so far' if quiet else ''}."
        return Told("ready", "connecting", f"{short} Nothing is being drawn yet.", short, True)
    if not quiet:
        return Told("ready", "connecting", "Asking the daemon for the picture.", "Asking the daemon.", True)
    if isinstance(link, Reconnecting) and link.why:
        return Told("ready", "connecting", _arrow(link.why), f"No answer from the daemon for {quiet}.", True, _WHY)
    asking, cure = "still asking. If it stays so:", "shotmill daemon restart"
    long = f"No answer from the daemon for {quiet}, {asking} {cure}"
    return Told("ready", "connecting", long, f"No answer for {quiet}, {asking} {cure}", True)


def _arrow(told: str) -> str:
    """What is wrong and its cure, as a sentence."""
    return sentence(printable(told.replace("  → ", ". "), 400).replace(".. ", ". "))


def _gone(link: DaemonGone, now: float, zone: tzinfo | None) -> Told:
    since = words.moment(link.since, now, zone)
    long = "Nothing is being drawn. What was drawn is safe."
    short = "Nothing is being drawn, nothing is lost."
    return Told("stopped", f"daemon gone since {since}", long, short, hints=(Hint("start", "starts it again"),))


def _other_version(told: Told, link: OtherVersion) -> Told:
    long = f"This screen is {link.client}: look only. shotmill daemon restart (no image is lost)"
    short = f"This screen is {link.client}: look only. shotmill daemon restart"
    return Told(told.state, f"{told.word} (daemon {link.daemon})", long, short)


def _slow(view: View, told: Told, link: Stale | Reconnecting, now: float, zone: tzinfo | None) -> Told:
    as_of = words.clock(min(view.at, link.since) or link.since, zone)
    quiet = words.length(now - link.since)
    if isinstance(link, Reconnecting) and link.why:
        text = f"No news for {quiet}."
        return Told(told.state, f"{told.word}, as of {as_of}", f"{text} {_arrow(link.why)}", text, True, _WHY)
    going = view.run.state in ("running", "waiting", "stopping")
    long = f"No news for {quiet}, trying again." + (" The run does not need this screen." if going else "")
    short = f"No news for {quiet}." + (" The run goes on without us." if going else " Trying again.")
    return Told(told.state, f"{told.word}, as of {as_of}", long, short, True)
