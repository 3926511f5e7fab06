#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ocsf-mapping.md from the table of fields in user/format/fields.c, so that the page says what the program does.

    mapping.py >scripts/content/ocsf-mapping.md
"""
import os
import re
import sys

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../user/format/fields.c")
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*)|/\*.*?\*/|[{},]', re.S)
COLUMNS = 9  # of struct cl_field in user/format/fields.h

HEAD = """# Where a finding's fields stand

Made by scripts/content/mapping.py from the table that the formats are written from (user/format/fields.c); do not edit.

A finding is an OCSF Detection Finding (class 2004, category 2), one line of JSON: `class_uid` 2004, `type_uid` 200401 when
it is reported first, 200402 when it is seen again or reviewed, 200403 when it is over. `status_id` is 1 (New), 2 (In
Progress) once somebody has acknowledged it, 4 (Resolved) when it is over. Times are milliseconds since 1970. What the class
has no place for stands in `unmapped.credlineage`. No field ever holds a credential's value: `resources[].uid` is its
fingerprint.

`[]` stands for one or some elements of a list. In CEF and LEEF a capital begins a field of the header; a custom field of
CEF is followed by the label that goes with it.

| finding | what it is | OCSF | ECS | CEF | LEEF |
|---|---|---|---|---|---|
"""


def rows(text):
    """The rows between the braces of the table: a value per column, None for NULL, names of kinds as they are."""
    row = None
    for m in TOKEN.finditer(text):
        if m[0] == "{":
            row = []
        elif m[0] == "}" and row is not None:
            if len(row) != COLUMNS:
                raise SystemExit(f"{TABLE}: a row has {len(row)} columns instead of {COLUMNS}: {row}")
            yield row
            row = None
        elif row is not None and m[1] is not None:
            row.append(m[1])
        elif row is not None and m[2]:
            row.append(None if m[2] == "NULL" else m[2])


def code(value):
    return f"`{value}`" if value else ""


def main():
    text = open(TABLE, encoding="utf-8").read()
    begin = text.index("cl_field fields[]")
    out, meaning = HEAD, ""
    for path, _kind, member, says, ocsf, ecs, cef, label, leef in rows(text[text.index("{", begin) + 1 : text.index("};", begin)]):
        meaning = says or meaning
        name = f"{path}[].{member}" if member else path
        custom = f"{code(cef)} ({label})" if label else code(cef)
        out += f"| {code(name)} | {meaning} | {code(ocsf)} | {code(ecs)} | {custom} | {code(leef)} |\n"
    sys.stdout.write(out)


if __name__ == "__main__":
    main()
