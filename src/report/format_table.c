// SPDX-License-Identifier: Apache-2.0
/* The inventory as a table for a terminal: one line for each component, its first place last. */
#include "report/fold.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/say.h"

enum {
    NAME = 25,
    VERSION = 14,
    KIND = 13,
    STATE = 10,
};

struct to {
    struct sink *sink;
    uint64_t items;
};

static struct sv name_of(const struct component *c)
{
    static const enum field_key keys[] = {FIELD_NAME,    FIELD_PACKAGE,        FIELD_PRODUCT,
                                          FIELD_SERVICE, FIELD_CERTIFICATE_CN, FIELD_BUNDLE_ID,
                                          FIELD_SONAME,  FIELD_DEVICE_NAME,    FIELD_FILE_NAME};
    struct sv name = {0};

    for (size_t i = 0; i < ARRAY_LEN(keys) && name.n == 0; i++)
        name = component_get(c, keys[i]);
    return name.n ? name : SV("-");
}

static struct sv kind_of(const struct component *c)
{
    struct sv type = component_get(c, FIELD_PACKAGE_TYPE);

    if (type.n)
        return type;
    if (c->type == TYPE_CRYPTOGRAPHIC_ASSET)
        return SV("certificate");
    return sv_str(component_type_text(c->type));
}

static int add_item(void *to_, const struct fold_item *item, struct err *err)
{
    const struct component *c = &item->first->component;
    struct sv kind = kind_of(c);
    size_t more = item->place_count - item->owned_count - 1;
    struct to *to = to_;
    struct sink *s = to->sink;
    (void)err;

    plain_cell(s, name_of(c), NAME, false);
    sink_char(s, ' ');
    plain_cell(s, component_get(c, FIELD_VERSION), VERSION, false);
    sink_char(s, ' ');
    plain_cell(s, kind, KIND, false);
    sink_char(s, ' ');
    plain_cell(s, sv_str(component_state_text(item->state)), STATE, false);
    sink_char(s, ' ');
    plain_text(s, item->first->place);
    if (more)
        sink_printf(s, " (+%zu)", more);
    sink_char(s, '\n');
    to->items++;
    return 0;
}

static int write_table(const struct scan_view *view, struct sink *sink, struct err *err)
{
    struct to to = {.sink = sink};
    auto_fold *fold = NULL;
    auto_buf text = {0};

    TRY(fold_new(view, &fold, err));
    plain_style(sink, PLAIN_STRONG);
    plain_cell(sink, SV("NAME"), NAME + 1, false);
    plain_cell(sink, SV("VERSION"), VERSION + 1, false);
    plain_cell(sink, SV("KIND"), KIND + 1, false);
    plain_cell(sink, SV("STATE"), STATE + 1, false);
    sink_str(sink, "PLACE");
    plain_style(sink, PLAIN_NORMAL);
    sink_char(sink, '\n');
    TRY(fold_each(fold, add_item, &to, err));
    say_count(&text, to.items, "component", NULL);
    buf_str(&text, ", ");
    say_count(&text, view->coverage.unexamined, "object was not examined.",
              "objects were not examined.");
    sink_char(sink, '\n');
    plain_wrap(sink, 0, 0, buf_view(&text));
    return 0;
}

const struct report_format format_table = {
    .name = "table",
    .summary = "the inventory as a table",
    .extension = "txt",
    .write = write_table,
};
