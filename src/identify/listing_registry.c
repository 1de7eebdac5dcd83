// SPDX-License-Identifier: Apache-2.0
/*
 * What `reg export` and regedit write:
 *
 *     Windows Registry Editor Version 5.00           (REGEDIT4 in old files)
 *
 *     [HKEY_LOCAL_MACHINE\SOFTWARE\Acme\Product]
 *     "Name"="C:\\Program Files\\Acme"
 *     "Type"=dword:00000010
 *     "ImagePath"=hex(2):43,00,3a,00,\               a text in UTF-16, over several lines
 *       5c,00,00,00
 *
 * Programs that can be uninstalled, services and drivers, what starts with a session, and the keys
 * of vendors, each as the registry itself is read. "[-KEY]" and "Name"=- take something away: they
 * name what must not be there, and so are nothing.
 */
#include "base/utf16.h"
#include "identify/listing.h"

enum {
    NAMES_MAX = 24,   /* of a key's path that are looked at */
    VENDOR_DEPTH = 4, /* names below a vendor's */
    KEYS_EACH = 400,  /* of one component */
    VALUE_LINES_MAX = 4096,
};

enum key_kind {
    KEY_OTHER,
    KEY_UNINSTALL,
    KEY_SERVICE,
    KEY_INSTANCE, /* of a minifilter */
    KEY_RUN,
    KEY_VENDOR,
};

struct key {
    enum key_kind kind;
    struct sv path; /* "HKLM\SOFTWARE\…" */
    struct sv names[NAMES_MAX];
    size_t count;
    struct claims c;
    struct sv display_name, service; /* service: the one that the instance belongs to */
    uint64_t type;
};

struct reading {
    struct listing *l;
    struct key key;
    struct claims vendor; /* that is gathering keys */
    struct sv vendor_path;
    size_t vendor_keys;
};

static bool is_registry(struct listing l)
{
    struct sv line;

    return listing_text_line(&l, &line) &&
           (sv_starts(line, SV("Windows Registry Editor Version")) ||
            sv_eq(sv_trim(line), SV("REGEDIT4")));
}

/* "HKEY_LOCAL_MACHINE\x" as "HKLM\x". */
static struct sv short_path(struct sv path, struct arena *arena)
{
    static const char *const roots[][2] = {
        {"HKEY_LOCAL_MACHINE", "HKLM"}, {"HKEY_CURRENT_USER", "HKCU"},   {"HKEY_USERS", "HKU"},
        {"HKEY_CLASSES_ROOT", "HKCR"},  {"HKEY_CURRENT_CONFIG", "HKCC"},
    };
    struct sv rest = path, root = sv_cut(&rest, '\\');

    for (size_t i = 0; i < ARRAY_LEN(roots); i++)
        if (sv_eq_nocase(root, sv_str(roots[i][0])))
            return arena_printf(arena, "%s%s%.*s", roots[i][1], rest.n ? "\\" : "", (int)rest.n,
                                rest.n ? rest.p : "");
    return path;
}

static bool name_is(const struct key *k, size_t i, const char *name)
{
    return i < k->count && sv_eq_nocase(k->names[i], sv_str(name));
}

/* The name where SOFTWARE is, of the machine or of a user, and what follows a 32-bit view; 0 when
 * it is elsewhere. */
static size_t below_software(const struct key *k)
{
    size_t at = name_is(k, 0, "HKU") ? 2 : 1;

    if (!name_is(k, at, "SOFTWARE"))
        return 0;
    at++;
    return name_is(k, at, "WOW6432Node") || name_is(k, at, "Policies") ? at + 1 : at;
}

static bool is_windows(struct sv name)
{
    static const char *const names[] = {"Classes", "Clients",  "Microsoft",
                                        "ODBC",    "OpenSSH",  "RegisteredApplications",
                                        "Windows", "Policies", "Wow6432Node"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (sv_eq_nocase(name, sv_str(names[i])))
            return true;
    return false;
}

static enum key_kind kind_of_key(const struct key *k)
{
    size_t at = below_software(k);

    if (at && name_is(k, at, "Microsoft") && name_is(k, at + 1, "Windows") &&
        name_is(k, at + 2, "CurrentVersion")) {
        if (name_is(k, at + 3, "Uninstall") && k->count == at + 5)
            return KEY_UNINSTALL;
        if (k->count == at + 4 && sv_starts(k->names[at + 3], SV("Run")))
            return KEY_RUN;
    }
    if (at && at < k->count && !is_windows(k->names[at]) && k->count <= at + 1 + VENDOR_DEPTH)
        return KEY_VENDOR;
    if (name_is(k, 0, "HKLM") && name_is(k, 1, "SYSTEM") && name_is(k, 3, "Services")) {
        if (k->count == 5)
            return KEY_SERVICE;
        if (name_is(k, 4, "EventLog"))
            return KEY_VENDOR;
        if (name_is(k, k->count - 2, "Instances"))
            return KEY_INSTANCE;
    }
    // Handlers of the shell, classes of objects.
    if (k->count >= 3 &&
        (sv_find(k->path, SV("\\shellex\\")) != SIZE_MAX || name_is(k, k->count - 2, "CLSID")))
        return KEY_VENDOR;
    return KEY_OTHER;
}

/* ---- emitting ---- */

static void end_vendor(struct reading *r)
{
    if (r->vendor_keys)
        listing_emit(r->l, &r->vendor);
    r->vendor_keys = 0;
}

/* The keys of one vendor are one component: those that stand below the first of them. */
static void add_vendor_key(struct reading *r)
{
    struct sv path = r->key.path, last = r->key.names[r->key.count - 1];
    bool below = r->vendor_keys && sv_starts(path, r->vendor_path) && path.n > r->vendor_path.n &&
                 path.p[r->vendor_path.n] == '\\';

    if (!below || r->vendor_keys == KEYS_EACH) {
        end_vendor(r);
        r->vendor = listing_claims(r->l, TYPE_DATA, (struct sv){0});
        r->vendor.row = r->vendor_path = path;
    }
    r->vendor_keys++;
    claim(&r->vendor, FIELD_REGISTRY_KEY, path);
    if (r->key.count > 1 && name_is(&r->key, r->key.count - 2, "CLSID"))
        claim(&r->vendor, FIELD_CLSID, last);
}

static void emit_service(struct reading *r, struct key *k)
{
    bool is_driver = k->type & (0x1 | 0x2 | 0x8);

    k->c.type = is_driver ? TYPE_DEVICE_DRIVER : TYPE_SERVICE;
    k->c.name = k->display_name.n && k->display_name.p[0] != '@' ? k->display_name : k->names[4];
    if (!is_driver)
        claim(&k->c, FIELD_SERVICE, k->names[4]);
    if (is_driver || k->type == 0)
        claim(&k->c, FIELD_DRIVER, k->names[4]);
    listing_emit(r->l, &k->c);
}

static void end_key(struct reading *r)
{
    struct key *k = &r->key;

    if (k->kind == KEY_UNINSTALL) {
        k->c.name = k->display_name.n ? k->display_name : k->names[k->count - 1];
        claim(&k->c, FIELD_PRODUCT_CODE, k->names[k->count - 1]);
        claim(&k->c, FIELD_REGISTRY_KEY, k->path);
        listing_emit(r->l, &k->c);
    } else if (k->kind == KEY_SERVICE) {
        emit_service(r, k);
    } else if (k->kind == KEY_INSTANCE && k->c.count) {
        listing_emit(r->l, &k->c);
    }
    k->kind = KEY_OTHER;
}

static void begin_key(struct reading *r, struct sv line)
{
    struct key *k = &r->key;
    struct sv rest;

    end_key(r);
    line = sv_trim(line);
    if (!sv_ends(line, SV("]")) || sv_starts(line, SV("[-")))
        return;
    *k = (struct key){.path = short_path((struct sv){line.p + 1, line.n - 2}, r->l->job->arena)};
    for (rest = k->path; rest.n && k->count < NAMES_MAX;)
        k->names[k->count++] = sv_cut(&rest, '\\');
    if (k->count < 2 || rest.n)
        return;
    k->kind = kind_of_key(k);
    k->c = listing_claims(r->l, TYPE_APPLICATION, (struct sv){0});
    k->c.row = k->path;
    if (k->kind == KEY_INSTANCE)
        k->service = k->names[4];
    if (k->kind == KEY_VENDOR)
        add_vendor_key(r);
}

/* ---- values ---- */

/* "a\\b\"c" as a\b"c; what stands behind the closing quote is cut off. */
static struct sv unescaped(struct sv text, struct arena *arena)
{
    char *to = arena_take(arena, text.n + 1);
    size_t n = 0;

    for (size_t i = 0; to && i < text.n && text.p[i] != '"'; i++) {
        if (text.p[i] == '\\' && i + 1 < text.n)
            i++;
        to[n++] = text.p[i];
    }
    return to ? (struct sv){to, n} : (struct sv){0};
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "43,00,3a,00,\" and the lines that go on, as the UTF-16 text that it is; REGEDIT4 has bytes. */
static struct sv from_hex(struct reading *r, struct sv digits, bool wide)
{
    struct arena *arena = r->l->job->arena;
    auto_buf bytes = BUF_INIT(EMIT_VALUE_MAX);
    struct sv line = digits, text;

    for (unsigned lines = 0; lines < VALUE_LINES_MAX; lines++) {
        bool goes_on = sv_ends(sv_trim(line), SV("\\"));

        for (size_t i = 0; i + 1 < line.n; i++) {
            int high = digit_of(line.p[i]), low = digit_of(line.p[i + 1]);

            if (high < 0 || low < 0)
                continue;
            buf_char(&bytes, (char)(high << 4 | low));
            i++;
        }
        if (!goes_on || !listing_line(r->l, &line))
            break;
    }
    if (!buf_ok(&bytes) && bytes.n < bytes.max / 2)
        arena->failed = true;
    if (!buf_ok(&bytes) || bytes.n == 0)
        return (struct sv){0};
    if (wide)
        return utf16le_text(utf16_until_nul((struct span){(const uint8_t *)bytes.p, bytes.n}),
                            arena);
    text = buf_view(&bytes);
    return arena_copy(arena, sv_cut(&text, '\0'));
}

static struct sv value_text(struct reading *r, struct sv written, bool *ret_is_number,
                            uint64_t *ret_number)
{
    uint64_t number = 0;

    *ret_is_number = false;
    if (sv_starts(written, SV("\"")))
        return unescaped(sv_from(written, 1), r->l->job->arena);
    if (sv_starts(written, SV("dword:"))) {
        written = sv_from(written, 6);
        for (size_t i = 0; i < written.n && i < 8 && digit_of(written.p[i]) >= 0; i++)
            number = number << 4 | (uint64_t)digit_of(written.p[i]);
        *ret_is_number = true;
        *ret_number = number;
        return (struct sv){0};
    }
    if (sv_starts(written, SV("hex(2):")) || sv_starts(written, SV("hex(7):")))
        return from_hex(r, sv_from(written, 7), true);
    return (struct sv){0};
}

/* "%SystemRoot%\x" and "\SystemRoot\x" as they are; quotes and arguments are cut off. */
static struct sv program_path(struct sv command, struct arena *arena)
{
    size_t end;

    if (sv_starts(command, SV("\\??\\")))
        command = sv_from(command, 4);
    if (!sv_starts(command, SV("\"")) && (end = sv_find(command, SV(".exe "))) != SIZE_MAX)
        command.n = end + 4;
    return claimed_path(command, arena);
}

static void emit_start(struct reading *r, struct sv name, struct sv command)
{
    struct arena *arena = r->l->job->arena;
    struct claims c = listing_claims(r->l, TYPE_APPLICATION, name);

    c.row = r->key.path;
    claim(
        &c, FIELD_REGISTRY_KEY,
        arena_printf(arena, "%.*s\\%.*s", (int)r->key.path.n, r->key.path.p, (int)name.n, name.p));
    claim(&c, FIELD_COMMAND, command);
    claim(&c, FIELD_PATH, program_path(command, arena));
    if (name.n)
        listing_emit(r->l, &c);
}

static void read_uninstall(struct key *k, struct sv name, struct sv text, struct arena *arena)
{
    if (sv_eq_nocase(name, SV("DisplayName"))) {
        k->display_name = text;
        claim(&k->c, FIELD_PRODUCT, text);
    } else if (sv_eq_nocase(name, SV("DisplayVersion"))) {
        k->c.version = text;
    } else if (sv_eq_nocase(name, SV("Publisher"))) {
        claim(&k->c, FIELD_PUBLISHER, text);
    } else if (sv_eq_nocase(name, SV("InstallLocation"))) {
        claim(&k->c, FIELD_PATH, claimed_path(text, arena));
    }
}

static void read_value(struct reading *r, struct sv line)
{
    struct arena *arena = r->l->job->arena;
    struct key *k = &r->key;
    size_t end = sv_find(line, SV("\"="));
    struct sv name = end == SIZE_MAX ? (struct sv){0} : unescaped(sv_from(line, 1), arena), text;
    bool is_number;
    uint64_t number = 0;

    if (name.n == 0 || end == 0)
        return;
    text = value_text(r, sv_from(line, end + 2), &is_number, &number);
    if (k->kind == KEY_SERVICE && is_number && sv_eq_nocase(name, SV("Type")))
        k->type = number;
    if (text.n == 0)
        return;
    if (k->kind == KEY_UNINSTALL) {
        read_uninstall(k, name, text, arena);
    } else if (k->kind == KEY_SERVICE && sv_eq_nocase(name, SV("DisplayName"))) {
        k->display_name = text;
    } else if (k->kind == KEY_SERVICE && sv_eq_nocase(name, SV("ImagePath"))) {
        claim(&k->c, FIELD_COMMAND, text);
        claim(&k->c, FIELD_PATH, program_path(text, arena));
    } else if (k->kind == KEY_INSTANCE && sv_eq_nocase(name, SV("Altitude"))) {
        k->c.type = TYPE_DEVICE_DRIVER;
        claim(
            &k->c, FIELD_ALTITUDE,
            arena_printf(arena, "%.*s:%.*s", (int)k->service.n, k->service.p, (int)text.n, text.p));
    } else if (k->kind == KEY_RUN) {
        emit_start(r, name, text);
    }
}

static int read_registry(struct listing *l, struct err *err)
{
    struct reading *r = arena_take(l->job->arena, sizeof(*r));
    struct sv line;

    if (!r)
        return arena_error(l->job->arena, err);
    r->l = l;
    while (listing_line(l, &line)) {
        if (sv_starts(line, SV("[")))
            begin_key(r, line);
        else if (sv_starts(line, SV("\"")) && r->key.kind != KEY_OTHER)
            read_value(r, line);
    }
    end_key(r);
    end_vendor(r);
    return 0;
}

const struct listing_format listings_of_registry[] = {
    {"reg export", is_registry, read_registry},
    {0},
};
