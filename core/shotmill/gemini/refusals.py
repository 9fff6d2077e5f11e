"""The table's largest part: complete answers with an error, what each means and what to do. Data only.

`REFUSALS` is read top down; the first that fits holds.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from shotmill.gemini.outcome import Fate, Rest, Scope, Until
from shotmill.gemini.row import MENDED, SOON, Row


class Quota(StrEnum):
    """What the limits that a refusal names come to."""

    NONE_AT_ALL = "none_at_all"
    DAY = "day"
    MINUTE = "minute"


@dataclass(frozen=True, slots=True)
class Refusal:
    """When a row holds: every condition that is given, and one of its alternatives. Phrases are lower case."""

    row: Row
    http: Container[int] = ()
    reasons: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()
    quota: Quota | None = None
    state: str = ""
    spoken: bool | None = None


_MINUTE = Rest(Until.SECONDS, 60.0)
_CONFIG = {400, 404}


def _key(code: str, cure: str) -> Row:
    return Row(code, Fate.AGAIN, Scope.KEY, MENDED, cure=cure)


def _project(code: str, cure: str) -> Row:
    return Row(code, Fate.AGAIN, Scope.QUOTA_PROJECT, MENDED, cure=cure)


def _account(code: str, until: Rest, cure: str, named_up_to: float = 0.0) -> Row:
    return Row(code, Fate.AGAIN, Scope.BILLING_ACCOUNT, until, named_up_to, cure=cure)


def _run(code: str, cure: str) -> Row:
    return Row(code, Fate.AGAIN, Scope.RUN, MENDED, cure=cure)


def _style(code: str, cure: str) -> Row:
    return Row(code, Fate.FAILED, Scope.STYLE, MENDED, cure=cure)


def _beat(code: str, cure: str) -> Row:
    return Row(code, Fate.FAILED, counts=True, cure=cure)


_KEY_INVALID = _key(
    "key_invalid", "Check the key in Google AI Studio and replace it: shotmill keys add NAME --replace."
)
_SERVICE_DISABLED = _project(
    "service_disabled", "Enable the Generative Language API in this cloud project, wait some minutes, start again."
)
_LOCATION = _run(
    "location", "Google doesn't serve the Gemini API where this machine's traffic comes out: use another network."
)

REFUSALS: tuple[Refusal, ...] = (
    # 1. The key or its project, by ErrorInfo's reason: a bad key comes as a 400, so the status alone says little.
    Refusal(
        _KEY_INVALID,
        reasons=frozenset({"API_KEY_INVALID", "ACCESS_TOKEN_TYPE_UNSUPPORTED", "API_KEY_EXPIRED"}),
    ),
    Refusal(
        _key("key_restricted", "Lift the key's restrictions (API, address, referrer) in the console, or use another."),
        reasons=frozenset(
            {
                "API_KEY_SERVICE_BLOCKED",
                "API_KEY_HTTP_REFERRER_BLOCKED",
                "API_KEY_IP_ADDRESS_BLOCKED",
                "API_KEY_ANDROID_APP_BLOCKED",
                "API_KEY_IOS_APP_BLOCKED",
            }
        ),
    ),
    Refusal(
        _project(
            "suspended", "Google suspended this key or its project: see the console; use keys of another project."
        ),
        reasons=frozenset({"CONSUMER_SUSPENDED"}),
    ),
    Refusal(
        _SERVICE_DISABLED,
        reasons=frozenset({"SERVICE_DISABLED", "CONSUMER_INVALID"}),
    ),
    Refusal(
        _project("billing_disabled", "Link a billing account to this cloud project."),
        reasons=frozenset({"BILLING_DISABLED"}),
    ),
    # 2. Money, by the text: these look like throttling and carry no details.
    Refusal(
        _account("prepay_depleted", MENDED, "Add credit at https://ai.studio/projects, then start again."),
        http={402, 403, 429},
        phrases=("prepayment credit", "prepaid credit", "credits are depleted"),
    ),
    Refusal(
        _account(
            "spend_cap",
            Rest(Until.MONTH),
            "It ends on the 1st; sooner: raise it in AI Studio, then shotmill start.",
        ),
        http={402, 403, 429},
        phrases=("spending cap", "spend cap", "monthly spend"),
    ),
    Refusal(
        _account(
            "spend_rate", Rest(Until.SECONDS, 120.0), "Nothing: it clears in minutes. A lower rpm avoids it.", 600.0
        ),
        http={429},
        phrases=("spend-based rate limit", "spending rate"),
    ),
    Refusal(_account("payment_required", MENDED, "Look at the account's billing in Google AI Studio."), http={402}),
    # 3. Quota, by the limits that are named. A project without any gets a short delay named, which is a lie.
    Refusal(
        _project("no_quota", "This project has no quota for {model}: link billing in AI Studio, or use another key."),
        http={429},
        quota=Quota.NONE_AT_ALL,
    ),
    Refusal(
        Row(
            "day_quota",
            Fate.AGAIN,
            Scope.QUOTA_PROJECT,
            Rest(Until.MIDNIGHT),
            cure="Nothing: it goes on at midnight in Los Angeles, or with keys of another project. After an upgrade:"
            " shotmill start.",
        ),
        http={429},
        quota=Quota.DAY,
    ),
    Refusal(
        Row("minute_quota", Fate.AGAIN, Scope.QUOTA_PROJECT, _MINUTE, 3600.0),
        http={429},
        quota=Quota.MINUTE,
    ),
    Refusal(Row("throttled", Fate.AGAIN, Scope.QUOTA_PROJECT, SOON, 600.0), http={429}),
    # 4. Capacity: everybody's, so another key would not help.
    Refusal(
        Row("overloaded", Fate.AGAIN, Scope.MODEL, SOON, 120.0, words="the provider is overloaded"),
        http={408, 502, 503, 504, *range(520, 531), 598, 599},
    ),
    # 5. What is no answer of the API at all: a gateway, a proxy, a wrong address.
    Refusal(
        _run("redirected", "Check base_url: it answers with another address, and keys are not sent there."),
        http=range(300, 400),
    ),
    Refusal(
        Row(
            "proxy_login", Fate.AGAIN, Scope.NETWORK, SOON, cure="Log in to the network, or check the proxy's settings."
        ),
        http={407, 511},
    ),
    Refusal(
        _run("wrong_address", "Check base_url and api_version: no Gemini API is there."), http={404, 405}, spoken=False
    ),
    Refusal(_beat("request_too_large", "Use fewer or smaller references."), http={413}),
    Refusal(
        Row(
            "not_the_api",
            Fate.AGAIN,
            Scope.NETWORK,
            SOON,
            counts=True,
            tries=3,
            cure="Something between here and the API answered: check base_url, proxy and network.",
        ),
        http=range(400, 500),
        spoken=False,
    ),
    # 6. The key or its project, by the text.
    Refusal(
        _key(
            "key_leaked",
            "Google blocked this key as leaked: delete it there, make a new one, shotmill keys add NAME --replace.",
        ),
        http={400, 401, 403},
        phrases=("reported as leaked",),
    ),
    Refusal(
        _KEY_INVALID,
        http={400, 401, 403},
        phrases=("api key not valid", "api key expired", "api key not found", "invalid api key"),
    ),
    Refusal(
        _project("project_denied", "Google denies this project access: use keys of another project."),
        http={400, 401, 403},
        phrases=("denied access",),
    ),
    Refusal(
        _SERVICE_DISABLED,
        http={403},
        phrases=("has not been used in project", "it is disabled"),
    ),
    Refusal(
        _project(
            "model_closed", "{model} is closed to this project: choose a newer model, or keys of another project."
        ),
        http=_CONFIG | {403},
        phrases=("no longer available to new users",),
    ),
    Refusal(_KEY_INVALID, http={401}),
    Refusal(_key("forbidden", "Check in Google AI Studio what this key may do, or use another."), http={403}),
    # 7. The place. Where only the free tier is not served, billing is what helps, and keys that have it go on.
    Refusal(_LOCATION, http={400}, phrases=("location is not supported",)),
    Refusal(
        _project("billing_needed", "Link a billing account to this project in Google AI Studio."),
        http={400},
        state="FAILED_PRECONDITION",
        phrases=("billing",),
    ),
    Refusal(_LOCATION, http={400}, state="FAILED_PRECONDITION", phrases=("location", "country", "region")),
    # 8. Our request: this beat's, or every beat's.
    Refusal(
        Row(
            "bad_reference",
            Fate.AGAIN,
            counts=True,
            tries=1,
            cure="The model can't read one of the beat's references: save it anew as PNG or JPEG.",
        ),
        http={400},
        phrases=("unable to process input image", "provided image is not valid", "unsupported image", "image format"),
    ),
    Refusal(
        _beat("request_too_large", "Use fewer or smaller references, or a shorter prompt."),
        http={400},
        phrases=("payload size exceeds", "token count exceeds", "request is too large"),
    ),
    Refusal(
        _style("bad_aspect_ratio", "Set gemini.aspect_ratio to one that {model} knows."),
        http={400},
        phrases=("aspect_ratio", "aspect ratio"),
    ),
    Refusal(
        _style("bad_image_size", "Set gemini.image_size to one that {model} knows."),
        http={400},
        phrases=("image_size", "imagesize"),
    ),
    Refusal(
        _style("unknown_field", 'Set gemini.api_version = "v1beta": this version does not know what {model} needs.'),
        http={400},
        phrases=("unknown name", "cannot find field"),
    ),
    Refusal(
        _style("deadline_too_short", "Set gemini.timeout_s to 10 or more."),
        http={400},
        phrases=("deadline",),
    ),
    Refusal(
        _style(
            "model_not_found",
            "Mend model under [gemini] in shotmill.toml: {model} is not served. shotmill estimate names the known ones,"
            " shotmill doctor --online all that are served.",
        ),
        http={404},
        phrases=("is not found for api version", "not supported for generatecontent"),
    ),
    Refusal(_style("not_found", "Check gemini.model, api_version and base_url."), http={404}),
    Refusal(Row("conflict", Fate.AGAIN, counts=True, tries=2, cure="Try again later."), http={409, 425, 499}),
    Refusal(
        _style("bad_request", "Check the settings under [gemini]; the provider's words say what it minds."),
        http=range(400, 500),
    ),
    # 9. The provider's fault, or its way to refuse a parameter.
    Refusal(
        Row(
            "internal",
            Fate.AGAIN,
            Scope.MODEL,
            SOON,
            120.0,
            counts=True,
            tries=3,
            words="internal error of the provider",
            cure="Try again later; if only some beats fail, change image_size or the references.",
        ),
        http=range(500, 600),
    ),
)
