// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scan/wire.h"

/* ---- events as text; and the order that everybody relies on ---- */

struct listener {
    struct buf text;
    unsigned depth;
    bool open[DISSECT_DEPTH_MAX + 1], told_all[DISSECT_DEPTH_MAX + 1];
};

static void on_begin(void *to, const struct dissect_begin *b)
{
    struct listener *l = to;

    if (b->is_entry) {
        assert_true(l->open[l->depth] && l->told_all[l->depth]);
        l->depth++;
    }
    assert_true(l->depth <= DISSECT_DEPTH_MAX);
    l->open[l->depth] = true;
    l->told_all[l->depth] = false;
    buf_printf(&l->text, "begin %.*s%s%s%s%s\n", (int)b->entry.n, b->entry.p,
               b->whole ? " whole" : "", b->script ? " script" : "", b->empty ? " empty" : "",
               b->closed ? " closed" : "");
}

static void may_tell(const struct listener *l)
{
    assert_true(l->open[l->depth] && !l->told_all[l->depth]);
}

static void on_seen(void *to, const struct field *f)
{
    struct listener *l = to;

    may_tell(l);
    buf_printf(&l->text, "seen %s=%.*s @%llu+%llu\n", field_text(f->key), (int)f->value.n,
               f->value.p, (unsigned long long)f->offset, (unsigned long long)f->length);
}

static void on_told(void *to, const struct dissect_answer *a)
{
    struct listener *l = to;

    may_tell(l);
    buf_printf(&l->text, "told %s %d%s: %.*s\n", a->recogniser->name, a->gate->tag,
               a->cut ? " cut" : "", (int)a->message.n,
               a->message.n ? (const char *)a->message.p : "");
}

static void on_told_all(void *to, bool read)
{
    struct listener *l = to;

    may_tell(l);
    l->told_all[l->depth] = true;
    buf_printf(&l->text, "told all%s\n", read ? " read" : "");
}

static void on_end(void *to, int result, const struct err *why)
{
    struct listener *l = to;

    assert_true(l->depth > 0);
    l->open[l->depth--] = false;
    buf_printf(&l->text, "end %d %s\n", result, result < 0 ? why->text : "");
}

static const struct dissect_events listening = {on_begin, on_seen, on_told, on_told_all, on_end};

/* ---- what goes over the wire ---- */

static const struct recogniser recogniser = {
    .name = "acme",
    .gates = (const struct gate[]){{.path = "*.a", .tag = 1}, {.path = "*.b", .tag = 2}, {0}}};
static const struct recogniser *const table[] = {&recogniser, NULL};

static void ignore(void *context)
{
    (void)context;
}

static void append(void *context, struct span bytes)
{
    struct wire_writer *w = context;

    buf_bytes(&w->to, bytes.p, bytes.n);
}

/* A file with an entry, which holds one that cannot be read. */
static void write_sample(struct wire_writer *w, const struct dissect_events *to, void *listener,
                         struct span message)
{
    const struct dissect_begin begins[] = {{.whole = true, .script = true},
                                           {.is_entry = true, .entry = SV("x.b"), .empty = true},
                                           {.is_entry = true, .entry = SV("y"), .closed = true}};
    const struct field field = {
        .key = FIELD_MAGIC, .value = SV("MZ"), .offset = 7, .length = UINT64_C(1) << 40};
    const struct dissect_answer answers[] = {{&recogniser, &recogniser.gates[1], message, true},
                                             {&recogniser, &recogniser.gates[0], {0}, false}};
    struct err why;
    int r = ERR(&why, ERR_ENCRYPTED, "it is locked");

    (void)w;
    to->begin(listener, &begins[0]);
    to->seen(listener, &field);
    to->told(listener, &answers[0]);
    to->told_all(listener, true);
    to->begin(listener, &begins[1]);
    to->told(listener, &answers[1]);
    to->told_all(listener, false);
    to->begin(listener, &begins[2]);
    to->end(listener, r, &why);
    to->end(listener, 0, NULL);
}

static void write_all(struct wire_writer *w, const struct classifier *c, struct span message)
{
    struct wire_end end = {.bytes = UINT64_C(5) << 33, .short_read = true};

    *w = (struct wire_writer){.classifier = c, .written = ignore, .long_one = append, .context = w};
    write_sample(w, &wire_events, w, message);
    end.result = ERR(&end.why, ERR_LIMIT, "too much");
    wire_put_end(&w->to, &end);
    assert_true(buf_ok(&w->to));
}

/* 0 after the last record, WIRE_END, or the failure. */
static int read_all(const struct classifier *c, struct span bytes, struct listener *l,
                    struct wire_end *ret)
{
    struct wire_reader r = {.classifier = c};
    struct err err;

    while (bytes.n) {
        size_t n = 0;
        bool end = false;
        int result = wire_record(bytes, &n, &end, &err);

        if (result < 0 || n == 0)
            return result;
        result = wire_tell(&r, (struct span){bytes.p, n}, &listening, l, ret, &err);
        assert_int_equal(result == WIRE_END, end && result >= 0);
        if (result)
            return result;
        bytes = span_from(bytes, n);
    }
    return 0;
}

static void setup(struct classifier **c)
{
    struct err err;

    assert_int_equal(classifier_new_of(table, c, &err), 0);
}

static void what_is_written_is_read_again(void **state)
{
    struct listener direct = {0}, read = {0};
    struct wire_end end = {0};
    struct wire_writer w;
    struct classifier *c;
    (void)state;
    setup(&c);
    write_sample(NULL, &listening, &direct, BYTES("message"));

    write_all(&w, c, BYTES("message"));

    assert_int_equal(read_all(c, (struct span){(const uint8_t *)w.to.p, w.to.n}, &read, &end),
                     WIRE_END);
    assert_string_equal(read.text.p, direct.text.p);
    assert_string_equal(read.text.p, "begin  whole script\n"
                                     "seen magic=MZ @7+1099511627776\n"
                                     "told acme 2 cut: message\n"
                                     "told all read\n"
                                     "begin x.b empty\n"
                                     "told acme 1: \n"
                                     "told all\n"
                                     "begin y closed\n"
                                     "end -8 it is locked\n"
                                     "end 0 \n");
    assert_int_equal(end.result, -ERR_LIMIT);
    assert_string_equal(end.why.text, "too much");
    assert_int_equal(end.bytes, UINT64_C(5) << 33);
    assert_true(end.short_read);
    buf_clear(&direct.text);
    buf_clear(&read.text);
    buf_clear(&w.to);
    classifier_free(c);
}

static void a_long_message_is_the_same(void **state)
{
    size_t n = 300 * 1024;
    uint8_t *message = calloc(1, n);
    struct listener direct = {0}, read = {0};
    struct wire_end end;
    struct wire_writer w;
    struct classifier *c;
    (void)state;
    setup(&c);
    memset(message, 'm', n);
    write_sample(NULL, &listening, &direct, (struct span){message, n});

    write_all(&w, c, (struct span){message, n});

    assert_int_equal(read_all(c, (struct span){(const uint8_t *)w.to.p, w.to.n}, &read, &end),
                     WIRE_END);
    assert_int_equal(read.text.n, direct.text.n);
    assert_memory_equal(read.text.p, direct.text.p, read.text.n);
    buf_clear(&direct.text);
    buf_clear(&read.text);
    buf_clear(&w.to);
    classifier_free(c);
    free(message);
}

/* The listener asserts that whatever is told comes in an order that makes sense. */
static void damaged_answers_are_refused_or_make_sense(void **state)
{
    struct wire_writer w;
    struct classifier *c;
    (void)state;
    setup(&c);
    write_all(&w, c, BYTES("message"));

    for (size_t i = 0; i < w.to.n; i++) {
        for (unsigned change = 0; change < 10; change++) {
            // An exact block, so that reading past it is noticed.
            size_t n = change == 9 ? i : w.to.n;
            uint8_t *bytes = malloc(n ? n : 1);
            struct listener l = {0};
            struct wire_end end;

            if (n)
                memcpy(bytes, w.to.p, n);
            if (change < 9)
                bytes[i] = (uint8_t)(change == 8 ? 0xffu : bytes[i] ^ 1u << change);
            (void)read_all(c, (struct span){bytes, n}, &l, &end);
            buf_clear(&l.text);
            free(bytes);
        }
    }
    buf_clear(&w.to);
    classifier_free(c);
}

static void answers_out_of_order_are_refused(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
    } cases[] = {
        {"an entry of nothing", BYTES("\2\0\0\0B\1x")},
        {"two beginnings", BYTES("\1\0\0\0B\0\1\0\0\0B\0")},
        {"an entry before all was told", BYTES("\1\0\0\0B\0\2\0\0\0B\1x")},
        {"an end without a beginning", BYTES("\1\0\0\0E\0")},
        {"an end of the file itself", BYTES("\1\0\0\0B\0\1\0\0\0A\0\1\0\0\0E\0")},
        {"an end within an entry", BYTES("\1\0\0\0B\0\1\0\0\0A\0\2\0\0\0B\1x"
                                         "\x0a\0\0\0F\0\0\0\0\0\0\0\0\0\0")},
        {"all was told twice", BYTES("\1\0\0\0B\0\1\0\0\0A\0\1\0\0\0A\0")},
        {"told before it began", BYTES("\1\0\0\0A\0")},
        {"a name with a NUL", BYTES("\1\0\0\0B\0\1\0\0\0A\0\3\0\0\0B\1\0x")},
        {"an unknown record", BYTES("\0\0\0\0Z")},
        {"an unknown failure", BYTES("\x0a\0\0\0F\x63\0\0\0\0\0\0\0\0\0")},
        {"a field that is none",
         BYTES("\1\0\0\0B\0\x13\0\0\0S\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
        {"a recogniser that is none", BYTES("\1\0\0\0B\0\x09\0\0\0T\1\0\0\0\0\0\0\0\0")},
        {"a gate that is none", BYTES("\1\0\0\0B\0\x09\0\0\0T\0\0\0\0\2\0\0\0\0")},
        {"a record that is cut short", BYTES("\1\0\0\0B\0\4\0\0\0T\0\0\0\0")},
        {"a record that is too long", BYTES("\xff\xff\xff\x7fZ")},
    };
    struct classifier *c;
    (void)state;
    setup(&c);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct listener l = {0};
        struct wire_end end;

        if (read_all(c, cases[i].bytes, &l, &end) != -ERR_FORMAT)
            fail_msg("%s", cases[i].why);
        buf_clear(&l.text);
    }
    classifier_free(c);
}

static void a_job_arrives_as_it_was_sent(void **state)
{
    const struct wire_job sent = {.path = SV("/a\n"),
                                  .place = SV("/r/a%0A"),
                                  .number = 7,
                                  .size = UINT64_C(1) << 40,
                                  .executable = true,
                                  .known = true,
                                  .recogniser = -1,
                                  .gate = 3};
    struct wire_job got;
    struct reader r;
    struct err err;
    auto_buf b = {0};
    (void)state;

    wire_put_job(&b, &sent);

    r = reader_over((struct span){(const uint8_t *)b.p, b.n});
    assert_int_equal(wire_get_job(&r, &got, &err), 0);
    assert_int_equal(r.rest.n, 0);
    assert_true(sv_eq(got.path, sent.path) && sv_eq(got.place, sent.place));
    assert_true(got.number == 7 && got.size == UINT64_C(1) << 40);
    assert_true(got.executable && !got.hash && got.known && !got.alone);
    assert_true(got.recogniser == -1 && got.gate == 3);
    for (size_t n = 0; n < b.n; n++) {
        r = reader_over((struct span){(const uint8_t *)b.p, n});
        assert_int_equal(wire_get_job(&r, &got, &err), -ERR_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_long_message_is_the_same),
        cmocka_unit_test(damaged_answers_are_refused_or_make_sense),
        cmocka_unit_test(answers_out_of_order_are_refused),
        cmocka_unit_test(a_job_arrives_as_it_was_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
