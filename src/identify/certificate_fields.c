// SPDX-License-Identifier: Apache-2.0
#include "identify/certificate_fields.h"

static const char *kind_of(const struct certificate *c)
{
    if (c->is_ca)
        return c->self_signed ? "self-signed-ca" : "ca";
    return c->self_signed ? "self-signed-leaf" : "leaf";
}

void certificate_emit_fields(struct emit *out, const struct certificate *c, const char *store,
                             uint64_t offset, uint64_t length)
{
    emit_group(out);
    emit_field_at(out, FIELD_CERTIFICATE_CN, c->cn, offset, length);
    emit_field_at(out, FIELD_CERTIFICATE_O, c->o, offset, length);
    emit_field(out, FIELD_CERTIFICATE_ISSUER_CN, c->issuer_cn);
    emit_field(out, FIELD_CERTIFICATE_ISSUER_O, c->issuer_o);
    emit_field_at(out, FIELD_CERTIFICATE_SHA256, c->sha256, offset, length);
    emit_field(out, FIELD_CERTIFICATE_SERIAL, c->serial);
    emit_field(out, FIELD_CERTIFICATE_KIND, sv_str(kind_of(c)));
    emit_field(out, FIELD_CERTIFICATE_STORE, sv_str(store));
    emit_group_end(out);
}

void certificate_emit(struct emit *out, const struct certificate *c, const char *store,
                      enum component_state state, enum confidence ceiling, uint64_t offset,
                      uint64_t length)
{
    emit_component_as(out, TYPE_CRYPTOGRAPHIC_ASSET, state, ceiling);
    emit_field_at(out, FIELD_NAME, c->cn.n ? c->cn : c->o, offset, length);
    certificate_emit_fields(out, c, store, offset, length);
}
