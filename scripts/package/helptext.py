# SPDX-License-Identifier: Apache-2.0
"""What `credlineage --help` says, as a table: the one source of manual pages and completions.

The help is argp's, whose layout is fixed; with a very wide margin every paragraph and every option is one line.
"""
import os
import re
import subprocess
from dataclasses import dataclass, field

OPTION = re.compile(r"^ {2,6}(?:-(?P<short>\w|\?), +)?--(?P<long>[a-z-]+)(?P<arg>\[?=[^\s\]]+\]?)?(?:\s+(?P<text>\S.*))?$")
GROUP = re.compile(r"^ ([A-Z].*):$")
USAGE = re.compile(r"^(?:Usage:|  or: ) credlineage (\S+)(?: \[OPTION\.\.\.\])? ?(.*)$")
# Words that an option takes. Each must stand in the option's help, so that a table that is behind is noticed.
WORDS = {
    "tier": "fentry kprobe tracepoint",
    "severity": "Low Medium High Critical",
    "outcome": "success failure cancelled",
    "direction": "origins consequences both",
    "lineage format": "json opengraph timesketch prov mermaid dot svg graphml html",
    "findings format": "human ocsf native",
}


@dataclass
class Option:
    long: str
    short: str = ""
    arg: str = ""  # what it takes, "" for nothing
    optional: bool = False  # the argument may be left out
    text: str = ""
    words: list = field(default_factory=list)

    @property
    def takes(self):
        """What completes the argument: words, files, directories, none."""
        if self.words:
            return "words"
        return {"FILE": "files", "PATH": "files", "DIR": "directories"}.get(self.arg, "none")


@dataclass
class Command:
    name: str
    summary: str
    usages: list = field(default_factory=list)  # what may follow the options
    doc: list = field(default_factory=list)  # lines
    groups: list = field(default_factory=list)  # (title, [Option])
    examples: list = field(default_factory=list)  # lines

    @property
    def options(self):
        return [o for _, options in self.groups for o in options]

    @property
    def verbs(self):
        firsts = (part.strip(" []").split(" ")[0] for usage in self.usages for part in usage.split("|"))
        return [w for w in firsts if re.fullmatch("[a-z]+", w)]

    @property
    def words(self):
        """What completes a word that is no option: verbs, files, command (after --), none."""
        usage = " ".join(self.usages)
        if "CMD" in usage:
            return "command"
        return "files" if re.search(r"\b(FILE|PATH|POLICY|RECORDING)\b", usage) else "none"


def ask(program, *arguments):
    environment = {**os.environ, "ARGP_HELP_FMT": "rmargin=4000", "LC_ALL": "C.UTF-8"}
    return subprocess.run([program, *arguments], env=environment, check=True, text=True, stdout=subprocess.PIPE).stdout


def words_of(command, option):
    words = WORDS.get(f"{command} {option.long}", WORDS.get(option.long, "")).split()
    missing = [w for w in words if not re.search(rf"\b{w}\b", option.text)]
    if missing:
        raise SystemExit(f"helptext.py: --{option.long} of {command} does not say {', '.join(missing)}: WORDS is behind")
    return words


def read_option(command, match):
    arg = match["arg"] or ""
    option = Option(match["long"], match["short"] or "", arg.strip("[]="), arg.startswith("["), match["text"] or "")
    option.words = words_of(command.name, option)
    return option


def read_command(program, name, summary):
    command = Command(name, summary)
    into, option = None, None
    for line in ask(program, name, "--help").splitlines():
        told = into is command.examples
        usage, group, found = (None if told else r.match(line) for r in (USAGE, GROUP, OPTION))
        if usage:
            command.usages.append(usage[2].strip())
        elif line == "Examples:":
            into = command.examples
        elif told:
            into.append(line)
        elif group or (found and not command.groups):
            command.groups.append((group[1] if group else "", []))
        elif not command.groups and not found:
            command.doc.append(line)
        elif not found and option and not option.text and line.startswith(" " * 20):
            option.text = line.strip()
            option.words = words_of(name, option)
        if found:
            option = read_option(command, found)
            command.groups[-1][1].append(option)
    command.groups.sort(key=lambda g: g[0] == "Common options")
    return command


def read(program):
    """Every command in the order of the program's own list."""
    listed = re.findall(r"^  ([a-z]+) +(\S.*)$", ask(program, "--help"), re.M)
    return [read_command(program, name, summary) for name, summary in listed]
