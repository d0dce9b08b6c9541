#!/usr/bin/env python3
"""Calls that do not belong in the product, and verification results that are not compared with 1.

OpenSSL's verify functions return 1, 0 and negative numbers; `if (verify(...))` takes an error for
success, so the result must be compared `== 1` or `!= 1` at the call.
"""
import re
import sys
from typing import Iterable, NamedTuple

from lintlib import Finding, Sample, code_only, line_of, run

SECRET_FOLDERS = r'client-core/(crypto|ike|ikev1|ikev2|eap|esp|ppp|l2tp|conn)/'


class Rule(NamedTuple):
    calls: str
    where: str  # regular expression on the path
    why: str


RULES = [
    Rule(
        r'system|popen|execlp?|execle|execvpe?|posix_spawnp|wordexp',
        r'',
        'runs a shell or searches PATH',
    ),
    Rule(
        r'execve?|fexecve|posix_spawn|execveat',
        r'(?!platform/|cli/|gui/)',
        'only processes start processes',
    ),
    Rule(
        r'v?sprintf|strcpy|strcat|stpcpy|strncpy|strncat|gets|alloca|strtok|(?:v?[fs]?)scanf|wcscpy|wcscat',
        r'',
        'has no bound',
    ),
    Rule(
        r'tmpnam|tempnam|mktemp|rand|srand|random|srandom|drand48|rand_r|setenv|putenv|unsetenv',
        r'',
        'unsafe or not reproducible',
    ),
    Rule(r'atoi|atol|atoll|atof', r'', 'cannot fail, so takes garbage for 0'),
    Rule(
        r'memcmp|bcmp',
        SECRET_FOLDERS,
        'not constant in time: hf_bytes_equal_ct, or hf_bytes_equal for public values',
    ),
]
CALL = [
    (re.compile(rf'(?<![\w.>])(?:{rule.calls})\s*\('), re.compile(rule.where), rule.why)
    for rule in RULES
]

VERIFY = re.compile(
    r'(?<!\w)(EVP_DigestVerify\w*|EVP_PKEY_verify\w*|EVP_VerifyFinal\w*|EVP_DecryptFinal\w*|X509_verify\w*|X509_STORE_CTX_verify|'
    r'X509_CRL_verify|X509_REQ_verify|X509_check_(?!issued|trust|ca|akid)\w+|X509_check_ca|OCSP_(?:basic|request)_verify|'
    r'CMS_verify\w*|PKCS7_verify|PKCS12_verify_mac|ECDSA_(?:do_)?verify|RSA_verify|SSL_get_verify_mode)\s*\('
)
COMPARED = re.compile(r'\s*(==|!=)\s*1\b(?!\s*[-+*/])')
NOT_A_RESULT = {
    'X509_verify_cert_error_string',
    'X509_check_ca',
    'SSL_get_verify_mode',
    'EVP_PKEY_verify_recover',
}


def end_of_call(code: str, opening: int) -> int:
    """Offset just after the parenthesis that closes the one at `opening`."""
    depth = 0
    for offset in range(opening, len(code)):
        depth += (code[offset] == '(') - (code[offset] == ')')
        if depth == 0:
            return offset + 1
    return len(code)


def unchecked(code: str) -> Iterable[Finding]:
    for match in VERIFY.finditer(code):
        if match[1] in NOT_A_RESULT or COMPARED.match(code, end_of_call(code, match.end() - 1)):
            continue
        yield line_of(code, match.start()), f'{match[1]}: compare the result with == 1 or != 1'


def check(path: str, text: str) -> Iterable[Finding]:
    if path.startswith('tests/'):
        return
    code = code_only(text)
    for pattern, where, why in CALL:
        if not where.match(path):
            continue
        for match in pattern.finditer(code):
            yield line_of(code, match.start()), f'{match[0].rstrip("( ")}: {why}'
    yield from unchecked(code)


SAMPLES = [
    Sample('cli/a.c', 'int f(void) { return system("ls"); }', 'system'),
    Sample('cli/a.c', 'FILE *f = popen (command, "r");', 'popen'),
    Sample('platform/netd/a.c', 'execvp(path, argv);', 'searches PATH'),
    Sample('platform/netd/a.c', 'execve(path, argv, envp);', None),
    Sample('client-core/base/a.c', 'execve(path, argv, envp);', 'only processes'),
    Sample('platform/netd/a.c', 'sprintf(line, "%s", name);', 'no bound'),
    Sample('platform/netd/a.c', 'snprintf(line, sizeof line, "%s", name);', None),
    Sample('platform/netd/a.c', 'strcpy(a, b);', 'strcpy'),
    Sample('platform/netd/a.c', '/* strcpy(a, b) */ const char *s = "strcat(";', None),
    Sample('platform/netd/a.c', 'my_gets(a); x->system(a);', None),
    Sample('cli/a.c', 'int n = atoi(text);', 'garbage'),
    Sample('client-core/crypto/a.c', 'if (memcmp(a, b, n) == 0)', 'constant in time'),
    Sample('client-core/base/a.c', 'if (memcmp(a, b, n) == 0)', None),
    Sample('client-core/crypto/a.c', 'if (EVP_DigestVerify(c, s(1), sl,\n  t, tl) == 1)', None),
    Sample(
        'client-core/crypto/a.c', 'if (EVP_DigestVerify(c, s, sl, t, tl) != 1) goto done;', None
    ),
    Sample(
        'client-core/crypto/a.c', 'if (EVP_DigestVerify(c, s, sl, t, tl))', 'compare the result'
    ),
    Sample(
        'client-core/crypto/a.c', 'if (EVP_DigestVerify(c, s, sl, t, tl) > 0)', 'compare the result'
    ),
    Sample('client-core/crypto/a.c', 'if (!X509_verify_cert(ctx))', 'X509_verify_cert'),
    Sample('client-core/crypto/a.c', 'X509_verify_cert_error_string(n);', None),
    Sample('client-core/crypto/a.c', 'ok = X509_check_host(c, n, l, 0, NULL);', 'X509_check_host'),
    Sample('client-core/crypto/a.c', 'ok = X509_check_ip(c, n, l, 0) == 1;', None),
    Sample('tests/unit/a.c', 'system("ls");', None),
]

if __name__ == '__main__':
    sys.exit(run(check, SAMPLES, ('.c', '.h', '.def')))
