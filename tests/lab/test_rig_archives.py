"""The archive that packages for the lab come from is found by asking apt, in every state that apt can be in."""
import pytest

from rig.process import RigError, run
from rig.rootfs import archives, mirror

CONFIGURATION = '''
Dir::Etc::SourceList "{0}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "{0}/lists";
Dir::Cache "{0}/cache";
APT::Sandbox::User "root";
'''


@pytest.fixture
def apt(tmp_path, monkeypatch):
    """apt, with sources of its own: archives in folders, by origin. It has fetched no list yet."""
    (tmp_path / 'lists/partial').mkdir(parents=True)
    (tmp_path / 'cache').mkdir()
    (tmp_path / 'apt.conf').write_text(CONFIGURATION.format(tmp_path))
    monkeypatch.setenv('APT_CONFIG', str(tmp_path / 'apt.conf'))

    def set_archives(**origins: str) -> None:
        lines = []
        for name, origin in origins.items():
            folder = tmp_path / name
            folder.mkdir()
            (folder / 'Packages').write_text('')
            (folder / 'Release').write_text(f'Origin: {origin}\nCodename: bookworm\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n')
            lines.append(f'deb [trusted=yes] file:{folder} ./\n')
        (tmp_path / 'sources.list').write_text(''.join(lines))

    return set_archives


def test_lists_that_were_removed_are_fetched(apt, tmp_path):
    apt(ours='Debian')
    assert mirror() == f'file:{tmp_path}/ours/'


@pytest.mark.parametrize('fetched', [False, True])
def test_only_debians_own_archive_is_taken(apt, tmp_path, fetched):
    apt(foreign='Somebody', security='Debian', ours='Debian')
    if fetched:
        run(['apt-get', '-qq', 'update'])
    assert archives('$(CODENAME)') == ['bookworm']
    assert mirror() == f'file:{tmp_path}/ours/'


def test_host_without_debians_archive_is_told(apt):
    apt(foreign='Somebody')
    with pytest.raises(RigError, match='no Debian archive'):
        mirror()
