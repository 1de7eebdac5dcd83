// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_python_project;

#define PYPROJECT \
    "[build-system]\n" \
    "requires = [\"setuptools>=61\"]\n" \
    "\n" \
    "[project]\n" \
    "name = \"tool\"\n" \
    "dependencies = [\n" \
    "  \"a>=1.0\", # a comment with \"quotes\" and ]\n" \
    "  'b[x]==2.0',\n" \
    "]\n" \
    "version = \"0.3\"\n" \
    "authors = [{name = \"Acme Ltd\", email = \"a@acme.test\"}, {email = \"b@acme.test\"}]\n" \
    "\n" \
    "[project.optional-dependencies]\n" \
    "dev = [\"c\"]\n" \
    "\n" \
    "[dependency-groups]\n" \
    "test = [\"d<3\", {include-group = \"dev\"}]\n" \
    "\n" \
    "[tool.other]\n" \
    "dependencies = [\"not-this\"]\n"

#define POETRY \
    "[tool.poetry]\n" \
    "name = \"tool\"\n" \
    "version = \"1.0\"\n" \
    "authors = [\"Acme Ltd <a@acme.test>\"]\n" \
    "[tool.poetry.dependencies]\n" \
    "python = \"^3.8\"\n" \
    "a = \"^1.2\"\n" \
    "\"b.c\" = {version = \"2.*\", extras = [\"x\"]}\n" \
    "d = {git = \"https://git.test/d\"}\n" \
    "[tool.poetry.group.dev.dependencies]\n" \
    "e = \"*\"\n"

#define SETUP_CFG \
    "[metadata]\n" \
    "name = tool\n" \
    "version = attr: tool.__version__\n" \
    "author = Acme Ltd\n" \
    "author_email = a@acme.test\n" \
    "\n" \
    "[options]\n" \
    "packages = find:\n" \
    "install_requires =\n" \
    "    a>=1.0\n" \
    "    # comment\n" \
    "    b ; python_version < \"3\"\n" \
    "[options.extras_require]\n" \
    "dev = c\n" \
    "    d\n" \
    "[flake8]\n" \
    "ignore = E1\n"

#define SETUP_PY \
    "from setuptools import setup\n" \
    "reqs = []\n" \
    "setup(name=\"tool\", install_requires=[\n" \
    "        \"a>=1.0\",  # [why]\n" \
    "        'b==2.0',\n" \
    "      ] + reqs,\n" \
    "      tests_require = [\"c\"], setup_requires=reqs)\n"

#define PIPFILE \
    "[[source]]\n" \
    "url = \"https://pypi.corp.test/simple\"\n" \
    "[packages]\n" \
    "a = \"*\"\n" \
    "b = {version = \"==1.0\", index = \"pypi\"}\n" \
    "[dev-packages]\n" \
    "c = \"~=2\"\n" \
    "[requires]\n" \
    "python_version = \"3.9\"\n"

static void reads_a_project_by_the_standard(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_python_project, 0, BYTES(PYPROJECT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  package=tool @64+4\n"
                                    "  name=tool\n"
                                    "  package-type=pypi\n"
                                    "  version=0.3\n"
                                    "  purl=pkg:pypi/tool@0.3\n"
                                    "  author=Acme Ltd\n"
                                    "  author=a@acme.test\n"
                                    "  author=b@acme.test\n"
                                    "library referenced\n"
                                    "  package=setuptools @28+10\n"
                                    "  name=setuptools\n"
                                    "  package-type=pypi\n"
                                    "  version=>=61\n"
                                    "  purl=pkg:pypi/setuptools\n"
                                    "library referenced\n"
                                    "  package=a @90+1\n"
                                    "  name=a\n"
                                    "  package-type=pypi\n"
                                    "  version=>=1.0\n"
                                    "  purl=pkg:pypi/a\n"
                                    "library referenced\n"
                                    "  package=b @134+1\n"
                                    "  name=b\n"
                                    "  package-type=pypi\n"
                                    "  version=2.0\n"
                                    "  purl=pkg:pypi/b@2.0\n"
                                    "library referenced\n"
                                    "  package=c @285+1\n"
                                    "  name=c\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/c\n"
                                    "library referenced\n"
                                    "  package=d @319+1\n"
                                    "  name=d\n"
                                    "  package-type=pypi\n"
                                    "  version=<3\n"
                                    "  purl=pkg:pypi/d\n");
    spy_clear(&spy);
}

static void reads_a_project_of_poetry(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_python_project, 0, BYTES(POETRY));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  package=tool @22+4\n"
                                    "  name=tool\n"
                                    "  package-type=pypi\n"
                                    "  version=1.0\n"
                                    "  purl=pkg:pypi/tool@1.0\n"
                                    "  author=Acme Ltd\n"
                                    "  author=a@acme.test\n"
                                    "library referenced\n"
                                    "  package=a @124+1\n"
                                    "  name=a\n"
                                    "  package-type=pypi\n"
                                    "  version=^1.2\n"
                                    "  purl=pkg:pypi/a\n"
                                    "library referenced\n"
                                    "  package=b.c @136+3\n"
                                    "  name=b.c\n"
                                    "  package-type=pypi\n"
                                    "  version=2.*\n"
                                    "  purl=pkg:pypi/b.c\n"
                                    "library referenced\n"
                                    "  package=d @177+1\n"
                                    "  name=d\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/d\n"
                                    "  url=https://git.test/d\n"
                                    "library referenced\n"
                                    "  package=e @247+1\n"
                                    "  name=e\n"
                                    "  package-type=pypi\n"
                                    "  version=*\n"
                                    "  purl=pkg:pypi/e\n");
    spy_clear(&spy);
}

static void reads_setup_cfg(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_python_project, 1, BYTES(SETUP_CFG));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  package=tool @18+4\n"
                                    "  name=tool\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/tool\n"
                                    "  author=Acme Ltd\n"
                                    "  author=a@acme.test\n"
                                    "library referenced\n"
                                    "  package=a @152+1\n"
                                    "  name=a\n"
                                    "  package-type=pypi\n"
                                    "  version=>=1.0\n"
                                    "  purl=pkg:pypi/a\n"
                                    "library referenced\n"
                                    "  package=b @177+1\n"
                                    "  name=b\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/b\n"
                                    "library referenced\n"
                                    "  package=c @233+1\n"
                                    "  name=c\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/c\n"
                                    "library referenced\n"
                                    "  package=d @239+1\n"
                                    "  name=d\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/d\n");
    spy_clear(&spy);
}

static void reads_the_lists_of_setup_py(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_python_project, 2, BYTES(SETUP_PY));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=a @86+1\n"
                                    "  name=a\n"
                                    "  package-type=pypi\n"
                                    "  version=>=1.0\n"
                                    "  purl=pkg:pypi/a\n"
                                    "library referenced\n"
                                    "  package=b @113+1\n"
                                    "  name=b\n"
                                    "  package-type=pypi\n"
                                    "  version=2.0\n"
                                    "  purl=pkg:pypi/b@2.0\n"
                                    "library referenced\n"
                                    "  package=c @162+1\n"
                                    "  name=c\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/c\n");
    spy_clear(&spy);
}

static void reads_a_pipfile(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_python_project, 3, BYTES(PIPFILE));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=a @60+1\n"
                                    "  name=a\n"
                                    "  package-type=pypi\n"
                                    "  version=*\n"
                                    "  purl=pkg:pypi/a\n"
                                    "library referenced\n"
                                    "  package=b @68+1\n"
                                    "  name=b\n"
                                    "  package-type=pypi\n"
                                    "  version===1.0\n"
                                    "  purl=pkg:pypi/b\n"
                                    "library referenced\n"
                                    "  package=c @123+1\n"
                                    "  name=c\n"
                                    "  package-type=pypi\n"
                                    "  version=~=2\n"
                                    "  purl=pkg:pypi/c\n");
    spy_clear(&spy);
}

static void other_settings_are_not_a_project(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"settings of a tool", 0,
         BYTES("[tool.black]\n"
               "line-length = 100\n"),
         RECOG_NOT_MINE},
        {"other sections", 1,
         BYTES("[flake8]\n"
               "name = x\n"),
         RECOG_NOT_MINE},
        {"no lists", 2, BYTES("setup(name='x')\n"), RECOG_NOT_MINE},
        {"no packages", 3,
         BYTES("[requires]\n"
               "x = \"1\"\n"),
         RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_python_project, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_python_project, 0, BYTES(PYPROJECT));
    spy_contract(&recog_python_project, 0, BYTES(POETRY));
    spy_contract(&recog_python_project, 1, BYTES(SETUP_CFG));
    spy_contract(&recog_python_project, 2, BYTES(SETUP_PY));
    spy_contract(&recog_python_project, 3, BYTES(PIPFILE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_project_by_the_standard),
        cmocka_unit_test(reads_a_project_of_poetry),
        cmocka_unit_test(reads_setup_cfg),
        cmocka_unit_test(reads_the_lists_of_setup_py),
        cmocka_unit_test(reads_a_pipfile),
        cmocka_unit_test(other_settings_are_not_a_project),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_python_project", tests, NULL, NULL);
}
