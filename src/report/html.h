// SPDX-License-Identifier: Apache-2.0
/*
 * The parts of the HTML report. Markup is written with sink_str(); whatever is not a literal of
 * ours goes through html_text() and the functions made from it, and never into an attribute, but
 * for numbers, words of a fixed list, and addresses that html_link() has checked.
 */
#pragma once

#include "report/report.h"
#include "report/say.h"

struct page {
    const struct scan_view *view;
    struct sink *sink;
    struct tally tally;
};

/*
 * The beginning of a page up to where its content goes, and its end. `title` and `name` make the
 * document's title, `kind` stands at the top; all but `name` are literals. Both use the page's
 * style and its one script, which filters a table and opens what is folded before printing.
 */
void html_begin(struct sink *s, const char *title, struct sv name, const char *kind);
void html_end(struct sink *s, const char *footer);

/* Escaped; what cannot be shown is spelt out and marked. */
void html_text(struct sink *s, struct sv text);

/* The same, with what stands between two ` as code. */
void html_marked(struct sink *s, struct sv text);

/* The same as html_text, kept apart from the direction of writing around it. */
void html_name(struct sink *s, struct sv text);

/* A place: never shortened, broken anywhere. */
void html_place(struct sink *s, struct sv place);

void html_number(struct sink *s, uint64_t n);

/* "13 October 2026" as a time element when it is a date, else as text. */
void html_date(struct sink *s, struct sv date);

/* `text` as a link when `url` is an http(s) address; else only the text. */
void html_link(struct sink *s, struct sv url, struct sv text);

/* A heading row for a table: the names are literals. Ends with an open tbody. */
void html_table_begin(struct sink *s, const char *id, const char *caption, bool hide_caption,
                      const char *const columns[], size_t count);
void html_table_end(struct sink *s);
void html_cell(struct sink *s, const char *column); /* opens a td; end it with html_cell_end */
void html_row_heading(struct sink *s, const char *column); /* opens a th */
void html_cell_end(struct sink *s);
void html_row_heading_end(struct sink *s);
void html_row(struct sink *s);
void html_row_end(struct sink *s);

/* The name of an icon: found, absent, unknown. Decoration: the words say the same. */
void html_icon(struct sink *s, enum verdict verdict);
const char *html_verdict_class(enum verdict verdict);

/* Sections of the page, in the order in which they stand. */
int html_findings_table(struct page *p, struct err *err) MUST_USE;
void html_orders(struct page *p);
int html_coverage(struct page *p, struct err *err) MUST_USE;
int html_findings(struct page *p, struct err *err) MUST_USE;
