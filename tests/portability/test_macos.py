"""The core compiles for macOS: every file, with the options of the native build."""
import json
import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cross.cache import JOBS
from cross.windows import ROOT

CORE = ROOT / 'client-core'
PROCESSORS = {'x86_64': 0x01000007, 'aarch64': 0x0100000C}  # and their numbers in Mach-O
MACH_O_64 = 0xFEEDFACF


def options_of(command: str, folder: Path) -> list[str]:
    """What of a native compiler's options is meant for every compiler: the language, definitions,
    the core's own include folders and warnings. Debian's headers must not be found."""
    found = []
    for word in shlex.split(command):
        if word.startswith('-I'):
            path = (folder / word[2:]).resolve()
            found += [f'-I{path}'] if path.is_relative_to(ROOT) else []
        elif word.startswith(('-D', '-W', '-std=')) and not word.startswith(('-D_', '-Wl,')):
            found.append(word)
    return found


def core_files(build: Path) -> dict[Path, list[str]]:
    entries = json.loads((build / 'compile_commands.json').read_text())
    files = {}
    for entry in entries:
        folder = Path(entry['directory'])
        path = (folder / entry['file']).resolve()
        if path.is_relative_to(CORE):
            files[path] = options_of(entry['command'], folder)
    return files


def test_every_file_of_the_core_is_in_the_build(native_build):
    assert sorted(core_files(native_build)) == sorted(CORE.rglob('*.c'))


@pytest.mark.parametrize(
    'text, said',
    [
        ('#include <sys/epoll.h>\n', 'sys/epoll.h'),
        ('int f(void);\nint f(void)\n{\n    int unused;\n    return 0;\n}\n', 'unused'),
    ],
    ids=['include', 'warning'],
)
def test_what_is_linuxs_own_or_warned_about_fails(text, said, zig, tmp_path):
    source = tmp_path / 'bad.c'
    source.write_text(text)
    end = zig.compile('aarch64-macos', ['-Wall', '-Werror'], source, tmp_path / 'bad.o')
    assert end.returncode != 0 and said in end.stderr


@pytest.mark.parametrize('processor', PROCESSORS)
def test_core_compiles_for_macos_without_a_warning(
    processor, native_build, library_folder, zig, tmp_path
):
    headers = ['-isystem', str(library_folder / f'macos-{processor}')]

    def compile_one(numbered) -> str:
        number, (path, options) = numbered
        made = tmp_path / f'{number}.o'
        end = zig.compile(f'{processor}-macos', ['-O2', *options, *headers], path, made)
        if end.returncode != 0:
            return end.stderr
        head = made.read_bytes()[:8]
        good = head == b''.join(
            n.to_bytes(4, 'little') for n in (MACH_O_64, PROCESSORS[processor])
        )
        return '' if good else f'{path}: {head.hex()} begins no object file of macOS'

    with ThreadPoolExecutor(int(JOBS)) as pool:
        wrong = list(filter(None, pool.map(compile_one, enumerate(core_files(native_build).items()))))
    assert not wrong, '\n'.join(wrong)
