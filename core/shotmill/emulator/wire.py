"""Sends an answer whole, or in one of the ways in which networks fail."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web

from shotmill.clock import Clock
from shotmill.emulator.answers import Answer
from shotmill.emulator.faults import Fault

_DRIP_S = 60.0
_DROPS = 40


async def send(request: web.Request, answer: Answer, clock: Clock) -> tuple[web.StreamResponse, bool]:
    """The response, and whether the client was sent a whole answer."""
    fault = answer.fault
    if fault.do == "hang":
        await asyncio.Event().wait()  # ends when the client goes or the server stops: both cancel the handler
    if fault.do == "reset_before_body":
        _reset(request)
        return web.Response(), False
    if fault.do in {"reset_mid_body", "cut_body", "slow_drip"}:
        return await _in_pieces(request, answer, fault, clock)
    kind = "text/html" if fault.do == "html_502" else "application/json"
    return web.Response(status=answer.status, body=answer.payload, content_type=kind, charset="utf-8"), True


async def _in_pieces(
    request: web.Request, answer: Answer, fault: Fault, clock: Clock
) -> tuple[web.StreamResponse, bool]:
    response = web.StreamResponse(status=answer.status)
    response.content_type, response.charset = "application/json", "utf-8"
    response.content_length = len(answer.payload)
    await response.prepare(request)
    if fault.do == "slow_drip":
        step = max(1, -(-len(answer.payload) // _DROPS))
        for start in range(0, len(answer.payload), step):
            await response.write(answer.payload[start : start + step])
            await clock.sleep((fault.value or _DRIP_S) / _DROPS)
        await response.write_eof()
        return response, True
    await response.write(answer.payload[: len(answer.payload) // 2])
    if fault.do == "reset_mid_body":
        _reset(request)
    elif request.transport is not None:
        request.transport.close()
    return response, False


def _reset(request: web.Request) -> None:
    """Ends the connection with a TCP reset: lingering for zero seconds makes closing abrupt."""
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
