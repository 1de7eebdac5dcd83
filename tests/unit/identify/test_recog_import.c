// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_import;

#define PYTHON \
    "\"\"\"import not.doc\n" \
    "import not.doc2\n" \
    "\"\"\"\n" \
    "import os, acme.sdk as sdk  # import not.comment\n" \
    "from acme import thing\n" \
    "from . import sibling\n" \
    "x = \"import not.string\"\n" \
    "text = '''\n" \
    "import not.text\n" \
    "'''\n" \
    "    import inner.one\n" \
    "# import not.comment\n" \
    "important = 1\n"

#define SCRIPT \
    "/* import \"not-comment\"\n" \
    "import \"not-comment-2\" */\n" \
    "import React, { useState } from \"react\";\n" \
    "import \"@acme/ui/style.css\"\n" \
    "import {\n" \
    "  a,\n" \
    "} from '@acme/ui';\n" \
    "const x = require('acme-sdk'), s = \"// no comment\";\n" \
    "export * from \"./own\";\n" \
    "// import \"not\"\n" \
    "const t = `\n" \
    "import \"not-template\"\n" \
    "`;\n" \
    "const y = await import(\"lazy\");\n" \
    "log('import \"not-string\"');\n"

#define JAVA \
    "/*\n" \
    " * import not.comment.X;\n" \
    " */\n" \
    "package com.acme.app;\n" \
    "import com.acme.sdk.Client;\n" \
    "import static com.acme.sdk.Util.*;\n" \
    "String s = \"import not.X;\";\n"

#define GO \
    "package main\n" \
    "import \"fmt\"\n" \
    "import (\n" \
    "\t\"github.com/acme/sdk\"\n" \
    "\tx \"github.com/acme/x\" // why\n" \
    "\t_ \"acme.test/side\"\n" \
    ")\n" \
    "var s = \"import\"\n"

#define RUST \
    "use acme_sdk::client::{A, B};\n" \
    "pub(crate) use acme::x as y;\n" \
    "extern crate old;\n" \
    "use crate::own;\n" \
    "use super::own;\n"

#define DOTNET \
    "global using System;\n" \
    "using Acme.Sdk;\n" \
    "using static Acme.Util;\n" \
    "using X = Acme.Other;\n" \
    "using (var f = Open()) {}\n" \
    "using var g = Open();\n"

#define PHP \
    "<?php\n" \
    "use Acme\\Sdk\\Client;\n" \
    "use function Acme\\f;\n" \
    "use ($x);\n"

#define RUBY \
    "require \"acme/sdk\"\n" \
    "require 'json'\n" \
    "require_relative \"own\"\n" \
    "# require \"not\"\n"

#define HEADER \
    "#include \"HCNetSDK.h\"\n" \
    "#  include <acme/sdk.h>\n" \
    "#import <Acme/Acme.h>\n" \
    "@import Other;\n" \
    "#include \"../own.h\"\n" \
    "// #include \"not.h\"\n"

#define SWIFT \
    "@testable import Own\n" \
    "import struct Acme.Client\n" \
    "import Other\n"

static void python(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 0, BYTES(PYTHON));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=os @45+2\n"
                                    "  import=acme.sdk @49+8\n"
                                    "  import=acme @92+4\n"
                                    "  import=inner.one @198+9\n");
    spy_clear(&spy);
}

static void javascript(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 3, BYTES(SCRIPT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=react @83+5\n"
                                    "  import=@acme/ui/style.css @99+18\n"
                                    "  import=@acme/ui @141+8\n"
                                    "  import=acme-sdk @171+8\n"
                                    "  import=lazy @304+4\n");
    spy_clear(&spy);
}

static void java_and_its_kin(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 13, BYTES(JAVA));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=com.acme.sdk.Client @61+19\n"
                                    "  import=com.acme.sdk.Util @96+17\n");
    spy_clear(&spy);
}

static void go(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 18, BYTES(GO));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=fmt @21+3\n"
                                    "  import=github.com/acme/sdk @37+19\n"
                                    "  import=github.com/acme/x @62+17\n"
                                    "  import=acme.test/side @92+14\n");
    spy_clear(&spy);
}

static void rust(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 19, BYTES(RUST));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=acme_sdk::client @4+16\n"
                                    "  import=acme::x @45+7\n"
                                    "  import=old @72+3\n");
    spy_clear(&spy);
}

static void dotnet(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 20, BYTES(DOTNET));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=System @13+6\n"
                                    "  import=Acme.Sdk @27+8\n"
                                    "  import=Acme.Util @50+9\n"
                                    "  import=Acme.Other @71+10\n");
    spy_clear(&spy);
}

static void php(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 23, BYTES(PHP));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=Acme\\Sdk\\Client @10+15\n"
                                    "  import=Acme\\f @40+6\n");
    spy_clear(&spy);
}

static void ruby(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 24, BYTES(RUBY));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=acme/sdk @9+8\n"
                                    "  import=json @28+4\n");
    spy_clear(&spy);
}

static void c_and_objective_c(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 26, BYTES(HEADER));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=HCNetSDK.h @10+10\n"
                                    "  import=acme/sdk.h @34+10\n"
                                    "  import=Acme/Acme.h @55+11\n"
                                    "  import=Other @76+5\n");
    spy_clear(&spy);
}

static void swift(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_import, 33, BYTES(SWIFT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  import=Own @17+3\n"
                                    "  import=Acme.Client @35+11\n"
                                    "  import=Other @54+5\n");
    spy_clear(&spy);
}

static void what_imports_nothing_is_passed_over(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"prose", 0,
         BYTES("important news\n"
               "from here to there\n"),
         RECOG_NOT_MINE},
        {"relative", 3, BYTES("import './x'\n"), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_import, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_import, 0, BYTES(PYTHON));
    spy_contract(&recog_import, 3, BYTES(SCRIPT));
    spy_contract(&recog_import, 13, BYTES(JAVA));
    spy_contract(&recog_import, 18, BYTES(GO));
    spy_contract(&recog_import, 19, BYTES(RUST));
    spy_contract(&recog_import, 20, BYTES(DOTNET));
    spy_contract(&recog_import, 23, BYTES(PHP));
    spy_contract(&recog_import, 24, BYTES(RUBY));
    spy_contract(&recog_import, 26, BYTES(HEADER));
    spy_contract(&recog_import, 33, BYTES(SWIFT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python),
        cmocka_unit_test(javascript),
        cmocka_unit_test(java_and_its_kin),
        cmocka_unit_test(go),
        cmocka_unit_test(rust),
        cmocka_unit_test(dotnet),
        cmocka_unit_test(php),
        cmocka_unit_test(ruby),
        cmocka_unit_test(c_and_objective_c),
        cmocka_unit_test(swift),
        cmocka_unit_test(what_imports_nothing_is_passed_over),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_import", tests, NULL, NULL);
}
