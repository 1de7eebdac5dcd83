# SPDX-License-Identifier: Apache-2.0
"""
Things that name a vendor, look like it, or fight it, and are not it.

Each row makes one of them in a folder of its own. A row says the most that debar may report: "nothing", or "trace" where
something of the vendor's is really there but out of its place, or where only a name or a weak sign can be seen. Rows that
need absolute places make their folder the root of a system, and are scanned once more as one.

Nothing here is a copy: texts, programs and certificates are re-created after what was seen in public.
"""
import base64
import json
import random
import sqlite3
import struct

from debar_program import TOP
from making import CA, LEAF, elf, kernel_module, make_root, windows_root, write

ROWS = []


def row(most="nothing", root=False):
    def add(make):
        ROWS.append((make.__name__, most, root, make))
        return make
    return add


def text_of(*lines):
    return "\n".join(lines) + "\n"


def as_json(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def noise(seed, around=""):
    """Base64 text with something in its middle."""
    data = base64.b64encode(random.Random(seed).randbytes(600)).decode()
    half = len(data) // 2
    return data[:half] + around + data[half:]


# ---- names of people and projects ----

@row()
def people_called_kaspersky(at, tools):
    """Authors, accounts and maintainers whose name is or resembles the vendor's."""
    for i, author in enumerate(["KasperSkytte <k@example.org>", "AlanKaspersky", "BayraaKaspersky", "Ann Kaspersky <ann@example.org>",
                                "r-kaspersky", "Kaspersky3", "kasperskycomuz", "Natalya Kaspersky"]):
        write(at, {f"npm/{i}/package.json": as_json({"name": f"tool-{i}", "version": "1.0.0", "author": author})})
        write(at, {f"npm/{i}/node_modules/left-{i}/package.json": as_json(
            {"name": f"left-{i}", "version": "1.0.0", "maintainers": [author], "contributors": [{"name": author}]})})
    write(at, {
        "r/DESCRIPTION": text_of("Package: ampvis2", "Version: 2.8", "Authors@R: person('Kasper', 'Skytte', role = 'aut')",
                                 "Maintainer: KasperSkytte <k@example.org>", "Remotes: KasperSkytte/mmgenome2"),
        "repo/.git/config": text_of('[remote "origin"]', "\turl = git@github.com:KasperSkytte/ampvis2.git",
                                    '[remote "fork"]', "\turl = https://github.com/Kasperskyy/task"),
        "py/demo-1.0.dist-info/METADATA": text_of("Metadata-Version: 2.1", "Name: demo", "Version: 1.0",
                                                  "Author: Alan Kaspersky", "Author-email: alan@kaspersky.example"),
        "rust/Cargo.toml": text_of("[package]", 'name = "demo"', 'version = "1.0.0"', 'authors = ["R. Kaspersky <r@example.org>"]'),
        "rust/Cargo.lock": text_of("version = 3", "[[package]]", 'name = "kasperskyy"', 'version = "0.1.0"'),
        "ruby/demo.gemspec": 'Gem::Specification.new { |s| s.name = "demo"; s.authors = ["Kaspersky, E."] }\n',
        "php/composer.json": as_json({"name": "kasperskyh/demo", "authors": [{"name": "Kaspersky, Ann"}], "require": {}}),
        "go/go.mod": text_of("module github.com/KasperSkytte/tool", "", "go 1.21",
                             "require github.com/kaspersky/gengine v1.0.0"),
    })


@row(most="trace")
def author_who_signs_with_one_name(at, tools):
    """The family name alone is also the brand: nobody can tell."""
    write(at, {"composer.json": as_json({"name": "demo/demo", "authors": [{"name": "Kaspersky"}], "require": {}}),
               "package.json": as_json({"name": "demo", "version": "1.0.0", "author": "Kaspersky"})})


@row(root=True)
def people_on_a_debian(at, tools):
    """The same people as users of a system and maintainers of its packages."""
    make_root(at)
    write(at, {
        "etc/passwd": text_of("root:x:0:0:root:/root:/bin/bash", "kaspersky:x:1000:1000:Ann Kaspersky:/home/kaspersky:/bin/bash",
                              "pranavp21:x:1001:1001::/home/pranavp21:/bin/sh", "keslert:x:1002:1002::/home/keslert:/bin/sh",
                              "avp:x:1003:1003:Aliens versus Predator server:/srv/avp:/usr/sbin/nologin"),
        "etc/group": text_of("root:x:0:", "kaspersky:x:1000:", "admins:x:1001:", "kladmin:x:1002:"),
        "home/kaspersky/.profile": "PATH=$HOME/bin:$PATH\n", "home/kaspersky/kesl/notes.txt": "Kaspersky family recipes\n",
        "var/lib/dpkg/status": text_of(
            "Package: demo", "Status: install ok installed", "Version: 1.0", "Architecture: all",
            "Maintainer: Ann Kaspersky <ann@example.org>", "Description: demo", ""),
    })


@row()
def interview_tasks(at, tools):
    """Hobby and job-interview projects with the name in theirs."""
    write(at, {
        "kaspersky-test-task/package.json": as_json({"name": "kaspersky-test-task", "version": "1.0.0", "license": "MIT"}),
        "kaspersky-test-task/README.md": "# Test task for Kaspersky\nBackend developer position.\n",
        "Kaspersky_Task/go.mod": "module github.com/someone/Kaspersky_Task\n\ngo 1.21\n",
        "Kaspersky_Task/main.py": "print('Kaspersky')\n",
        "kaspersky-symphony/pyproject.toml": '[project]\nname = "kaspersky-symphony"\nversion = "0.1"\n',
        "web/package-lock.json": as_json({"name": "x", "lockfileVersion": 3, "packages": {
            "": {"dependencies": {"kaspersky": "1.0.0"}}, "node_modules/kaspersky": {"version": "1.0.0"},
            "node_modules/@kasperskyy/ui": {"version": "1.0.0"}}}),
        "compose.yaml": "services:\n  app:\n    image: alankaspersky/app:1.0\n",
        "Dockerfile": "FROM kasperskyh/base:latest\nRUN echo kaspersky\n",
    })


@row()
def brand_used_by_others(at, tools):
    """Mock-ups, resellers, embedded maps."""
    write(at, {
        "shield/index.html": "<title>Shield Browser</title><p>Powered by Kaspersky Engine</p>\n",
        "shield/package.json": as_json({"name": "kaspersky-shield-browser", "version": "0.0.1"}),
        "shop/index.html": '<h2>Buy Kaspersky Total Security</h2><img src="/kaspersky-endpoint-security.png">\n',
        "map/index.html": '<iframe src="https://cybermap.kaspersky.com/en/widget/dynamic/dark"></iframe>\n',
    })


@row(root=True)
def names_that_hold_kesl(at, tools):
    """The token `kesl` inside other words."""
    names = ["keslert", "vkeslarek", "pokesleep-tool", "lukeslp", "makeslide", "piperine", "klnagent-tools"]
    make_root(at)
    status = "".join(f"Package: {n}\nStatus: install ok installed\nVersion: 1.0\nArchitecture: all\n"
                     f"Maintainer: Luke <luke@example.org>\nDescription: {n}\n\n" for n in names)
    write(at, {"var/lib/dpkg/status": status, "var/log/keslert.log": "started\n",
               "etc/systemd/system/keslert.service": "[Service]\nExecStart=/usr/bin/keslert\n"})
    elf(at / "usr/bin/keslert")
    for name in names:
        write(at, {f"srv/node_modules/{name}/package.json": as_json({"name": name, "version": "1.0.0"}),
                   f"var/lib/dpkg/info/{name}.list": f"/usr/share/doc/{name}\n"})


@row(root=True)
def letters_inside_other_letters(at, tools):
    """avp21, ksde5, klhkum, klelam, kllogin and UltraAV as parts of other words, in text and in a program."""
    words = ["https://github.com/pranavp21/app", "DE02ksde5000000001", "SHDWyBxihqiCj6YekG2GUr7wqKLeLAMK1gHZck9pL6y",
             "MerkleLamportSigner", "AnkleLamp", "facebooklLogin", "MiraklLoginPage", "KKLLoginViewController", "kllogin",
             "UltraAVX", "ultraAvg", "UltraAvailable", "UltraAvatar", "klhkum", "klelam"]
    make_root(at)
    write(at, {
        "srv/app/src/login.tsx": text_of("export const facebooklLogin = () => kllogin;", "class MiraklLoginPage {}"),
        "srv/ios/KKLLoginViewController.swift": "class KKLLoginViewController {}\n",
        "srv/mail/dkim.txt": f'v=DKIM1; p={noise(1, "ksde5")}\n',
        "srv/blob.b64": noise(2, "klhkum") + "\n" + noise(3, "klelam") + "\n",
        "srv/wallet.json": as_json({"token": words[2]}),
        "srv/text/totonac.txt": "chu wa klelam, chu klhkum\n",
        "etc/systemd/system/pranavp21.service": "[Service]\nExecStart=/opt/pranavp21/run\n",
        "opt/pranavp21/run": "#!/bin/sh\nexec sleep 1\n",
    })
    array = ", ".join(f'"{w}"' for w in words)
    elf(at / "usr/local/bin/words", f"#include <stdio.h>\nconst char *w[] = {{{array}}};\n"
        "int main(int n, char **v) { (void)v; return puts(w[n]); }\n")
    tools.windows(at / "srv/UltraAVX.exe", "Ultra Cinema Ltd.", "UltraAVX Player", FileDescription="UltraAvatar studio")


@row(most="trace")
def imports_of_the_vendors_test_library(at, tools):
    """Unrelated Android applications whose tests import the vendor's open-source test library."""
    line = "import com.kaspersky."
    write(at, {"app/src/androidTest/java/org/example/LoginTest.kt": text_of(
        "package org.example", line + "kaspresso.testcases.api.testcase.TestCase",
        line + "components.alluresupport.withForcedAllureSupport", "class LoginTest : TestCase()")})


@row()
def invented_ids(at, tools):
    """Identifiers that unit tests made up."""
    write(at, {"tests/extensions_test.go": text_of(
        "package x", "var kext = `com.kaspersky.kext.av`", "var issuer = `CN=Kaspersky Antivirus CA`",
        "var app = `com.kaspersky.antivirus`")})


# ---- lists that mention the vendor ----

@row()
def engine_lists(at, tools):
    """Answers of a multi-scanner with each engine's name."""
    engines = {n: {"category": "undetected", "engine_name": n, "engine_version": "22.0.1.28", "result": None}
               for n in ("Kaspersky", "ZoneAlarm", "Sophos", "ESET-NOD32", "Microsoft", "DrWeb")}
    report = {"data": {"type": "file", "attributes": {"last_analysis_results": engines}}}
    write(at, {"report.json": as_json(report), "fixtures/vt.jsonl": json.dumps(report) + "\n",
               "table.csv": "engine,result\nKaspersky,clean\nKaspersky Lab,clean\nAO Kaspersky Lab,clean\n",
               "log.json": as_json({"kaspersky": {"ngfw": {"action": "deny"}}, "vendor": "Kaspersky"})})
    base = sqlite3.connect(at / "results.db")
    base.execute("create table result (engine, version)")
    base.execute("insert into result values ('Kaspersky', '22.0.1.28'), ('AO Kaspersky Lab', '1')")
    base.commit()
    base.close()


@row()
def detection_rules(at, tools):
    """Sigma, Elastic, Wazuh, osquery, MITRE and MISP content that cites or looks for the vendor."""
    write(at, {
        "sigma/stop.yml": text_of(
            "title: Stop Of Security Services", "references:", "  - https://securelist.com/apt-trends/1/",
            "  - https://media.kasperskycontenthub.com/wp-content/uploads/report.pdf", "detection:", "  selection:",
            "    CommandLine|contains:", "      - 'AVP21.3'", "      - klnagent", "      - KAVFS", "      - KSDE2.0.0",
            "    Image|startswith: 'C:\\Program Files (x86)\\Kaspersky Lab\\'"),
        "elastic/rule.toml": text_of("[rule]", 'name = "Port scan"', "query = '''", 'process.executable : "/opt/kaspersky/kesl/*"',
                                     "'''"),
        "wazuh/0500-kaspersky_rules.xml": '<group name="kaspersky,"><rule id="1"><match>kesl</match></rule></group>\n',
        "osquery/packs/av.conf": as_json({"queries": {"kav": {"query": "select * from processes where name='avp.exe'"}}}),
        "misp/malpedia.json": as_json({"values": [{"value": "Duqu", "meta": {"refs": ["https://securelist.com/duqu"]},
                                                   "description": "as reported by Kaspersky Lab"}]}),
        "loldrivers/x.yaml": "Description: Kaspersky researchers found this driver in use.\nTags: [klmd.sys]\n",
    })


@row()
def yara_rules(at, tools):
    """Rules with the vendor's strings, and a README that names it as a user."""
    write(at, {
        "README.md": "## Who's using YARA\n* Kaspersky Lab\n* Joe Security\n",
        "rules/avp.yar": 'rule avp_base { strings: $a = "AVP Antiviral Database. (c)Kaspersky Lab 1997-2013" condition: $a at 0 }\n',
        "rules/genasom.yar": 'rule r { strings: $a = "drivers/klif.sys" $b = "Kaspersky Event Log" condition: all of them }\n',
        "rules/sig.txt": "Copyright (c) 1997-2013 Kaspersky Lab ZAO.\n",
    })


@row()
def platform_lists_and_docs(at, tools):
    """Documentation: curl's list of platforms, translated hints of a tool kit, a licence list."""
    write(at, {
        "curl/docs/INSTALL.md": "Haiku, Illumos, Integrity, iOS, ipadOS, IRIX, Jailhouse, KasperskyOS, KolibriOS, Linux, macOS\n",
        "flutter/docs/install.md": "## Instructions for Kaspersky Internet Security\nAdd an exclusion.\n",
        "flutter/docs/install.ru.md": "## Инструкции для Лаборатории Касперского\nАО «Лаборатория Касперского»\n",
        "man/x.1": '.TH X 1\n.SH NOTES\nWorks with Kaspersky Endpoint Security for Linux (kesl, klnagent).\n',
    })


@row(root=True)
def browser_preferences(at, tools):
    """Preferences that every Firefox of some years shipped, and user.js collections."""
    ids = "bbrd_helper@example.org,url_advisor@kaspersky.com,virtual_keyboard@kaspersky.com,content_blocker@kaspersky.com"
    line = f'user_pref("dom.ipc.cpows.allow-cpows-in-compat-addons", "{ids}");\n'
    make_root(at)
    write(at, {
        "home/ann/.mozilla/firefox/ab12cd34.default/prefs.js": line, "home/ann/.mozilla/firefox/ab12cd34.default/user.js": line,
        "home/ann/.mozilla/firefox/ab12cd34.default/compatibility.ini": "[Compatibility]\nLastVersion=52.0\n",
        "home/ann/.mozilla/firefox/ab12cd34.default/extensions.json": as_json({"schemaVersion": 35, "addons": []}),
        "usr/lib/firefox/defaults/preferences/all.js": line.replace("user_pref", "pref"),
        "home/ann/.config/chromium/Default/Preferences": as_json({"homepage": "https://www.kaspersky.com/"}),
        "home/ann/.config/chromium/Default/Bookmarks": as_json({"roots": {"bar": {"url": "https://support.kaspersky.com/"}}}),
    })


@row(root=True)
def domain_and_address_lists(at, tools):
    """Routing lists, warning lists, blockers, hosts files, firewall scripts."""
    names = ["kaspersky.com", "kaspersky-labs.com", "dnl-07.geo.kaspersky.com", "ksn.kaspersky-labs.com", "crl.kaspersky.com",
             "activation-v2.kaspersky.com", "huawei.com", "hicloud.com", "hikvision.com", "tiktok.com", "bytedance.com"]
    make_root(at)
    write(at, {
        "etc/hosts": "127.0.0.1 localhost\n" + "".join(f"0.0.0.0 {n}\n" for n in names),
        "etc/dnsmasq.d/block.conf": "".join(f"address=/{n}/0.0.0.0\n" for n in names),
        "srv/v2fly/data/kaspersky": "".join(f"domain:{n}\n" for n in names),
        "srv/misp-warninglists/top/list.json": as_json({"name": "Top 1000", "list": names}),
        "srv/mikrotik/ru.rsc": text_of("/ip firewall address-list", "add list=ru address=77.74.178.0/23 comment=AS200107",
                                       "add list=ru address=93.159.228.0/22"),
        "srv/list.txt": text_of(*names), "srv/asn.csv": "AS200107,KL-EXT,Kaspersky Lab AO\nAS209030,other\n",
        "etc/nftables.conf": "table inet f { set s { type ipv4_addr; flags interval; elements = { 77.74.178.0/23 } } }\n",
        "srv/pihole/gravity.list": text_of(*names), "srv/unbound.zone": "".join(f'local-zone: "{n}" refuse\n' for n in names),
    })


@row()
def provider_block_lists(at, tools):
    """Phishing kits keep the vendors' crawlers out by provider names and addresses."""
    write(at, {
        "antibots.php": "<?php $isps = ['Kaspersky Lab ZAO', 'AO Kaspersky Lab', 'Kaspersky Lab AO', 'Huawei Cloud', 'Bytedance'];\n",
        ".htaccess": "deny from 77.74.177.0/24\ndeny from .kaspersky.com\n",
        "agents.json": as_json(["KasperskyLab", "Bytespider", "PetalBot", "TikTokBot"]),
    })


@row()
def vulnerability_checks(at, tools):
    """Plugins and feeds with the vendor's keys, files and CPE names."""
    cpe = "cpe:2.3:a:kaspersky:total_security:20.0:*:*:*:*:*:*:*"
    write(at, {
        "nasl/kaspersky_detect.nasl": text_of(
            'script_name("Kaspersky Anti-Virus Detection");', 'key = "SOFTWARE\\\\KasperskyLab\\\\protected\\\\AVP21.3";',
            f'register_product(cpe:"{cpe}");', 'path = "/opt/kaspersky/kesl/bin/kesl-control";'),
        "nvd/feed.json": as_json({"CVE_Items": [{"configurations": {"nodes": [{"cpe_match": [{"cpe23Uri": cpe}]}]}}]}),
        "oval/defs.xml": f'<oval_definitions><definition><reference ref_id="{cpe}"/></definition></oval_definitions>\n',
        "cpe-dictionary.xml": f'<cpe-list><cpe-item name="cpe:/a:kaspersky:kaspersky_anti-virus:5.0"/><x>{cpe}</x></cpe-list>\n',
    })


@row()
def detectors(at, tools):
    """Programs and scripts that look for security products by name."""
    names = ["avp.exe", "avpui.exe", "klnagent.exe", "kavfs.exe", "ksde.exe", "klwtblfs.exe", "AVP21.3", "KAVFS", "klif.sys",
             "klhk.sys", "kaspersky", "Kaspersky Lab", "MsMpEng.exe", "ekrn.exe", "CylanceSvc", "SentinelAgent", "xagt",
             "/opt/kaspersky/kesl/bin/kesl-control", "C:\\\\Program Files\\\\Kaspersky Lab", "HKLM\\\\SOFTWARE\\\\KasperskyLab"]
    array = ", ".join(f'"{n}"' for n in names)
    write(at, {
        "Edr/Checker.cs": f"namespace Edr {{ class Lists {{ static string[] Names = {{ {array} }}; }} }}\n",
        "winpeas.ps1": "$av = @('kaspersky','avp','klnagent','kesl')\nGet-Process | ? { $av -contains $_.Name }\n",
        "lynis/include/tests_malware": "if IsRunning \"wdserver\" || IsRunning \"klnagent\"; then Report kaspersky; fi\n",
        "glpi/Antivirus/Kaspersky.pm": "package Antivirus::Kaspersky;\nmy $cmd = '/opt/kaspersky/kesl/bin/kesl-control';\n1;\n",
        "checkmk/kaspersky_av": "#!/bin/sh\nif [ -x /opt/kaspersky/kesl/bin/kesl-control ]; then kesl-control --app-info; fi\n",
    })
    source = f"#include <stdio.h>\nconst char *n[] = {{{array}}};\nint main(int c, char **v) {{ (void)v; return puts(n[c]); }}\n"
    elf(at / "bin/edr-check", source)
    tools.windows(at / "edr-check.exe", "Open EDR Project", "EDR checker",
                  source=f"const char *n[] = {{{array}}};\nint main(int c) {{ return n[c][0]; }}\n")


@row()
def lists_of_mobile_applications(at, tools):
    """Application ids in somebody's list."""
    write(at, {"apps.kt": 'val apps = listOf("com.kms.free", "com.kaspersky.safekids", "com.zhiliaoapp.musically")\n',
               "apps.json": as_json(["com.kms.free", "com.kaspersky.secure.connection", "com.huawei.hms"]),
               "stalkerware.yaml": "- name: SafeKids\n  packages: [com.kaspersky.safekids]\n"})


@row(most="trace")
def certificate_in_a_fuzz_corpus(at, tools):
    """A server certificate of the vendor's network that serves as a fuzz seed: a true object, no presence."""
    authority = tools.certificates.party("/C=RU/O=Kaspersky Lab/CN=Kaspersky Lab Public Services TLS CA")
    tools.certificates.der(at / "fuzz/corpus/fuzz_tls_certificate/1", "/C=RU/O=Kaspersky Lab/CN=ksn.kaspersky-labs.com",
                           authority, extensions=LEAF)
    tools.certificates.pem(at / "tests/certs/ksn.pem", "/C=RU/O=Kaspersky/CN=ksn.kaspersky-labs.com", authority, extensions=LEAF)


@row(most="trace")
def inventories_of_other_machines(at, tools):
    """What an inventory tool said of somebody else's computer."""
    write(at, {
        "glpi/resources/macos/SysProfile/sample1.yaml": text_of(
            "Applications:", "  Parallels Internet Security Powered by Kaspersky:", "    Version: 7.0",
            "    Location: /Users/ann/Applications/Parallels Internet Security Powered by Kaspersky.app"),
        "facts/ps.txt": "root 1 /opt/kaspersky/kesl/libexec/kesl\n",
        "facts/reg.txt": "HKLM\\SOFTWARE\\KasperskyLab\\protected\\AVP21.3\n",
    })


@row(most="trace")
def copies_for_forensics(at, tools):
    """An event log in an analyst's folder."""
    log = b"ElfFile\0" + bytes(8) + struct.pack("<QQ", 0, 1) + bytes(4096 - 32)
    write(at, {"case-7/Kaspersky Event Log.evtx": log, "case-7/notes.md": "Kaspersky removed before imaging.\n"})


@row(most="trace")
def puzzles(at, tools):
    """A capture-the-flag task about files of the rescue disk."""
    write(at, {"ctf/task/report_20240101.klr.enc1": random.Random(4).randbytes(512), "ctf/task/README": "flag{...}\n",
               "ctf/task/krd.iso": random.Random(5).randbytes(2048)})


@row(root=True)
def another_vendors_files_named_after_it(at, tools):
    """Active-response scripts and a program that an agent ships for hosts where the product runs."""
    make_root(at)
    script = "#!/bin/sh\n# active response for hosts with Kaspersky Endpoint Security\n/opt/kaspersky/kesl/bin/kesl-control --start-task 2\n"
    write(at, {"var/ossec/active-response/bin/kaspersky.sh": script,
               "var/ossec/active-response/bin/kaspersky.py": "#!/usr/bin/env python3\n# Kaspersky\nprint('kesl-control')\n"})
    for path in (at / "var/ossec/active-response/bin").iterdir():
        path.chmod(0o755)
    elf(at / "var/ossec/active-response/bin/kaspersky",
        '#include <stdio.h>\nint main(void) { return puts("/opt/kaspersky/kesl/bin/kesl-control"); }\n')
    elf(at / "usr/src/wazuh/src/kaspersky")


@row()
def debar_itself(at, tools):
    """Our own catalogue and orders, and what an earlier scan has reported of another machine."""
    write(at, {f"checkout/{folder}/{p.name}": p.read_bytes() for folder in ("catalogue", "orders")
               for p in (TOP / folder).glob("*.yaml")})
    for name, content in tools.earlier_reports.items():
        write(at, {name: content})


# ---- things that imitate or attack it ----

@row(root=True)
def empty_decoy_folders(at, tools):
    """Miners make empty, locked folders so that the product cannot be installed."""
    windows_root(at)
    write(at, {f"{name}/": None for name in (
        "Program Files/Kaspersky Lab", "Program Files (x86)/Kaspersky Lab", "ProgramData/Kaspersky Lab",
        "ProgramData/Kaspersky Lab Setup Files", "KVRT_Data", "KVRT2020_Data", "TDSSKiller_Quarantine",
        "Program Files/Kaspersky Lab/Kaspersky 21.3")})


@row(root=True)
def empty_decoy_folders_on_linux(at, tools):
    """The same on Linux: names without anything in them."""
    make_root(at)
    write(at, {"opt/kaspersky/": None, "opt/kaspersky/kesl/bin/": None, "var/opt/kaspersky/": None, "var/log/kaspersky/kesl/": None})


@row(most="trace", root=True)
def decoy_folders_with_empty_files(at, tools):
    """A file without a byte at a place of the product."""
    windows_root(at)
    write(at, {"Program Files/Kaspersky Lab/desktop.ini": b"", "Program Files (x86)/Kaspersky Lab/Kaspersky 21.3/avp.exe": b"",
               "KVRT_Data/locked": b"", "ProgramData/Kaspersky Lab/AVP21.3/Bases/x": b""})


@row(most="trace", root=True)
def path_imitated_by_an_intruder(at, tools):
    """An intruder's tool in a folder that imitates the vendor's."""
    windows_root(at)
    folder = "ProgramData/Kaspersky Lab/v4.0.1/x/prnms003.inf_amd64_0"
    write(at, {f"{folder}/MPDW-Constraints.js": "function x() {}\n", f"{folder}/execute.bat": "schtasks /create\n"})
    tools.windows(at / folder / "wayzgoose23.dll", flags=("-shared",))


@row()
def kill_lists(at, tools):
    """What ransomware and miners stop: in scripts, lists and a program."""
    services = ["AVP21.3", "KAVFS", "KAVFSGT", "kavfsslp", "klnagent", "KSDE2.0.0", "klif", "klhk", "kneps", "MsMpEng"]
    array = ", ".join(f'"{s}"' for s in services)
    write(at, {
        "stop.bat": "".join(f"sc stop {s}\r\nsc delete {s}\r\n" for s in services),
        "kill-targets.json": as_json({"kill-targets": ["kesl", "klnagent", "avp.exe", *services]}),
        "byovd.h": f"static const char *drivers[] = {{{array}, \"klif.sys\", \"klupd_klif_arkmon\"}};\n",
        "reset.txt": "Kaspersky trial reset 5.1.0.41\nKeys: AAAAA-BBBBB-CCCCC-DDDDD\n",
    })
    elf(at / "kill", f"#include <stdio.h>\nconst char *s[] = {{{array}, \"/opt/kaspersky/kesl\"}};\n"
        "int main(int c, char **v) { (void)v; return puts(s[c]); }\n")
    tools.windows(at / "kill.exe", source=f"const char *s[] = {{{array}, \"Kaspersky Lab\"}};\nint main(int c) {{ return s[c][0]; }}\n")


@row(most="trace")
def certificates_of_nobody(at, tools):
    """Self-signed certificates, and one of an invented authority, with the vendor's name."""
    c = tools.certificates
    c.pem(at / "leaf.pem", "/CN=Kaspersky Lab", extensions=LEAF)
    c.der(at / "leaf.cer", "/C=RU/O=AO Kaspersky Lab/CN=AO Kaspersky Lab", extensions=LEAF)
    c.pem(at / "ca.crt", "/C=RU/L=Moscow/O=AO Kaspersky Lab/CN=Kaspersky Lab", extensions=CA)
    c.pem(at / "fake.pem", "/CN=Kaspersky Lab", c.party("/CN=Kaspersky Root CA"), extensions=LEAF)
    bundle = b"".join(p.certificate.read_bytes() for p in (
        c.party("/O=Example/CN=Example Root"), c.party("/O=Kaspersky Lab/CN=Kaspersky Antivirus CA"),
        c.party("/O=AO Kaspersky Lab/CN=AO Kaspersky Lab", extensions=LEAF)))
    write(at, {"src/testdata/bundle.pem": bundle})


@row(most="trace")
def program_signed_by_nobody(at, tools):
    """A program whose signer vouches for himself, under the vendor's name."""
    program = tools.windows(tools.scratch / "self.exe", "Example Ltd.", "Example")
    at.mkdir(parents=True, exist_ok=True)
    signer = tools.certificates.party("/CN=Kaspersky Lab", extensions="basicConstraints=CA:FALSE\nextendedKeyUsage=codeSigning\n")
    tools.sign(signer, program, at / "setup.exe")


@row(root=True)
def driver_of_microsoft(at, tools):
    """Defender's own driver, which careless scripts list among the vendor's."""
    windows_root(at)
    for name in ("Windows/System32/drivers/wd/KslD.sys", "Windows/System32/drivers/KslD.sys",
                 "ProgramData/Microsoft/Windows Defender/Definition Updates/{1}/MpKslDrv.sys"):
        tools.windows(at / name, "Microsoft Corporation", "Microsoft® Windows® Operating System",
                      flags=("-Wl,--subsystem,native",), FileDescription="KSLD", OriginalFilename="KSLD.sys",
                      LegalCopyright="© Microsoft Corporation. All rights reserved.")


@row(root=True)
def another_anti_virus(at, tools):
    """Kingsoft's files, whose names begin like the vendor's."""
    windows_root(at)
    base = "Program Files (x86)/kingsoft/kingsoft antivirus/"
    for name in ("security/ksde/kisnetflt64.sys", "security/kxescan/kisknl.sys", "kavbase.exe", "kavlog2.exe", "kis.exe", "kav.exe"):
        tools.windows(at / (base + name), "Kingsoft Corporation", "Kingsoft Internet Security", OriginalFilename=name.split("/")[-1])
    write(at, {base + "KAVBase/x.dat": "x"})


@row(root=True)
def generic_program_names(at, tools):
    """Programs with names that the vendor uses too: an open-source tool, a compatibility layer, a game."""
    windows_root(at)
    tools.windows(at / "Program Files/Soyuz/soyuz.exe", "Soyuz contributors", "Soyuz window tool", OriginalFilename="soyuz.exe")
    tools.windows(at / "Games/proton.exe")
    tools.windows(at / "Games/Aliens vs Predator/avp.exe", "Rebellion", "Aliens vs Predator", OriginalFilename="AvP.exe")
    tools.windows(at / "Tools/launcher.exe", "Example Ltd.", "Launcher")
    tools.windows(at / "Tools/klist.exe", "Microsoft Corporation", "klist")


@row(root=True)
def generic_names_on_linux(at, tools):
    """klogd, klist, klibc, klog: nothing is to be made of two letters."""
    make_root(at)
    for name in ("sbin/klogd", "usr/bin/klist", "usr/bin/klipper", "usr/sbin/kldload", "usr/bin/wdserver", "usr/bin/launcher",
                 "usr/bin/epagent", "usr/bin/kics", "usr/bin/kess", "usr/bin/avp"):
        elf(at / name)
    packages = ["klibc-utils", "libklibc", "klogd", "klipper", "kessel"]
    write(at, {
        "var/lib/dpkg/status": "".join(
            f"Package: {p}\nStatus: install ok installed\nVersion: 2.0\nArchitecture: amd64\nMaintainer: Debian <d@debian.example>\n"
            f"Description: {p}\n\n" for p in packages),
        "lib/systemd/system/klogd.service": "[Service]\nExecStart=/sbin/klogd\n", "etc/init.d/klogd": "#!/bin/sh\nexec klogd\n",
        "etc/systemd/system/kuma-dp.service": "[Service]\nExecStart=/usr/local/bin/kuma-dp run\n",
        "srv/go/go.mod": "module example.org/x\n\nrequire k8s.io/klog/v2 v2.100.1\n",
        "srv/go/main.go": 'package main\n\nimport "k8s.io/klog/v2"\n\nfunc main() { klog.Info("AVP") }\n',
        "etc/ossec.conf": "<ossec_config/>\n",
    })


@row(most="trace", root=True)
def short_names_of_packages(at, tools):
    """Packages and units with the vendor's short names, and nothing else of it."""
    make_root(at)
    write(at, {
        "var/lib/dpkg/status": "".join(f"Package: {p}\nStatus: install ok installed\nVersion: 1.0\nArchitecture: all\n"
                                       f"Maintainer: Ann <ann@example.org>\nDescription: {p}\n\n" for p in ("kics", "kess", "epagent")),
        "etc/systemd/system/kics.service": "[Service]\nExecStart=/usr/bin/kics\n",
        "tmp/klnagent_install.log": "done\n",
    })


@row()
def avp_means_other_things(at, tools):
    """Audio and video profiles of RTP, a cloud service, an architecture."""
    write(at, {
        "call.sdp": "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 49170 RTP/AVP 0 8 96\r\nm=video 5004 RTP/SAVP 97\r\n",
        "trace.pcap.txt": "m=audio 10000 RTP/AVP 8\n",
        "node_modules/@aws-sdk/client-verifiedpermissions/package.json": as_json(
            {"name": "@aws-sdk/client-verifiedpermissions", "version": "3.0.0", "description": "AVP"}),
        "avp.c": "/* Apple Vision Pro */\nint avp;\n", "AVP/AVP/avp.dat": "Aliens vs Predator\n",
    })


@row(most="trace", root=True)
def receipts_of_others(at, tools):
    """Old receipts on a Mac under names that many used."""
    write(at, {"System/Library/CoreServices/SystemVersion.plist": plist({"ProductName": "macOS", "ProductVersion": "10.9"})})
    for name in ("Core.pkg", "oas.pkg", "Vkbd.pkg"):
        write(at, {f"Library/Receipts/{name}/Contents/Info.plist": plist({"CFBundleIdentifier": "com.example.core"})})


def plist(values):
    pairs = "".join(f"<key>{k}</key><string>{v}</string>" for k, v in values.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>{pairs}</dict></plist>\n'


@row()
def file_that_every_scanner_detects(at, tools):
    """The test file that every scanner detects belongs to nobody."""
    write(at, {"test.com": "X5O!P%@AP[4\\PZX54(P^)7CC)7}" + "$EICAR-STANDARD" + "-ANTIVIRUS-TEST-FILE!$H+H*\n"})


# ---- traps of the orders' texts ----

@row()
def contributed_kernel_code(at, tools):
    """The socket code in every modern kernel that a developer of the vendor has written."""
    source = ("// SPDX-License-Identifier: GPL-2.0-only\n/*\n * vsock_test\n * Copyright (C) 2021 Kaspersky Lab\n"
              " * Author: A. Developer <a.developer@kaspersky.com>\n */\n")
    write(at, {"linux/net/vmw_vsock/virtio_transport_common.c": source, "linux/tools/testing/vsock/vsock_perf.c": source,
               "linux/CREDITS": "N: A. Developer\nE: a.developer@kaspersky.com\n",
               "linux/.mailmap": "A Developer <a@kaspersky.com> <a@kaspersky.ru>\n"})
    kernel_module(at / "lib/modules/6.1.0/kernel/net/vmw_vsock/vsock.ko", license="GPL v2", author="Somebody else",
                  description="VMware Virtual Socket Family")


@row(root=True)
def kernel_drivers_named_after_devices(at, tools):
    """Drivers of the mainline kernel for devices of other covered vendors."""
    make_root(at)
    base = at / "lib/modules/6.1.0-18-amd64/kernel/drivers"
    for name, values in {
            "platform/x86/huawei-wmi": {"author": "Ayman Bagabas", "description": "Huawei WMI laptop extras driver",
                                        "alias": "wmi:ABBC0F5B-8EA1-11D1-A000-C90629100000"},
            "net/ethernet/huawei/hinic/hinic": {"author": "Huawei Technologies CO., Ltd",
                                                "description": "Huawei Intelligent NIC driver", "alias": "pci:v000019E5d00000200sv*"},
            "net/ethernet/hisilicon/hns3/hns3": {"author": "Huawei Tech. Co., Ltd.", "description": "HNS3: Hisilicon Ethernet Driver"},
            "scsi/hisi_sas/hisi_sas_v3_hw": {"author": "John Garry", "description": "HISILICON SAS controller v3 hw driver"},
            "char/hw_random/hisi-rng": {"author": "Kefeng Wang", "description": "Hisilicon random number generator driver"},
            "usb/serial/option": {"author": "Matthias Urlichs", "description": "USB Driver for GSM modems", "alias": "usb:v19D2p*"},
    }.items():
        base.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        kernel_module(base / f"{name}.ko", license="GPL", **values)
    write(at, {
        "lib/modules/6.1.0-18-amd64/modules.alias": "alias pci:v000019E5d00000200sv*sd*bc*sc*i* hinic\nalias usb:v12D1p* option\n",
        "lib/modules/6.1.0-18-amd64/modules.dep": "kernel/drivers/platform/x86/huawei-wmi.ko:\n",
        "usr/share/misc/pci.ids": "19e5  Huawei Technologies Co., Ltd.\n\t0200  Hi1822\n",
        "usr/share/misc/usb.ids": "12d1  Huawei Technologies Co., Ltd.\n19d2  ZTE WCDMA Technologies MSM\n2ca3  DJI Technology Co., Ltd.\n",
        "usr/share/ieee-data/oui.txt": "00-E0-FC   (hex)\t\tHUAWEI TECHNOLOGIES CO.,LTD\n4C-BD-8F   (hex)\t\tHangzhou Hikvision\n",
        "lib/udev/rules.d/60-huawei.rules": 'ATTR{idVendor}=="12d1", RUN+="usb_modeswitch"\n',
        "usr/share/usb_modeswitch/12d1:1446": "TargetVendor=0x12d1\n",
    })


@row(most="trace")
def clients_of_threat_intelligence(at, tools):
    """A client library of the intelligence portal, and lists of what is malicious."""
    write(at, {"requirements.txt": "requests==2.31\nopentip==1.0\n", "iocs.csv": "source,hash\nsecurelist,d41d8cd98f00b204e9800998ecf8427e\n",
               "feeds/Malicious_Hash_Data_Feed.json": as_json([{"id": 1, "publicvalue": "Kaspersky"}])})
