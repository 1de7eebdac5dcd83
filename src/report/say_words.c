// SPDX-License-Identifier: Apache-2.0
/* The fixed texts: what the words of the vocabulary mean to somebody who meets them here first. */
#include "report/say.h"

const char *finding_group_title(enum finding_group group)
{
    static const char *const texts[] = {
        [GROUP_COUNTS] = "Findings that count",
        [GROUP_EXCEPTED] = "Excepted",
        [GROUP_OUTSIDE] = "Not covered by these orders",
        [GROUP_TRACE] = "Traces",
    };

    return texts[group];
}

const char *finding_group_note(enum finding_group group)
{
    static const char *const texts[] = {
        [GROUP_COUNTS] =
            "Covered by at least one order, at least probable, and not excepted. These "
            "decide the verdict.",
        [GROUP_EXCEPTED] =
            "These would count, but somebody with the right to do so has given a dated "
            "permission to leave them. They count again once it has run out.",
        [GROUP_OUTSIDE] = "Products of a vendor that the catalogues know, which none of the orders "
                          "asked about covers. They do not change the verdict.",
        [GROUP_TRACE] = "Hints that are too weak to be findings. They do not change the verdict.",
    };

    return texts[group];
}

const char *say_state(enum component_state state)
{
    static const char *const texts[] = {
        [STATE_RUNNING] = "running at the time of the scan",
        [STATE_INSTALLED] = "installed",
        [STATE_PRESENT] = "on the disk, not registered as installed",
        [STATE_CONTAINED] = "inside an archive or an image",
        [STATE_REFERENCED] = "named by a manifest or script, not there itself",
        [STATE_RESIDUE] = "left behind by something that was removed",
    };

    return texts[state];
}

const char *say_confidence(enum confidence confidence)
{
    static const char *const texts[] = {
        [CONFIDENCE_NONE] = "not a finding",
        [CONFIDENCE_TRACE] = "a hint, not a finding",
        [CONFIDENCE_PROBABLE] = "good grounds, short of proof",
        [CONFIDENCE_CONFIRMED] = "proven by a conclusive indicator or by independent strong ones",
    };

    return texts[confidence];
}

static const struct {
    const char *meaning, *remedy;
} reasons[] = {
    [REASON_DENIED] = {"permission to read it was refused",
                       "Scan again as root. What is denied to root too, a container or a security "
                       "module guards: scan from outside."},
    [REASON_VANISHED] =
        {"it was gone before it could be read",
         "Mostly temporary files. Scan again; where the same places come back, scan "
         "while the machine is quiet."},
    [REASON_CHANGED] = {"it changed while it was being read",
                        "Scan again while the program that writes it is stopped."},
    [REASON_IO_ERROR] = {"the disk or file system failed to deliver it",
                         "Check the disk and the kernel's log, then scan again."},
    [REASON_ENCRYPTED] =
        {"it is locked by a password or key",
         "Have its owner open it and scan what is inside, or have the gap accepted."},
    [REASON_DAMAGED] =
        {"it is not a whole file of its kind",
         "Restore it from a good copy, or have somebody look at it and accept the gap."},
    [REASON_UNSUPPORTED] = {"it is of a form that this version of debar cannot read",
                            "Examine it by other means, or have the gap accepted."},
    [REASON_LIMIT_DEPTH] = {"it is nested deeper than is followed",
                            "Unpack it by hand and scan the result."},
    [REASON_LIMIT_BYTES] = {"it is larger than is read", "Examine it by other means."},
    [REASON_LIMIT_RATIO] = {"it unpacks to far more than it is, as a decompression bomb does",
                            "Have somebody look at it before anything opens it."},
    [REASON_LIMIT_ENTRIES] = {"it has more entries than are read",
                              "Unpack it by hand and scan the result."},
    [REASON_LIMIT_TIME] =
        {"reading it took too long",
         "Scan again while the machine is less busy, or examine it by other means."},
    [REASON_PARSER_CRASHED] = {"the recogniser failed on it, which is a defect of debar",
                               "Examine it by other means, and report the defect."},
    [REASON_PARSER_HUNG] = {"the recogniser did not come to an end, which is a defect of debar",
                            "Examine it by other means, and report the defect."},
    [REASON_INTERRUPTED] = {"the scan was ended before its turn came",
                            "Scan again, and let the scan come to its end."},
};

const char *say_reason(enum coverage_reason reason)
{
    return reasons[reason].meaning;
}

const char *say_reason_remedy(enum coverage_reason reason)
{
    return reasons[reason].remedy;
}

const char *say_rule(enum coverage_rule rule)
{
    static const char *const texts[] = {
        [RULE_SYMLINK] =
            "symbolic links are not followed; what they lead to is examined at its own place",
        [RULE_SPECIAL] = "devices, pipes and sockets have no bytes of their own",
        [RULE_PSEUDO_FS] = "file systems that the kernel makes up, such as /proc",
        [RULE_NETWORK_FS] = "file systems of other machines; scan them there",
        [RULE_REMOVABLE_FS] = "removable media; scan them with --all-file-systems",
        [RULE_EXCLUDED_FS] = "file systems that the caller excluded",
        [RULE_EXCLUDED] = "places that the caller excluded",
        [RULE_OWN_STATE] = "what debar itself keeps",
        [RULE_VAULT] = "vaults of removals, kept to undo them",
        [RULE_ARCHIVE] = "archives and images that were not opened",
        [RULE_NO_PACKAGES] =
            "files that declare no packages, by their names; scan without --packages",
        [RULE_ACCEPTED] = "gaps that an exception accepts",
    };

    return texts[rule];
}

const char *say_method(size_t paragraph)
{
    static const char *const texts[] = {
        "The file systems of the targets were walked without following symbolic links, each local "
        "one once. Files were opened for reading only; nothing was executed and nothing on them "
        "was "
        "changed. Recognisers turned what they could read (package databases, manifests and lock "
        "files, programs and libraries with their signatures, trust stores, browser profiles, "
        "services, devices, and on a live machine its processes) into an inventory of components.",

        "Each component was compared with the catalogues named below. A catalogue lists "
        "indicators: "
        "single recognisable values, each with the source of the knowledge and a strength of "
        "conclusive, strong or weak. A word in a text is not a product: a finding needs an "
        "indicator "
        "in the right field of a real component.",

        "Confidence is earned. Confirmed means a conclusive indicator, such as a verified "
        "signature "
        "of the vendor or its package in the package database, or independent strong ones. "
        "Probable "
        "means good grounds short of that. A trace is a hint; traces never change the verdict.",

        "Each order says which classes of product it covers, so that the same product can be "
        "covered "
        "by one order and not by another. Only findings that an order covers, that are at least "
        "probable, and that no exception permits count for its result.",

        "Every object that was seen is accounted for: examined, left out by a named rule, or not "
        "examined for a named reason. Where something that mattered could not be examined and "
        "nothing "
        "was found, the result is \"not known\", never \"not found\".",

        "A scan of one machine says nothing of other machines, of services used over the network "
        "that leave nothing on the disk, or of contracts.",
    };

    return paragraph < ARRAY_LEN(texts) ? texts[paragraph] : NULL;
}
