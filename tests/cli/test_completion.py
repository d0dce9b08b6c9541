"""Completion scripts, asked in the shells themselves."""
import shlex
import shutil
import subprocess

import pytest

from rig.instance import native_profile
from rig.process import run

SHELLS = ('bash', 'zsh', 'fish')


@pytest.fixture(scope='module')
def script(instance):
    """The path of a shell's script. `holdfast` beside it is ours, on this instance."""
    folder = instance.folder / 'completion'
    folder.mkdir(mode=0o755)
    program = folder / 'holdfast'
    program.write_text('#!/bin/sh\nexec ' + shlex.join(map(str, instance.argv())) + ' "$@"\n')
    program.chmod(0o755)
    for shell in SHELLS:
        (folder / shell).write_text(instance.cli('completion', shell, check=True).stdout)
    return lambda shell: folder / shell


def needs(shell: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f'{shell} is not installed')
    return path


def ask(script, shell: str, text: str) -> list[str]:
    """What the shell's own machinery finds; the last word is the one to complete."""
    path = script(shell)
    argv = [needs(shell), '-c', text, 'sh', str(path)]
    if shell == 'fish':
        argv = [needs(shell), '--no-config', '-c', text, str(path)]
    environment = {'PATH': f'{path.parent}:/usr/bin:/bin', 'HOME': str(path.parent), 'LANG': 'C.UTF-8'}
    result = run(argv, check=True, env=environment, cwd=path.parent)
    assert result.stderr == ''
    return result.stdout.split('\n')[:-1]


def bash(script, *words: str) -> list[str]:
    text = 'source "$1"; shift; COMP_WORDS=(holdfast ' + shlex.join(words) + f'); COMP_CWORD={len(words)}; '
    return ask(script, 'bash', text + '_holdfast; printf "%s\\n" "${COMPREPLY[@]}"')


def zsh(script, *words: str) -> list[str]:
    """compadd and _files stand for what only an interactive shell has."""
    text = 'compdef() { }; compadd() { shift; print -l -- "$@"; }; _files() { print files; }; source "$1"; '
    text += 'words=(holdfast ' + shlex.join(words) + f'); CURRENT={len(words) + 1}; _holdfast'
    return [word for word in ask(script, 'zsh', text) if word.startswith(words[-1])]


def fish(script, *words: str) -> list[str]:
    text = 'source $argv[1]; complete -C ' + shlex.quote('holdfast ' + ' '.join(words))
    return [line.split('\t')[0] for line in ask(script, 'fish', text)]


ASK = {'bash': bash, 'zsh': zsh, 'fish': fish}


@pytest.mark.parametrize('shell', SHELLS)
def test_the_shell_can_read_its_script(script, shell):
    result = subprocess.run([needs(shell), '-n', script(shell)], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, '')


@pytest.mark.parametrize('shell', SHELLS)
@pytest.mark.parametrize(
    'words, wanted',
    [
        (['rec'], ['reconnect']),
        (['profile', 'ex'], ['export']),
        (['--root', '/nowhere', 'profile', 'ex'], ['export']),
        (['profile', 'import', '--dry'], ['--dry-run']),
        (['wait', '--for', 'un'], ['unblocked']),
        (['completion', ''], ['bash', 'fish', 'zsh']),
        (['disconnect', '--re'], ['--reason']),
        (['connect', '--re'], []),
    ],
    ids=lambda value: ' '.join(value),
)
def test_verbs_options_and_values_are_offered(script, shell, words, wanted):
    assert sorted(filter(None, ASK[shell](script, *words))) == wanted


@pytest.mark.parametrize('shell', SHELLS)
def test_profiles_are_offered_by_their_ids(instance, script, shell):
    instance.import_profile(native_profile('Harbour office'))
    for words in (['connect'], ['profile', 'show'], ['secret', 'set']):
        assert ASK[shell](script, *words, 'harb') == ['harbour-office']
    assert ASK[shell](script, 'disconnect', 'harb') == [''] or ASK[shell](script, 'disconnect', 'harb') == []


def test_no_other_shell_is_known(instance):
    assert instance.cli('completion', 'tcsh').returncode == 2
    assert instance.cli('completion').returncode == 2
