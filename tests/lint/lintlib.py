"""What the lint scripts share: the list of files, C text without comments, the command line and
the self-test.

A script defines `check(path, text)`, which yields findings "line: what is wrong", and `SAMPLES`,
pairs of a bad or good sample and the words its finding must contain. `run()` checks the tree, or
with --self-test the check itself: a rule that cannot fail is no rule.
"""
import re
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterable, Iterator, NamedTuple, Optional, Union

ROOT = Path(__file__).resolve().parents[2]
Finding = tuple[int, str]
Check = Callable[[str, str], Iterable[Finding]]


class Sample(NamedTuple):
    """`expect` is part of the one finding the text must cause, or None where the text is fine.
    Bytes are what the file holds, where that is not text."""

    path: str
    text: Union[str, bytes]
    expect: Optional[str]


def tracked(*suffixes: str) -> list[str]:
    """Files of the tree that git knows or would add, relative to the root, with one of the
    suffixes (all without any)."""
    listing = subprocess.run(
        [
            'git',
            '-c',
            'safe.directory=*',
            'ls-files',
            '-z',
            '--cached',
            '--others',
            '--exclude-standard',
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = {name for name in listing.split('\0') if name and (ROOT / name).is_file()}
    return sorted(name for name in names if not suffixes or name.endswith(suffixes))


_TOKEN = re.compile(r'''//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*\'''', re.S)


def _blank(token: str) -> str:
    return re.sub(r'[^\n]', ' ', token)


def without_comments(text: str) -> str:
    """The C text with comments blanked; offsets and line numbers stay."""
    return _TOKEN.sub(lambda m: _blank(m[0]) if m[0].startswith('/') else m[0], text)


def code_only(text: str) -> str:
    """The C text with comments and the insides of strings blanked; offsets and line numbers stay."""

    def blank(match: re.Match) -> str:
        token = match[0]
        return (
            _blank(token) if token.startswith('/') else token[0] + _blank(token[1:-1]) + token[-1]
        )

    return _TOKEN.sub(blank, text)


def line_of(text: str, offset: int) -> int:
    return text.count('\n', 0, offset) + 1


def matches(pattern: re.Pattern, text: str) -> Iterator[tuple[int, re.Match]]:
    for match in pattern.finditer(text):
        yield line_of(text, match.start()), match


def findings(check: Check, path: str, content: bytes) -> list[Finding]:
    """Of any file: of a binary there is only the name to judge."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ''
    return list(check(path, text))


def self_test(check: Check, samples: Iterable[Sample]) -> int:
    failures = 0
    samples = list(samples)
    for sample in samples:
        content = sample.text if isinstance(sample.text, bytes) else sample.text.encode()
        found = [message for _, message in findings(check, sample.path, content)]
        if sample.expect is None:
            good = not found
        else:
            good = len(found) == 1 and sample.expect in found[0]
        if not good:
            failures += 1
            print(
                f'self-test: {sample.path}: {sample.text!r}: expected {sample.expect!r}, found {found}'
            )
    if not any(sample.expect for sample in samples):
        print('self-test: no sample that must fail')
        failures += 1
    print(f'self-test: {len(samples)} samples, {failures} failed')
    return 1 if failures else 0


def run(check: Check, samples: Iterable[Sample], suffixes: tuple[str, ...]) -> int:
    if '--self-test' in sys.argv[1:]:
        return self_test(check, samples)
    count = 0
    names = tracked(*suffixes)
    for name in names:
        for line, message in findings(check, name, (ROOT / name).read_bytes()):
            count += 1
            print(f'{name}:{line}: {message}')
    print(f'{len(names)} files, {count} findings')
    return 1 if count else 0
