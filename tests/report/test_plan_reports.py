# SPDX-License-Identifier: Apache-2.0
"""A plan as text and as a page: what a manager approves, and every path that an engineer asks for."""
import html.parser
import re

import pytest

SAMPLES = ["whole", "refused", "empty", "many", "hostile"]


def flat(text):
    return re.sub(r"\s+", " ", text)


class Page(html.parser.HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.urls, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.urls += [v for k, v in attributes if k in ("href", "src") and not v.startswith("#")]
        if tag not in ("meta", "br", "path", "circle", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in ("path", "circle", "rect"):
            return
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.words.append(data)


@pytest.mark.parametrize("form", ["text", "html"])
def test_what_a_manager_needs_stands_before_the_steps(sample_plan, form):
    text = flat(re.sub(r"<style>.*?</style>|<[^>]*>", " ", sample_plan(form, "refused"), flags=re.S))
    summary = text[:text.index("Stop and disable acme.service")]

    for words in ("Not everything may be removed yet", "office-pc-7", "No anvils on roads", "Office of Roads",
                  "A restart is needed: a kernel module cannot be unloaded", "1 service is stopped",
                  "It is the only protection that runs here", "3 paths removed, 1 changed, 1 created",
                  "2 products were found: 1 will be removed, 1 remains", "nothing has been changed yet"):
        assert words in summary, words


@pytest.mark.parametrize("form", ["text", "html"])
def test_each_product_says_why_what_depends_and_what_brings_it_back(sample_plan, form):
    text = flat(re.sub(r"<[^>]*>", " ", sample_plan(form, "refused")))

    for words in ("Registered package acme in the dpkg database (conclusive).", "deb:acme-gui depends on deb:acme",
                  "the management server acme-srv.example reinstalls it", "protection ends until its replacement runs",
                  "source trees are changed by people"):
        assert words in text, words


def test_steps_keep_the_numbers_of_their_order(sample_plan):
    text = sample_plan("text", "whole")
    steps = re.findall(r"^ {6}(\d)\. (.*)$", text, flags=re.M)

    # Those of the finding, then those of the plan; number 5 belongs to a finding that is not in this one.
    assert [n for n, _ in steps] == ["2", "3", "4", "1", "6"]
    assert dict(steps)["1"].startswith("Keep what the removal would destroy")


def test_a_command_can_be_copied_into_a_shell(sample_plan):
    assert "dpkg --purge acme 'it'\\''s'" in sample_plan("text", "whole")


def test_a_path_that_two_steps_touch_is_counted_once(sample_plan):
    assert "3 paths removed, 1 changed, 1 created" in flat(sample_plan("text", "whole"))


def test_refusals_say_whether_they_stand(sample_plan):
    text = sample_plan("text", "refused")
    assert "last-protection acme.service\n" in text
    assert "foreign-owner /opt/acme/share/logo.png (allowed by name)" in text
    page = sample_plan("html", "refused")
    assert page.count(">Stands<") == 1 and page.count(">Allowed by name<") == 1


def test_long_lists_are_folded_in_text_and_whole_in_the_page(sample_plan):
    text, page = sample_plan("text", "many"), sample_plan("html", "many")

    assert "394 more" in text and text.count("/opt/acme/0") == 6
    assert len(re.findall(r"/opt/acme/\d{4}\.dat", page)) == 400


def test_nothing_to_do_says_so_and_offers_no_removal(sample_plan):
    for form in ("text", "html"):
        text = sample_plan(form, "empty")
        assert "Nothing is to be removed" in text and "debar remove" not in text


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_is_well_formed_and_loads_nothing(sample_plan, name):
    page = Page(sample_plan("html", name))

    assert page.open == []
    assert set(page.urls) <= {"https://example.com/directive-1"}
    assert not {"img", "iframe", "form", "object", "link", "b"} & set(page.tags)


def test_hostile_names_are_shown_and_obeyed_by_nobody(sample_plan):
    words = "".join(Page(sample_plan("html", "hostile")).words)
    assert "</dd><script>alert(1)</script>" in words and "/srv/<img src=x onerror=alert(1)>/" in words
    text = sample_plan("text", "hostile")
    assert "\x1b" not in text and r"\x1B[31m" in text and r"\u{202E}" in text


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_text_keeps_to_the_width_but_for_paths(sample_plan, columns):
    long = [line for line in sample_plan("text", "refused", f"columns={columns}").splitlines() if len(line) > columns]
    assert all(re.search(r"/|debar ", line) or len(line.split()) <= 3 for line in long), long
