"""The provider's error bodies, word for word where they were seen; the data is in `bodies/`."""

from __future__ import annotations

import copy
import json
import math
from functools import cache
from importlib import resources
from typing import Any

Body = dict[str, Any]


class RefusedError(Exception):
    """An answer other than a picture: its HTTP status, its body, and a short word to count it by."""

    def __init__(self, status: int, code: str, body: Body) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.body = body


@cache
def body_names() -> tuple[str, ...]:
    """Every body in `bodies/`, such as `429-bare`; the number in front is its HTTP status."""
    folder = resources.files(__package__) / "bodies"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".json")))


@cache
def _text(name: str) -> str:
    return (resources.files(__package__) / "bodies" / f"{name}.json").read_text("utf-8")


def body(name: str, *, model: str = "", api_key: str = "") -> Body:
    """A copy of a recorded body, told of this request's model and, where the provider echoes it, of its key."""
    data: Body = json.loads(_text(name))
    recorded = _model_in(data)
    text = json.dumps(data)
    if model and recorded:
        text = text.replace(recorded, model)
    if api_key:
        text = text.replace("api_key:REDACTED", f"api_key:{api_key}")
    told: Body = json.loads(text)
    return told


def _model_in(data: Body) -> str:
    for detail in data.get("error", {}).get("details", ()):
        for violation in detail.get("violations", ()):
            return str(violation.get("quotaDimensions", {}).get("model", ""))
    return str(data.get("modelVersion", ""))


def refused(name: str, *, model: str = "", api_key: str = "") -> RefusedError:
    """A recorded body as an answer; its status is the number that its name begins with."""
    return RefusedError(int(name[:3]), name, body(name, model=model, api_key=api_key))


def plain(status: int, code: str, word: str, message: str) -> RefusedError:
    """An error without details: `word` is the rpc status, such as `INVALID_ARGUMENT`."""
    return RefusedError(status, code, {"error": {"code": status, "message": message, "status": word}})


def invalid(code: str, message: str) -> RefusedError:
    """400 INVALID_ARGUMENT."""
    return plain(400, code, "INVALID_ARGUMENT", message)


def model_not_found(model: str, version: str) -> RefusedError:
    error = refused("404-model-not-found")
    message: str = error.body["error"]["message"]
    error.body["error"]["message"] = message.replace("gemini-pro", model).replace("v1beta", version)
    return error


def quota_spent(metric: str, quota_id: str, limit: int, model: str, delay_s: float) -> RefusedError:
    """A 429 that names the limit and when it frees, in the shape of the daily refusal that was recorded."""
    error = refused("429-day-paid-flash-lite-image", model=model)
    error.code = quota_id
    details = copy.deepcopy(error.body["error"]["details"])
    details[0]["violations"][0] |= {
        "quotaMetric": f"generativelanguage.googleapis.com/{metric}",
        "quotaId": quota_id,
        "quotaValue": str(limit),
    }
    details[1]["retryDelay"] = f"{math.ceil(delay_s * 1000) / 1000:.3f}s"
    error.body["error"] |= {
        "details": details,
        "message": "You exceeded your current quota, please check your plan and billing details.\n"
        f"* Quota exceeded for metric: generativelanguage.googleapis.com/{metric}, limit: {limit}, model: {model}\n"
        f"Please retry in {_spoken(delay_s)}.",
    }
    return error


def no_quota(model: str) -> RefusedError:
    """A free project: limit 0 in every window, and a delay that promises what it can't keep."""
    error = refused("429-free-image-all-three-limits", model=model)
    lines = "".join(
        f"\n* Quota exceeded for metric: {violation['quotaMetric']}, limit: 0, model: {model}"
        for violation in error.body["error"]["details"][0]["violations"]
    )
    error.body["error"]["message"] += lines + "\nPlease retry in 55s."
    return error


def restricted() -> RefusedError:
    """A key that its owner allowed for other APIs only; as cloud.google.com/apis/design/errors documents the reason."""
    return _denied(
        "403-key-restricted",
        "API_KEY_SERVICE_BLOCKED",
        "Requests to this API generativelanguage.googleapis.com method "
        "google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent are blocked.",
    )


def billing_disabled() -> RefusedError:
    """A cloud project without a billing account, for a method that asks for one; documented in the same place."""
    return _denied(
        "403-billing-disabled",
        "BILLING_DISABLED",
        "This API method requires billing to be enabled. Please enable billing on project #REDACTED by visiting "
        "https://console.developers.google.com/billing/enable?project=REDACTED then retry.",
    )


def _denied(code: str, reason: str, message: str) -> RefusedError:
    error = plain(403, code, "PERMISSION_DENIED", message)
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    error.body["error"]["details"] = [info]
    return error


def spend_capped() -> RefusedError:
    """The owner's own cap; told by its text only."""
    return plain(
        429,
        "429-spend-cap",
        "RESOURCE_EXHAUSTED",
        "Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to "
        "manage your project spend cap. Learn more at https://ai.google.dev/gemini-api/docs/billing#project-spend-caps.",
    )


def _spoken(seconds: float) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    if hours:
        return f"{hours:.0f}h{minutes:.0f}m{rest:.9f}s"
    return f"{minutes:.0f}m{rest:.9f}s" if minutes else f"{rest:.9f}s"
