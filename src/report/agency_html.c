// SPDX-License-Identifier: Apache-2.0
/* The plan of an agency as one self-contained page, element by element. */
#include "report/agency.h"
#include "report/html.h"

static void write_banner(const struct agency_plan *a, struct sink *s)
{
    sink_str(s, "<h1>Plan of action: ");
    html_text(s, a->order_title);
    sink_str(s, "</h1>\n<p class=\"when\">");
    html_link(s, a->url, a->citation);
    sink_str(s, ", ");
    html_text(s, a->authority);
    sink_str(s, ". Made on ");
    html_date(s, a->made);
    sink_printf(s, "</p>\n<section class=\"verdict %s\" aria-labelledby=\"verdict\">\n",
                a->missing ? "unknown" : "absent");
    html_icon(s, a->missing ? VERDICT_UNKNOWN : VERDICT_ABSENT);
    sink_printf(s, "<div>\n<h2 id=\"verdict\">%s</h2>\n<p>",
                a->missing ? "Not complete yet" : "Every element is addressed");
    if (a->missing) {
        sink_str(s, "Still to be answered: ");
        for (size_t i = 0, n = 0; i < a->element_count; i++) {
            if (!a->elements[i].missing)
                continue;
            sink_str(s, n++ ? ", " : "");
            sink_printf(s, "<a href=\"#element-%zu\">", i + 1);
            html_text(s, a->elements[i].id);
            sink_str(s, " ");
            html_text(s, a->elements[i].title);
            sink_str(s, "</a>");
        }
        sink_str(s, ".");
    } else {
        html_number(s, a->element_count);
        sink_str(s, " of ");
        html_number(s, a->element_count);
        sink_str(s, " elements. Whether each answer is enough is for people to judge.");
    }
    sink_str(s, "</p>\n</div>\n</section>\n");
}

static void number_cell(struct sink *s, const char *column, uint64_t n)
{
    html_cell(s, column);
    html_number(s, n);
    html_cell_end(s);
}

static const char *const columns[] = {"Product",       "Endpoints", "Found",     "To be removed",
                                      "Made harmless", "Excepted",  "Remaining", "For others"};

static void count_row(struct sink *s, struct sv name, uint64_t endpoints, uint64_t found,
                      const uint64_t statuses[])
{
    html_row(s);
    html_row_heading(s, "Product");
    html_name(s, name);
    html_row_heading_end(s);
    number_cell(s, columns[1], endpoints);
    number_cell(s, columns[2], found);
    number_cell(s, columns[3], statuses[STATUS_REMOVED]);
    number_cell(s, columns[4], statuses[STATUS_MITIGATED]);
    number_cell(s, columns[5], statuses[STATUS_EXCEPTED]);
    number_cell(s, columns[6], statuses[STATUS_REMAINING]);
    number_cell(s, columns[7], statuses[STATUS_FOUND]);
    html_row_end(s);
}

static void write_counts(const struct agency_plan *a, struct sink *s)
{
    sink_str(s, "<section aria-labelledby=\"counts\">\n<h2 id=\"counts\">Counts</h2>\n");
    html_table_begin(s, NULL, "Products, endpoints, and what becomes of each installation", true,
                     columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < a->product_count; i++) {
        const struct agency_product *p = &a->products[i];

        count_row(s, p->name, p->endpoints, p->found, p->statuses);
    }
    count_row(s, SV("In all"), a->endpoints, a->found, a->statuses);
    html_table_end(s);
    sink_str(s, "<p class=\"muted\">Counted from the plans of ");
    html_number(s, a->plan_count);
    sink_str(s, a->plan_count == 1 ? " machine" : " machines");
    sink_str(s, ". Machines without a plan here are not counted.</p>\n</section>\n");
}

static void write_element(const struct agency_plan *a, size_t i, struct sink *s)
{
    const struct agency_element *e = &a->elements[i];

    sink_printf(s, "<article class=\"finding\" id=\"element-%zu\">\n<h3>", i + 1);
    html_text(s, e->id);
    sink_str(s, ". ");
    html_text(s, e->title);
    sink_str(s, "</h3>\n<p class=\"lead\">");
    html_text(s, e->asked);
    sink_str(s, "</p>\n");
    if (e->missing) {
        sink_str(s, "<p class=\"note\"><strong>Not answered.</strong> A person has to answer it: "
                    "key <code>");
        html_text(s, e->key);
        sink_str(s, "</code> of the agency's file.</p>\n");
    }
    sink_str(s, e->line_count ? "<dl class=\"facts\">\n" : "");
    for (size_t k = 0; k < e->line_count; k++) {
        sink_str(s, "<div><dt>");
        html_text(s, e->lines[k].label.n ? e->lines[k].label : SV("Answer"));
        sink_str(s, "</dt><dd>");
        html_text(s, e->lines[k].text);
        sink_str(s, "</dd></div>\n");
    }
    sink_str(s, e->line_count ? "</dl>\n" : "");
    sink_str(s, "</article>\n");
}

void agency_write_html(const struct agency_plan *a, struct sink *s)
{
    html_begin(s, "Plan of action", a->citation, "Plan of action");
    write_banner(a, s);
    write_counts(a, s);
    sink_str(s, "<section aria-labelledby=\"elements\">\n<h2 id=\"elements\">The elements that the "
                "order asks for</h2>\n");
    for (size_t i = 0; i < a->element_count; i++)
        write_element(a, i, s);
    sink_str(s, "</section>\n<section aria-labelledby=\"about\">\n<h2 id=\"about\">About this "
                "document</h2>\n<dl class=\"facts\">\n<div><dt>Goes to</dt><dd>");
    html_text(s, a->report_to);
    sink_str(s, "</dd></div>\n<div><dt>Program</dt><dd>debar ");
    html_text(s, a->version);
    sink_str(s, "</dd></div>\n<div><dt>Plans of machines</dt><dd><ul class=\"places\">");
    for (size_t i = 0; i < a->plan_count; i++) {
        sink_str(s, "<li>");
        html_place(s, a->plans[i]);
        sink_str(s, "</li>");
    }
    sink_str(s, "</ul></dd></div>\n</dl>\n</section>\n");
    html_end(s, "This page loads nothing from elsewhere.");
}
