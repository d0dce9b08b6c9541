"""OpenSSL, expat and jansson for Windows (DLLs) and for macOS (headers).

DLLs, because a test that fails allocations on purpose means those of the core alone, as it does
on Linux.
"""
import re
import shutil
import tempfile
from pathlib import Path

from .cache import CACHE, JOBS, gently, kept, needed
from .debian import fetch_sources

TRIPLET = 'x86_64-w64-mingw32'
PACKAGES = ['openssl', 'expat', 'jansson']
# Everything in the two libraries and nothing beside them: no modules to be found at run time.
OPENSSL = ['no-module', 'no-dso', 'no-engine', 'no-tests']
CMAKE = {
    'expat': [
        '-DEXPAT_BUILD_TOOLS=OFF',
        '-DEXPAT_BUILD_EXAMPLES=OFF',
        '-DEXPAT_BUILD_TESTS=OFF',
        '-DEXPAT_BUILD_DOCS=OFF',
    ],
    'jansson': [
        '-DJANSSON_BUILD_SHARED_LIBS=ON',
        '-DJANSSON_BUILD_DOCS=OFF',
        '-DJANSSON_EXAMPLES=OFF',
        '-DJANSSON_WITHOUT_TESTS=ON',
    ],
}
OPENSSL_DLLS = {'libcrypto': 'libcrypto-3-x64.dll', 'libssl': 'libssl-3-x64.dll'}
PC_FILE = '''\
Name: {1}
Description: OpenSSL
Version: {2}
Libs: -L{0}/lib -l{3}
Cflags: -I{0}/include
'''
MACOS = {'x86_64': 'darwin64-x86_64', 'aarch64': 'darwin64-arm64'}


def _openssl(source: Path, build: Path, target: str, *options: str) -> None:
    build.mkdir()
    gently(['perl', source / 'Configure', target, *OPENSSL, *options], cwd=build)
    gently(['make', '-s', f'-j{JOBS}', 'build_generated'], cwd=build)


def _copy_headers(source: Path, build: Path, into: Path) -> None:
    """Some are in the sources, some are made from them."""
    for folder in (source, build):
        shutil.copytree(folder / 'include/openssl', into / 'openssl', dirs_exist_ok=True)


def _openssl_for_macos(source: Path, build: Path, target: str, headers: Path) -> None:
    _openssl(source, build, target, 'no-asm')
    _copy_headers(source, build, headers)


def _openssl_for_windows(source: Path, build: Path, prefix: Path) -> None:
    """Without `make install`, which would build static libraries and programs too."""
    _openssl(source, build, 'mingw64', f'--cross-compile-prefix={TRIPLET}-', f'--prefix={prefix}')
    gently(['make', '-s', f'-j{JOBS}', *OPENSSL_DLLS.values()], cwd=build, minutes=20)
    _copy_headers(source, build, prefix / 'include')
    header = (prefix / 'include/openssl/opensslv.h').read_text()
    version = re.search(r'OPENSSL_VERSION_STR "(.+)"', header)[1]
    for name, dll in OPENSSL_DLLS.items():
        shutil.copy(build / dll, prefix / 'bin')
        shutil.copy(build / f'{name}.dll.a', prefix / 'lib')
        description = PC_FILE.format(prefix, name, version, name.removeprefix('lib'))
        (prefix / f'lib/pkgconfig/{name}.pc').write_text(description)


def _cmake(source: Path, build: Path, prefix: Path, options: list[str]) -> None:
    toolchain = [
        '-DCMAKE_SYSTEM_NAME=Windows',
        f'-DCMAKE_C_COMPILER={TRIPLET}-gcc',
        f'-DCMAKE_FIND_ROOT_PATH=/usr/{TRIPLET}',
        '-DCMAKE_BUILD_TYPE=Release',
        f'-DCMAKE_INSTALL_PREFIX={prefix}',
    ]
    gently(['cmake', '-S', source, '-B', build, *toolchain, *options])
    gently(['cmake', '--build', build, f'-j{JOBS}'])
    gently(['cmake', '--install', build])


def _repair_expat(source: Path) -> None:
    """Debian's security patches read XML_DTD as a number, which only the other build system of
    expat makes it."""
    config = source / 'expat_config.h.cmake'
    config.write_text(
        config.read_text().replace('#cmakedefine XML_DTD\n', '#cmakedefine XML_DTD 1\n')
    )


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix='.build-', dir=CACHE) as name:
        scratch = Path(name)
        sources = fetch_sources(PACKAGES, scratch)
        windows = folder / 'windows'
        _repair_expat(sources['expat'] / 'expat')
        _cmake(sources['expat'] / 'expat', scratch / 'expat', windows, CMAKE['expat'])
        _cmake(sources['jansson'], scratch / 'jansson', windows, CMAKE['jansson'])
        for processor, target in MACOS.items():
            headers = folder / f'macos-{processor}'
            headers.mkdir()
            for header in ('expat.h', 'expat_external.h', 'jansson.h', 'jansson_config.h'):
                shutil.copy(windows / 'include' / header, headers)
            _openssl_for_macos(sources['openssl'], scratch / target, target, headers)
        _openssl_for_windows(sources['openssl'], scratch / 'openssl', windows)


def libraries() -> Path:
    """The folder with `windows` (a prefix) and `macos-PROCESSOR` (headers); under 3 minutes when
    it has to be made."""
    needed(f'{TRIPLET}-gcc', 'cmake', 'make', 'perl', 'apt-get')
    return kept('libraries', Path(__file__).read_text(), _build)
