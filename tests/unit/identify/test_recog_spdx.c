// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_spdx;

enum { JSON_GATE = 0, TAGS_GATE = 4, OTHER_GATE = 7 };

#define SPDX_2 \
    "{\"SPDXID\": \"SPDXRef-DOCUMENT\", \"packages\": [{\"SPDXID\": \"SPDXRef-1\", \"name\": " \
    "\"ui\",\n" \
    "\"versionInfo\": \"1\", \"supplier\": \"Organization: Acme (Europe) (ops@acme.test)\",\n" \
    "\"originator\": \"Person: An (an@a.test)\", \"downloadLocation\": \"NOASSERTION\",\n" \
    "\"homepage\": \"https://a.test/\", \"copyrightText\": \"NONE\", \"comment\": \"like " \
    "Other\",\n" \
    "\"primaryPackagePurpose\": \"APPLICATION\",\n" \
    "\"checksums\": [{\"algorithm\": \"SHA256\", \"checksumValue\": \"ff\"}],\n" \
    "\"externalRefs\": [{\"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": " \
    "\"purl\",\n" \
    "\"referenceLocator\": \"pkg:pypi/The_Ui@1\"}, {\"referenceType\": \"cpe23Type\",\n" \
    "\"referenceLocator\": \"cpe:2.3:a:a:ui:1\"}]}], \"spdxVersion\": \"SPDX-2.3\"}"

#define TAGS \
    "SPDXVersion: SPDX-2.2\r\nDataLicense: CC0-1.0\r\nDocumentName: d\r\nSPDXID: " \
    "SPDXRef-DOCUMENT\r\n" \
    "# PackageName: comment\n" \
    "DocumentComment: <text>begin\nPackageName: text\n</text>\n" \
    "PackageName: ui\nSPDXID: SPDXRef-1\nPackageVersion: 1\n" \
    "PackageSupplier: Organization: Acme ()\nPackageOriginator: NOASSERTION\n" \
    "PackageCopyrightText: <text>One\nPackageName: two</text>\n" \
    "PackageChecksum: SHA1: 00\nPackageChecksum: SHA256: ff\n" \
    "ExternalRef: PACKAGE_MANAGER purl pkg:rpm/fedora/ui@1?arch=x86_64\n" \
    "FileName: ./f\nSPDXID: SPDXRef-F\nPackageVersion: 9\n" \
    "PackageName: other\nSPDXID: SPDXRef-2\n"

#define SPDX_3 \
    "{\"@context\": \"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\", \"@graph\": [\n" \
    "{\"type\": \"software_Package\", \"spdxId\": \"urn:p\", \"name\": \"ui\",\n" \
    "\"software_packageVersion\": \"1\", \"software_packageUrl\": \"pkg:docker/acme/ui@1\",\n" \
    "\"suppliedBy\": \"urn:b\", \"originatedBy\": [\"urn:a\", \"urn:none\"],\n" \
    "\"verifiedUsing\": [{\"type\": \"Hash\", \"algorithm\": \"sha256\", \"hashValue\": " \
    "\"ff\"}]},\n" \
    "{\"type\": \"Organization\", \"spdxId\": \"urn:b\", \"name\": \"Bee\"},\n" \
    "{\"type\": \"Person\", \"spdxId\": \"urn:a\", \"name\": \"An\"}]}"

static void reads_packages_of_json(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_spdx, JSON_GATE, BYTES(SPDX_2));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application referenced <=probable\n"
                                    "  name=ui @76+4\n"
                                    "  product=ui @76+4\n"
                                    "  version=1\n"
                                    "  purl=pkg:pypi/The_Ui@1\n"
                                    "  package=the-ui\n"
                                    "  package-type=pypi\n"
                                    "  supplier=Acme (Europe)\n"
                                    "  author=An\n"
                                    "  homepage=https://a.test/\n"
                                    "  sha256=ff\n"
                                    "  cpe=cpe:2.3:a:a:ui:1\n"
                                    "  row=SPDXRef-1\n");
    spy_clear(&spy);
}

static void reads_packages_of_tags(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_spdx, TAGS_GATE, BYTES(TAGS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced <=probable\n"
                                    "  name=ui @179+2\n"
                                    "  version=1\n"
                                    "  purl=pkg:rpm/fedora/ui@1?arch=x86_64\n"
                                    "  package=ui\n"
                                    "  package-type=rpm\n"
                                    "  supplier=Acme\n"
                                    "  copyright=One\n"
                                    "PackageName: two\n"
                                    "  sha256=ff\n"
                                    "  row=SPDXRef-1\n"
                                    "library referenced <=probable\n"
                                    "  name=other @527+5\n"
                                    "  row=SPDXRef-2\n");
    spy_clear(&spy);
}

static void reads_packages_and_agents_of_a_graph(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_spdx, JSON_GATE, BYTES(SPDX_3));

    assert_string_equal(spy.text.p, "library referenced <=probable\n"
                                    "  name=ui @131+4\n"
                                    "  version=1\n"
                                    "  purl=pkg:docker/acme/ui@1\n"
                                    "  image=acme/ui:1\n"
                                    "  supplier=Bee\n"
                                    "  author=An\n"
                                    "  sha256=ff\n"
                                    "  row=urn:p\n");
    spy_clear(&spy);
}

static void tells_other_and_damaged_files_apart(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"other JSON", JSON_GATE, BYTES("{\"SPDXID\": \"x\"}"), RECOG_NOT_MINE},
        {"another graph", JSON_GATE, BYTES("{\"@context\": \"https://a.test\", \"@graph\": []}"),
         RECOG_NOT_MINE},
        {"inside an export", JSON_GATE, BYTES("{\"sbom\": {\"spdxVersion\": \"SPDX-2.3\"}}"), 0},
        {"an old one", JSON_GATE, BYTES("{\"spdxVersion\": \"SPDX-1.2\"}"), -ERR_UNSUPPORTED},
        {"cut short", JSON_GATE, BYTES("{\"spdxVersion\": \"SPDX-2.3\","), -ERR_FORMAT},
        {"text about tags", TAGS_GATE, BYTES("About SPDX\nSPDXVersion: SPDX-2.3\n"),
         RECOG_NOT_MINE},
        {"old tags", TAGS_GATE, BYTES("SPDXVersion: SPDX-1.2\n"), -ERR_UNSUPPORTED},
        {"RDF", OTHER_GATE, BYTES("<rdf:RDF><spdx:SpdxDocument/></rdf:RDF>"), -ERR_UNSUPPORTED},
        {"other RDF", OTHER_GATE, BYTES("<rdf:RDF/>"), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_spdx, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result)
            fail_msg("%s: %d", cases[i].why, spy.result);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_spdx, JSON_GATE, BYTES(SPDX_2));
    spy_contract(&recog_spdx, JSON_GATE, BYTES(SPDX_3));
    spy_contract(&recog_spdx, TAGS_GATE, BYTES(TAGS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_packages_of_json),
        cmocka_unit_test(reads_packages_of_tags),
        cmocka_unit_test(reads_packages_and_agents_of_a_graph),
        cmocka_unit_test(tells_other_and_damaged_files_apart),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_spdx", tests, NULL, NULL);
}
