// SPDX-License-Identifier: Apache-2.0
/*
 * Writes a report of a made-up scan, for the tests of the formats:
 *
 *     sample_report FORMAT SAMPLE [colour] [columns=N]
 *     sample_report explain SAMPLE [N] [all]
 *
 * Everything in it is invented: the vendor, its products, the orders and the machine.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "report/report.h"

#define LIST(array) array, ARRAY_LEN(array)

/* A literal in the initialiser of a static struct sv. */
#define T(literal) \
    { \
        (literal), sizeof(literal) - 1 \
    }

struct sample {
    struct scan_view view;
    const struct finding *findings;
    size_t finding_count;
    const struct unexamined *unexamined;
    size_t unexamined_count;
    const struct occurrence *inventory;
    size_t inventory_count;
    struct arena arena;
};

/* ---- orders ---- */

static struct deadline directive_deadlines[] = {
    {.what = T("Identify the products on all information systems and report what was found, on how "
               "many endpoints, and by which methods. If none is found, say so."),
     .kind = T("identify"),
     .due = T("2026-10-13"),
     .clause = T("Required actions, 1"),
     .due_day = 20739,
     .past = true},
    {.what = T("Give a detailed plan of action to remove the products."),
     .kind = T("plan"),
     .due = T("2026-12-12"),
     .clause = T("Required actions, 2"),
     .due_day = 20799},
    {.what = T("Report how far the plan has been carried out."),
     .kind = T("status"),
     .due = T("2027-01-11"),
     .clause = T("Required actions, 3"),
     .due_day = 20829,
     .every_days = 30},
};
static struct deadline statute_deadlines[] = {
    {.what = T("No covered article may be used from this day on."),
     .kind = T("effective"),
     .due = T("2024-10-01"),
     .clause = T("Section 12(b)"),
     .due_day = 19997,
     .past = true},
    {.what = T("Report a covered article in writing."),
     .kind = T("report"),
     .due = T("3 business days after identification"),
     .clause = T("Clause 4-23(c)"),
     .due_day = INT64_MIN},
};

#define DIRECTIVE \
    { \
        .id = T("directive-31-07"), .title = T("Removal of Nordwall-branded products"), \
        .authority = T("Department of Examples"), .citation = T("Binding Directive 31-07"), \
        .url = T("https://www.example.gov/directives/31-07"), .issued = T("2026-09-13"), \
        .binds = T("All departments and agencies, and those who run systems for them."), \
        .replacement = T("Protection is not to end before its replacement works."), \
        .report_to = T("Department of Examples"), .deadlines = directive_deadlines, \
        .deadline_count = ARRAY_LEN(directive_deadlines), .nil_report = true \
    }
#define STATUTE \
    { \
        .id = T("statute-12"), \
        .title = \
            T("Prohibition on products developed or provided by Nordwall in whole or in part"), \
        .authority = T("Parliament of Examples"), .citation = T("Statute 2024/12, section 12"), \
        .url = T("https://www.example.gov/statutes/2024-12"), .issued = T("2024-03-01"), \
        .binds = T("Every department, and through its contracts every contractor."), \
        .report_to = T("The contracting officer"), .deadlines = statute_deadlines, \
        .deadline_count = ARRAY_LEN(statute_deadlines) \
    }
#define CAMERA_LIST \
    { \
        .id = T("surveillance-equipment-list-2023"), \
        .title = T("Video surveillance and telecommunications equipment"), \
        .authority = T("Parliament of Examples"), .citation = T("Statute 2023/88, section 9"), \
        .issued = T("2023-08-13") \
    }

/* ---- findings ---- */

static struct finding_order shield_orders[] = {
    {.id = T("directive-31-07"),
     .scope = T("branded"),
     .covered = true,
     .why = T("Definition of branded products: security products that the company or a related "
              "company supplies, directly or indirectly.")},
    {.id = T("statute-12"),
     .scope = T("branded"),
     .covered = true,
     .why = T("Section 12(a): what a covered entity develops or provides.")},
};
static struct sv shield_places[] = {
    T("/etc/init.d/nordshield"),
    T("/etc/systemd/system/nordshield.service"),
    T("/opt/nordwall/shield/bin/nordshield-control"),
    T("/opt/nordwall/shield/libexec/nordshield"),
    T("/opt/nordwall/shield/lib64/libnwengine.so.12"),
    T("/usr/local/share/ca-certificates/nordshield-root.crt"),
    T("/var/lib/dpkg/status"),
    T("/var/opt/nordwall/shield/db/base 100%25 complete.dat"),
};
static struct finding_indicator shield_indicators[] = {
    {.id = T("nordwall.deb.nordshield"),
     .field = T("package"),
     .value = T("nordshield"),
     .strength = STRENGTH_CONCLUSIVE,
     .effective = STRENGTH_CONCLUSIVE,
     .source = T("https://support.example.com/shield/12/install-linux"),
     .place = T("/var/lib/dpkg/status"),
     .offset = 184223,
     .length = 1120,
     .row = T("Package: nordshield")},
    {.id = T("nordwall.elf.engine"),
     .field = T("soname"),
     .value = T("libnwengine.so.12"),
     .strength = STRENGTH_STRONG,
     .effective = STRENGTH_STRONG,
     .source = T("Programmer's manual of the engine, chapter 2"),
     .place = T("/opt/nordwall/shield/lib64/libnwengine.so.12"),
     .offset = 5242880,
     .length = 17},
    {.id = T("nordwall.ca.root"),
     .field = T("certificate-o"),
     .value = T("Nordwall Research AS"),
     .strength = STRENGTH_STRONG,
     .effective = STRENGTH_WEAK,
     .source = T("https://support.example.com/shield/12/certificates"),
     .place = T("/usr/local/share/ca-certificates/nordshield-root.crt"),
     .offset = 27,
     .length = 1204,
     .note = T("The certificate is self-signed: anybody can make one that says this.")},
    {.id = T("nordwall.process.shield"),
     .field = T("process"),
     .value = T("nordshield"),
     .strength = STRENGTH_WEAK,
     .effective = STRENGTH_WEAK,
     .source = T("https://support.example.com/shield/12/processes"),
     .place = T("/opt/nordwall/shield/libexec/nordshield"),
     .row = T("process 2817")},
};
static struct finding_order embedded_orders[] = {
    {.id = T("directive-31-07"),
     .scope = T("embedded"),
     .why = T("The directive says that it does not address the company's code embedded in the "
              "products of other companies.")},
    {.id = T("statute-12"),
     .scope = T("embedded"),
     .covered = true,
     .why = T("\"In whole or in part\": an article that includes a covered entity's software.")},
};
static struct sv embedded_places[] = {
    T("/srv/images/gateway-3.2.iso!/firmware.cab!/opt/gateway/libnwengine.so.10"),
};
static struct finding_indicator embedded_indicators[] = {
    {.id = T("nordwall.elf.engine"),
     .field = T("soname"),
     .value = T("libnwengine.so.10"),
     .strength = STRENGTH_STRONG,
     .effective = STRENGTH_STRONG,
     .source = T("Programmer's manual of the engine, chapter 2"),
     .place = T("/srv/images/gateway-3.2.iso!/firmware.cab!/opt/gateway/libnwengine.so.10"),
     .offset = 91212,
     .length = 17},
};
static struct finding_order excepted_orders[] = {
    {.id = T("directive-31-07"),
     .scope = T("branded"),
     .covered = true,
     .why = T("Definition of branded products."),
     .excepted = true,
     .exception = T("ex-2026-004"),
     .until = T("2027-06-30")},
    {.id = T("statute-12"),
     .scope = T("branded"),
     .covered = true,
     .why = T("Section 12(a)."),
     .excepted = true,
     .exception = T("ex-2026-004"),
     .until = T("2027-06-30")},
};
static struct finding_order lapsed_orders[] = {
    {.id = T("directive-31-07"),
     .scope = T("branded"),
     .covered = true,
     .why = T("Definition of branded products."),
     .exception = T("ex-2025-017"),
     .until = T("2026-09-30")},
    {.id = T("surveillance-equipment-list-2023"),
     .scope = T("branded"),
     .covered = true,
     .why = T("The list.")},
};
static struct finding_order outside_orders[] = {
    {.id = T("directive-31-07"),
     .scope = T("vendor-open-source"),
     .why = T("The definition is of security products; libraries that the company publishes are "
              "none.")},
};
static struct sv plain_places[] = {T("/home/ada/lab/agent/package.json")};
static struct sv npm_places[] = {T("/srv/app/node_modules/@nordwall/ui/package.json")};
static struct sv trace_places[] = {T("/home/ada/notes/old-hosts.txt")};
static struct finding_indicator npm_indicators[] = {
    {.id = T("nordwall.npm.ui"),
     .field = T("purl"),
     .value = T("pkg:npm/%40nordwall/ui@4.1.0"),
     .strength = STRENGTH_CONCLUSIVE,
     .effective = STRENGTH_CONCLUSIVE,
     .source = T("The package's own registry entry"),
     .place = T("/srv/app/node_modules/@nordwall/ui/package.json"),
     .offset = 0,
     .length = 812},
};
static struct finding_indicator trace_indicators[] = {
    {.id = T("nordwall.host.update"),
     .field = T("host"),
     .value = T("update.nordwall.example"),
     .strength = STRENGTH_WEAK,
     .effective = STRENGTH_WEAK,
     .source = T("https://support.example.com/shield/12/hosts"),
     .place = T("/home/ada/notes/old-hosts.txt"),
     .offset = 71,
     .length = 23},
};

#define SHIELD \
    { \
        .id = T("6b8c2f1e-0d7e-5a70-9f7c-3a5a0f7f2b11"), .vendor = T("nordwall"), \
        .product = T("shield-linux"), .name = T("Nordwall Endpoint Shield for Linux"), \
        .version = T("12.1.0.1543"), .state = STATE_RUNNING, .confidence = CONFIDENCE_CONFIRMED, \
        .anchor = T("/opt/nordwall/shield"), \
        .reason = \
            T("A package of the vendor is registered in the package database, and its engine " \
              "is on the disk."), \
        .raise = \
            T("Nothing would raise it. It would fall to probable if the package database did " \
              "not list the package."), \
        .since = T("2024-03-12T09:14:00Z"), .orders = LIST(shield_orders), \
        .places = LIST(shield_places), .indicators = LIST(shield_indicators) \
    }
#define EMBEDDED \
    { \
        .id = T("1f0a64b0-5a17-5c63-8f39-2f3a3b6f7a20"), .vendor = T("nordwall"), \
        .product = T("engine"), .name = T("Nordwall Anti-Malware Engine"), .version = T("10"), \
        .state = STATE_CONTAINED, .confidence = CONFIDENCE_PROBABLE, \
        .anchor = T("/srv/images/gateway-3.2.iso!/firmware.cab"), \
        .carrier = T("Example Gateway 3.2"), \
        .reason = T("One strong indicator, and no signature to check it against."), \
        .raise = \
            T("A verified signature of the vendor on the library would raise it to confirmed; " \
              "one of somebody else would lower it to a trace."), \
        .orders = LIST(embedded_orders), .places = LIST(embedded_places), \
        .indicators = LIST(embedded_indicators) \
    }
#define EXCEPTED \
    { \
        .id = T("9d0d0c9c-52d9-5f43-8d3a-7f2a3f8d9e01"), .vendor = T("nordwall"), \
        .product = T("lab-agent"), .name = T("Nordwall Lab Agent"), .version = T("2.0"), \
        .state = STATE_INSTALLED, .confidence = CONFIDENCE_CONFIRMED, \
        .anchor = T("/home/ada/lab/agent"), .reason = T("The package's lock file names it."), \
        .since = T("2026-01-20T00:00:00Z"), .orders = LIST(excepted_orders), \
        .places = LIST(plain_places), .indicators = LIST(npm_indicators) \
    }
#define LAPSED \
    { \
        .id = T("2a7e7b39-2c38-5c1c-9b0e-0b8f4f7b6c02"), .vendor = T("nordwall"), \
        .product = T("updater"), .name = T("Nordwall Updater"), .state = STATE_RESIDUE, \
        .confidence = CONFIDENCE_PROBABLE, .anchor = T("/var/opt/nordwall"), \
        .reason = T("Its files are there, but no package or program."), \
        .orders = LIST(lapsed_orders), .places = LIST(plain_places), \
        .indicators = LIST(trace_indicators) \
    }
#define OUTSIDE \
    { \
        .id = T("77b3f0d4-7e0c-5b8c-a2b6-5e3d0c4f1a03"), .vendor = T("nordwall"), \
        .product = T("ui"), .name = T("@nordwall/ui"), .version = T("4.1.0"), \
        .state = STATE_INSTALLED, .confidence = CONFIDENCE_CONFIRMED, \
        .anchor = T("/srv/app/node_modules/@nordwall/ui"), \
        .reason = T("The installed package says its own name."), .orders = LIST(outside_orders), \
        .places = LIST(npm_places), .indicators = LIST(npm_indicators) \
    }
#define TRACE \
    { \
        .id = T("c58e4f3a-3a51-5c7a-8d67-1b4e9d2a6f04"), .vendor = T("nordwall"), \
        .product = T("update-service"), .name = T("Nordwall update servers"), \
        .state = STATE_REFERENCED, .confidence = CONFIDENCE_TRACE, \
        .anchor = T("/home/ada/notes/old-hosts.txt"), \
        .reason = T("A host name in a text file shows no product."), \
        .orders = LIST(shield_orders), .places = LIST(trace_places), \
        .indicators = LIST(trace_indicators) \
    }

static const struct finding found_findings[] = {SHIELD, EMBEDDED, LAPSED, EXCEPTED, OUTSIDE, TRACE};
static const struct finding excepted_findings[] = {EXCEPTED, OUTSIDE};
static const struct finding trace_findings[] = {TRACE};

/* ---- coverage ---- */

static const struct unexamined found_unexamined[] = {
    {T("/home/bob/vault.zip"), REASON_ENCRYPTED, T("entry 3 of 12 needs a password")},
    {T("/proc/2817/exe"), REASON_VANISHED, T("")},
    {T("/root/.cache"), REASON_DENIED, T("open: Permission denied")},
    {T("/srv/data/dump.sqlite"), REASON_DAMAGED, T("page 17 points past the end of the file")},
};

/* ---- inventory ---- */

#define F(key_, value_) \
    { \
        .key = FIELD_##key_, .value = T(value_) \
    }
#define G(group_, key_, value_) \
    { \
        .key = FIELD_##key_, .group = group_, .value = T(value_) \
    }

static const struct field deb_fields[] = {
    F(NAME, "nordshield"),
    F(VERSION, "12.1.0.1543"),
    F(PACKAGE, "nordshield"),
    F(PACKAGE_TYPE, "deb"),
    F(PURL, "pkg:deb/debian/nordshield@12.1.0.1543?arch=amd64"),
    F(CPE, "cpe:2.3:a:nordwall:endpoint_shield:12.1.0:*:*:*:*:linux:*:*"),
    F(SUPPLIER, "Nordwall Research AS"),
    F(MANUFACTURER, "Nordwall Research AS"),
    F(PUBLISHER, "Nordwall"),
    F(AUTHOR, "Ada Example <ada@example.com>"),
    F(AUTHOR, "Bob Example"),
    F(MAINTAINER, "Nordwall Support <support@example.com>"),
    F(LICENCE, "proprietary"),
    F(HOMEPAGE, "https://www.example.com/shield"),
    F(INSTALLED_AT, "2024-03-12T09:14:00Z"),
    F(STATUS, "install ok installed"),
};
static const struct field elf_fields[] = {
    F(NAME, "libnwengine.so.12"),
    F(SONAME, "libnwengine.so.12"),
    F(SHA256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    F(BUILD_ID, "0f1e2d3c"),
    G(1, SIGNER_CN, "Nordwall Research AS"),
    G(1, SIGNATURE, "verified"),
    G(2, SIGNER_CN, "Time Stamp Example"),
    F(MAGIC, "\x7f"
             "ELF\x00\xff"),
};
static const struct field npm_fields[] = {
    F(NAME, "left-pad"),
    F(VERSION, "1.3.0"),
    F(PACKAGE, "left-pad"),
    F(PACKAGE_TYPE, "npm"),
    F(PURL, "pkg:npm/left-pad@1.3.0"),
    F(HOMEPAGE, "javascript:alert(1)"),
    F(SHA256, "not a digest"),
    F(CPE, "nonsense"),
};
static const struct field unit_fields[] = {
    F(NAME, "nordshield.service"),
    F(SERVICE, "nordshield"),
    F(COMPANY, "Nordwall"),
    F(DESCRIPTION, "Keeps the shield up"),
    F(COMMAND, "/opt/nordwall/shield/libexec/nordshield"),
    F(URL, "https://update.nordwall.example/v1"),
};
static const struct field certificate_fields[] = {
    G(1, CERTIFICATE_CN, "Nordshield Root"),
    G(1, CERTIFICATE_O, "Nordwall Research AS"),
    G(1, CERTIFICATE_ISSUER_CN, "Nordshield Root"),
    G(1, CERTIFICATE_SHA256, "0123456789abcdef"),
    F(CERTIFICATE_STORE, "system"),
};
static const struct field nameless_fields[] = {F(FILE_NAME, "strange")};

#define PART(type_, state_, fields_) \
    { \
        .type = TYPE_##type_, .state = STATE_##state_, .ceiling = CONFIDENCE_CONFIRMED, \
        .fields = fields_, .field_count = ARRAY_LEN(fields_) \
    }

static const struct occurrence found_inventory[] = {
    {.component = PART(APPLICATION, INSTALLED, deb_fields),
     .place = T("/var/lib/dpkg/status"),
     .anchor = T("/"),
     .recogniser = T("dpkg")},
    {.component = PART(LIBRARY, PRESENT, elf_fields),
     .place = T("/opt/nordwall/shield/lib64/libnwengine.so.12"),
     .anchor = T("/opt/nordwall/shield"),
     .owner = T("deb:nordshield"),
     .recogniser = T("elf")},
    {.component = PART(LIBRARY, PRESENT, elf_fields),
     .place = T("/srv/copy/libnwengine.so.12"),
     .anchor = T("/srv/copy"),
     .recogniser = T("elf")},
    {.component = PART(LIBRARY, INSTALLED, npm_fields),
     .place = T("/srv/a/node_modules/left-pad/package.json"),
     .anchor = T("/srv/a/node_modules/left-pad"),
     .recogniser = T("npm")},
    {.component = PART(LIBRARY, REFERENCED, npm_fields),
     .place = T("/srv/b/package-lock.json"),
     .anchor = T("/srv/b"),
     .recogniser = T("npm-lock")},
    {.component = PART(SERVICE, RUNNING, unit_fields),
     .place = T("/etc/systemd/system/nordshield.service"),
     .anchor = T("/"),
     .recogniser = T("systemd")},
    {.component = PART(CRYPTOGRAPHIC_ASSET, PRESENT, certificate_fields),
     .place = T("/usr/local/share/ca-certificates/nordshield-root.crt"),
     .anchor = T("/"),
     .recogniser = T("x509")},
    {.component = PART(FILE, PRESENT, nameless_fields),
     .place = T("/srv/odd/strange"),
     .anchor = T("/srv/odd"),
     .owner = T("deb:not-in-the-inventory"),
     .recogniser = T("path")},
};

/* ---- the scans ---- */

static int each_finding(void *context, int (*each)(void *, const struct finding *, struct err *),
                        void *to, struct err *err)
{
    const struct sample *s = context;

    for (size_t i = 0; i < s->finding_count; i++)
        TRY(each(to, &s->findings[i], err));
    return 0;
}

static int each_unexamined(void *context,
                           int (*each)(void *, const struct unexamined *, struct err *), void *to,
                           struct err *err)
{
    const struct sample *s = context;

    for (size_t i = 0; i < s->unexamined_count; i++)
        TRY(each(to, &s->unexamined[i], err));
    return 0;
}

static int each_occurrence(void *context,
                           int (*each)(void *, const struct occurrence *, struct err *), void *to,
                           struct err *err)
{
    const struct sample *s = context;

    for (size_t i = 0; i < s->inventory_count; i++)
        TRY(each(to, &s->inventory[i], err));
    return 0;
}

static void set_unexamined(struct sample *s, const struct unexamined *list, size_t count)
{
    struct coverage *c = &s->view.coverage;

    s->unexamined = list;
    s->unexamined_count = count;
    c->unexamined = count;
    memset(c->by_reason, 0, sizeof(c->by_reason));
    for (size_t i = 0; i < count; i++)
        c->by_reason[list[i].reason]++;
    c->seen = c->examined + coverage_skipped(c) + count;
}

static void set_findings(struct sample *s, const struct finding *list, size_t count)
{
    struct scan_view *v = &s->view;

    s->findings = list;
    s->finding_count = count;
    v->verdict = s->unexamined_count ? VERDICT_UNKNOWN : VERDICT_ABSENT;
    for (size_t o = 0; o < v->order_count; o++) {
        v->orders[o].verdict = v->verdict;
        for (size_t i = 0; i < count; i++)
            if (finding_counts_under(&list[i], v->orders[o].id))
                v->orders[o].verdict = VERDICT_FOUND;
    }
    for (size_t i = 0; i < count; i++)
        if (finding_counts(&list[i]))
            v->verdict = VERDICT_FOUND;
}

static void base(struct sample *s)
{
    static struct order_summary orders[] = {DIRECTIVE, STATUTE, CAMERA_LIST};
    static struct sv targets[] = {T("/")};
    static struct sv catalogues[] = {
        T("nordwall sha256:6f2c1f3f7f1f0f6d1b7a1c9e8d7c6b5a493827160504f3e2d1c0bfae9d8c7b6a"),
        T("camera-makers sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"),
    };

    *s = (struct sample){
        .view =
            {
                .scan_id = T("3f8a1b52-7a53-5c50-9b1c-2d7c36f0a4ee"),
                .host = {.id = T("b7a9f24c5be14b9c8e3f0c1d2a3b4c5d"),
                         .name = T("web-01.example.gov"),
                         .os = T("Debian GNU/Linux 12 (bookworm)"),
                         .kernel = T("Linux 6.1.0-18-amd64"),
                         .architecture = T("x86_64"),
                         .dmi_uuid = T("4c4c4544-0042-3510-8052-b4c04f4d3332")},
                .targets = LIST(targets),
                .started_ns = INT64_C(1795473505) * NS_PER_S,
                .finished_ns = INT64_C(1795473697) * NS_PER_S,
                .complete = true,
                .version = T("0.1.0"),
                .catalogues = LIST(catalogues),
                .orders = LIST(orders),
                .coverage =
                    {.examined = 312456,
                     .bytes = UINT64_C(41234567890),
                     .skipped =
                         {[RULE_SYMLINK] = 24310, [RULE_PSEUDO_FS] = 9, [RULE_SPECIAL] = 214}},
                .context = s,
                .findings = each_finding,
                .unexamined = each_unexamined,
                .inventory = each_occurrence,
            },
        .inventory = found_inventory,
        .inventory_count = ARRAY_LEN(found_inventory),
    };
    arena_init(&s->arena, 64 << 20);
    set_unexamined(s, NULL, 0);
}

static void make_found(struct sample *s)
{
    set_unexamined(s, LIST(found_unexamined));
    set_findings(s, LIST(found_findings));
}

static void make_absent(struct sample *s)
{
    set_findings(s, NULL, 0);
}

static void make_unknown(struct sample *s)
{
    set_unexamined(s, LIST(found_unexamined));
    set_findings(s, NULL, 0);
}

static void make_traces(struct sample *s)
{
    set_findings(s, LIST(trace_findings));
}

static void make_excepted(struct sample *s)
{
    set_findings(s, LIST(excepted_findings));
}

/* 300 findings that differ, and 1,000 objects that could not be read. */
static void make_many(struct sample *s)
{
    enum { FINDINGS = 300, UNEXAMINED = 1000 };
    struct finding *f = arena_take_array(&s->arena, FINDINGS, sizeof(*f));
    struct unexamined *u = arena_take_array(&s->arena, UNEXAMINED, sizeof(*u));

    if (!f || !u)
        abort();
    for (unsigned i = 0; i < FINDINGS; i++) {
        f[i] = found_findings[i % ARRAY_LEN(found_findings)];
        f[i].id = arena_printf(&s->arena, "00000000-0000-5000-8000-%012x", i);
        f[i].name = arena_printf(&s->arena, "%.*s %u", (int)f[i].name.n, f[i].name.p, i);
    }
    for (unsigned i = 0; i < UNEXAMINED; i++)
        u[i] = (struct unexamined){
            .place = arena_printf(&s->arena, "/srv/share/folder-%04u/archive.zip", i),
            .reason = (enum coverage_reason)(i % REASON_COUNT_),
        };
    set_unexamined(s, u, UNEXAMINED);
    set_findings(s, f, FINDINGS);
}

/* Names that attack whoever shows them, and a place of 4 KiB. */
static void make_hostile(struct sample *s)
{
    static const struct sv names[] = {
        T("<script>alert('x')</script>"),
        T("</title></style><img src=x onerror=alert(1)>&amp;\"'`"),
        T("two\nlines\r\nand a tab\t."),
        T("\xe2\x80\xae"
          "exe.gnp \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x81\xa6 isolate"),
        T("\x1b[31mred\x1b[0m \x1b]0;title\x07 bell \x9b"
          "31m \xc2\x9b"
          "32m"),
        T("not UTF-8: \xff\xfe\xc3("),
        T("=HYPERLINK(\"http://example.com\")"),
        T("+1-2@3"),
        T("  =cmd|' /C calc'!A0"),
        T("a,b\"c\",d"),
        T("]]> --> */ //"),
        T("\xe2\x80\x8bzero\xe2\x80\x8dwidth\xef\xbb\xbf"),
    };
    struct finding *f = arena_take_array(&s->arena, ARRAY_LEN(names), sizeof(*f));
    struct finding_indicator *in = arena_take(&s->arena, sizeof(*in));
    struct unexamined *u = arena_take(&s->arena, sizeof(*u));
    struct sv *places = arena_take_array(&s->arena, 2, sizeof(*places));
    char *path = arena_take(&s->arena, 4096);

    if (!f || !in || !u || !places || !path)
        abort();
    memset(path, 'p', 4096);
    for (size_t i = 0; i < 4096; i += 200)
        path[i] = '/';
    places[0] = (struct sv){path, 4096};
    places[1] = SV("/srv/<b>%0A!/\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d/=1+1.txt");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        f[i] = found_findings[0];
        f[i].id = arena_printf(&s->arena, "00000000-0000-5000-8000-%012zx", i);
        f[i].name = f[i].version = f[i].carrier = f[i].reason = f[i].raise = names[i];
        f[i].places = places;
        f[i].place_count = 2;
        f[i].anchor = places[i % 2];
        in[0] = shield_indicators[2];
        in[0].value = in[0].note = in[0].row = in[0].source = names[0];
        in[0].place = places[0];
        f[i].indicators = in;
        f[i].indicator_count = 1;
    }
    u[0] = (struct unexamined){places[0], REASON_ENCRYPTED, names[0]};
    s->view.host.name = names[1];
    s->view.root = places[1];
    set_unexamined(s, u, 1);
    set_findings(s, f, ARRAY_LEN(names));
}

static void make_stopped(struct sample *s)
{
    static const struct unexamined rest[] = {{T("/srv"), REASON_INTERRUPTED, T("")}};

    s->view.complete = false;
    set_unexamined(s, LIST(rest));
    set_findings(s, NULL, 0);
}

static void make_matched(struct sample *s)
{
    static struct sv missing[] = {T("nordwall.magic.container"), T("nordwall.path.share")};

    s->view.unknown_indicators = missing;
    s->view.unknown_indicator_count = ARRAY_LEN(missing);
    set_findings(s, NULL, 0);
    s->view.verdict = VERDICT_UNKNOWN;
    for (size_t i = 0; i < s->view.order_count; i++)
        s->view.orders[i].verdict = VERDICT_UNKNOWN;
}

static void make_bare(struct sample *s)
{
    s->view = (struct scan_view){.context = s, .complete = true};
    s->inventory_count = 0;
}

static void make_unbalanced(struct sample *s)
{
    make_found(s);
    s->view.coverage.seen++;
}

static const struct {
    const char *name;
    void (*make)(struct sample *s);
} samples[] = {
    {"found", make_found},     {"absent", make_absent},         {"unknown", make_unknown},
    {"traces", make_traces},   {"excepted", make_excepted},     {"many", make_many},
    {"hostile", make_hostile}, {"stopped", make_stopped},       {"matched", make_matched},
    {"bare", make_bare},       {"unbalanced", make_unbalanced},
};

static int fail(const char *what)
{
    fprintf(stderr, "sample_report: %s\n", what);
    return 2;
}

int main(int argc, char **argv)
{
    const struct report_format *format;
    static struct sample s;
    auto_sink sink;
    struct err err = {0};
    unsigned flags = 0;
    size_t which = 0;
    int result;

    if (argc < 3)
        return fail("sample_report FORMAT|explain SAMPLE [colour] [columns=N] [all] [N]");
    sink_init(&sink, stdout);
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], "colour") == 0)
            sink.colour = true;
        else if (strcmp(argv[i], "all") == 0)
            flags = EXPLAIN_ALL;
        else if (strncmp(argv[i], "columns=", 8) == 0)
            sink.columns = (unsigned)strtoul(argv[i] + 8, NULL, 10);
        else
            which = strtoul(argv[i], NULL, 10);
    }
    base(&s);
    for (size_t i = 0;; i++) {
        if (i == ARRAY_LEN(samples))
            return fail("no such sample");
        if (strcmp(samples[i].name, argv[2]) == 0) {
            samples[i].make(&s);
            break;
        }
    }
    if (strcmp(argv[1], "explain") == 0) {
        if (which >= s.finding_count)
            return fail("no such finding");
        result = report_explain(&s.view, &s.findings[which], flags, &sink, &err);
        if (result == 0)
            result = sink_finish(&sink, &err);
    } else {
        format = report_format_named(sv_str(argv[1]));
        if (!format)
            return fail("no such format");
        result = report_write(format, &s.view, &sink, &err);
    }
    arena_clear(&s.arena);
    if (result < 0)
        fprintf(stderr, "sample_report: %s\n", err.text);
    return result < 0;
}
