# SPDX-License-Identifier: Apache-2.0
"""What can be said of the page without a browser; tests/browser looks at it in one."""
import base64
import hashlib
import html.parser
import re

import pytest

SAMPLES = ["found", "absent", "unknown", "traces", "excepted", "many", "hostile", "stopped", "matched", "bare"]
VOID = {"meta", "br", "input", "path", "circle", "rect"}


class Page(html.parser.HTMLParser):
    """Collects elements and texts, and that every element is closed where it should be."""
    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text, self.inside = [], [], "", {}
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] in ("style", "script"):
            self.inside[self.open[-1]] = self.inside.get(self.open[-1], "") + data
        else:
            self.text += data


def flat(text):
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def page(sample):
    return lambda name: Page(sample("html", name))


@pytest.mark.parametrize("name", SAMPLES)
def test_it_loads_nothing_and_only_its_own_style_and_script_may_run(page, name):
    p = page(name)
    policy = [a["content"] for t, a in p.elements if a.get("http-equiv") == "Content-Security-Policy"][0]
    for part in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(p.inside[part].encode()).digest()).decode()
        assert f"{part}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"url\(|@import", p.inside["style"])
    for tag, attributes in p.elements:
        assert tag not in ("img", "link", "iframe", "object", "embed", "base", "form", "video", "audio")
        assert not {"src", "style", "srcset", "action"} & set(attributes), (tag, attributes)
        assert not [a for a in attributes if a.startswith("on")]
        if "href" in attributes:
            assert tag == "a" and re.match(r"#[a-z0-9-]+$|https?://[^\s\"'<>]+$", attributes["href"])


@pytest.mark.parametrize("name", SAMPLES)
def test_headings_go_down_one_step_at_a_time(page, name):
    levels = [int(t[1]) for t, _ in page(name).elements if re.fullmatch("h[1-6]", t)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:]))


@pytest.mark.parametrize("name, verdict", [
    ("found", "Banned products were found"), ("absent", "No banned product was found"),
    ("unknown", "Not known: the search could not be completed"), ("traces", "No banned product was found")])
def test_the_verdict_is_said_in_words_first(page, name, verdict):
    text = flat(page(name).text)
    assert text.index(verdict, text.index("Scan of")) < text.index("At a glance")


def test_what_where_since_how_sure_and_what_next_come_before_the_details(sample, page):
    text = flat(page("found").text)
    glance = text[text.index("At a glance"):text.index("What to do next")]
    for words in ("3 findings that count", "/opt/nordwall/shield", "12 March 2024", "Confirmed 1", "Probable 2",
                  "12 December 2026", "in 19 days, directive-31-07: plan", "4 objects"):
        assert words in glance, words
    heads = [re.sub("<.*?>", "", h) for h in re.findall("<h2.*?>(.*?)</h2>", sample("html", "found"))]
    assert heads == ["Banned products were found", "At a glance", "What to do next", "Findings that count (3)",
                     "Orders and their deadlines", "What was examined, and what was not", "Each finding that counts",
                     "Excepted (1)", "Not covered by these orders (1)", "Traces (1)", "How it was searched",
                     "About this scan"]


def test_past_deadlines_are_marked_and_only_the_next_is_highlighted(sample):
    text = sample("html", "found")
    first = text[text.index('id="order-1"'):text.index('id="order-2"')]
    items = re.findall(r'<li class="(past|next|later)">.*?<strong>(.*?)</strong>(.*?)</div>', first)
    assert [(kind, re.sub("<.*?>", "", date)) for kind, date, _ in items] == [
        ("past", "13 October 2026"), ("next", "12 December 2026"), ("later", "11 January 2027")]
    assert ">Past<" in items[0][2] and "41 days ago" in items[0][2]
    assert ">Next<" in items[1][2] and "in 19 days" in items[1][2]
    second = text[text.index('id="order-2"'):text.index('id="order-3"')]
    assert "3 business days after identification" in second and ">Next<" not in second


def test_every_finding_has_its_evidence(page):
    text = flat(page("found").text)
    for words in ("nordwall.deb.nordshield", "bytes 184,223 to 185,342, row: Package: nordshield",
                  "strong, here weak", "The certificate is self-signed: anybody can make one",
                  "It would fall to probable if the package database did not list the package.",
                  "/var/opt/nordwall/shield/db/base 100%25 complete.dat", "InsideExample Gateway 3.2",
                  "It counts again: the exception ex-2025-017 ran out on 30 September 2026.",
                  "covered, excepted until 30 June 2027 (ex-2026-004)", "update.nordwall.example"):
        assert words in text, words


def test_what_was_not_examined_is_listed_with_what_can_be_done(page):
    text = flat(page("unknown").text)
    for words in ("/home/bob/vault.zip encrypted: entry 3 of 12 needs a password",
                  "Why this matters: a product may lie unseen in what was not examined.",
                  'That is why the result is "not known" and not "not found".',
                  "permission to read it was refused", "Scan again as root. ", "312,456", "24,310"):
        assert words in text, words


def test_an_absent_report_says_on_what_it_rests_and_who_wants_it(page):
    text = flat(page("absent").text)
    assert "All 312,456 objects in the scope of the scan were examined" in text
    assert "By rule, 24,533 other objects were left out." in text
    assert "directive-31-07 asks for a report also when nothing was found" in text
    assert "Nothing that was to be examined was left unexamined." in text


def test_names_from_the_machine_stay_text(page):
    p = page("hostile")
    assert "<script>alert('x')</script>" in p.text
    assert r"\u{202E}" in p.text and r"\x1B" in p.text and r"\n" in p.text
    assert "\u202e" not in p.text and "\x1b" not in p.text
    assert len(re.findall("p{199}", p.text)) >= 12 * 20  # the long place is whole, for each finding


def test_long_lists_are_cut_and_say_so(page):
    text = flat(page("many").text)
    assert "800 more are in the JSON report." in text
    assert len([a for t, a in page("many").elements if t == "article"]) == 250
