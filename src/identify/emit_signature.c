// SPDX-License-Identifier: Apache-2.0
#include "identify/emit_signature.h"

void emit_signature(struct emit *out, const struct signature *s)
{
    const struct certificate *c = &s->signer;

    emit_group(out);
    emit_field_at(out, FIELD_SIGNATURE, sv_str(signature_state_text(s->state)), s->offset,
                  s->length);
    emit_field(out, FIELD_STATUS, s->why);
    emit_field_at(out, FIELD_SIGNER_CN, c->cn, s->offset, s->length);
    emit_field_at(out, FIELD_SIGNER_O, c->o, s->offset, s->length);
    emit_field_at(out, FIELD_SIGNER_SERIAL_NUMBER, c->serial_number, s->offset, s->length);
    emit_field_at(out, FIELD_SIGNER_SHA256, c->sha256, s->offset, s->length);
    emit_field(out, FIELD_PUBLISHER, s->submitter);
    emit_field(out, FIELD_SIGNER_ISSUER, c->issuer_cn.n ? c->issuer_cn : c->issuer_o);
    emit_field(out, FIELD_SIGNER_CERTIFICATE_SERIAL, c->serial);
}

void emit_unsigned(struct emit *out, struct sv why)
{
    emit_group(out);
    emit_field(out, FIELD_SIGNATURE, SV("unsigned"));
    emit_field(out, FIELD_STATUS, why);
}
