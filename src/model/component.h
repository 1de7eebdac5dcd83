// SPDX-License-Identifier: Apache-2.0
/*
 * One recognised piece of software, trust material, service or device.
 *
 * A component is a type and a list of fields. The names of the fields are the vocabulary that
 * recognisers write and catalogues ask for; where CycloneDX 1.6 has a word, it is that word.
 *
 * Its identity is what is the same on every host: the type and the fields marked IDENTITY. What
 * belongs to this host only (state, places, OCCURRENCE fields) is its occurrence.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* CycloneDX component types, and `service` for what CycloneDX lists under services. */
#define COMPONENT_TYPES(X) \
    X(APPLICATION, "application") \
    X(FRAMEWORK, "framework") \
    X(LIBRARY, "library") \
    X(CONTAINER, "container") \
    X(PLATFORM, "platform") \
    X(OPERATING_SYSTEM, "operating-system") \
    X(DEVICE, "device") \
    X(DEVICE_DRIVER, "device-driver") \
    X(FIRMWARE, "firmware") \
    X(FILE, "file") \
    X(DATA, "data") \
    X(CRYPTOGRAPHIC_ASSET, "cryptographic-asset") \
    X(SERVICE, "service")

enum component_type {
#define X(name, text) TYPE_##name,
    COMPONENT_TYPES(X)
#undef X
        TYPE_COUNT_
};

/* How a component is there, strongest first. */
#define COMPONENT_STATES(X) \
    X(RUNNING, "running") \
    X(INSTALLED, "installed") \
    X(PRESENT, "present") \
    X(CONTAINED, "contained") \
    X(REFERENCED, "referenced") \
    X(RESIDUE, "residue")

enum component_state {
#define X(name, text) STATE_##name,
    COMPONENT_STATES(X)
#undef X
        STATE_COUNT_
};

/* How sure a finding is; also the ceiling that a recogniser or gate may set for what it saw. */
enum confidence {
    CONFIDENCE_NONE, /* not a finding */
    CONFIDENCE_TRACE,
    CONFIDENCE_PROBABLE,
    CONFIDENCE_CONFIRMED,
};

/*
 * X(constant, name, identity) — the name is what a catalogue's `field:` says.
 * Several fields of one key are allowed (two signers, ten sonames).
 */
#define COMPONENT_FIELDS(X) \
    X(NAME, "name", 1) \
    X(VERSION, "version", 1) \
    X(PACKAGE, "package", 1) /* name in a package database or ecosystem */ \
    X(PACKAGE_TYPE, "package-type", \
      1) /* deb rpm apk pacman snap flatpak npm pypi maven golang … */ \
    X(PURL, "purl", 1) \
    X(CPE, "cpe", 1) \
    X(SUPPLIER, "supplier", 1) \
    X(PUBLISHER, "publisher", 1) \
    X(AUTHOR, "author", 1) \
    X(MAINTAINER, "maintainer", 1) \
    X(MANUFACTURER, "manufacturer", 1) \
    X(COMPANY, "company", 1) /* PE CompanyName */ \
    X(COPYRIGHT, "copyright", 1) \
    X(PRODUCT, "product", 1) /* PE ProductName, CFBundleName, DisplayName */ \
    X(DESCRIPTION, "description", 1) \
    X(LICENCE, "licence", 1) \
    X(HOMEPAGE, "homepage", 1) \
    X(ARCHITECTURE, "architecture", 1) \
    X(SHA256, "sha256", 1) \
    X(BUILD_ID, "build-id", 1) \
    /* one group of fields for each signature */ \
    X(SIGNATURE, "signature", 1) /* trust/signature.h: verified, untrusted, self-signed, broken, \
                                          unchecked; or unsigned */ \
    X(SIGNER_CN, "signer-cn", 1) \
    X(SIGNER_O, "signer-o", 1) \
    X(SIGNER_SERIAL_NUMBER, "signer-serial-number", 1) /* 2.5.4.5 of the subject */ \
    X(SIGNER_SHA256, "signer-sha256", 1) /* of the certificate's DER, lower-case hex */ \
    X(SIGNER_ISSUER, "signer-issuer", 1) \
    X(SIGNER_CERTIFICATE_SERIAL, "signer-certificate-serial", 1) \
    X(TEAM_ID, "team-id", 1) \
    /* one group of fields for each certificate */ \
    X(CERTIFICATE_CN, "certificate-cn", 1) \
    X(CERTIFICATE_O, "certificate-o", 1) \
    X(CERTIFICATE_ISSUER_CN, "certificate-issuer-cn", 1) \
    X(CERTIFICATE_ISSUER_O, "certificate-issuer-o", 1) \
    X(CERTIFICATE_SHA256, "certificate-sha256", 1) \
    X(CERTIFICATE_SERIAL, "certificate-serial", 1) \
    X(CERTIFICATE_KIND, "certificate-kind", 1) /* ca, self-signed-ca, leaf, self-signed-leaf */ \
    X(CERTIFICATE_STORE, "certificate-store", \
      0) /* system, nss, java, bundle, firmware, shim, loose */ \
    X(BUNDLE_ID, "bundle-id", 1) \
    X(RECEIPT, "receipt", 1) \
    X(LAUNCHD, "launchd", 1) \
    X(EXTENSION_ID, "extension-id", 1) \
    X(NATIVE_HOST, "native-host", 1) \
    X(SERVICE, "service", 1) \
    X(DRIVER, "driver", 1) \
    X(KERNEL_MODULE, "kernel-module", 1) \
    X(REGISTRY_KEY, "registry-key", 1) \
    X(PATH, "path", 0) /* a path that a path indicator named, from the root it lies in */ \
    X(FILE_NAME, "file-name", 0) \
    X(PROCESS, "process", 1) /* name of the image */ \
    X(COMMAND, "command", 0) /* what a unit, a cron line or a process runs */ \
    X(PID, "pid", 0) \
    X(USER, "user", 1) \
    X(GROUP, "group", 1) \
    X(IMAGE, "image", 1)   /* container image reference */ \
    X(HOST, "host", 1)     /* host name or address that it talks to or comes from */ \
    X(LISTEN, "listen", 0) /* "tcp 0.0.0.0:13000" */ \
    X(URL, "url", 1) \
    X(MAGIC, "magic", 1)     /* a magic indicator's pattern that was seen */ \
    X(LITERAL, "literal", 1) /* a literal indicator's pattern that was seen */ \
    X(SYMBOL, "symbol", 1) \
    X(SONAME, "soname", 1) /* DT_SONAME, DLL name, install name: its own */ \
    X(NEEDED, "needed", 1) /* DT_NEEDED, imported DLL: what it asks for */ \
    X(JAVA_PACKAGE, "java-package", 1) \
    X(IMPORT, "import", 1) \
    X(PCI_VENDOR, "pci-vendor", 1) \
    X(USB_VENDOR, "usb-vendor", 1) \
    X(DEVICE_ID, "device-id", 1) \
    X(OUI, "oui", 1) \
    X(MAC, "mac", 0) \
    X(DEVICE_NAME, "device-name", 1) \
    X(PRODUCT_CODE, "product-code", 1) \
    X(UPGRADE_CODE, "upgrade-code", 1) \
    X(CLSID, "clsid", 1) \
    X(EVENT_LOG, "event-log", 1) \
    X(ALTITUDE, "altitude", 1) \
    X(CLASS_FILTER, "class-filter", 1) \
    X(IP_PREFIX, "ip-prefix", 1) \
    X(ASN, "asn", 1) \
    X(INSTALLED_AT, "installed-at", 0) /* RFC 3339, as a package database or log says */ \
    X(STATUS, "status", 0)   /* the source's own word: dpkg "deinstall ok config-files" … */ \
    X(ROW, "row", 0)         /* which row of a database or table this came from */ \
    X(PROFILE, "profile", 0) /* browser profile, user */ \
    X(OWNS, "owns", 0)       /* a path that a package owns; never stored as a field */ \
    X(DEPENDS, "depends", 0) \
    X(LOCATION, "location", 0) /* a file or folder of what is installed, as its record says */ \
    X(SERIAL, "serial", 0)     /* of a device, as a list of assets gives it */ \
    X(ENTRY, "entry", 0)       /* a row of a list: becomes a part of the place, is never stored */ \
    /* container images; one group of fields for each layer, the lowest first */ \
    X(DIGEST, "digest", 1)             /* of its manifest or configuration, in hex */ \
    X(IMAGE_CONFIG, "image-config", 1) /* digest or file of the configuration that it names */ \
    X(MANIFEST, "manifest", 1)         /* digest of a manifest that an index names */ \
    X(LAYER, "layer", 1)               /* digest or id */ \
    X(LAYER_DIFF, "layer-diff", 1)     /* digest of its files, unpacked */ \
    X(LAYER_PARENT, "layer-parent", 1) \
    X(LAYER_PLACE, "layer-place", 1) /* of its files, from the folder of what says so */ \
    X(CREATED_BY, "created-by", 1)   /* the step that made a layer */ \
    X(WHITEOUT, "whiteout", 1)       /* a name that a layer deletes from those below it */

enum field_key {
#define X(name, text, identity) FIELD_##name,
    COMPONENT_FIELDS(X)
#undef X
        FIELD_COUNT_
};

struct field {
    enum field_key key;
    uint16_t group;          /* 0: the component itself; others: one signature, one certificate */
    struct sv value;         /* text, or bytes for MAGIC and LITERAL */
    uint64_t offset, length; /* where in the file the value stands; 0, 0 when not known */
};

struct component {
    enum component_type type;
    enum component_state state;
    enum confidence ceiling; /* no finding is surer than this because of this component */
    const struct field *fields;
    size_t field_count;
};

const char *component_type_text(enum component_type type);
const char *component_state_text(enum component_state state);
const char *confidence_text(enum confidence confidence);
const char *field_text(enum field_key key);
bool field_is_identity(enum field_key key);

/* The constant of a name; false when there is none. */
bool field_from_text(struct sv text, enum field_key *ret_key);
bool component_type_from_text(struct sv text, enum component_type *ret_type);
bool component_state_from_text(struct sv text, enum component_state *ret_state);
bool confidence_from_text(struct sv text, enum confidence *ret_confidence);

/* The first value of a field, or an empty sv. */
struct sv component_get(const struct component *c, enum field_key key);
