"""Source packages of the Debian release that this host runs, fetched without touching its apt."""
from pathlib import Path

from rig.process import RigError, run
from rig.rootfs import archives

from .cache import Unavailable, needed

# Sandboxed, apt could not write to our folder.
OPTIONS = '''
Dir::Etc::SourceList "{0}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "{0}/lists";
Dir::Cache "{0}/cache";
APT::Sandbox::User "root";
'''


def _source_lines() -> str:
    """The archive's own release suffices for tests: not every mirror carries the sources of
    security updates."""
    lines = set(archives('deb-src $(REPO_URI) $(CODENAME) $(COMPONENT)'))
    if not lines:
        raise Unavailable('apt knows no Debian archive')
    return '\n'.join(sorted(lines)) + '\n'


def fetch_sources(packages: list[str], scratch: Path) -> dict[str, Path]:
    """Each package unpacked, Debian's patches applied, in `scratch`."""
    needed('dpkg-source', 'patch', 'xz')
    for name in ('lists/partial', 'cache/archives/partial', 'unpacked'):
        (scratch / name).mkdir(parents=True)
    (scratch / 'apt.conf').write_text(OPTIONS.format(scratch))
    apt = ['apt-get', '-qq', '--config-file', scratch / 'apt.conf']
    try:
        (scratch / 'sources.list').write_text(_source_lines())
        run([*apt, 'update'], timeout=120)
        run([*apt, 'source', *packages], timeout=300, cwd=scratch / 'unpacked')
    except RigError as error:
        raise Unavailable(f'sources from the Debian archive: {error}') from error
    return {name: next((scratch / 'unpacked').glob(f'{name}-*/')) for name in packages}
