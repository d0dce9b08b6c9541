#!/usr/bin/env python3
"""What the core's object code may call: symbols.py BUILD_DIR.

Reads `nm` of client-core/*/*.a. The C library functions are an allow-list, so a socket, a clock,
a file, a thread, the environment or printf cannot slip in; OpenSSL belongs to crypto, expat and
jansson to profile; and a folder's calls into other folders follow the layers. Exit status 77
(skipped) where no archive has been built.
"""
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterable

from layers import CORE

LIBC = set(
    '''memcpy memmove memset memcmp memchr memrchr memccpy explicit_bzero
    strlen strnlen strcmp strncmp strchr strrchr strstr strspn strcspn strpbrk strdup strndup strcasecmp strncasecmp
    malloc calloc realloc free aligned_alloc reallocarray abort qsort bsearch abs labs llabs
    strtol strtoll strtoul strtoull strtoumax strtoimax strtod
    isalnum isalpha isdigit isspace isupper islower isxdigit isprint tolower toupper
    __ctype_b_loc __ctype_tolower_loc __ctype_toupper_loc __errno_location __isoc23_strtol __isoc23_strtoul
    __stack_chk_fail _GLOBAL_OFFSET_TABLE_'''.split()
)
FORTIFIED = re.compile(r'^__(\w+)_chk$')
INSTRUMENTATION = re.compile(r'^_{0,2}(asan|ubsan|lsan|sanitizer|sancov|gcov|llvm|tsan|msan)_')
OPENSSL = re.compile(
    r'^(EVP|X509|X509V3|BIO|SSL|OSSL|OPENSSL|CRYPTO|ERR|RAND|BN|EC|ECDSA|ASN1|PKCS\d+|CMS|OCSP|PEM|GENERAL|OBJ|RSA|'
    r'PBE2?PARAM|PBKDF2PARAM|TLS|AUTHORITY|BASIC|EXTENDED|DIST|HMAC|DH|ED25519|NAME|CRL|d2i|i2d|a2i|i2s)_|^(TLS_client_method|HMAC|GENERAL_NAMES?_\w+)$'
)
# OpenSSL can read files, clocks and sockets as well: those parts stay out.
OPENSSL_IO = re.compile(
    r'^(BIO_(new_file|new_fp|s_file|s_fd|s_socket|s_connect|s_accept|new_socket|new_connect|new_fd|read_filename|printf|'
    r'gethostbyname|lookup\w*|connect|socket|s_datagram|new_dgram)|ERR_print_errors\w*|OSSL_STORE_\w+|OSSL_LIB_CTX_load_config|'
    r'X509_(load_\w+_file\w*|LOOKUP_file|LOOKUP_hash_dir|STORE_load_\w+|STORE_set_default_paths\w*|'
    r'cmp_current_time|gmtime_adj|time_adj\w*)|SSL_CTX_(load_verify_\w+|set_default_verify_\w+|use_\w+_file)|'
    r'RAND_(load_file|write_file)|PEM_read_(?!bio)\w+|i2d_\w+_fp|d2i_\w+_fp|CONF_\w+|NCONF_\w+|ASN1_TIME_set_current)$'
)
LIBRARIES = {
    'profile': re.compile(r'^(XML|json|jsonp)_'),
    'policy': re.compile(r'^(json|jsonp)_'),
}


def is_allowed(folder: str, symbol: str) -> bool:
    fortified = FORTIFIED.match(symbol)
    if symbol in LIBC or (fortified and fortified[1] in LIBC) or INSTRUMENTATION.match(symbol):
        return True
    if folder == 'crypto' and OPENSSL.match(symbol) and not OPENSSL_IO.match(symbol):
        return True
    return folder in LIBRARIES and bool(LIBRARIES[folder].match(symbol))


def check(folder: str, wanted: Iterable[str], defined: dict[str, set[str]]) -> list[str]:
    """`wanted`: undefined symbols of the folder's archive. `defined`: for each folder, what its
    archive defines."""
    reachable = {folder} | CORE[folder][0]
    found = []
    for symbol in sorted(set(wanted)):
        homes = {home for home, symbols in defined.items() if symbol in symbols}
        if homes:
            if not homes & reachable:
                found.append(
                    f'{folder} calls {symbol} of {", ".join(sorted(homes))}, which is not below'
                )
        elif symbol.startswith('hf_'):
            if defined.keys() >= reachable:
                found.append(f'{folder} needs {symbol}, which no folder below it defines')
        elif not is_allowed(folder, symbol):
            found.append(f'{folder} calls {symbol}')
    return found


def nm(archive: Path, option: str) -> set[str]:
    listing = subprocess.run(
        ['nm', option, '--format=posix', str(archive)], check=True, capture_output=True, text=True
    ).stdout
    return {
        line.split()[0].split('@')[0]
        for line in listing.splitlines()
        if line and not line.endswith(':')
    }


def check_archives(archives: dict[str, Path]) -> list[str]:
    defined = {folder: nm(archive, '--defined-only') for folder, archive in archives.items()}
    return [
        finding
        for folder, archive in sorted(archives.items())
        for finding in check(folder, nm(archive, '--undefined-only'), defined)
    ]


def archives_of(build: Path) -> dict[str, Path]:
    return {
        archive.parent.name: archive
        for archive in build.glob('client-core/*/*.a')
        if archive.parent.name in CORE
    }


BAD = {
    'base': (
        'int hf_base_a(void); extern int socket(int, int, int); int hf_base_a(void) { return socket(1, 2, 3); }',
        'base calls socket',
    ),
    'ike': (
        'int hf_ike_a(void); extern int EVP_MD_get_size(void *); int hf_ike_a(void) { return EVP_MD_get_size(0); }',
        'ike calls EVP_MD_get_size',
    ),
    'crypto': (
        'int hf_crypto_a(void); extern int hf_ike_a(void); int hf_crypto_a(void) { return hf_ike_a(); }',
        'crypto calls hf_ike_a of ike',
    ),
    'esp': (
        'int hf_esp_a(void); extern int snprintf(char *, unsigned long, const char *, ...);'
        'int hf_esp_a(void) { char b[9]; return snprintf(b, 9, "%d", hf_esp_a()); }',
        'esp calls snprintf',
    ),
    'dns': (
        'int hf_dns_a(void); extern long time(long *); int hf_dns_a(void) { return (int)time(0); }',
        'dns calls time',
    ),
}
GOOD = (
    'eap',
    'int hf_eap_a(const char *s); extern unsigned long strlen(const char *); extern int hf_crypto_a(void);'
    'int hf_eap_a(const char *s) { return (int)strlen(s) + hf_crypto_a(); }',
)


def self_test() -> int:
    """Builds small archives that each break one rule, and one that breaks none."""
    compiler = os.environ.get('CC', 'cc').split()
    with tempfile.TemporaryDirectory() as scratch:
        archives = {}
        for folder, source in [(f, s) for f, (s, _) in BAD.items()] + [GOOD]:
            base = Path(scratch) / folder
            base.mkdir()
            (base / 'a.c').write_text(source)
            subprocess.run([*compiler, '-c', '-O0', '-o', base / 'a.o', base / 'a.c'], check=True)
            subprocess.run(['ar', 'rcs', base / 'lib.a', base / 'a.o'], check=True)
            archives[folder] = base / 'lib.a'
        found = check_archives(archives)
    expected = sorted(message for _, message in BAD.values())
    good = len(found) == len(expected) and all(
        any(f.startswith(e) for f in found) for e in expected
    )
    good = (
        good
        and check('crypto', ['BIO_new_file'], {})
        and not check('crypto', ['EVP_DigestSign', '__memcpy_chk'], {})
    )
    print(f'self-test: {"as expected" if good else "expected " + str(expected)}: {found}')
    return 0 if good else 1


def main(arguments: list[str]) -> int:
    if arguments == ['--self-test']:
        return self_test()
    archives = archives_of(Path(arguments[0]))
    if not archives:
        print('no core archive has been built')
        return 77
    found = check_archives(archives)
    for finding in found:
        print(finding)
    print(f'{len(archives)} archives ({", ".join(sorted(archives))}), {len(found)} findings')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
