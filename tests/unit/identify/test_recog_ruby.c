// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_ruby;

#define SPECIFICATION \
    "# -*- encoding: utf-8 -*-\n" \
    "# stub: rake 13.0.6 ruby lib\n" \
    "\n" \
    "Gem::Specification.new do |s|\n" \
    "  s.name = \"rake\".freeze\n" \
    "  s.version = \"13.0.6\"\n" \
    "\n" \
    "  s.required_rubygems_version = Gem::Requirement.new(\">= 1.3.2\".freeze) if s.respond_to? " \
    ":required_rubygems_version=\n" \
    "  s.authors = [\"Acme Ltd\".freeze, \"Jo\\u00EB \\u{534E}\".freeze]\n" \
    "  s.email = [\"\".freeze, \"joe@acme.test\".freeze]\n" \
    "  s.homepage = \"https://acme.test/rake\".freeze\n" \
    "  s.licenses = [\"MIT\".freeze]\n" \
    "  s.summary = \"Makes things\".freeze\n" \
    "  s.add_runtime_dependency(%q<other>.freeze, [\"~> 1\"])\n" \
    "end\n"

#define LOCK \
    "GIT\n" \
    "  remote: https://git.test/g.git\n" \
    "  revision: 00ff\n" \
    "  specs:\n" \
    "    g (0.1.0)\n" \
    "      rake (~> 13)\n" \
    "\n" \
    "PATH\n" \
    "  remote: .\n" \
    "  specs:\n" \
    "    own (1.0)\n" \
    "\n" \
    "GEM\n" \
    "  remote: https://rubygems.org/\n" \
    "  specs:\n" \
    "    rake (13.0.6)\n" \
    "    nokogiri (1.15.4-x86_64-linux)\n" \
    "      racc (~> 1.4)\n" \
    "\n" \
    "PLATFORMS\n" \
    "  ruby\n" \
    "\n" \
    "DEPENDENCIES\n" \
    "  g!\n" \
    "  rake (~> 13)\n" \
    "\n" \
    "BUNDLED WITH\n" \
    "   2.4.1\n"

#define GEMFILE \
    "source \"https://rubygems.org\"\n" \
    "# gem \"not\"\n" \
    "gem \"rake\", \"~> 13\", require: false\n" \
    "  gem('g', git: \"https://git.test/g\")\n" \
    "gem 'plain'\n" \
    "gemspec\n"

#define GEMSPEC \
    "Gem::Specification.new do |spec|\n" \
    "  spec.name = \"own\"\n" \
    "  spec.add_dependency \"a\", \"~> 1.0\"\n" \
    "  spec.add_development_dependency(\"b\")\n" \
    "end\n"

static void names_an_installed_gem(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_ruby, 0, BYTES(SPECIFICATION));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library installed\n"
                                    "  package=rake @98+4\n"
                                    "  name=rake\n"
                                    "  package-type=gem\n"
                                    "  version=13.0.6\n"
                                    "  purl=pkg:gem/rake@13.0.6\n"
                                    "  author=Acme Ltd\n"
                                    "  author=Jo\xc3\xab \xe5\x8d\x8e\n"
                                    "  author=joe@acme.test\n"
                                    "  homepage=https://acme.test/rake\n"
                                    "  licence=MIT\n"
                                    "  description=Makes things\n");
    spy_clear(&spy);
}

static void reads_what_the_lock_file_pins(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_ruby, 2, BYTES(LOCK));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=g @67+1\n"
                                    "  name=g\n"
                                    "  package-type=gem\n"
                                    "  version=0.1.0\n"
                                    "  purl=pkg:gem/g@0.1.0\n"
                                    "  url=https://git.test/g.git\n"
                                    "library referenced\n"
                                    "  package=rake @187+4\n"
                                    "  name=rake\n"
                                    "  package-type=gem\n"
                                    "  version=13.0.6\n"
                                    "  purl=pkg:gem/rake@13.0.6\n"
                                    "library referenced\n"
                                    "  package=nokogiri @205+8\n"
                                    "  name=nokogiri\n"
                                    "  package-type=gem\n"
                                    "  version=1.15.4-x86_64-linux\n"
                                    "  purl=pkg:gem/nokogiri@1.15.4-x86_64-linux\n");
    spy_clear(&spy);
}

static void reads_what_a_gemfile_asks_for(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_ruby, 5, BYTES(GEMFILE));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=rake @47+4\n"
                                    "  name=rake\n"
                                    "  package-type=gem\n"
                                    "  version=~> 13\n"
                                    "  purl=pkg:gem/rake\n"
                                    "library referenced\n"
                                    "  package=g @85+1\n"
                                    "  name=g\n"
                                    "  package-type=gem\n"
                                    "  purl=pkg:gem/g\n"
                                    "library referenced\n"
                                    "  package=plain @121+5\n"
                                    "  name=plain\n"
                                    "  package-type=gem\n"
                                    "  purl=pkg:gem/plain\n");
    spy_clear(&spy);
}

static void reads_what_a_gemspec_asks_for(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_ruby, 8, BYTES(GEMSPEC));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=a @76+1\n"
                                    "  name=a\n"
                                    "  package-type=gem\n"
                                    "  version=~> 1.0\n"
                                    "  purl=pkg:gem/a\n"
                                    "library referenced\n"
                                    "  package=b @124+1\n"
                                    "  name=b\n"
                                    "  package-type=gem\n"
                                    "  purl=pkg:gem/b\n");
    spy_clear(&spy);
}

static void other_text_is_no_gem_file(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"no version", 0, BYTES("s.name = \"x\"\n"), RECOG_NOT_MINE},
        {"prose", 2,
         BYTES("GEMS are stones\n"
               "    really (so)they say\n"),
         RECOG_NOT_MINE},
        {"no gems", 5, BYTES("puts 'gem'\n"), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_ruby, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_ruby, 0, BYTES(SPECIFICATION));
    spy_contract(&recog_ruby, 2, BYTES(LOCK));
    spy_contract(&recog_ruby, 5, BYTES(GEMFILE));
    spy_contract(&recog_ruby, 8, BYTES(GEMSPEC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_an_installed_gem),
        cmocka_unit_test(reads_what_the_lock_file_pins),
        cmocka_unit_test(reads_what_a_gemfile_asks_for),
        cmocka_unit_test(reads_what_a_gemspec_asks_for),
        cmocka_unit_test(other_text_is_no_gem_file),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_ruby", tests, NULL, NULL);
}
