# SPDX-License-Identifier: Apache-2.0
import re
import unicodedata

import pytest

SAMPLES = ["found", "absent", "unknown", "traces", "excepted", "many", "hostile", "stopped", "matched", "bare"]


@pytest.mark.parametrize("name, first, last", [
    ("found", "FOUND: Banned products were found", "Banned products were found. 3 findings count"),
    ("absent", "ABSENT: No banned product was found", "No banned product was found. 0 findings count"),
    ("unknown", "UNKNOWN: Not known", "Not known: the search could not be completed."),
])
def test_the_verdict_stands_first_and_last(sample, name, first, last):
    text = sample("text", name)
    assert text.startswith(first)
    assert text.rstrip().split("\n\n")[-1].startswith(last)


@pytest.mark.parametrize("name", ["unknown", "stopped", "matched"])
@pytest.mark.parametrize("form", ["text", "html"])
def test_unknown_never_sounds_like_absent(sample, name, form):
    text = re.sub(r"\s+", " ", sample(form, name))
    assert "this is not a clean result" in text
    assert "Do not report this machine as clean" in text
    for lie in ("No banned product was found", "no trace", "All 312", ">Not found<"):
        assert lie not in text, lie
    assert not re.search(r"directive-31-07 +Not found", text)


def test_why_it_is_not_known_is_said(sample):
    assert "4 objects could not be examined" in sample("text", "unknown")
    assert "ended before it was finished" in sample("text", "stopped")
    matched = re.sub(r"\s+", " ", sample("text", "matched"))
    assert "2 indicators were not looked for when the inventory was made" in matched
    assert "nordwall.path.share" in matched


def test_findings_stand_in_their_groups(sample):
    text = sample("text", "found")
    heads = ["Findings that count (3)", "Excepted (1)", "Not covered by these orders (1)", "Traces (1)", "Coverage"]
    at = [text.index(head) for head in heads]
    assert at == sorted(at)
    counts = text[at[0]:at[1]]
    for name in ("Nordwall Endpoint Shield for Linux 12.1.0.1543", "Nordwall Anti-Malware Engine 10",
                 "Nordwall Updater"):
        assert name in counts
    assert "Nordwall Lab Agent" in text[at[1]:at[2]]
    assert "@nordwall/ui" in text[at[2]:at[3]]
    assert "Nordwall update servers" in text[at[3]:at[4]]


def test_an_exception_past_its_date_counts_and_is_marked(sample):
    text = re.sub(r"\s+", " ", sample("text", "found"))
    assert "covered, exception ran out on 30 September 2026 (ex-2025-017)" in text
    assert "covered, excepted until 30 June 2027 (ex-2026-004)" in text


def test_the_same_component_may_be_covered_by_one_order_and_not_by_another(sample):
    text = re.sub(r"\s+", " ", sample("text", "found"))
    engine = text[text.index("2. Nordwall Anti-Malware Engine"):text.index("3. Nordwall Updater")]
    assert "orders statute-12: covered as embedded." in engine
    assert "not under directive-31-07" in engine


def test_the_surest_and_most_present_come_first(sample):
    text = sample("text", "many")
    names = re.findall(r"^\d+\. (Nordwall [A-Z][\w-]+)", text[:text.index("Excepted (")], re.M)
    assert names[:25] == ["Nordwall Endpoint"] * 25
    table = sample("html", "many").split('id="findings-table"')[1].split("</table>")[0]
    names = re.findall(r"<bdi>(Nordwall [A-Z][\w-]+)", table)
    assert names == ["Nordwall Endpoint"] * 50 + ["Nordwall Anti-Malware"] * 50 + ["Nordwall Updater"] * 50


@pytest.mark.parametrize("name", ["found", "absent", "unknown", "excepted", "stopped", "matched"])
def test_lines_fit_eighty_columns_unless_a_place_is_longer(sample, name):
    for line in sample("text", name).splitlines():
        assert len(line) <= 80 or line.lstrip().startswith(("places", "/")), line


def test_a_wider_terminal_is_used(sample):
    assert max(len(line) for line in sample("text", "absent", "columns=120").splitlines()) > 80


def test_colours_only_when_asked_for(sample):
    assert "\x1b" not in sample("text", "found")
    coloured = sample("text", "found", "colour")
    assert "\x1b[1;31mFOUND" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == sample("text", "found")


@pytest.mark.parametrize("form", ["text", "table", "explain"])
@pytest.mark.parametrize("number", range(12))
def test_nothing_hostile_reaches_the_terminal(sample, form, number):
    text = sample(form, "hostile", *([str(number)] if form == "explain" else []))
    for character in set(text):
        kind = unicodedata.category(character)
        assert character == "\n" or kind not in ("Cc", "Cf", "Zl", "Zp", "Cs"), (character, kind)


def test_what_cannot_be_shown_is_spelt_out(sample):
    text = sample("text", "hostile")
    assert r"two\nlines\r\nand" in text
    assert r"\u{202E}exe.gnp" in text
    assert r"\x1B[31mred" in text
    assert r"not UTF-8: \xFF\xFE\xC3(" in text
    assert "\u05e9\u05dc\u05d5\u05dd" in text  # letters of any script stay what they are


def test_a_long_list_is_cut_and_says_so(sample):
    text = sample("text", "many")
    assert "Findings that count (150)" in text
    assert text.count("\n   state      ") < 80
    assert "990 more are in the JSON report." in text


@pytest.mark.parametrize("name", SAMPLES)
def test_every_scan_can_be_told(sample, name):
    assert "Coverage" in sample("text", name)


def test_explain_shows_everything_that_the_finding_rests_on(sample):
    text = sample("explain", "found", "0")
    flat = re.sub(r"\s+", " ", text)
    assert "nordwall.deb.nordshield (conclusive)" in flat
    assert "saw package = nordshield" in flat
    assert "/var/lib/dpkg/status bytes 184,223 to 185,342, row: Package: nordshield" in flat
    assert "known from https://support.example.com/shield/12/install-linux" in flat
    assert "nordwall.ca.root (strong, here weak)" in flat
    assert "but The certificate is self-signed" in flat
    assert "to change it Nothing would raise it. It would fall to probable if" in flat
    assert "directive-31-07: covered as branded. Definition of branded products:" in flat
    assert text.index("nordwall.deb.nordshield") < text.index("nordwall.elf.engine") < text.index("nordwall.ca.root")
    assert "5 more places" in text


def test_explain_says_when_a_covered_trace_does_not_count(sample):
    flat = re.sub(r"\s+", " ", sample("explain", "found", "5"))
    assert "directive-31-07: covered as branded, but too unsure to count." in flat


def test_explain_shows_all_when_asked_to(sample):
    flat = re.sub(r"\s+", " ", sample("explain", "found", "0", "all"))
    assert "/var/opt/nordwall/shield/db/base 100%25 complete.dat" in flat
    assert "a related company supplies, directly or indirectly. [Binding Directive 31-07]" in flat


@pytest.mark.parametrize("number", range(6))
def test_explain_fits_one_screen(sample, number):
    lines = sample("explain", "found", str(number)).splitlines()
    assert len(lines) <= 54
    assert all(len(line) <= 80 for line in lines if "/srv/images" not in line)
