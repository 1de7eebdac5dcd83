// SPDX-License-Identifier: Apache-2.0
/*
 * What an authority has ordered: who is banned, who is bound, what is in and out, and by when.
 * Plain data that mirrors `orders/<id>.yaml`; order/rules.h reads and checks it. Owned by the arena
 * of the struct rules it was read into, and const from then on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "model/scan_view.h"
#include "order/catalogue.h"

/* Days since 1970 where a file says no date. */
#define NO_DAY INT64_MIN

#define ORDER_APPLIES(X) \
    X(PRODUCT, "product") \
    X(SERVICE, "service") \
    X(EMBEDDED, "embedded") \
    X(HARDWARE, "hardware") \
    X(MOBILE_APP, "mobile-app") \
    X(NETWORK_TRAFFIC, "network-traffic") \
    X(INSTALLATION, "installation")

enum order_applies {
#define X(name, text) APPLIES_##name,
    ORDER_APPLIES(X)
#undef X
        APPLIES_COUNT_
};

#define MILESTONE_KINDS(X) \
    X(IDENTIFY, "identify") \
    X(REPORT, "report") \
    X(PLAN, "plan") \
    X(BEGIN_REMOVAL, "begin-removal") \
    X(COMPLETE, "complete") \
    X(EFFECTIVE, "effective") \
    X(STATUS, "status") \
    X(PROHIBIT, "prohibit") \
    X(INFORM, "inform")

enum milestone_kind {
#define X(name, text) MILESTONE_##name,
    MILESTONE_KINDS(X)
#undef X
        MILESTONE_COUNT_
};

/* From when a number of days is counted. */
#define MILESTONE_CLOCKS(X) \
    X(ISSUE, "issue") \
    X(IDENTIFICATION, "identification") \
    X(DETECTION, "detection") \
    X(REPORT, "report")

enum milestone_clock {
#define X(name, text) CLOCK_##name,
    MILESTONE_CLOCKS(X)
#undef X
        CLOCK_COUNT_
};

struct milestone {
    struct sv id;
    enum milestone_kind kind;
    int64_t date;  /* NO_DAY: `days` after `from` */
    unsigned days; /* calendar days, or with `business` days from Monday to Friday */
    bool business;
    enum milestone_clock from;
    unsigned every_days; /* repeating; 0: once */
    struct sv until;     /* words; may be empty */
    struct sv text;
    struct sv clause; /* may be empty */
};

struct order_class {
    enum { ORDER_SILENT, ORDER_IN, ORDER_OUT } rule;
    struct sv clause; /* empty when silent */
};

struct order_products {
    bool closed;      /* `list: closed` */
    struct sv *named; /* as the text names them */
    size_t named_count;
    /* Restrictions; each that is given must hold. `clause` says why others are not covered. */
    struct sv *ids; /* product ids of the vendors' catalogues */
    size_t id_count;
    struct sv *kinds;
    size_t kind_count;
    unsigned platforms; /* SET_OF(PLATFORM_…); 0: not restricted */
    struct sv clause;
};

struct order_exceptions {
    struct sv granted_by, text; /* may be empty */
    unsigned max_days;          /* 0: no limit said */
    bool blanket;               /* one exception for everything is allowed; true when not said */
};

/* What the plans of machines answer by themselves. */
#define ELEMENT_FACTS(X) \
    X(PRODUCTS, "products")     /* which products were found */ \
    X(ENDPOINTS, "endpoints")   /* on how many machines, and what becomes of them */ \
    X(METHODS, "methods")       /* how it was searched */ \
    X(STEPS, "steps")           /* what the plans do, and what that takes */ \
    X(MILESTONES, "milestones") /* the order's own dates */

enum element_fact {
#define X(name, text) ELEMENT_##name,
    ELEMENT_FACTS(X)
#undef X
        ELEMENT_COUNT_
};

enum {
    ORDER_ELEMENTS_MAX = 60,
    ORDER_PARTS_MAX = 16,
};

/* One thing that the plan has to address which the order asks agencies for. */
struct order_element {
    struct sv id, title;
    struct sv text;   /* what is asked for */
    struct sv key;    /* of a person's answer; empty when only facts answer it */
    struct sv *parts; /* of that answer; none: text, or a list of texts */
    size_t part_count;
    unsigned facts; /* SET_OF(ELEMENT_…) */
};

struct order_source {
    struct sv fact, url;
};

struct order {
    struct sv id; /* the file's base name */
    struct sv title, authority, citation, url;
    int64_t issued;
    int64_t effective; /* NO_DAY when not said */
    struct sv binds;
    struct sv *carve_outs;
    size_t carve_out_count;
    struct sv *vendors; /* catalogue names */
    size_t vendor_count;
    struct sv *named; /* entities as the text names them */
    size_t named_count;
    unsigned relations; /* SET_OF(RELATION_…) */
    struct order_products products;
    unsigned applies_to; /* SET_OF(APPLIES_…) */
    struct order_class scope[SCOPE_COUNT_];
    struct milestone *milestones;
    size_t milestone_count;
    struct sv *report_fields;
    size_t report_field_count;
    struct order_element *elements; /* of the plan that it asks for; may be none */
    size_t element_count;
    struct sv report_to;
    bool nil_report;
    struct sv flow_down; /* may be empty */
    struct order_exceptions exceptions;
    struct {
        bool required;
        struct sv text;
    } replacement;
    struct sv *notes;
    size_t note_count;
    struct order_source *sources;
    size_t source_count;
    struct sv file;
};

const char *milestone_kind_text(enum milestone_kind kind);
const char *milestone_clock_text(enum milestone_clock clock);
const char *order_applies_text(enum order_applies applies);

/*
 * Does the order name this vendor at all? And if it does, does it cover this product, seen as this
 * class on these platforms (SET_OF, 0 when the platform is not known)? `ret_why` is the clause that
 * decides, borrowed from the order.
 */
bool order_names_vendor(const struct order *o, struct sv vendor);
bool order_covers(const struct order *o, const struct product *product, enum scope_class scope,
                  unsigned platforms, struct sv *ret_why);

/* The days on which the clocks of an order started here; NO_DAY where that has not happened. */
struct order_clocks {
    int64_t identification, detection, report;
};

#define ORDER_CLOCKS_UNKNOWN ((struct order_clocks){NO_DAY, NO_DAY, NO_DAY})

/*
 * The deadlines of an order as of `today`, in the order of its milestones. Business days are Monday
 * to Friday: public holidays are not known here, so a date may be earlier than the law's, never
 * later. A repeating one shows its next date. 0, or -ERR_LIMIT of the arena.
 */
int order_deadlines(const struct order *o, const struct order_clocks *clocks, int64_t today,
                    struct arena *arena, struct deadline **ret_deadlines, size_t *ret_count,
                    struct err *err) MUST_USE;

/* The order as reports show it; `verdict` is left for the caller. */
int order_summarise(const struct order *o, const struct order_clocks *clocks, int64_t today,
                    struct arena *arena, struct order_summary *ret, struct err *err) MUST_USE;
