#!/usr/bin/env python3
"""Fills the tables into a page of the manual: manual.py PAGE.in verbs.json profile.schema.json policy.schema.json status.def

A line `@verbs@`, `@options@`, `@exits@`, `@profile@` or `@policy@` becomes the table of that name, for scdoc."""
import json
import re
import sys
from pathlib import Path
from typing import Iterator


def plain(text: str) -> str:
    """Text that scdoc takes as it is."""
    return re.sub(r'([\\*_#`\[\]|~<>])', r'\\\1', text)


def described(term: str, *lines: str) -> Iterator[str]:
    yield term
    for line in filter(None, lines):
        yield '\t' + line
        yield ''


def option_lines(option: dict) -> Iterator[str]:
    argument = '' if option['argument'] is None else ' ' + plain(option['argument'])
    yield from described(f'*{plain(option["name"])}*{argument}', plain(option['help']) + '.')


def verbs(tables: dict) -> Iterator[str]:
    for verb in tables['verbs']:
        if verb['hidden']:
            continue
        name = ' '.join(filter(None, [verb['group'], verb['name']]))
        yield f'## holdfast {name} {verb["words"]}'.rstrip()  # headings are taken as they are
        yield ''
        yield plain(verb['help'][0].upper() + verb['help'][1:]) + '.'
        yield ''
        for option in verb['options']:
            yield from option_lines(option)


def options(tables: dict) -> Iterator[str]:
    for option in tables['everywhere']:
        yield from option_lines(option)


def exits(status_def: str) -> Iterator[str]:
    codes: dict[int, list[str]] = {}
    for code, number in re.findall(r'^HF_STATUS\(\w+,\s*"([^"]+)",\s*(\d+)\)', status_def, re.M):
        codes.setdefault(int(number), []).append(code)
    for number in sorted(codes):
        yield from described(f'*{number}*', plain(', '.join(codes[number])))
    yield from described('*20*', 'is-connected, compliance: no')
    yield from described('*143*', 'cancelled by SIGTERM')


def values(schema: dict) -> str:
    """What can stand there, in a few words."""
    if 'enum' in schema:
        return 'One of ' + ', '.join(map(plain, schema['enum'])) + '.'
    if schema.get('type') == 'array':
        kind = 'objects' if schema['items'].get('type') == 'object' else 'texts'
        return f'A list of up to {schema["maxItems"]} {kind}.'
    if 'const' in schema:
        return f'Always {schema["const"]}.'
    return {'boolean': 'true or false.', 'integer': 'A number.', 'string': 'A text.'}[schema['type']]


def keys(schema: dict, above: str = '') -> Iterator[str]:
    for key, value in schema['properties'].items():
        path = above + key
        if value.get('type') == 'object':
            yield from keys(value, path + '.')
            continue
        text = value.get('description', 'version of the format')
        yield from described(f'*{plain(path)}*', plain(text[0].upper() + text[1:]) + '. ' + values(value))
        if value.get('type') == 'array' and value['items'].get('type') == 'object':
            yield from keys(value['items'], path + '[].')


def main(page: str, tables: str, profile: str, policy: str, status_def: str) -> None:
    def read(path: str) -> dict:
        return json.loads(Path(path).read_text())

    made = {
        '@verbs@': lambda: verbs(read(tables)),
        '@options@': lambda: options(read(tables)),
        '@exits@': lambda: exits(Path(status_def).read_text()),
        '@profile@': lambda: keys(read(profile)),
        '@policy@': lambda: keys(read(policy)),
    }
    for line in Path(page).read_text().splitlines():
        print(*(made[line]() if line in made else [line]), sep='\n')


if __name__ == '__main__':
    sys.stdout.reconfigure(encoding='utf-8')
    main(*sys.argv[1:])
