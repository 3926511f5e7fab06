#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the manual pages: man.py PROGRAM CONFIG VERSION OUT

credlineage(8) and one page per command come from the program's help, credlineage.json(5) from the comments of the
configuration that is installed. SOURCE_DATE_EPOCH dates them.
"""
import os
import re
import sys
import time
from pathlib import Path

import helptext

FILES = [
    ("/etc/credlineage/config.json", "Configuration, see \\fBcredlineage.json\\fR(5)."),
    ("/etc/credlineage/catalog.d/*.json", "Entries that add to the catalogue of credentials, stores and workflows."),
    ("/var/lib/credlineage", "Store, fingerprint key and what outputs have still to send; root's alone."),
    ("/run/credlineage/control.sock", "Control socket of the monitor; open to root and the group credlineage."),
]
STATUS = [
    ("0", "Done."),
    ("1", "Failed, or found where the command says so."),
    ("2", "Wrong usage."),
    ("3", "The kernel or the rights cannot do it."),
]


def escape(text):
    text = text.replace("\\", "\\(rs").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq").replace("^", "\\(ha")
    return text.replace("~", "\\(ti").replace("\u2026", "...")


def line_of(text):
    text = escape(text)
    return "\\&" + text if text.startswith(".") else text


def paragraphs(lines):
    """Text that keeps its paragraphs; what is indented keeps its lines."""
    out, block = [], False
    for line in lines:
        indented = line.startswith("  ")
        if indented != block:
            out.append(".EX" if indented else ".EE")
            block = indented
        if line.strip():
            out.append(line_of(line))
        elif out and out[-1] != ".PP":
            out.append(".PP")
    if block:
        out.append(".EE")
    while out and out[-1] == ".PP":
        out.pop()
    return out


def tagged(pairs):
    return [part for tag, text in pairs for part in (".TP", tag, line_of(text) if "\\f" not in text else text)]


def heading(name, section, version, summary):
    date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    manual = "System Administration" if section == 8 else "File Formats"
    return [f'.TH {name.upper()} {section} {date} "credlineage {version}" "{manual}"', ".SH NAME",
            f"{escape(name)} \\- {escape(summary)}"]


def option_tag(option):
    tag = f"\\fB\\-{option.short}\\fR, " if option.short else ""
    tag += f"\\fB\\-\\-{escape(option.long)}\\fR"
    if option.arg:
        tag += f"[=\\fI{escape(option.arg)}\\fR]" if option.optional else f"=\\fI{escape(option.arg)}\\fR"
    return tag


def see_also(commands, but):
    pages = [f"\\fBcredlineage\\fR(8)"] + [f"\\fBcredlineage\\-{c.name}\\fR(8)" for c in commands] + [f"\\fBcredlineage.json\\fR(5)"]
    return [".SH SEE ALSO", ",\n".join(p for p in pages if p != but)]


def command_page(command, commands, version):
    page = heading(f"credlineage-{command.name}", 8, version, command.summary)
    page.append(".SH SYNOPSIS")
    for n, usage in enumerate(command.usages):
        page += [".br"] * (n > 0) + [f"\\fBcredlineage {command.name}\\fR [\\fIOPTION\\fR...] {escape(usage)}".rstrip()]
    page += [".SH DESCRIPTION", *paragraphs(command.doc), ".SH OPTIONS"]
    for title, options in command.groups:
        page += [f".SS {escape(title)}"] * bool(title) + tagged((option_tag(o), o.text) for o in options)
    if command.examples:
        page += [".SH EXAMPLES", *paragraphs(command.examples)]
    page += [".SH EXIT STATUS", *tagged(STATUS), ".SH FILES", *tagged((f"\\fI{escape(f)}\\fR", t) for f, t in FILES)]
    return page + see_also(commands, f"\\fBcredlineage\\-{command.name}\\fR(8)")


def program_page(commands, version):
    page = heading("credlineage", 8, version, "watch which process uses which credential, for which workflow, towards whom")
    page += [".SH SYNOPSIS", "\\fBcredlineage\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...]", ".SH DESCRIPTION"]
    page += paragraphs([
        "credlineage watches credential use on Linux hosts with eBPF. Probes on execve, file reads and connect see each use "
        "of a token, key or password together with the identity of the process that made it; a collector joins them into "
        "identity-lineage graphs and reports a credential that turns up in a workflow that it was not issued to, outlives "
        "its task, or is handed down to a child that should have its own.", "",
        "A credential is known by a keyed fingerprint only: its bytes are never written, printed or logged."])
    page += [".SH COMMANDS", *tagged((f"\\fBcredlineage {c.name}\\fR", c.summary[0].upper() + c.summary[1:] + ".") for c in commands)]
    page += [".SH EXIT STATUS", *tagged(STATUS), ".SH FILES", *tagged((f"\\fI{escape(f)}\\fR", t) for f, t in FILES)]
    return page + see_also(commands, "\\fBcredlineage\\fR(8)")


def config_page(text, commands, version):
    """The comments before a key tell what it is; "section": { opens one, its keys have their comments behind them."""
    page = heading("credlineage.json", 5, version, "configuration of credlineage")
    page += [".SH DESCRIPTION", *paragraphs([
        "/etc/credlineage/config.json is JSON with // comments. It is strict: an unknown key or a value out of range is an "
        "error that names file, line and key. Every key has a default; an absent file is an empty one. The monitor reads it "
        "at start and at SIGHUP; a file with an error changes nothing. Durations are written 90s, 15m, 24h, 7d."]), ".SH KEYS"]
    said, path = [], []
    for line in text.split("{\n", 1)[1].splitlines():
        line = line.strip().removeprefix("//")
        key = re.match(r' +"(\w+)": (.*?),?(?: +// (.*))?$', line)
        if key and key[2] == "{" and not key[3] and not path:
            path = [key[1]]
            page += [f".SS {escape(key[1])}", line_of(" ".join(said))]
        elif key:
            value = "" if key[2] in ("{", "[]", "{}") else f" {escape(key[2])}"
            page += [".TP", f"\\fB{escape('.'.join([*path, key[1]]))}\\fR{value}", line_of(key[3] or " ".join(said))]
            path += [key[1]] * (key[2] == "{")
        elif re.match(r" +\}", line):
            path.pop()
        elif line.strip():
            said.append(line.strip())
            continue
        said = []
    return page + see_also(commands, "\\fBcredlineage.json\\fR(5)")


def main():
    program, config, version, out = sys.argv[1:]
    commands = helptext.read(program)
    pages = {f"credlineage-{c.name}.8": command_page(c, commands, version) for c in commands}
    pages["credlineage.8"] = program_page(commands, version)
    pages["credlineage.json.5"] = config_page(Path(config).read_text(), commands, version)
    Path(out).mkdir(parents=True, exist_ok=True)
    for name, page in pages.items():
        Path(out, name).write_text("\n".join(page) + "\n")


main()
