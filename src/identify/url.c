// SPDX-License-Identifier: Apache-2.0
#include "identify/url.h"

#include <string.h>

static struct sv host_of(struct sv url)
{
    struct sv host = sv_from(url, sv_find(url, SV("://")) + 3);
    size_t n = 0, at;

    while (n < host.n && !strchr("/?#", host.p[n]) && host.p[n])
        n++;
    host.n = n;
    at = sv_find_last(host, '@');
    if (at != SIZE_MAX)
        host = sv_from(host, at + 1);
    return sv_cut(&host, ':');
}

static bool is_host(struct sv host)
{
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];

        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' &&
            c != '-' && c != '_')
            return false;
    }
    return host.n > 0;
}

bool url_emit(const struct job *job, struct sv url, struct range at)
{
    size_t scheme = sv_find(url, SV("://")), n = 0;
    struct sv host;

    if (scheme == SIZE_MAX || scheme == 0)
        return false;
    while (n < url.n && (unsigned char)url.p[n] > ' ' && !strchr("\"'<>`|\\", url.p[n]))
        n++;
    while (n && strchr(",;.)", url.p[n - 1]))
        n--;
    url.n = n;
    host = host_of(url);
    if (scheme > url.n || !is_host(host))
        return false;
    emit_component_as(job->out, TYPE_FILE, STATE_REFERENCED, job->gate->ceiling);
    emit_field_at(job->out, FIELD_URL, url, at.offset, at.length);
    emit_field(job->out, FIELD_HOST, host);
    return true;
}

bool url_emit_in(const struct job *job, struct sv text, struct range at, bool *any)
{
    size_t scheme = sv_find(text, SV("://")), start = scheme;

    if (scheme == SIZE_MAX)
        return false;
    while (start &&
           ((text.p[start - 1] >= 'a' && text.p[start - 1] <= 'z') || text.p[start - 1] == '+'))
        start--;
    *any |= url_emit(job, sv_from(text, start), at);
    return true;
}
