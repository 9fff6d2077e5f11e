"""Completions as scripts of the three shells. Pure.

Names of styles and keys are asked of `shotmill` at the moment they are completed. They may come from files of others,
so no script ever lets its shell expand them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from shotmill_tui.cli.completion_table import FILE, FOLDER, KEY, STYLE, WORD, Flag, Word

_ASKED = {STYLE: "styles", KEY: "keys"}
Flags = Callable[[Sequence[Flag]], str]


def bash(words: Sequence[Word]) -> str:
    """For bash 3.2 and later; needs nothing but bash."""
    commands = " ".join(f"+{word.name}" for word in words)
    return _BASH.replace("@CASES@", "\n".join(_cases(words, _bash_flags))).replace("@COMMANDS@", commands)


def zsh(words: Sequence[Word]) -> str:
    """A file for a folder of `fpath`, which may as well be sourced."""
    commands = " ".join(_quoted(f"{word.name}:{word.says}") for word in words)
    return _ZSH.replace("@CASES@", "\n".join(_cases(words, _zsh_flags))).replace("@COMMANDS@", commands)


def fish(words: Sequence[Word]) -> str:
    """A file for `~/.config/fish/completions`."""
    lines = ["# Completions of shotmill for fish.", "complete -c shotmill -f"]
    for word in words:
        lines.append(f"complete -c shotmill -n __fish_use_subcommand -a {word.name} -d {_fish_quoted(word.says)}")
    lines.append("complete -c shotmill -n __fish_use_subcommand -a '(__fish_complete_directories)'")
    for word in words:
        here = f"__fish_seen_subcommand_from {word.name}"
        others = " ".join(action.name for action in word.actions)
        for action in word.actions:
            none_yet = f"{here}; and not __fish_seen_subcommand_from {others}"
            lines.append(f"complete -c shotmill -n '{none_yet}' -a {action.name} -d {_fish_quoted(action.says)}")
            lines += _fish_word(action, f"{here}; and __fish_seen_subcommand_from {action.name}")
        if not word.actions:
            lines += _fish_word(word, here)
    return "\n".join(lines) + "\n"


def _cases(words: Sequence[Word], flags: Flags) -> Iterator[str]:
    """A case for each command, and for each action of those that have them."""
    for word in words:
        if not word.actions:
            yield _case(f"{word.name}:*", word.flags, word.places, flags)
            continue
        for action in word.actions:
            yield _case(f"{word.name}:{action.name}", action.flags, action.places, flags)
        yield _case(f"{word.name}:*", word.flags, ["|".join(action.name for action in word.actions)], flags)


def _case(pattern: str, options: Sequence[Flag], places: Sequence[str], flags: Flags) -> str:
    """What may stand there: options, plain words, and what follows the option before."""
    after = [f"{'|'.join(flag.names)}) kinds=({_kinds([flag.takes])}) ;;" for flag in options if flag.takes]
    lines = [f"    {pattern})", f"        flags=({flags(options)})", f"        kinds=({_kinds(places)})"]
    if after:
        lines += ["        case $prev in", *(f"            {line}" for line in after), "        esac"]
    return "\n".join([*lines, "        ;;"])


def _kinds(takes: Sequence[str]) -> str:
    """Kinds as the scripts know them; a word to choose is written behind `+` (`=` would mean something to zsh)."""
    kinds = []
    for one in takes:
        kinds += [one] if one in (STYLE, KEY, FILE, FOLDER, WORD) else [f"+{choice}" for choice in one.split("|")]
    return " ".join(dict.fromkeys(kinds))


def _bash_flags(options: Sequence[Flag]) -> str:
    return " ".join(name for flag in options for name in flag.names)


def _zsh_flags(options: Sequence[Flag]) -> str:
    return " ".join(_quoted(f"{name}:{flag.says}") for flag in options for name in flag.names)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish_word(word: Word, here: str) -> Iterator[str]:
    for flag in word.flags:
        names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names)
        value = f" -r {_fish_kind(flag.takes)}".rstrip() if flag.takes else ""
        yield f"complete -c shotmill -n '{here}' {names}{value} -d {_fish_quoted(flag.says)}"
    for place in dict.fromkeys(word.places):
        offered = _fish_kind(place)
        if offered:
            yield f"complete -c shotmill -n '{here}' {offered}"


def _fish_kind(takes: str) -> str:
    if takes in _ASKED:
        return f"-a '(shotmill completions --names {_ASKED[takes]} 2>/dev/null)'"
    if takes == FOLDER:
        return "-a '(__fish_complete_directories)'"
    if takes == FILE:
        return "-F"
    return "" if takes == WORD else f"-a '{takes.replace('|', ' ')}'"


_BASH = r"""# Completions of shotmill for bash.
_shotmill_offer() {
    # Lines of standard input that begin with what is typed; quoted, so that nothing in them is expanded.
    local line
    while IFS= read -r line; do
        [[ -n $line && $line == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$line")")
    done
}

_shotmill() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' action='' word kind
    local -a flags kinds
    COMPREPLY=()
    if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
            -* | =) ;;
            *) if [[ -z $command ]]; then command=$word; elif [[ -z $action ]]; then action=$word; fi ;;
        esac
    done
    flags=(-h --help --version) kinds=(@COMMANDS@ folder)
    case $command:$action in
    :) ;;
@CASES@
    *) kinds=(folder) ;;
    esac
    if [[ $cur == -* ]]; then
        _shotmill_offer < <(printf '%s\n' "${flags[@]}")
        return
    fi
    for kind in "${kinds[@]}"; do
        case $kind in
            +*) _shotmill_offer <<< "${kind#+}" ;;
            style) _shotmill_offer < <(shotmill completions --names styles 2>/dev/null) ;;
            key) _shotmill_offer < <(shotmill completions --names keys 2>/dev/null) ;;
            folder)
                compopt -o filenames 2>/dev/null
                while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$cur")
                ;;
            file)
                compopt -o filenames 2>/dev/null
                while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
                ;;
        esac
    done
}

complete -F _shotmill shotmill
"""

_ZSH = r"""#compdef shotmill
# Completions of shotmill for zsh.
_shotmill() {
    local prev=${words[CURRENT-1]} command='' action='' word kind
    local -a flags kinds names commands
    for word in "${(@)words[2,CURRENT-1]}"; do
        case $word in
            -*) ;;
            *) if [[ -z $command ]]; then command=$word; elif [[ -z $action ]]; then action=$word; fi ;;
        esac
    done
    commands=(@COMMANDS@)
    flags=('-h:show all commands' '--help:show all commands' '--version:which version this is') kinds=(command folder)
    case $command:$action in
    :) ;;
@CASES@
    *) kinds=(folder) ;;
    esac
    if [[ $PREFIX == -* ]]; then
        _describe -o option flags
        return
    fi
    for kind in "${kinds[@]}"; do
        case $kind in
            command) _describe command commands ;;
            +*) compadd -- "${kind#+}" ;;
            style) names=(${(f)"$(shotmill completions --names styles 2>/dev/null)"}); compadd -a names ;;
            key) names=(${(f)"$(shotmill completions --names keys 2>/dev/null)"}); compadd -a names ;;
            folder) _files -/ ;;
            file) _files ;;
        esac
    done
}

if [[ $funcstack[1] == _shotmill ]]; then
    _shotmill "$@"
else
    compdef _shotmill shotmill
fi
"""
