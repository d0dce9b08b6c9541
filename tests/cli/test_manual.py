"""The manual, the help and the code agree."""
import json
import re
import subprocess
from pathlib import Path

import pytest

from rig.holdfast import build_folder

ROOT = Path(__file__).resolve().parents[2]
PAGES = ['holdfast.1', 'holdfastd.8', 'holdfast-profile.5', 'holdfast-policy.5']


@pytest.fixture(scope='module')
def page():
    """The page as one reads it, without markup."""
    folder = build_folder() / 'packaging/man'

    def read(name: str) -> str:
        text = (folder / name).read_text()
        text = re.sub(r'\\f[BRIP]|\\&|\\c', '', text)
        return text.replace('\\-', '-')

    return read


def help_of(*words: str) -> str:
    program = build_folder() / 'cli/holdfast'
    return subprocess.run([program, *words, '--help'], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope='module')
def tables():
    return json.loads((build_folder() / 'packaging/man/verbs.json').read_text())


def rows(path: str, macro: str) -> list[str]:
    return re.findall(rf'^{macro}\((\w+)', (ROOT / path).read_text(), re.M)


def full_name(verb: dict) -> str:
    return ' '.join(filter(None, [verb['group'], verb['name']]))


@pytest.mark.parametrize('name', PAGES)
def test_every_page_is_made(page, name):
    title, section = name.rsplit('.', 1)
    assert re.search(rf'^\.TH "{title}" "{section}"', page(name), re.M)
    assert '@' not in re.sub(r'\S+@\S+', '', page(name).split('.SH', 1)[1])


def test_every_verb_of_the_code_is_a_file_and_in_the_tables(tables):
    verbs = rows('cli/commands/commands.def', 'HF_COMMAND')
    assert verbs and len(set(verbs)) == len(verbs)
    named = {verb['group'] or verb['name'] for verb in tables['verbs']}
    assert named == {verb.replace('_', '-') for verb in verbs}
    for verb in verbs:
        assert (ROOT / f'cli/commands/{verb}.c').exists()


def test_help_and_manual_name_every_verb(page, tables):
    shown, manual = help_of(), page('holdfast.1')
    for verb in tables['verbs']:
        said = f'holdfast {full_name(verb)}'
        if verb['hidden']:
            assert said not in manual and f'\n  {full_name(verb)} ' not in shown
            continue
        assert re.search(rf'^  {full_name(verb)}( {re.escape(verb["words"])})? ', shown, re.M), said
        assert verb['help'] in shown
        assert f'.SS {said} {verb["words"]}'.rstrip() in manual.splitlines(), said


def test_help_and_manual_name_no_other_verb(page, tables):
    known = {full_name(verb) for verb in tables['verbs'] if not verb['hidden']}
    shown = help_of().split('everywhere:')[0].splitlines()[1:]
    assert {line[2:].split('  ')[0] for line in shown} == {
        f'{full_name(verb)} {verb["words"]}'.strip() for verb in tables['verbs'] if not verb['hidden']
    }
    manual = re.findall(r'^\.SS holdfast (.*)$', page('holdfast.1'), re.M)
    assert len(manual) == len(known)


def test_help_and_manual_name_every_option(page, tables):
    manual = page('holdfast.1')
    for verb in tables['verbs']:
        shown = help_of(*filter(None, [verb['group'], verb['name']]))
        for option in tables['everywhere'] + verb['options']:
            assert re.search(rf'^  {option["name"]} .*{re.escape(option["help"])}$', shown, re.M), option
        if verb['hidden']:
            continue
        part = manual.split(f'.SS holdfast {full_name(verb)}', 1)[1].split('.SS')[0]
        for option in verb['options']:
            assert option['name'] in part, (verb['name'], option['name'])
    for option in tables['everywhere']:
        assert option['name'] in manual.split('.SH VERBS')[0]


def test_the_manual_names_every_code_and_its_exit_status(page):
    part = page('holdfast.1').split('.SH EXIT STATUS')[1].split('.SH')[0]
    table = re.findall(
        r'^HF_STATUS\(\w+,\s*"([^"]+)",\s*(\d+)\)', (ROOT / 'client-core/base/status.def').read_text(), re.M
    )
    assert len(table) > 40
    listed = {number: codes for number, codes in re.findall(r'^(\d+)\n\.RS 4\n(.*)$', part, re.M)}
    for code, number in table:
        assert code in listed[number].split(', '), (code, number)


def keys(schema: dict, above: str = ''):
    for key, value in schema['properties'].items():
        if value.get('type') == 'object':
            yield from keys(value, f'{above}{key}.')
        else:
            yield above + key
            if value.get('items', {}).get('type') == 'object':
                yield from keys(value['items'], f'{above}{key}[].')


@pytest.mark.parametrize('name', ['profile', 'policy'])
def test_every_key_is_in_its_page(page, name):
    schema = json.loads((build_folder() / f'packaging/man/{name}.schema.json').read_text())
    text = page(f'holdfast-{name}.5')
    wanted = list(keys(schema))
    assert len(wanted) > 25
    assert re.findall(r'^(\S+)\n\.RS 4$', text.split('.SH KEYS')[1].split('.SH')[0], re.M) == wanted


def test_the_policy_page_has_the_rows_of_the_code(page):
    text = (ROOT / 'client-core/policy/policy.def').read_text()
    for key, says in re.findall(r'^HF_POLICY\(\w+,\s*"(\w+)".*"((?:[^"\\]|\\.)*)"\)$', text, re.M):
        assert key in page('holdfast-policy.5')


def test_the_profile_page_has_the_rows_of_the_code(page):
    rows_of_code = (ROOT / 'client-core/profile/field_help.def').read_text()
    named = re.findall(r'^HF_FIELD_HELP\("([^"]+)"', rows_of_code, re.M)
    assert len(named) > 80
    for path in named:
        assert re.search(rf'^{re.escape(path)}$', page('holdfast-profile.5'), re.M), path
