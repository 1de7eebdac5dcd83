// SPDX-License-Identifier: Apache-2.0
/* One installation is one finding. */
#include "match/group.h"

#include <stdlib.h>

#include "support/matching.h"

#define INDICATOR(id, product, strength, more, hit) \
    "  - {id: acme.t." id ", product: " product ", strength: " strength ", " more \
    ", scope: branded, source: here, hit: [" hit "]}\n"

static const char catalogue[] =
    "products:\n"
    "  - {id: some, name: Acme software, kind: software, generic: true, platforms: [any], source: "
    "here}\n"
    "  - {id: anvil, name: Acme Anvil, kind: anti-virus, platforms: [linux], source: here}\n"
    "  - {id: agent, name: Acme Agent, kind: management, platforms: [linux], source: here}\n"
    "  - {id: ui, name: Acme UI, kind: library, platforms: [any], source: here}\n"
    "  - {id: sdk, name: Acme SDK, kind: sdk, platforms: [any], source: here}\n"
    "  - {id: card, name: Acme card, kind: device, platforms: [any], source: here}\n"
    "indicators:\n" //
    INDICATOR("deb", "anvil", "conclusive", "field: package, op: exact, value: anvil",
              "anvil") INDICATOR("agent", "agent", "conclusive",
                                 "field: package, op: exact, value: agent", "agent")
        INDICATOR("path", "anvil", "strong", "field: path, op: glob, value: \"/opt/anvil/**\"",
                  "/opt/anvil/x") INDICATOR("tree", "some", "strong",
                                            "field: path, op: glob, value: \"/opt/**\"", "/opt/x")
            INDICATOR("maker", "some", "strong", "field: publisher, op: exact, value: Acme", "Acme")
                INDICATOR("service", "anvil", "strong", "field: service, op: exact, value: anvild",
                          "anvild")
                    INDICATOR("npm", "ui", "conclusive",
                              "field: purl, op: prefix, value: \"pkg:npm/%40acme/\"",
                              "\"pkg:npm/%40acme/x\"")
                        INDICATOR("java", "ui", "strong",
                                  "field: java-package, op: prefix, value: com.acme", "com.acme")
                            INDICATOR("javasdk", "sdk", "strong",
                                      "field: java-package, op: prefix, value: com.acme.sdk",
                                      "com.acme.sdk")
                                INDICATOR("symbol", "sdk", "strong",
                                          "field: symbol, op: prefix, value: acme_", "acme_x")
                                    INDICATOR("name", "anvil", "weak",
                                              "field: process, op: exact, value: av", "av")
                                        INDICATOR("pci", "card", "strong",
                                                  "field: pci-vendor, op: exact, value: \"1234\"",
                                                  "\"1234\"");

static struct matching w;

static int set_up(void **state)
{
    (void)state;
    matching_init(&w, catalogue, NULL, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    matching_clear(&w);
    return 0;
}

#define PACKAGE(name) \
    "application installed\n  @place=/var/lib/dpkg/status\n  @anchor=/\n" \
    "  package-type=deb\n  package=" name "\n  version=1.0\n"
#define NPM(place, state) \
    "library " state "\n  @place=" place "/package.json\n  @anchor=" place "\n" \
    "  package-type=npm\n  package=@acme/x\n  name=@acme/x\n  purl=pkg:npm/%40acme/x@1\n"

static void what_a_package_owns_is_part_of_it(void **state)
{
    (void)state;

    matching_add(&w, PACKAGE("anvil") //
                 "application running\n  @place=/usr/sbin/anvild\n  @anchor=/usr/sbin\n"
                 "  @owner=deb:anvil\n  process=av\n"
                 "file present\n  @place=/usr/lib/libacme.so\n  @anchor=/usr/lib\n"
                 "  @owner=deb:anvil\n  symbol=acme_x\n");

    assert_string_equal(matching_findings(&w),
                        "confirmed installed acme/anvil \"Acme Anvil\" 1.0 at /\n"
                        "  place /usr/lib/libacme.so\n"
                        "  place /usr/sbin/anvild\n"
                        "  place /var/lib/dpkg/status\n"
                        "  acme.t.deb package=anvil conclusive\n"
                        "  acme.t.symbol symbol=acme_x strong\n"
                        "  acme.t.name process=av weak\n");
}

static void what_a_foreign_package_owns_is_embedded_in_it(void **state)
{
    (void)state;

    matching_add(&w, "file present\n  @place=/usr/lib/a.so\n  @anchor=/usr/lib\n"
                     "  @owner=deb:other\n  symbol=acme_x\n"
                     "file present\n  @place=/usr/lib/b.so\n  @anchor=/usr/lib\n"
                     "  @owner=deb:third\n  symbol=acme_x\n"
                     "file present\n  @place=/usr/lib/c.so\n  @anchor=/usr/lib\n"
                     "  @owner=deb:other\n  symbol=acme_x\n");

    assert_string_equal(matching_findings(&w),
                        "probable present acme/sdk \"Acme SDK in other\" at /usr/lib\n"
                        "  place /usr/lib/a.so\n"
                        "  place /usr/lib/c.so\n"
                        "  acme.t.symbol symbol=acme_x strong\n"
                        "  acme.t.symbol symbol=acme_x strong\n"
                        "probable present acme/sdk \"Acme SDK in third\" at /usr/lib\n"
                        "  place /usr/lib/b.so\n"
                        "  acme.t.symbol symbol=acme_x strong\n");
    assert_string_not_equal(w.findings[0].id.p, w.findings[1].id.p);
}

static void a_package_of_somebody_else_that_holds_their_code_carries_it(void **state)
{
    const struct {
        const char *why, *component, *name;
    } cases[] = {
        {"another's jar",
         "library present\n  package-type=maven\n  package=org.foo:bar\n"
         "  java-package=com.acme.sdk.a\n",
         "Acme SDK in org.foo:bar"},
        {"by its purl",
         "library present\n  purl=pkg:maven/org.foo/bar@1\n"
         "  java-package=com.acme.sdk.a\n",
         "Acme SDK in pkg:maven/org.foo/bar@1"},
        {"another's program",
         "application present\n  company=Other Inc.\n  product=Otherware\n  symbol=acme_x\n",
         "Acme SDK in Otherware"},
        {"their own program", "application present\n  company=Acme\n  symbol=acme_x\n", "Acme SDK"},
        {"their own package",
         "library present\n  package-type=npm\n  package=@acme/x\n  name=x\n"
         "  purl=pkg:npm/%40acme/x@1\n  java-package=com.acme.b\n",
         "x"},
        {"nobody's file", "file present\n  symbol=acme_x\n", "Acme SDK"},
        {"a file in another's jar",
         "file contained\n  @place=/srv/foo.jar!/lib/a.so\n  symbol=acme_x\n",
         "Acme SDK in foo.jar"},
        {"a file in another's npm package",
         "file present\n  @place=/srv/node_modules/@foo/bar/lib/a.node\n  symbol=acme_x\n",
         "Acme SDK in @foo/bar"},
        {"the innermost of them",
         "file present\n  @place=/srv/node_modules/a/node_modules/b/x/a.node\n  symbol=acme_x\n",
         "Acme SDK in b"},
        {"a file beside them", "file present\n  @place=/srv/node_modules/.bin\n  symbol=acme_x\n",
         "Acme SDK"},
        {"a file in an archive that is no product",
         "file contained\n  @place=/srv/foo.zip!/lib/a.so\n  symbol=acme_x\n", "Acme SDK"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        matching_add(&w, cases[i].component);
        matching_finish(&w);

        if (w.count != 1 || !sv_eq(w.findings[0].name, sv_str(cases[i].name)))
            fail_msg("%s: %zu findings, %.*s", cases[i].why, w.count, (int)w.findings[0].name.n,
                     w.findings[0].name.p);
    }
}

static void what_lies_below_an_installation_is_part_of_it(void **state)
{
    (void)state;

    matching_add(&w, "file present\n  @place=/srv/a/x\n  @anchor=/srv/a\n  product=none\n"
                     "  service=anvild\n"
                     "file present\n  @place=/srv/a/b/c/y\n  @anchor=/srv/a/b/c\n"
                     "  service=anvild\n"
                     "file present\n  @place=/srv/ab/y\n  @anchor=/srv/ab\n  service=anvild\n");

    assert_string_equal(matching_findings(&w),
                        "probable present acme/anvil \"Acme Anvil\" at /srv/a\n"
                        "  place /srv/a/b/c/y\n"
                        "  place /srv/a/x\n"
                        "  acme.t.service service=anvild strong\n"
                        "  acme.t.service service=anvild strong\n"
                        "probable present acme/anvil \"Acme Anvil\" at /srv/ab\n"
                        "  place /srv/ab/y\n"
                        "  acme.t.service service=anvild strong\n");
}

static void loose_files_belong_to_the_package_of_their_root(void **state)
{
    (void)state;

    matching_add(&w, PACKAGE("anvil") //
                 "file present\n  @place=/opt/anvil/data/x\n  @anchor=/opt/anvil/data\n"
                 "  path=/opt/anvil/data/x\n"
                 "application installed\n  @place=/mnt/c/var/lib/dpkg/status\n  @anchor=/mnt/c\n"
                 "  package-type=deb\n  package=anvil\n  version=0.9\n"
                 "file present\n  @place=/mnt/c/opt/anvil/x\n  @anchor=/mnt/c/opt/anvil\n"
                 "  path=/opt/anvil/x\n");

    assert_string_equal(matching_findings(&w),
                        "confirmed installed acme/anvil \"Acme Anvil\" 0.9 at /mnt/c\n"
                        "  place /mnt/c/opt/anvil/x\n"
                        "  place /mnt/c/var/lib/dpkg/status\n"
                        "  acme.t.deb package=anvil conclusive\n"
                        "  acme.t.path path=/opt/anvil/x strong\n"
                        "  acme.t.tree path=/opt/anvil/x strong\n"
                        "confirmed installed acme/anvil \"Acme Anvil\" 1.0 at /\n"
                        "  place /opt/anvil/data/x\n"
                        "  place /var/lib/dpkg/status\n"
                        "  acme.t.deb package=anvil conclusive\n"
                        "  acme.t.path path=/opt/anvil/data/x strong\n"
                        "  acme.t.tree path=/opt/anvil/data/x strong\n");
}

static void a_file_in_their_own_npm_package_is_theirs(void **state)
{
    (void)state;

    matching_add(&w, NPM("/srv/node_modules/@acme/x", "installed"));
    matching_add(&w, "file present\n  @place=/srv/node_modules/@acme/x/lib/a.node\n"
                     "  @anchor=/srv/node_modules/@acme/x/lib\n  java-package=com.acme.b\n");

    assert_string_equal(matching_findings(&w),
                        "confirmed installed acme/ui \"@acme/x\" at /srv/node_modules/@acme/x\n"
                        "  place /srv/node_modules/@acme/x/lib/a.node\n"
                        "  place /srv/node_modules/@acme/x/package.json\n"
                        "  acme.t.npm purl=pkg:npm/%40acme/x@1 conclusive\n"
                        "  acme.t.java java-package=com.acme.b strong\n");
}

static void each_copy_of_a_library_is_by_itself(void **state)
{
    (void)state;

    matching_add(&w, "file present\n  @place=/a.so\n  @anchor=/\n  symbol=acme_x\n"
                     "file present\n  @place=/opt/b/b.so\n  @anchor=/opt/b\n  symbol=acme_x\n");

    assert_string_equal(matching_findings(&w), "probable present acme/sdk \"Acme SDK\" at /\n"
                                               "  place /a.so\n"
                                               "  acme.t.symbol symbol=acme_x strong\n"
                                               "probable present acme/sdk \"Acme SDK\" at /opt/b\n"
                                               "  place /opt/b/b.so\n"
                                               "  acme.t.symbol symbol=acme_x strong\n");
}

static void the_package_of_the_nearest_root_owns_a_file(void **state)
{
    (void)state;

    matching_add(&w, PACKAGE("anvil") //
                 "application installed\n  @place=/mnt/c/var/lib/dpkg/status\n  @anchor=/mnt/c\n"
                 "  package-type=deb\n  package=anvil\n  version=0.9\n"
                 "file present\n  @place=/mnt/c/usr/lib/a.so\n  @anchor=/mnt/c/usr/lib\n"
                 "  @owner=deb:anvil\n  symbol=acme_x\n"
                 "file present\n  @place=/mnt/d/usr/lib/a.so\n  @anchor=/mnt/d/usr/lib\n"
                 "  @owner=deb:anvil\n  symbol=acme_x\n");

    assert_string_equal(matching_findings(&w),
                        "confirmed installed acme/anvil \"Acme Anvil\" 0.9 at /mnt/c\n"
                        "  place /mnt/c/usr/lib/a.so\n"
                        "  place /mnt/c/var/lib/dpkg/status\n"
                        "  acme.t.deb package=anvil conclusive\n"
                        "  acme.t.symbol symbol=acme_x strong\n"
                        "confirmed installed acme/anvil \"Acme Anvil\" 1.0 at /\n"
                        "  place /mnt/d/usr/lib/a.so\n"
                        "  place /var/lib/dpkg/status\n"
                        "  acme.t.deb package=anvil conclusive\n"
                        "  acme.t.symbol symbol=acme_x strong\n");
}

static void packages_in_folders_are_installations_of_their_own(void **state)
{
    (void)state;

    matching_add(&w, "library referenced\n  @place=/package-lock.json\n  @anchor=/\n"
                     "  package-type=npm\n  package=@acme/x\n  name=@acme/x\n"
                     "  purl=pkg:npm/%40acme/x@1\n");
    matching_add(&w, NPM("/srv/a/node_modules/@acme/x", "installed"));
    matching_add(&w, NPM("/srv/b/node_modules/@acme/x", "installed"));
    matching_add(&w, NPM("/srv/a/node_modules/@acme/x/node_modules/@acme/x", "installed"));

    assert_string_equal(matching_findings(&w),
                        "confirmed installed acme/ui \"@acme/x\" at /srv/a/node_modules/@acme/x\n"
                        "  place /srv/a/node_modules/@acme/x/node_modules/@acme/x/package.json\n"
                        "  place /srv/a/node_modules/@acme/x/package.json\n"
                        "  acme.t.npm purl=pkg:npm/%40acme/x@1 conclusive\n"
                        "  acme.t.npm purl=pkg:npm/%40acme/x@1 conclusive\n"
                        "confirmed installed acme/ui \"@acme/x\" at /srv/b/node_modules/@acme/x\n"
                        "  place /srv/b/node_modules/@acme/x/package.json\n"
                        "  acme.t.npm purl=pkg:npm/%40acme/x@1 conclusive\n"
                        "probable referenced acme/ui \"@acme/x\" at /\n"
                        "  place /package-lock.json\n"
                        "  acme.t.npm purl=pkg:npm/%40acme/x@1 conclusive as strong\n");
}

static void a_lock_file_and_what_it_locks_are_one_project(void **state)
{
    (void)state;

    matching_add(&w, "library referenced\n  @place=/srv/a/package-lock.json\n  @anchor=/srv/a\n"
                     "  package-type=npm\n  package=@acme/y\n  name=@acme/y\n"
                     "  purl=pkg:npm/%40acme/y@1\n");
    matching_add(&w, NPM("/srv/a/node_modules/@acme/x", "installed"));

    assert_string_equal(matching_findings(&w),
                        "confirmed installed acme/ui \"@acme/x and 1 more\" at /srv/a\n"
                        "  place /srv/a/node_modules/@acme/x/package.json\n"
                        "  place /srv/a/package-lock.json\n"
                        "  acme.t.npm purl=pkg:npm/%40acme/x@1 conclusive\n"
                        "  acme.t.npm purl=pkg:npm/%40acme/y@1 conclusive as strong\n");
}

static void what_is_generic_joins_the_product_that_it_belongs_to(void **state)
{
    const struct {
        const char *why, *components, *products;
    } cases[] = {
        {"in the same component", "application present\n  company=Acme\n  service=anvild\n",
         "anvil "},
        {"in the same place",
         "application present\n  @place=/x/a\n  @anchor=/x\n  company=Acme\n"
         "service installed\n  @place=/x/b\n  @anchor=/x\n  service=anvild\n",
         "anvil "},
        {"in a folder of it",
         "application present\n  @place=/x/y/a\n  @anchor=/x/y\n  company=Acme\n"
         "service installed\n  @place=/x/b\n  @anchor=/x\n  service=anvild\n",
         "anvil "},
        {"around it",
         "application present\n  @place=/x/a\n  @anchor=/x\n  company=Acme\n"
         "service installed\n  @place=/x/y/b\n  @anchor=/x/y\n  service=anvild\n",
         "anvil some "},
        {"beside it",
         "application present\n  @place=/x/a\n  @anchor=/x\n  company=Acme\n"
         "service installed\n  @place=/y/b\n  @anchor=/y\n  service=anvild\n",
         "anvil some "},
        {"below the root of its package",
         PACKAGE("anvil") "application present\n  @place=/x/a\n  @anchor=/x\n  company=Acme\n",
         "anvil "},
        {"not below the root of what is no package",
         "service installed\n  @place=/b\n  @anchor=/\n  service=anvild\n"
         "application present\n  @place=/x/a\n  @anchor=/x\n  company=Acme\n",
         "anvil some "},
        {"not as a package of its own",
         PACKAGE("anvil") "library installed\n  @place=/x/a\n  @anchor=/x\n  package-type=npm\n"
                          "  package=y\n  author=Acme\n",
         "anvil some "},
        {"the surer one of two",
         PACKAGE("agent") "service installed\n  @place=/b\n  @anchor=/\n  service=anvild\n"
                          "application present\n  @place=/a\n  @anchor=/\n  company=Acme\n",
         "agent+ anvil "},
        {"not a device",
         "device installed\n  @place=/sys/d\n  @anchor=/\n  pci-vendor=1234\n"
         "application present\n  @place=/a\n  @anchor=/\n  company=Acme\n",
         "card some "},
        {"nothing there", "application present\n  company=Acme\n", "some "},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf products = {0};
        const char *found;

        matching_add(&w, cases[i].components);
        found = matching_findings(&w);
        for (const char *ids[] = {"agent", "anvil", "card", "some"}, **id = ids; id < ids + 4; id++)
            for (size_t k = 0; k < w.count; k++)
                if (sv_eq(w.findings[k].product, sv_str(*id)))
                    buf_printf(&products, "%s%s ", *id,
                               sv_eq(w.findings[k].product, SV("agent")) &&
                                       w.findings[k].indicator_count > 1
                                   ? "+"
                                   : "");

        if (strcmp(products.p, cases[i].products) != 0)
            fail_msg("%s: '%s'\n%s", cases[i].why, products.p, found);
    }
}

static void one_value_belongs_to_the_product_that_explains_it_best(void **state)
{
    (void)state;

    matching_add(&w, "library present\n  @place=/a.jar\n  java-package=com.acme.sdk.x\n");
    matching_add(&w, "library present\n  @place=/b.jar\n  java-package=com.acme.sdk.x\n"
                     "  java-package=com.acme.ui\n");

    assert_string_equal(matching_findings(&w),
                        "probable present acme/sdk \"Acme SDK\" at /a.jar\n"
                        "  place /a.jar\n"
                        "  acme.t.java java-package=com.acme.sdk.x strong\n"
                        "  acme.t.javasdk java-package=com.acme.sdk.x strong\n"
                        "probable present acme/sdk \"Acme SDK\" at /b.jar\n"
                        "  place /b.jar\n"
                        "  acme.t.java java-package=com.acme.sdk.x strong\n"
                        "  acme.t.javasdk java-package=com.acme.sdk.x strong\n"
                        "probable present acme/ui \"Acme UI\" at /b.jar\n"
                        "  place /b.jar\n"
                        "  acme.t.java java-package=com.acme.ui strong\n");
}

static void the_state_is_the_best_that_strong_evidence_shows(void **state)
{
    const struct {
        const char *why, *components, *state;
    } cases[] = {
        {"a running service",
         PACKAGE("anvil") "service running\n  @place=/u\n  @anchor=/\n"
                          "  service=anvild\n",
         "running"},
        {"a name that runs says nothing",
         PACKAGE("anvil") "application running\n  @place=/u\n  @anchor=/\n  process=av\n",
         "installed"},
        {"only weak evidence", "application running\n  process=av\n", "running"},
        {"a purged package with files left",
         "application residue\n  @place=/var/lib/dpkg/status\n  @anchor=/\n  package-type=deb\n"
         "  package=anvil\n"
         "file present\n  @place=/opt/anvil/x\n  @anchor=/\n  path=/opt/anvil/x\n",
         "residue"},
        {"a purged package that still runs",
         "application residue\n  @place=/var/lib/dpkg/status\n  @anchor=/\n  package-type=deb\n"
         "  package=anvil\n"
         "service running\n  @place=/u\n  @anchor=/\n  service=anvild\n",
         "running"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        matching_add(&w, cases[i].components);
        matching_finish(&w);

        if (w.count != 1 || strcmp(component_state_text(w.findings[0].state), cases[i].state) != 0)
            fail_msg("%s: %zu findings, %s", cases[i].why, w.count,
                     component_state_text(w.findings[0].state));
    }
}

static void since_is_the_earliest_installation(void **state)
{
    (void)state;

    matching_add(&w, PACKAGE("anvil") "  installed-at=2025-03-04T05:06:07Z\n"
                                      "application installed\n  @place=/var/log/dpkg.log\n"
                                      "  @anchor=/\n  package-type=deb\n  package=anvil\n"
                                      "  installed-at=2024-12-31\n"
                                      "application installed\n  @place=/var/log/bad\n"
                                      "  @anchor=/\n  package-type=deb\n  package=anvil\n"
                                      "  installed-at=yesterday\n");
    matching_finish(&w);

    assert_int_equal(w.count, 1);
    assert_string_equal(w.findings[0].since.p, "2024-12-31T00:00:00Z");
}

static void write_all(struct matching *m, struct buf *to)
{
    struct json_writer json = json_writer_to(to, false);

    json_array(&json);
    for (size_t i = 0; i < m->count; i++)
        finding_write_json(&m->findings[i], &json);
    json_end(&json);
}

/* The paragraphs in an order that depends on `seed` alone. */
static void add_shuffled(const char *const *paragraphs, size_t count, unsigned seed)
{
    bool added[16] = {false};

    for (size_t i = 0; i < count; i++) {
        size_t at = (i * 7 + seed) % count;

        while (added[at])
            at = (at + 1) % count;
        added[at] = true;
        matching_add(&w, paragraphs[at]);
        if (seed % 3 == 0)
            matching_add(&w, paragraphs[at]); // the same thing twice is one thing
    }
}

static void the_order_of_components_changes_nothing(void **state)
{
    const char *const paragraphs[] = {
        PACKAGE("anvil"),
        PACKAGE("agent"),
        NPM("/srv/a/node_modules/@acme/x", "installed"),
        NPM("/srv/b/node_modules/@acme/x", "installed"),
        "file present\n  @place=/opt/anvil/x\n  @anchor=/opt/anvil\n  path=/opt/anvil/x\n",
        "file present\n  @place=/usr/lib/a.so\n  @anchor=/usr/lib\n  @owner=deb:other\n"
        "  symbol=acme_x\n  symbol=acme_y\n",
        "file present\n  @place=/usr/lib/b.so\n  @anchor=/usr/lib\n  @owner=deb:anvil\n"
        "  symbol=acme_x\n",
        "application running\n  @place=/usr/sbin/av\n  @anchor=/usr/sbin\n  process=av\n",
        "application present\n  @place=/x/a\n  @anchor=/x\n  company=Acme\n",
        "library present\n  @place=/b.jar\n  java-package=com.acme.sdk.x\n"
        "  java-package=com.acme.ui\n",
        "application present\n  @place=/srv/setup.exe\n  company=Other\n  product=Beta\n",
        "application present\n  @place=/srv/setup.exe\n  company=Other\n  product=Alpha\n",
        "file contained\n  @place=/srv/setup.exe!/a.so\n  symbol=acme_x\n",
    };
    auto_buf first = {0};
    (void)state;

    for (unsigned seed = 0; seed < 20; seed++) {
        auto_buf again = {0};

        add_shuffled(paragraphs, ARRAY_LEN(paragraphs), seed);
        matching_finish(&w);
        write_all(&w, seed ? &again : &first);

        if (seed)
            assert_string_equal(again.p, first.p);
    }
}

static void the_id_names_host_vendor_product_and_place_in_the_root(void **state)
{
    static const struct {
        const char *host, *root, *anchor;
        bool same;
    } cases[] = {
        {"host", "", "/opt/a", true},
        {"host", "/", "/opt/a", true},
        {"host", "/mnt/x", "/mnt/x/opt/a", true},
        {"host", "/mnt/x/", "/mnt/x/opt/a", true},
        {"host", "/mnt", "/mnt/x/opt/a", false},
        {"other", "", "/opt/a", false},
        {"host", "", "/opt/b", false},
    };
    (void)state;
    matching_add(&w, "service installed\n  @place=/opt/a/x\n  @anchor=/opt/a\n  service=anvild\n");
    matching_finish(&w);
    assert_int_equal(w.count, 1);
    struct sv id = w.findings[0].id;

    // 8-4-4-4-12 hex digits, version 5, variant of RFC 9562
    assert_int_equal(id.n, 36);
    assert_int_equal(id.p[14], '5');
    assert_true(strchr("89ab", id.p[19]) != NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct match_options options = {.host_id = sv_str(cases[i].host),
                                              .root = sv_str(cases[i].root)};
        const struct field fields[] = {{.key = FIELD_SERVICE, .value = SV("anvild")},
                                       {.key = FIELD_VERSION, .value = SV("9")}};
        const struct occurrence o = {
            .component = {.type = TYPE_SERVICE,
                          .state = STATE_RESIDUE,
                          .ceiling = CONFIDENCE_CONFIRMED,
                          .fields = fields,
                          .field_count = 2},
            .place = SV("/some/other/place"),
            .anchor = sv_str(cases[i].anchor),
        };
        auto_match_run *run = NULL;
        struct finding *findings;
        size_t count;

        assert_int_equal(match_run_new(w.matcher, &options, &run, &w.err), 0);
        assert_int_equal(match_run_add(run, &o, &w.err), MATCH_HIT);
        assert_int_equal(match_run_finish(run, &w.arena, &findings, &count, &w.err), 0);
        assert_int_equal(count, 1);
        if (sv_eq(findings[0].id, id) != cases[i].same)
            fail_msg("%s, root '%s', %s: %.*s", cases[i].host, cases[i].root, cases[i].anchor,
                     (int)findings[0].id.n, findings[0].id.p);
    }
}

static void many_files_are_one_finding_with_all_places(void **state)
{
    enum { FILES = 400 };
    (void)state;

    matching_add(&w, PACKAGE("anvil"));
    for (int i = 0; i < FILES; i++) {
        auto_buf text = {0};

        buf_printf(&text,
                   "file present\n  @place=/opt/anvil/%03d\n  @anchor=/opt/anvil\n"
                   "  @owner=deb:anvil\n  path=/opt/anvil/%03d\n",
                   i, i);
        matching_add(&w, text.p);
    }
    matching_finish(&w);

    assert_int_equal(w.count, 1);
    assert_int_equal(w.findings[0].place_count, FILES + 1);
    assert_int_equal(w.findings[0].indicator_count, 1 + 2 * PROOFS_PER_FINDING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_package_owns_is_part_of_it),
        cmocka_unit_test(what_a_foreign_package_owns_is_embedded_in_it),
        cmocka_unit_test(a_package_of_somebody_else_that_holds_their_code_carries_it),
        cmocka_unit_test(what_lies_below_an_installation_is_part_of_it),
        cmocka_unit_test(loose_files_belong_to_the_package_of_their_root),
        cmocka_unit_test(a_file_in_their_own_npm_package_is_theirs),
        cmocka_unit_test(each_copy_of_a_library_is_by_itself),
        cmocka_unit_test(the_package_of_the_nearest_root_owns_a_file),
        cmocka_unit_test(packages_in_folders_are_installations_of_their_own),
        cmocka_unit_test(a_lock_file_and_what_it_locks_are_one_project),
        cmocka_unit_test(what_is_generic_joins_the_product_that_it_belongs_to),
        cmocka_unit_test(one_value_belongs_to_the_product_that_explains_it_best),
        cmocka_unit_test(the_state_is_the_best_that_strong_evidence_shows),
        cmocka_unit_test(since_is_the_earliest_installation),
        cmocka_unit_test(the_order_of_components_changes_nothing),
        cmocka_unit_test(the_id_names_host_vendor_product_and_place_in_the_root),
        cmocka_unit_test(many_files_are_one_finding_with_all_places),
    };
    return cmocka_run_group_tests_name("group", tests, set_up, tear_down);
}
