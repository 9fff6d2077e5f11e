"""Reads `shotmill.toml` into `ProjectSettings`, strictly: what each key may hold stands here, once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from shotmill.settings.endpoint import AddressError, parse_address
from shotmill.settings.inside import path_inside, style_name_fault
from shotmill.settings.models import Model, all_models, find_model
from shotmill.settings.names import KEY_NAME, KEY_NAME_ALLOWED
from shotmill.settings.project import (
    Auto,
    GeminiSettings,
    Generation,
    Limits,
    Output,
    ProjectSettings,
    StyleSettings,
    default_title,
)
from shotmill.settings.schema import (
    Reader,
    RefusedError,
    Settings,
    Table,
    choice,
    joined,
    listed,
    matching,
    number,
    shown,
    text,
    whole,
)
from shotmill.settings.toml_file import TomlFile

# Where a key belongs that stands in the wrong table.
_BELONGS = {
    **dict.fromkeys(("title", "budget_usd"), "project"),
    **dict.fromkeys(("model", "aspect_ratio", "image_size", "timeout_s", "base_url", "api_version"), "gemini"),
    **dict.fromkeys(("rpm", "rpd", "in_flight"), "limits"),
    **dict.fromkeys(("continuity", "attempts", "in_doubt_usd", "pause_after"), "generation"),
    "format": "output",
    **dict.fromkeys(("prompts", "prompt_prefix", "prompt_suffix", "references", "keys"), "styles.NAME"),
}
_MOST_REFERENCES = 14
_SHORTEST_TIMEOUT_S = 10.0  # the provider refuses a shorter deadline
_RATIO = r"[1-9][0-9]?:[1-9][0-9]?"
_SIZE = r"512|[1-9][0-9]?K"


def read_project(file: TomlFile, root: Path) -> ProjectSettings:
    """Raises SettingsError with every fault of the file."""
    settings = Settings(file)
    top = settings.root
    project = top.table("project")
    title = project.take("title", text(200, empty=False), default_title(root))
    budget = project.take(
        "budget_usd", number(0, 1_000_000, above_low=True, hint=" (no budget: leave the line out)"), None
    )
    project.close(_BELONGS)
    gemini = _gemini(top.table("gemini"))
    read = ProjectSettings(
        title=title,
        budget_usd=budget,
        gemini=gemini,
        limits=_limits(top.table("limits")),
        generation=_generation(top.table("generation")),
        output=_output(top.table("output")),
        styles=_styles(top.table("styles"), root, find_model(gemini.model)),
    )
    top.close(_BELONGS)
    settings.finish()
    return read


def _gemini(table: Table) -> GeminiSettings:
    usual = GeminiSettings()
    base_url = table.take("base_url", _base_url, usual.base_url)
    model_id = table.take("model", _model_at(base_url), usual.model)
    model = find_model(model_id)
    read = GeminiSettings(
        model=model_id,
        aspect_ratio=table.take("aspect_ratio", matching(_RATIO, 'a ratio such as "16:9"'), usual.aspect_ratio),
        image_size=table.take("image_size", matching(_SIZE, '"1K", "2K" or "4K"'), usual.image_size),
        timeout_s=table.take("timeout_s", number(_SHORTEST_TIMEOUT_S, 3600, hint=" seconds"), usual.timeout_s),
        base_url=base_url,
        api_version=table.take(
            "api_version", matching(r"|v[0-9]+(?:(?:alpha|beta)[0-9]*)?", 'empty, or a version such as "v1beta"'), ""
        ),
    )
    if model is not None and model.ratios and read.aspect_ratio not in model.ratios:
        table.fault("aspect_ratio", _not_offered(read.aspect_ratio, model, model.ratios))
    if model is not None and model.sizes and read.image_size not in model.sizes:
        table.fault("image_size", _not_offered(read.image_size, model, model.sizes))
    table.close(_BELONGS)
    return read


def _not_offered(value: str, model: Model, allowed: tuple[str, ...]) -> str:
    return f"{shown(value)} is not offered by {model.id}; allowed: {joined(allowed)}"


def _model_at(base_url: str) -> Reader[str]:
    """A model's id. What Google has shut down is refused, except at another endpoint, which may serve it still."""
    form = matching(
        r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,99}", f"a model's id such as {shown(GeminiSettings().model)}"
    )

    def read(value: object) -> str:
        model_id = form(value)
        model = find_model(model_id)
        if model is not None and model.state == "shut" and base_url in ("", "emulator"):
            when = f" on {model.shut}" if model.shut else ""
            on_offer = joined([other.id for other in all_models() if other.state == "ga"])
            raise RefusedError(
                f"{shown(model_id)} was shut down{when}; use {shown(model.replacement)} "
                f"(allowed: {on_offer} or a newer one)",
                shows=False,
            )
        return model_id

    return read


def _base_url(value: object) -> str:
    written = text(500)(value)
    if written not in ("", "emulator"):
        try:
            parse_address(written)
        except AddressError as bad:
            raise RefusedError(f'must be empty, "emulator" or an address: {bad}', shows=False) from None
    return written


def _limits(table: Table) -> Limits:
    usual = Limits()
    read = Limits(
        rpm=table.take("rpm", _or_auto(1, 100_000), usual.rpm),
        rpd=table.take("rpd", whole(1, 10_000_000), usual.rpd),
        in_flight=table.take("in_flight", _or_auto(1, 1000), usual.in_flight),
        rpm_written=table.has("rpm"),
        rpd_written=table.has("rpd"),
    )
    table.close(_BELONGS)
    return read


def _or_auto(low: int, high: int) -> Reader[int | Auto]:
    def read(value: object) -> int | Auto:
        if value == "auto":
            return "auto"
        if isinstance(value, str):
            raise RefusedError(f'must be a whole number from {low} to {high}, or "auto"')
        return whole(low, high)(value)

    return read


def _generation(table: Table) -> Generation:
    usual = Generation()
    read = Generation(
        continuity=cast(Literal["previous", "off"], table.take("continuity", choice("previous", "off"), "previous")),
        attempts=table.take("attempts", whole(1, 100), usual.attempts),
        in_doubt_usd=table.take("in_doubt_usd", number(0, 1_000_000), usual.in_doubt_usd),
        pause_after=table.take("pause_after", whole(1, 1_000_000), usual.pause_after),
    )
    table.close(_BELONGS)
    return read


def _output(table: Table) -> Output:
    read = Output(cast(Literal["png", "original"], table.take("format", choice("png", "original"), "png")))
    table.close(_BELONGS)
    return read


def _styles(table: Table, root: Path, model: Model | None) -> Mapping[str, StyleSettings]:
    styles: dict[str, StyleSettings] = {}
    folded: dict[str, str] = {}
    for name in table.values:
        fault = style_name_fault(name)
        twin = folded.setdefault(name.casefold(), name)
        if fault:
            table.fault(name, fault)
        elif twin != name:
            table.fault(name, f"differs from {shown(twin)} in case only: many disks hold one folder for both")
        styles[name] = _style(table.table(name), root, model.references if model else _MOST_REFERENCES)
    return MappingProxyType(styles)


def _style(table: Table, root: Path, most_references: int) -> StyleSettings:
    path = path_inside(root)
    read = StyleSettings(
        prompts=table.take("prompts", path, None),
        prompt_prefix=table.take("prompt_prefix", text(), ""),
        prompt_suffix=table.take("prompt_suffix", text(), ""),
        references=table.take("references", _at_most(most_references, listed(path, "paths")), None),
        keys=table.take("keys", _key_names, None),
    )
    table.close(_BELONGS)
    return read


def _at_most(most: int, read_list: Reader[tuple[str, ...]]) -> Reader[tuple[str, ...]]:
    def read(value: object) -> tuple[str, ...]:
        elements = read_list(value)
        if len(elements) > most:
            raise RefusedError(f"must be at most {most} images for this model")
        return elements

    return read


def _key_names(value: object) -> tuple[str, ...]:
    names = listed(matching(KEY_NAME, KEY_NAME_ALLOWED), "the names of keys")(value)
    if not names:
        raise RefusedError("must name a key; for every key leave the line out")
    return tuple(dict.fromkeys(names))
