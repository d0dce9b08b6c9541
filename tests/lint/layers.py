#!/usr/bin/env python3
"""Who may include whom: the layers of the architecture, held by reading every #include of the
product.

A folder's row names the folders and libraries it may reach; what no row names is refused. Tests
may include anything.
"""
import re
import sys
from typing import Iterable, Optional

from lintlib import Finding, Sample, line_of, matches, run, without_comments

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
SYSTEM_TEST = re.compile(
    r'^[ \t]*#[ \t]*(?:el)?if.*\b(__linux__|_WIN32|__APPLE__|__MINGW32__)\b', re.M
)

FREESTANDING = {
    'float.h',
    'iso646.h',
    'limits.h',
    'stdalign.h',
    'stdarg.h',
    'stdatomic.h',
    'stdbool.h',
    'stddef.h',
    'stdint.h',
    'stdnoreturn.h',
    'string.h',
    'stdlib.h',
}

# Core folders: the core folders beside its own that each may include, and the library headers.
CORE = {
    'include': ({'base', 'policy'}, ()),
    'base': (set(), ()),
    'crypto': ({'base'}, ('openssl/',)),
    'dns': ({'base', 'crypto'}, ()),
    'ike': ({'base', 'crypto'}, ()),
    'eap': ({'base', 'crypto'}, ()),
    'esp': ({'base', 'crypto'}, ()),
    'l2tp': ({'base', 'crypto'}, ()),
    'ikev2': ({'base', 'crypto', 'ike', 'eap'}, ()),
    'ikev1': ({'base', 'crypto', 'ike'}, ()),
    'ppp': ({'base', 'crypto', 'eap'}, ()),
    'profile': ({'base', 'crypto'}, ('expat.h', 'jansson.h')),
    'policy': ({'base', 'profile'}, ('jansson.h',)),
    'conn': (
        {'base', 'crypto', 'dns', 'ike', 'ikev2', 'ikev1', 'eap', 'esp', 'l2tp', 'ppp', 'profile'},
        (),
    ),
}
CORE_FOLDERS = set(CORE) - {'include'}
# Public headers that name what only some layers may know; the others see values and opaque objects.
CONN_HEADERS = {'attempt.h', 'supervisor.h'}

PLATFORM = {
    'common',
    'linux',
    'windows',
    'macos',
    'fake',
    'netd',
    'engine',
    'daemon',
    'ipc',
    'helpers',
}
# Library headers that parse what a user or a peer wrote, or bring a main loop: never in the
# privileged process.
NETD_REFUSES = (
    'glib',
    'gio/',
    'gobject/',
    'gmodule',
    'jansson.h',
    'expat.h',
    'openssl/',
    'libxml/',
    'resolv.h',
    'regex.h',
)
NETD_REFUSES_OURS = {'holdfast/profile.h', 'holdfast/attempt.h', 'holdfast/supervisor.h'}
INTERFACE_MAY = {'holdfast/grade.h', 'holdfast/profile.h', 'holdfast/status.h'}  # what gui and cli see of the core


def core_refusal(folder: str, quoted: bool, target: str) -> Optional[str]:
    others, libraries = CORE[folder]
    head = target.split('/')[0]
    if not quoted and head == 'holdfast':
        if target.split('/')[-1] in CONN_HEADERS and folder not in ('conn', 'include'):
            return f'{folder} is below conn'
        return None
    if quoted:
        if '/' not in target:
            return 'private headers are named "folder/file.h"'
        if head == folder or head in others:
            return None
        return f'{folder} may not include {head}'
    if target in FREESTANDING or any(target.startswith(library) for library in libraries):
        return None
    return f'client-core/{folder} may not include <{target}>'


def platform_refusal(folder: str, quoted: bool, target: str) -> Optional[str]:
    head = target.split('/')[0]
    if quoted and head in CORE_FOLDERS and head != 'base':
        return f'private core header; platform sees <holdfast/...> and base'
    if folder == 'netd':
        if target in NETD_REFUSES_OURS:
            return 'netd takes typed plans and knows no profiles or protocols'
        if not quoted and target.startswith(NETD_REFUSES):
            return f'netd may not include <{target}>'
    if (
        quoted
        and folder in ('common', 'linux', 'windows', 'macos', 'fake', 'ipc')
        and head in ('netd', 'engine', 'daemon', 'helpers')
    ):
        return f'{folder} is below the processes, {head} is one of them'
    if (
        quoted
        and folder in ('netd', 'engine', 'daemon', 'helpers')
        and head in {'netd', 'engine', 'daemon', 'helpers'} - {folder}
    ):
        return f'{folder} and {head} are two processes'
    if not quoted and target.startswith('openssl/') and folder != 'helpers':
        return 'only client-core/crypto includes OpenSSL'
    return None


def interface_refusal(folder: str, quoted: bool, target: str) -> Optional[str]:
    head = target.split('/')[0]
    if head == 'holdfast' and target not in INTERFACE_MAY:
        return (
            f'{folder} sees <holdfast/profile.h> and <holdfast/status.h> of the core, nothing else'
        )
    if quoted and (head in CORE_FOLDERS or head in PLATFORM - {'ipc'}):
        return f'{folder} may include ipc, not {head}'
    if not quoted and target.startswith('openssl/'):
        return 'a user interface names no key'
    return None


def refusal(path: str, quoted: bool, target: str) -> Optional[str]:
    parts = path.split('/')
    if '..' in target.split('/'):
        return 'an include path does not climb'
    if parts[0] == 'client-core' and len(parts) > 2:
        return (
            core_refusal(parts[1], quoted, target)
            if parts[1] in CORE
            else f'unknown core folder {parts[1]}'
        )
    if parts[0] == 'platform' and len(parts) > 2:
        return platform_refusal(parts[1], quoted, target)
    if parts[0] in ('gui', 'cli'):
        return interface_refusal(parts[0], quoted, target)
    return None


def check(path: str, text: str) -> Iterable[Finding]:
    if path.split('/')[0] == 'tests':
        return
    text = without_comments(text)
    for line, match in matches(INCLUDE, text):
        why = refusal(path, match[1] == '"', match[2])
        if why:
            yield line, why
    if path.endswith('.c'):
        for match in SYSTEM_TEST.finditer(text):
            yield line_of(
                text, match.start()
            ), f'{match[1]} in a .c file: a variant is another file, chosen by meson.build'


SAMPLES = [
    Sample(
        'client-core/ikev2/a.c',
        '#include "ikev2/a.h"\n#include "base/reader.h"\n#include <holdfast/status.h>\n',
        None,
    ),
    Sample('client-core/base/a.c', '#include <string.h>\n#include <stdint.h>\n', None),
    Sample('client-core/base/a.c', '#include "crypto/prf.h"\n', 'base may not include crypto'),
    Sample('client-core/base/a.c', '#include <stdio.h>\n', '<stdio.h>'),
    Sample('client-core/base/a.c', '/* #include <stdio.h> */\n', None),
    Sample('client-core/ikev2/a.c', '#include <openssl/evp.h>\n', '<openssl/evp.h>'),
    Sample('client-core/crypto/a.c', '#include <openssl/evp.h>\n', None),
    Sample('client-core/crypto/a.c', '#  include "ike/header.h"\n', 'crypto may not include ike'),
    Sample('client-core/eap/a.c', '#include "ikev2/sa.h"\n', 'eap may not include ikev2'),
    Sample('client-core/ikev2/a.c', '#include "esp/sa.h"\n', 'ikev2 may not include esp'),
    Sample('client-core/ikev2/a.c', '#include "a.h"\n', 'folder/file.h'),
    Sample('client-core/conn/a.c', '#include "esp/sa.h"\n#include "ikev2/sa.h"\n', None),
    Sample('client-core/conn/a.c', '#include <time.h>\n', '<time.h>'),
    Sample('client-core/conn/a.c', '#include <glib.h>\n', '<glib.h>'),
    Sample('client-core/profile/a.c', '#include <jansson.h>\n#include <expat.h>\n', None),
    Sample('client-core/eap/a.c', '#include <holdfast/attempt.h>\n', 'below conn'),
    Sample('client-core/novel/a.c', '#include "base/reader.h"\n', 'unknown core folder'),
    Sample(
        'client-core/include/holdfast/a.h',
        '#include "crypto/prf.h"\n',
        'include may not include crypto',
    ),
    Sample('client-core/base/a.c', '#ifdef __linux__\n#endif\n', '__linux__'),
    Sample(
        'platform/linux/a.c',
        '#include "base/reader.h"\n#include "common/x.h"\n#include <sys/socket.h>\n',
        None,
    ),
    Sample('platform/linux/a.c', '#include "crypto/prf.h"\n', 'private core header'),
    Sample('platform/linux/a.c', '#include "netd/requests.h"\n', 'below the processes'),
    Sample('platform/engine/a.c', '#include "daemon/profiles.h"\n', 'two processes'),
    Sample('platform/netd/a.c', '#include <jansson.h>\n', '<jansson.h>'),
    Sample('platform/netd/a.c', '#include <glib.h>\n', '<glib.h>'),
    Sample('platform/netd/a.c', '#include <holdfast/profile.h>\n', 'netd'),
    Sample('platform/daemon/a.c', '#include <holdfast/profile.h>\n#include <gio/gio.h>\n', None),
    Sample('platform/daemon/a.c', '#include "../netd/a.h"\n', 'does not climb'),
    Sample(
        'cli/main.c',
        '#include "ipc/client.h"\n#include <holdfast/status.h>\n#include <stdio.h>\n',
        None,
    ),
    Sample('cli/main.c', '#include <holdfast/attempt.h>\n', 'nothing else'),
    Sample('gui/app/main.c', '#include "base/secret.h"\n', 'not base'),
    Sample('tests/unit/base/a.c', '#include <stdio.h>\n#include "ikev2/sa.h"\n', None),
]

if __name__ == '__main__':
    sys.exit(run(check, SAMPLES, ('.c', '.h', '.def')))
