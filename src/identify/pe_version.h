// SPDX-License-Identifier: Apache-2.0
/*
 * The version resources of a Windows program: what it says of itself, in every language it has.
 *
 * A resource directory has three levels, kind, name and language; each RT_VERSION at the end of it
 * is a VS_VERSIONINFO, whose StringFileInfo has one table of names and values for each language and
 * code page.
 */
#pragma once

#include "format/pe.h"
#include "identify/emit_once.h"

/* 0; -ERR_FORMAT when a version resource is there and cannot be read: what could be was emitted. */
int pe_version_emit(struct pe *pe, struct emit_once *out, struct err *err) MUST_USE;

/* One VS_VERSIONINFO, which stands at `offset` in the file. False when it is damaged. */
bool version_info_emit(struct span bytes, uint64_t offset, struct arena *arena,
                       struct emit_once *out);
