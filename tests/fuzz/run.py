#!/usr/bin/env python3
"""Runs one libFuzzer target: run.py TARGET CORPUS SOURCE|-OPTION... For HOLDFAST_FUZZ_SECONDS (5) it
looks for findings, from the corpus on; then it prints how many inputs were tried and, by profile,
how many lines of the sources (files or folders, relative to the root) they reached. What begins
with - is an option of libFuzzer's. An input that is a finding is kept beside the target, as
TARGET.crash-... and the like."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def fuzz(
    target: Path, corpus: Path, scratch: Path, seconds: int, options: list[str]
) -> subprocess.CompletedProcess:
    found = scratch / 'found'
    found.mkdir()
    command = [target, found, corpus, f'-max_total_time={seconds}', '-print_final_stats=1']
    # Leaks are looked for once, at the end: after each input it takes longer than the input.
    command += ['-detect_leaks=0']
    command += ['-timeout=10', '-rss_limit_mb=2048', '-max_len=8192', f'-artifact_prefix={target}.']
    command += options
    environment = {**os.environ, 'LLVM_PROFILE_FILE': str(scratch / 'profile-%p')}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def coverage(target: Path, scratch: Path, sources: list[str]) -> list[str]:
    """A line for each file and one for all; why not, where the profile or the tools are missing."""
    profiles = sorted(scratch.glob('profile-*'))
    if not profiles or not shutil.which('llvm-profdata') or not shutil.which('llvm-cov'):
        return ['line coverage unknown: no profile, or llvm is not installed']
    merged = scratch / 'merged'
    subprocess.run(['llvm-profdata', 'merge', '-o', merged, *profiles], check=True)
    report = subprocess.run(
        ['llvm-cov', 'export', '-summary-only', f'-instr-profile={merged}', target],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    wanted = [ROOT / source for source in sources]
    rows = []
    for file in json.loads(report)['data'][0]['files']:
        path = Path(file['filename']).resolve()
        if any(path == source or source in path.parents for source in wanted):
            lines = file['summary']['lines']
            if lines['count'] > 0:
                rows.append((str(path.relative_to(ROOT)), lines['covered'], lines['count']))
    reached, count = sum(row[1] for row in rows), sum(row[2] for row in rows)
    rows.append(('in all', reached, count))
    return [f'{name}: {covered} of {total} lines' for name, covered, total in rows]


def main(target: Path, corpus: Path, arguments: list[str]) -> int:
    options = [argument for argument in arguments if argument.startswith('-')]
    sources = [argument for argument in arguments if not argument.startswith('-')]
    seconds = int(os.environ.get('HOLDFAST_FUZZ_SECONDS', '5'))
    with tempfile.TemporaryDirectory() as name:
        result = fuzz(target, corpus, Path(name), seconds, options)
        executed = re.search(r'stat::number_of_executed_units: (\d+)', result.stderr)
        print(f'{target.name}: {executed[1] if executed else "no"} inputs in {seconds} s')
        if result.returncode != 0 or not executed:
            print(result.stderr[-6000:])
            return 1
        print('\n'.join(coverage(target, Path(name), sources)))
    return 0


if __name__ == '__main__':
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]), sys.argv[3:]))
