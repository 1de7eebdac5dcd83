// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <string.h>

#include "base/clock.h"
#include "report/visible.h"
#include "report_assets.h"

static void escaped(struct sink *s, struct sv text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&':
            sink_str(s, "&amp;");
            break;
        case '<':
            sink_str(s, "&lt;");
            break;
        case '>':
            sink_str(s, "&gt;");
            break;
        case '"':
            sink_str(s, "&quot;");
            break;
        case '\'':
            sink_str(s, "&#39;");
            break;
        default:
            sink_char(s, text.p[i]);
        }
    }
}

void html_text(struct sink *s, struct sv text)
{
    char escape[VISIBLE_ESCAPE_MAX];
    struct sv plain;

    while (visible_next(&text, &plain, escape)) {
        if (escape[0])
            sink_printf(s, "<span class=\"esc\">%s</span>", escape);
        else
            escaped(s, plain);
    }
}

void html_marked(struct sink *s, struct sv text)
{
    bool code = false;

    while (text.n) {
        bool more = sv_find(text, SV("`")) != SIZE_MAX;

        html_text(s, sv_cut(&text, '`'));
        if (more)
            sink_str(s, code ? "</code>" : "<code>");
        code = more ? !code : code;
    }
    if (code)
        sink_str(s, "</code>");
}

void html_name(struct sink *s, struct sv text)
{
    sink_str(s, "<bdi>");
    html_text(s, text);
    sink_str(s, "</bdi>");
}

static bool is_ascii(struct sv text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((uint8_t)text.p[i] >= 0x80)
            return false;
    return true;
}

void html_place(struct sink *s, struct sv place)
{
    sink_str(s, "<code class=\"place\">");
    if (is_ascii(place))
        html_text(s, place);
    // A folder with a name in Hebrew must not turn the order of the folders after it.
    while (place.n && !is_ascii(place)) {
        bool more = sv_find(place, SV("/")) != SIZE_MAX;
        struct sv name = sv_cut(&place, '/');

        if (name.n)
            html_name(s, name);
        sink_str(s, more ? "/" : "");
        if (is_ascii(place))
            html_text(s, place);
    }
    sink_str(s, "</code>");
}

void html_number(struct sink *s, uint64_t n)
{
    auto_buf text = {0};

    say_number(&text, n);
    sink_sv(s, buf_view(&text));
}

void html_date(struct sink *s, struct sv date)
{
    char iso[CLOCK_TEXT];
    auto_buf text = {0};
    int64_t ns;

    if (!clock_parse(date, &ns)) {
        html_text(s, date);
        return;
    }
    say_day(&text, ns / (86400 * NS_PER_S));
    sink_printf(s, "<time datetime=\"%s\">", clock_day_text(ns / (86400 * NS_PER_S), iso));
    sink_sv(s, buf_view(&text));
    sink_str(s, "</time>");
}

static bool is_address(struct sv url)
{
    if (!sv_starts(url, SV("https://")) && !sv_starts(url, SV("http://")))
        return false;
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] > '~' || strchr("<>\"'`\\", url.p[i]))
            return false;
    return true;
}

void html_link(struct sink *s, struct sv url, struct sv text)
{
    bool link = is_address(url);

    if (link) {
        sink_str(s, "<a href=\"");
        escaped(s, url);
        sink_str(s, "\" rel=\"noopener noreferrer\">");
    }
    html_text(s, text);
    if (link)
        sink_str(s, "</a>");
}

/*
 * Narrow screens show a row as a block, which takes a table's meaning from it; the roles give it
 * back to those who hear the page.
 */
void html_table_begin(struct sink *s, const char *id, const char *caption, bool hide_caption,
                      const char *const columns[], size_t count)
{
    sink_str(s, "<table class=\"stack\" role=\"table\"");
    if (id)
        sink_printf(s, " id=\"%s\"", id);
    sink_printf(s, ">\n<caption%s>%s</caption>\n", hide_caption ? " class=\"unseen\"" : "",
                caption);
    sink_str(s, "<thead role=\"rowgroup\"><tr role=\"row\">");
    for (size_t i = 0; i < count; i++)
        sink_printf(s, "<th role=\"columnheader\" scope=\"col\">%s</th>", columns[i]);
    sink_str(s, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
}

void html_table_end(struct sink *s)
{
    sink_str(s, "</tbody>\n</table>\n");
}

void html_row(struct sink *s)
{
    sink_str(s, "<tr role=\"row\">");
}

void html_row_end(struct sink *s)
{
    sink_str(s, "</tr>\n");
}

void html_cell(struct sink *s, const char *column)
{
    sink_printf(s, "<td role=\"cell\" data-label=\"%s\"><div>", column);
}

void html_cell_end(struct sink *s)
{
    sink_str(s, "</div></td>");
}

void html_row_heading(struct sink *s, const char *column)
{
    sink_printf(s, "<th role=\"rowheader\" scope=\"row\" data-label=\"%s\"><div>", column);
}

void html_row_heading_end(struct sink *s)
{
    sink_str(s, "</div></th>");
}

void html_icon(struct sink *s, enum verdict verdict)
{
    static const char *const shapes[] = {
        [VERDICT_ABSENT] =
            "<circle cx=\"12\" cy=\"12\" r=\"10\"/><path d=\"M7 12.5l3.3 3.3L17 9\"/>",
        [VERDICT_FOUND] =
            "<path d=\"M8 2h8l6 6v8l-6 6H8l-6-6V8z\"/><path d=\"M12 7v6M12 16.5v.5\"/>",
        [VERDICT_UNKNOWN] = "<circle cx=\"12\" cy=\"12\" r=\"10\"/>"
                            "<path d=\"M9 9.2a3 3 0 1 1 4.3 2.7c-.8.4-1.3 1-1.3 1.9M12 16.9v.4\"/>",
    };

    sink_printf(s,
                "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" "
                "focusable=\"false\">%s</svg>",
                shapes[verdict]);
}

const char *html_verdict_class(enum verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_ABSENT] = "absent", [VERDICT_FOUND] = "found", [VERDICT_UNKNOWN] = "unknown"};

    return names[verdict];
}

void html_begin(struct sink *s, const char *title, struct sv name, const char *kind)
{
    sink_str(s, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    sink_printf(s,
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; "
                "form-action 'none'\">\n",
                report_css_sha256, report_js_sha256);
    sink_str(s, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta name=\"referrer\" content=\"no-referrer\">\n"
                "<meta name=\"robots\" content=\"noindex\">\n<title>");
    sink_printf(s, "%s: ", title);
    // A title has no markup, so what cannot be shown is spelt out without it.
    while (name.n) {
        char escape[VISIBLE_ESCAPE_MAX];
        struct sv plain;

        if (!visible_next(&name, &plain, escape))
            break;
        html_text(s, escape[0] ? sv_str(escape) : plain);
    }
    sink_str(s, "</title>\n<style>");
    sink_str(s, report_css);
    sink_printf(s,
                "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the "
                "result</a>\n<header class=\"top\"><div class=\"wrap\"><p "
                "class=\"brand\">debar</p><p>%s</p></div></header>\n<main id=\"main\" "
                "class=\"wrap\" tabindex=\"-1\">\n",
                kind);
}

void html_end(struct sink *s, const char *footer)
{
    sink_printf(s, "</main>\n<footer class=\"wrap\"><p>%s</p></footer>\n<script>", footer);
    sink_str(s, report_js);
    sink_str(s, "</script>\n</body>\n</html>\n");
}
