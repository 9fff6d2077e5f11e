"""The table's largest part: complete answers with an error, what each means and what to do. Data only.

`REFUSALS` is read top down; the first that fits holds.
"""

from __future__ import annotations

from dataclasses import replace

from shotmill.gemini.outcome import Fate, Rest, Scope, Until
from shotmill.gemini.refusal import Quota, Refusal, account_row, beat_row, key_row, project_row, run_row, style_row
from shotmill.gemini.row import MENDED, SOON, Row

_MINUTE = Rest(Until.SECONDS, 60.0)
_CONFIG = {400, 404}
_DENIED = {400, 401, 403}
_KEY_INVALID = key_row(
    "key_invalid", "Check the key in Google AI Studio and replace it: shotmill keys add NAME --replace."
)
_KEY_RESTRICTED = key_row(
    "key_restricted", "Lift the key's restrictions (API, address, referrer) in the console, or use another."
)
_SERVICE_DISABLED = project_row(
    "service_disabled", "Enable the Generative Language API in this cloud project, wait some minutes, start again."
)
_LOCATION = run_row(
    "location", "Google doesn't serve the Gemini API where this machine's traffic comes out: use another network."
)
_SUSPENDED = project_row(
    "suspended", "Google suspended this key or its project: see the console; use keys of another project."
)
_SPEND_CAP = account_row(
    "spend_cap", Rest(Until.MONTH), "It ends on the 1st; sooner: raise it in AI Studio, then shotmill start."
)
_PROJECT_CAP = replace(_SPEND_CAP, scope=Scope.QUOTA_PROJECT)
_THROTTLED = Row("throttled", Fate.AGAIN, Scope.QUOTA_PROJECT, SOON, 600.0, words="the provider asks for a pause")
_OVERLOADED = Row("overloaded", Fate.AGAIN, Scope.MODEL, SOON, 120.0, words="the provider is overloaded")
_NO_QUOTA = project_row(
    "no_quota",
    "This project has no quota for {model}: link billing in AI Studio, or use another key.",
    lead="this project may not draw, its limit is 0",
)
_PAYMENT = account_row("payment_required", MENDED, "Look at the account's billing in Google AI Studio.")
_BILLING = project_row("billing_needed", "Link a billing account to this project in Google AI Studio.")

REFUSALS: tuple[Refusal, ...] = (
    # 1. The key or its project, by ErrorInfo's reason: a bad key comes as a 400, so the status alone says little.
    Refusal(_KEY_INVALID, reasons=("API_KEY_INVALID", "API_KEY_EXPIRED", "CREDENTIALS_MISSING")),
    Refusal(_KEY_RESTRICTED, http=_DENIED, reasons=("API_KEY_…", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
    Refusal(_KEY_INVALID, http=_DENIED, reasons=("ACCESS_TOKEN_…",)),
    Refusal(_SUSPENDED, reasons=("CONSUMER_SUSPENDED", "GCP_SUSPENDED")),
    Refusal(_SERVICE_DISABLED, reasons=("SERVICE_DISABLED", "CONSUMER_INVALID")),
    Refusal(
        project_row("billing_disabled", "Link a billing account to this cloud project."),
        reasons=("BILLING_DISABLED",),
    ),
    # 2. Money, by the text: these look like throttling and carry no details.
    Refusal(
        account_row("prepay_depleted", MENDED, "Add credit at https://ai.studio/projects, then start again."),
        http={402, 403, 429},
        phrases=(
            "prepayment credit",
            "prepaid credit",
            "prepaid balance",
            "prepay balance",
            "credit balance",
            "credits are depleted",
            "out of credits",
            "insufficient credit",
            "insufficient_quota",
            "credits…exhausted",
            "credits…used up",
        ),
    ),
    # An owner's cap on one project; the other projects of the account go on.
    Refusal(_SPEND_CAP, http={402, 403, 429}, phrases=("billing account…spending cap", "billing account…spend cap")),
    Refusal(_PROJECT_CAP, http={402, 403, 429}, phrases=("project…spending cap", "project…spend cap")),
    Refusal(
        _SPEND_CAP,
        http={402, 403, 429},
        phrases=("spending cap", "spend cap", "monthly spend", "usage cap", "billing hard limit"),
    ),
    Refusal(
        account_row(
            "spend_rate", Rest(Until.SECONDS, 120.0), "Nothing: it clears in minutes. A lower rpm avoids it.", 600.0
        ),
        http={429},
        phrases=(
            "spend-based rate",
            "spend based rate",
            "spend rate",
            "spending rate",
            "spending…allowed rate",
            "spend…minute",
            "minute spend",
        ),
    ),
    Refusal(_SPEND_CAP, http={402, 403, 429}, phrases=("spend limit", "spending limit")),
    Refusal(_PAYMENT, http={402}),
    Refusal(_PAYMENT, http={403}, phrases=("dunning",)),
    # 3. Quota, by the limits that are named: a 429, a 403 from Google's older services. A project without any quota
    # gets a short delay named, which is a lie.
    Refusal(_NO_QUOTA, http={403, 429}, quota=Quota.NONE_AT_ALL),
    Refusal(_NO_QUOTA, http={403, 429}, phrases=("n't have a free…tier", "not have a free…tier")),
    Refusal(
        Row(
            "day_quota",
            Fate.AGAIN,
            Scope.QUOTA_PROJECT,
            Rest(Until.MIDNIGHT),
            cure="Nothing: it goes on at midnight in Los Angeles, or with keys of another project. After an upgrade:"
            " shotmill start.",
        ),
        http={403, 429},
        quota=Quota.DAY,
    ),
    Refusal(
        Row("minute_quota", Fate.AGAIN, Scope.QUOTA_PROJECT, _MINUTE, 3600.0),
        http={403, 429},
        quota=Quota.MINUTE,
    ),
    Refusal(_OVERLOADED, http={429}, reasons=("MODEL_CAPACITY_…",)),
    Refusal(_OVERLOADED, http={429}, phrases=("model is overloaded", "high demand", "out of capacity", "no capacity")),
    Refusal(_THROTTLED, http={429}),
    Refusal(_THROTTLED, http={403}, reasons=("RATE_LIMIT_EXCEEDED", "RESOURCE_QUOTA_EXCEEDED")),
    Refusal(_THROTTLED, http={403}, phrases=("quota exceeded", "exceeded your current quota", "rate limit exceeded")),
    # 4. Capacity: everybody's, so another key would not help.
    Refusal(_OVERLOADED, http={408, 502, 503, 504, *range(520, 531), 598, 599}),
    # 5. What is no answer of the API at all: a gateway, a proxy, a wrong address.
    Refusal(
        run_row(
            "redirected",
            "Check base_url: it answers with another address, and keys are not sent there.",
            "the endpoint answers with another address",
        ),
        http=range(300, 400),
    ),
    Refusal(
        Row(
            "proxy_login",
            Fate.AGAIN,
            Scope.NETWORK,
            SOON,
            words="the network wants a login",
            cure="Log in to the network, or check the proxy's settings.",
        ),
        http={407, 511},
    ),
    Refusal(
        run_row(
            "wrong_address",
            "Check base_url and api_version: no Gemini API is there.",
            "there is no Gemini API at the endpoint's address",
        ),
        http={404, 405},
        spoken=False,
    ),
    Refusal(beat_row("request_too_large", "Use fewer or smaller references."), http={413}),
    Refusal(
        Row(
            "not_the_api",
            Fate.AGAIN,
            Scope.NETWORK,
            SOON,
            counts=True,
            tries=3,
            words="something on the way answered, and not the API",
            cure="Something between here and the API answered: check base_url, proxy and network.",
        ),
        http=range(400, 500),
        spoken=False,
    ),
    # 6. The key or its project, by the text.
    Refusal(
        key_row(
            "key_leaked",
            "Google blocked this key as leaked: delete it there, make a new one, shotmill keys add NAME --replace.",
        ),
        http=_DENIED,
        phrases=("leaked",),
    ),
    Refusal(
        _KEY_INVALID,
        http=_DENIED,
        phrases=("api key not valid", "api key expired", "api key not found", "invalid api key"),
    ),
    Refusal(_SUSPENDED, http={401, 403}, phrases=("suspended",)),
    Refusal(
        project_row("project_denied", "Google denies this project access: use keys of another project."),
        http=_DENIED,
        phrases=("denied access",),
    ),
    Refusal(_SERVICE_DISABLED, http={403}, phrases=("has not been used in project", "it is disabled")),
    Refusal(
        project_row(
            "model_closed", "{model} is closed to this project: choose a newer model, or keys of another project."
        ),
        http=_CONFIG | {403},
        phrases=("no longer available to new users",),
    ),
    # 7. The place. Where only the free tier is not served, billing is what helps, and keys that have it go on.
    Refusal(_BILLING, http={400, 403}, phrases=("billed users",)),
    Refusal(_BILLING, http={403}, phrases=("billing",)),
    Refusal(_BILLING, http={400}, state="FAILED_PRECONDITION", phrases=("billing",)),
    Refusal(
        _LOCATION,
        http={400, 403},
        phrases=("location is not supported", "available in your country", "available in your region"),
    ),
    Refusal(_LOCATION, http={400}, state="FAILED_PRECONDITION", phrases=("location", "country", "region")),
    Refusal(_KEY_INVALID, http={401}),
    Refusal(key_row("forbidden", "Check in Google AI Studio what this key may do, or use another."), http={403}),
    # 8. Our request: this beat's, or every beat's.
    Refusal(
        Row("prompt_blocked", Fate.BLOCKED, counts=True, cure="Reword the beat's prompt, or change its references."),
        http={400},
        phrases=(
            "prohibited content",
            "responsible ai",
            "content policy",
            "sensitive words",
            "blocked…prompt",
            "prompt…blocked",
            "violat…guidelines",
            "violat…polic",
            "blocked…safety",
        ),
    ),
    Refusal(
        Row(
            "bad_reference",
            Fate.AGAIN,
            counts=True,
            tries=1,
            of_references=True,
            cure="The model can't read one of the beat's references: save it anew as PNG or JPEG.",
        ),
        http={400},
        phrases=(
            "unable to process input image",
            "provided image is not valid",
            "unsupported image",
            "unsupported mime",
            "image format",
        ),
    ),
    Refusal(
        beat_row("request_too_large", "Use fewer or smaller references, or a shorter prompt."),
        http={400},
        phrases=(
            "payload size exceeds",
            "token count…exceed",
            "maximum number of tokens",
            "request is too large",
            "image is too large",
            "prompt is too long",
            "too many images",
        ),
    ),
    Refusal(
        style_row("bad_aspect_ratio", "Set gemini.aspect_ratio to one that {model} knows."),
        http={400},
        phrases=("aspect_ratio", "aspect ratio"),
    ),
    Refusal(
        style_row("bad_image_size", "Set gemini.image_size to one that {model} knows."),
        http={400},
        phrases=("image_size", "imagesize"),
    ),
    Refusal(
        style_row("unknown_field", 'Set gemini.api_version = "v1beta": this version does not know what {model} needs.'),
        http={400},
        phrases=("unknown name", "cannot find field"),
    ),
    Refusal(style_row("deadline_too_short", "Set gemini.timeout_s to 10 or more."), http={400}, phrases=("deadline",)),
    Refusal(
        style_row(
            "model_not_found",
            "Mend model under [gemini] in shotmill.toml: {model} is not served. shotmill estimate names the known ones,"
            " shotmill doctor --online all that are served.",
        ),
        http={400, 404, 410},
        phrases=(
            "is not found for api version",
            "not supported for generatecontent",
            "publisher model",
            "model…deprecated",
            "model…retired",
            "model…shut down",
            "model…no longer supported",
            "model…no longer available",
        ),
    ),
    Refusal(style_row("not_found", "Check gemini.model, api_version and base_url."), http={404}),
    Refusal(Row("conflict", Fate.AGAIN, counts=True, tries=2, cure="Try again later."), http={409, 425, 499}),
    Refusal(
        style_row("bad_request", "Check the settings under [gemini]; the provider's words say what it minds."),
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
