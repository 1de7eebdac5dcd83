// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_nuget_xml;

#define CONFIG \
    "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" \
    "<!-- <package id=\"Not\" version=\"1\" /> -->\n" \
    "<packages>\n" \
    "  <package id=\"Acme.Sdk\" version=\"2.1.0\" targetFramework=\"net48\" />\n" \
    "  <package id='Other' version='1.0'></package>\n" \
    "</packages>\n"

#define PROJECT \
    "<Project Sdk=\"Microsoft.NET.Sdk\">\n" \
    "  <PropertyGroup><Version>9.9</Version></PropertyGroup>\n" \
    "  <ItemGroup Condition=\"'$(A)' &gt; '1'\">\n" \
    "    <PackageReference Include=\"Acme.Sdk\" Version=\"[2.1.0]\" />\n" \
    "    <PackageReference Include=\"Nested\">\n" \
    "      <Version>1.*</Version>\n" \
    "      <PrivateAssets>all</PrivateAssets>\n" \
    "    </PackageReference>\n" \
    "    <PackageReference Include=\"Central\" />\n" \
    "    <Reference Include=\"System.Xml\" />\n" \
    "  </ItemGroup>\n" \
    "</Project>\n"

#define NUSPEC \
    "<?xml version=\"1.0\"?>\n" \
    "<package xmlns=\"http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd\">\n" \
    "  <metadata minClientVersion=\"2.12\">\n" \
    "    <id>Acme.Sdk</id><version>2.1.0</version>\n" \
    "    <authors>Acme, Inc.</authors><owners>acme</owners>\n" \
    "    <projectUrl>https://acme.test/?a=1&amp;b=2</projectUrl>\n" \
    "    <copyright>&#169; Acme</copyright>\n" \
    "    <dependencies><dependency id=\"Not\" version=\"1\" /></dependencies>\n" \
    "  </metadata>\n" \
    "</package>\n"

static void reads_packages_config(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_nuget_xml, 0, BYTES(CONFIG));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=Acme.Sdk @110+8\n"
                                    "  name=Acme.Sdk\n"
                                    "  package-type=nuget\n"
                                    "  version=2.1.0\n"
                                    "  purl=pkg:nuget/Acme.Sdk@2.1.0\n"
                                    "library referenced\n"
                                    "  package=Other @178+5\n"
                                    "  name=Other\n"
                                    "  package-type=nuget\n"
                                    "  version=1.0\n"
                                    "  purl=pkg:nuget/Other@1.0\n");
    spy_clear(&spy);
}

static void reads_the_references_of_a_project(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_nuget_xml, 1, BYTES(PROJECT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=Acme.Sdk @163+8\n"
                                    "  name=Acme.Sdk\n"
                                    "  package-type=nuget\n"
                                    "  version=2.1.0\n"
                                    "  purl=pkg:nuget/Acme.Sdk@2.1.0\n"
                                    "library referenced\n"
                                    "  package=Nested @225+6\n"
                                    "  name=Nested\n"
                                    "  package-type=nuget\n"
                                    "  version=1.*\n"
                                    "  purl=pkg:nuget/Nested\n"
                                    "library referenced\n"
                                    "  package=Central @359+7\n"
                                    "  name=Central\n"
                                    "  package-type=nuget\n"
                                    "  purl=pkg:nuget/Central\n");
    spy_clear(&spy);
}

static void names_an_unpacked_package_and_its_makers(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_nuget_xml, 7, BYTES(NUSPEC));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  package=Acme.Sdk @143+8\n"
                                    "  name=Acme.Sdk\n"
                                    "  package-type=nuget\n"
                                    "  version=2.1.0\n"
                                    "  purl=pkg:nuget/Acme.Sdk@2.1.0\n"
                                    "  author=Acme, Inc.\n"
                                    "  author=Acme\n"
                                    "  author=Inc.\n"
                                    "  publisher=acme\n"
                                    "  homepage=https://acme.test/?a=1&b=2\n"
                                    "  copyright=\xc2\xa9 Acme\n");
    spy_clear(&spy);
}

static void other_files_name_no_package(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"another root", 0, BYTES("<x/>"), RECOG_NOT_MINE},
        {"no reference", 1, BYTES("<Project></Project>"), RECOG_NOT_MINE},
        {"no id", 7, BYTES("<package><metadata><version>1</version></metadata></package>"),
         RECOG_NOT_MINE},
        {"never closed", 1, BYTES("<Project><PackageReference Include=\"x\" "), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_nuget_xml, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void tells_recipes_of_chocolatey_apart(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_nuget_xml, 7,
                 BYTES("<package><metadata><id>acme</id><version>1</version><title>Acme Box</title>"
                       "<authors>Acme</authors><owners>packager</owners>"
                       "<packageSourceUrl>https://a.test</packageSourceUrl></metadata></package>"));

    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=acme @23+4\n"
                                    "  name=acme\n"
                                    "  package-type=chocolatey\n"
                                    "  version=1\n"
                                    "  product=Acme Box\n"
                                    "  author=Acme\n");
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_nuget_xml, 0, BYTES(CONFIG));
    spy_contract(&recog_nuget_xml, 1, BYTES(PROJECT));
    spy_contract(&recog_nuget_xml, 7, BYTES(NUSPEC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_packages_config),
        cmocka_unit_test(reads_the_references_of_a_project),
        cmocka_unit_test(names_an_unpacked_package_and_its_makers),
        cmocka_unit_test(other_files_name_no_package),
        cmocka_unit_test(tells_recipes_of_chocolatey_apart),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_nuget_xml", tests, NULL, NULL);
}
