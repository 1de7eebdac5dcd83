// SPDX-License-Identifier: Apache-2.0
#include "identify/info_plist.h"

enum component_type info_plist_type(const struct property *info)
{
    static const struct {
        const char *kind;
        enum component_type type;
    } kinds[] = {
        {"FMWK", TYPE_FRAMEWORK},
        {"KEXT", TYPE_DEVICE_DRIVER},
        {"DEXT", TYPE_DEVICE_DRIVER},
        {"SYSX", TYPE_SERVICE},
    };
    struct sv kind = property_get_text(info, "CFBundlePackageType");

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (sv_eq(kind, sv_str(kinds[i].kind)))
            return kinds[i].type;
    }
    return TYPE_APPLICATION;
}

struct sv info_plist_id(const struct property *info)
{
    return sv_trim(property_get_text(info, "CFBundleIdentifier"));
}

void info_plist_emit(const struct property *info, struct span bytes, uint64_t at,
                     struct emit_once *once)
{
    static const struct {
        const char *key;
        enum field_key field;
    } keys[] = {
        {"CFBundleDisplayName", FIELD_PRODUCT},     {"CFBundleName", FIELD_PRODUCT},
        {"CFBundleExecutable", FIELD_NAME},         {"CFBundleShortVersionString", FIELD_VERSION},
        {"CFBundleVersion", FIELD_VERSION},         {"NSHumanReadableCopyright", FIELD_COPYRIGHT},
        {"CFBundleGetInfoString", FIELD_COPYRIGHT},
    };

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct sv text = sv_trim(property_get_text(info, keys[i].key));
        struct span place = property_locate(bytes, text);

        emit_once_at(once, keys[i].field, text, at + (uint64_t)(place.p - bytes.p), place.n);
    }
}
