// SPDX-License-Identifier: Apache-2.0
/*
 * Classes of COM and what extends the shell:
 *
 *     CLSID\{…}                       its name; InprocServer32, LocalServer32: its program
 *     *\shellex\<kind>\<name>         a handler of all files; its CLSID is the value, or the name
 *     Directory\shellex\…, Folder\…   the same of folders
 *
 * Source: https://learn.microsoft.com/windows/win32/shell/reg-shell-exts
 */
#include "identify/registry.h"

static struct sv server_of(struct registry *r, const struct hive_key *class,
                           struct hive_text *ret_server)
{
    static const char *const kinds[] = {"InprocServer32", "LocalServer32", "InprocServer",
                                        "LocalServer"};
    struct hive_key server;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!hive_find(r->h, class, sv_str(kinds[i]), &server))
            continue;
        *ret_server = hive_get(r->h, &server, "");
        if (ret_server->text.n)
            break;
    }
    return ret_server->text;
}

static void class_entry(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct hive_text server = {0};

    // A class without a program is a name for something else.
    if (!guid_is(key->name) || server_of(r, key, &server).n == 0)
        return;
    registry_emit(r, TYPE_LIBRARY, true);
    emit_field(r->out, FIELD_CLSID, key->name);
    (void)registry_emit_value(r, key, "", FIELD_NAME);
    emit_field_at(r->out, FIELD_LOCATION, server.text, server.offset, server.length);
    emit_field(r->out, FIELD_ROW, path);
}

struct handlers {
    const char *classes;
    struct sv path; /* of the list */
};

static void handler(struct registry *r, const struct handlers *in, const struct hive_key *key)
{
    struct sv clsid = guid_is(key->name) ? key->name : hive_get(r->h, key, "").text;
    struct sv class_path = arena_printf(r->arena, "CLSID\\%.*s", (int)clsid.n, clsid.p);
    struct hive_text server = {0};
    struct hive_key class;

    if (guid_is(clsid) && registry_find(r, in->classes, registry_text(class_path), &class))
        (void)server_of(r, &class, &server);
    registry_emit(r, TYPE_LIBRARY, server.text.n > 0);
    if (!guid_is(key->name))
        emit_field(r->out, FIELD_NAME, key->name);
    if (guid_is(clsid))
        emit_field(r->out, FIELD_CLSID, clsid);
    emit_field_at(r->out, FIELD_LOCATION, server.text, server.offset, server.length);
    registry_emit_key(r, registry_join(r, in->path, key->name));
}

static void handlers_of(struct registry *r, const char *classes, const char *what)
{
    const char *list = registry_text(arena_printf(r->arena, "%s\\shellex", what));
    struct hive_key all, kind, key;
    struct hive_keys kinds, keys;

    if (!registry_find(r, classes, list, &all))
        return;
    kinds = hive_keys(r->h, &all);
    while (hive_next_key(r->h, &kinds, &kind)) {
        struct handlers in = {classes,
                              registry_join(r, registry_path(r, classes, list), kind.name)};

        keys = hive_keys(r->h, &kind);
        while (hive_next_key(r->h, &keys, &key))
            handler(r, &in, &key);
    }
}

void registry_classes(struct registry *r, const char *classes)
{
    static const char *const extended[] = {"*",
                                           "AllFilesystemObjects",
                                           "Directory",
                                           "Directory\\Background",
                                           "Drive",
                                           "Folder",
                                           "LibraryFolder",
                                           "lnkfile",
                                           "exefile"};

    registry_each(r, classes, "CLSID", class_entry);
    registry_each(r, classes, "Wow6432Node\\CLSID", class_entry);
    for (size_t i = 0; i < ARRAY_LEN(extended); i++)
        handlers_of(r, classes, extended[i]);
}
