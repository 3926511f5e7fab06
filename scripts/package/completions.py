#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes completions for bash, zsh and fish from the program's help: completions.py PROGRAM OUT"""
import re
import sys
from pathlib import Path

import helptext

BASH = r"""# bash completion for credlineage
_credlineage() {
	local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} words=
	COMPREPLY=()
	# "=" is a word of its own in --option=value.
	if [ "$cur" = = ]; then
		cur=
	elif [ "$option" = = ]; then
		option=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "@COMMANDS@ --help --version" -- "$cur")
		return
	fi
	if [ "$command" = run ] && [[ " ${COMP_WORDS[*]:2:COMP_CWORD-2} " == *" -- "* ]]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		return
	fi
	case "$command $option" in
@VALUES@
	esac
	case "$command" in
@OPTIONS@
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	[[ $cur == -* ]] || case "$command" in
	@FILES@) compopt -o filenames -o default ;;
	esac
}
complete -F _credlineage credlineage
"""

ZSH = r"""#compdef credlineage
# zsh completion for credlineage
_credlineage() {
	local -a subcommands=(
@COMMANDS@
	)
	if (( CURRENT == 2 )); then
		_describe -t commands command subcommands
		return
	fi
	local command=$words[2]
	integer dashes=$words[(i)--]
	if [[ $command == run ]] && (( dashes < CURRENT )); then
		shift $dashes words
		(( CURRENT -= dashes ))
		_normal
		return
	fi
	shift words
	(( CURRENT-- ))
	case $command in
@CASES@
	esac
}
_credlineage "$@"
"""


def bash_values(commands):
    kinds = {"words": 'mapfile -t COMPREPLY < <(compgen -W "{}" -- "$cur")', "files": "compopt -o filenames -o default",
             "directories": "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")", "none": ":"}
    cases = {}
    for c in commands:
        for o in c.options:
            if o.arg and not o.optional:
                act = kinds[o.takes].format(" ".join(o.words))
                names = [f"--{o.long}"] + [f"-{o.short}"] * bool(o.short)
                cases.setdefault(act, []).extend(f'"{c.name} {n}"' for n in names)
    return "\n".join(f"\t{' | '.join(names)})\n\t\t{act}\n\t\treturn\n\t\t;;" for act, names in cases.items())


def bash(commands):
    options = []
    for c in commands:
        words = c.verbs + [f"--{o.long}" for o in c.options] + [f"-{o.short}" for o in c.options if o.short not in ("", "?")]
        options.append(f"\t{c.name}) words=\"{' '.join(words)}\" ;;")
    files = " | ".join(c.name for c in commands if c.words == "files")
    text = BASH.replace("@COMMANDS@", " ".join(c.name for c in commands)).replace("@VALUES@", bash_values(commands))
    return text.replace("@OPTIONS@", "\n".join(options)).replace("@FILES@", files)


def plain(text):
    """One clause without what a shell's description would take for its own."""
    return re.sub(r"[\[\]'\\`$\"]", "", re.split(r"; | \(", text)[0]).replace(":", " -")


def zsh_option(option):
    act = {"words": f"({' '.join(option.words)})", "files": "_files", "directories": "_files -/", "none": " "}[option.takes]
    value = (("::" if option.optional else ":") + option.arg.replace(":", " ") + ":" + act) if option.arg else ""
    sign = {(True, True): "=-", (True, False): "="}.get((bool(option.arg), option.optional), "")
    lines = [f"'*--{option.long}{sign}[{plain(option.text)}]{value}'"]
    if option.short not in ("", "?"):
        lines.append(f"'*-{option.short}{'+' if option.arg else ''}[{plain(option.text)}]{value}'")
    return lines


def zsh_words(command):
    first = [f"'1:verb:({' '.join(command.verbs)})'"] if command.verbs else []
    return first + (["'*:file:_files'"] if command.words == "files" else [])


def zsh(commands):
    listed = "\n".join(f"\t\t'{c.name}:{plain(c.summary)}'" for c in commands)
    cases = []
    for c in commands:
        arguments = [line for o in c.options for line in zsh_option(o)] + zsh_words(c)
        cases.append(f"\t{c.name})\n\t\t_arguments -s -S \\\n\t\t\t" + " \\\n\t\t\t".join(arguments) + "\n\t\t;;")
    return ZSH.replace("@COMMANDS@", listed).replace("@CASES@", "\n".join(cases))


def fish_option(command, option):
    line = f"complete -c credlineage -n '__fish_seen_subcommand_from {command}' -l {option.long}"
    line += f" -s {option.short}" if option.short not in ("", "?") else ""
    if option.arg and not option.optional:
        line += {"words": f" -x -a '{' '.join(option.words)}'", "files": " -r -F", "none": " -x",
                 "directories": " -x -a '(__fish_complete_directories)'"}[option.takes]
    return line + f" -d '{plain(option.text)}'"


def fish(commands):
    names = " ".join(c.name for c in commands)
    lines = ["# fish completion for credlineage", "complete -c credlineage -f"]
    for c in commands:
        lines.append(f"complete -c credlineage -n 'not __fish_seen_subcommand_from {names}' -a {c.name} -d '{plain(c.summary)}'")
        seen = f"__fish_seen_subcommand_from {c.name}"
        if c.verbs:
            verbs = " ".join(c.verbs)
            lines.append(f"complete -c credlineage -n '{seen}; and not __fish_seen_subcommand_from {verbs}' -a '{verbs}'")
        if c.words == "files":
            lines.append(f"complete -c credlineage -n '{seen}' -F")
        if c.words == "command":
            lines.append(f"complete -c credlineage -n '{seen}' -a '(__fish_complete_subcommand --fcs-skip=3)'")
        lines += [fish_option(c.name, o) for o in c.options]
    return "\n".join(lines) + "\n"


def main():
    program, out = sys.argv[1:]
    commands = helptext.read(program)
    Path(out).mkdir(parents=True, exist_ok=True)
    for name, text in {"credlineage": bash(commands), "_credlineage": zsh(commands), "credlineage.fish": fish(commands)}.items():
        Path(out, name).write_text(text)


main()
