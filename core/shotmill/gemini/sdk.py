"""What the SDK needs to be told: how it is imported, made and asked. The only file that imports google-genai.

It takes one to three seconds to import, so every import of it stands inside a function and the first is in a thread.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import ssl
from typing import TYPE_CHECKING

from shotmill.collector import collector_resting
from shotmill.gemini.request import ImageRequest

if TYPE_CHECKING:
    import aiohttp
    from google import genai

GOOGLE = "https://generativelanguage.googleapis.com"

# The provider is told to give up this much before we do: its refusal is free, our giving up is in doubt.
SERVER_GRACE_S = 5

_NO_KEY = "every-request-brings-its-own"  # the SDK wants one at its start and would else take the environment's
_PLACE_OF_CONTENTS = "."  # the SDK wants some; `extra_body` puts the real ones in their place


async def load_sdk() -> None:
    """Import the SDK in a thread, so that the event loop answers meanwhile. A second time it costs nothing."""
    await asyncio.to_thread(import_sdk)


def import_sdk() -> None:
    """The same where one waits for it. Blocking."""
    # Python's last-resort handlers would print the SDK's warnings (two keys in the environment, finish reasons it
    # doesn't know) over a screen; a program that configures logging still gets them.
    logging.captureWarnings(True)
    for name in ("google_genai", "py.warnings"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    with collector_resting():
        from google.genai import types

        # Models complete themselves at their first use: tens of milliseconds that the event loop would stand still.
        options = (types.HttpOptions, types.HttpRetryOptions, types.AutomaticFunctionCallingConfig)
        asked = (types.GenerateContentConfig, types.ImageConfig, types.UserContent, types.Part, *options)
        for model in (*asked, types.HttpResponse, types.GenerateContentResponse):
            model.model_rebuild()
        if (parameters := getattr(types, "_GenerateContentParameters", None)) is not None:  # not promised to stay
            parameters.model_rebuild()


def sdk_client(
    base_url: str, api_version: str, session: aiohttp.ClientSession, certificates: ssl.SSLContext
) -> genai.Client:
    """A client that sends through `session`, once, to `base_url` and nowhere else.

    Everything that the SDK would read from the environment is given here: backend, endpoint, version, key, replays.
    Blocking: the first one imports the transport that it brings along.
    """
    from google import genai
    from google.genai import types
    from google.genai._api_client import GOOGLE_AI_API_DEFAULT_VERSION  # its public way asks the environment first
    from google.genai.client import DebugConfig

    # Chooses the synchronous transport, which is never used here, and fails where that one isn't installed.
    os.environ.pop("GOOGLE_GENAI_HTTP_CLIENT", None)
    return genai.Client(
        vertexai=False,
        api_key=_NO_KEY,
        debug_config=DebugConfig(client_mode="", replays_directory="", replay_id=""),
        http_options=types.HttpOptions(
            base_url=base_url,
            api_version=api_version or GOOGLE_AI_API_DEFAULT_VERSION,
            aiohttp_client=session,
            # None would not mean never: the SDK then repeats a POST whose connection broke, which may be paid twice.
            retry_options=types.HttpRetryOptions(attempts=1),
            client_args={"verify": certificates},
            # A redirect would carry the key's header to whatever host the answer names.
            async_client_args={"ssl": certificates, "verify": certificates, "allow_redirects": False},
        ),
    )


async def generate(sdk: genai.Client, request: ImageRequest, contents: list[object], key: str) -> None:
    """One `generateContent`. The answer is not returned: the session has put it where it belongs."""
    from google.genai import types

    shape = types.ImageConfig(aspect_ratio=request.aspect_ratio or None, image_size=request.image_size or None)
    config = types.GenerateContentConfig(
        response_modalities=["IMAGE"],
        image_config=shape if request.aspect_ratio or request.image_size else None,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        should_return_http_response=True,  # no objects are built of the empty body that the session hands over
        http_options=types.HttpOptions(
            headers={"x-goog-api-key": key, "X-Server-Timeout": str(server_timeout(request.timeout_s))},
            timeout=_milliseconds(request.timeout_s),
            extra_body={"contents": contents},
        ),
    )
    await sdk.aio.models.generate_content(model=request.model, contents=_PLACE_OF_CONTENTS, config=config)


async def list_models(sdk: genai.Client, key: str, timeout_s: float) -> None:
    """One `models.list`, its first thousand: there are no more."""
    from google.genai import types

    options = types.HttpOptions(headers={"x-goog-api-key": key}, timeout=_milliseconds(timeout_s))
    await sdk.aio.models.list(config=types.ListModelsConfig(page_size=1000, http_options=options))


def server_timeout(timeout_s: float) -> int:
    """What the provider is told, in seconds; it refuses less than 10, so a short limit is passed on as it is."""
    whole = math.ceil(timeout_s)
    return whole - SERVER_GRACE_S if whole >= 10 + 2 * SERVER_GRACE_S else whole


def _milliseconds(seconds: float) -> int:
    return math.ceil(seconds * 1000)
