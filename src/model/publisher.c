// SPDX-License-Identifier: Apache-2.0
/*
 * The name is folded first, and turned into words parted by one space; then words are taken off
 * both ends for as long as they are a legal form and something is left.
 */
#include "model/publisher.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/compiler.h"

/*
 * Legal forms as they read after folding; of two that end alike the longer one is first. A form
 * that is written with dots comes out as single letters.
 */
static const char *const suffixes[] = {
    "s de r l de c v",
    "public joint stock company",
    "closed joint stock company",
    "open joint stock company",
    "joint stock company",
    "limited liability company",
    "limited liability partnership",
    "public limited company",
    "gmbh co kg",
    "sociedad anonima",
    "kabushiki kaisha",
    "s a de c v",
    "sa de cv",
    "sp z o o",
    "spol s r o",
    "sdn bhd",
    "fz llc",
    "fz l l c",
    "l l c",
    "s r o",
    "z o o",
    "d o o",
    "s a s",
    "s p a",
    "s r l",
    "s l u",
    "p l c",
    "p t y",
    "o o o",
    "z a o",
    "o a o",
    "p a o",
    "a o",
    "a g",
    "a s",
    "a ş",
    "b v",
    "k k",
    "n v",
    "s a",
    "s l",
    "ltd şti",
    "ltd sti",
    "incorporated",
    "corporation",
    "limited",
    "limitada",
    "company",
    "private",
    "aktiengesellschaft",
    "gesellschaft mit beschränkter haftung",
    "inc",
    "corp",
    "coltd",
    "ltd",
    "ltda",
    "co",
    "llc",
    "llp",
    "lp",
    "plc",
    "pty",
    "pte",
    "pvt",
    "pjsc",
    "ojsc",
    "cjsc",
    "jsc",
    "ao",
    "zao",
    "oao",
    "ooo",
    "pao",
    "nao",
    "too",
    "gmbh",
    "mbh",
    "ug",
    "ag",
    "kg",
    "kgaa",
    "se",
    "sa",
    "sas",
    "sasu",
    "sarl",
    "spa",
    "srl",
    "sl",
    "slu",
    "bv",
    "nv",
    "ab",
    "as",
    "asa",
    "aş",
    "aps",
    "oy",
    "oyj",
    "oü",
    "sia",
    "uab",
    "kft",
    "zrt",
    "nyrt",
    "sro",
    "doo",
    "kk",
    "fze",
    "fzco",
    "fzllc",
    "dmcc",
    "ао",
    "зао",
    "оао",
    "ооо",
    "пао",
    "нао",
    "тоо",
    "тов",
    "ат",
    "株式会社",
    "株式會社",
    "합자회사",
    "유한회사",
    "주식회사",
    "주",
    "株",
};

static const char *const prefixes[] = {
    "общество с ограниченной ответственностью",
    "публичное акционерное общество",
    "закрытое акционерное общество",
    "открытое акционерное общество",
    "акционерное общество",
    "public joint stock company",
    "closed joint stock company",
    "open joint stock company",
    "joint stock company",
    "limited liability company",
    "o o o",
    "z a o",
    "o a o",
    "p a o",
    "a o",
    "ao",
    "zao",
    "oao",
    "ooo",
    "pao",
    "nao",
    "too",
    "tov",
    "pjsc",
    "ojsc",
    "cjsc",
    "jsc",
    "llc",
    "uab",
    "sia",
    "pt",
    "ао",
    "зао",
    "оао",
    "ооо",
    "пао",
    "нао",
    "тоо",
    "тов",
    "ат",
    "株式会社",
    "株式會社",
    "유한회사",
    "주식회사",
    "주",
    "株",
};

/* Written without a space after the name, in scripts that have none. */
static const char *const joined_suffixes[] = {
    "股份有限公司", "有限责任公司", "有限責任公司", "有限公司", "株式会社",
    "株式會社",     "有限会社",     "合同会社",     "주식회사", "유한회사",
};

static const char *const joined_prefixes[] = {"株式会社", "株式會社", "有限会社", "合同会社",
                                              "주식회사"};

static bool is_word_character(ucs4_t c)
{
    return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N |
                                                   UC_CATEGORY_MASK_M);
}

static bool is_apostrophe(ucs4_t c)
{
    return c == '\'' || c == 0x2019 || c == 0x02BC || c == '`';
}

/* Folded text to words. An apostrophe inside a word goes without parting it. */
static void append_words(struct buf *to, const uint8_t *p, size_t n)
{
    bool gap = false;
    size_t start = to->n;

    while (n) {
        ucs4_t c, next = 0;
        int size = u8_mbtouc(&c, p, n);
        size_t step = size > 0 ? (size_t)size : 1;

        if (is_word_character(c)) {
            if (gap && to->n > start)
                buf_char(to, ' ');
            gap = false;
            buf_bytes(to, p, step);
        } else {
            if (step < n)
                (void)u8_mbtouc(&next, p + step, n - step);
            if (gap || !is_apostrophe(c) || !is_word_character(next))
                gap = true;
        }
        p += step;
        n -= step;
    }
}

/* "Name <mail@host>" and "Name (https://host)", as package metadata write it. */
static struct sv without_address(struct sv name)
{
    const struct {
        char open, close;
        struct sv mark;
    } kinds[] = {{'(', ')', SV("://")}, {'<', '>', SV("@")}};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        size_t at = sv_find_last(name, kinds[i].open);
        struct sv tail;

        if (at == SIZE_MAX || at == 0)
            continue;
        tail = sv_from(name, at);
        if (sv_find(tail, kinds[i].mark) != SIZE_MAX && tail.p[tail.n - 1] == kinds[i].close)
            name = sv_trim((struct sv){name.p, at});
    }
    return name;
}

static bool cut_suffix(struct sv *words, struct sv form, bool joined)
{
    size_t keep;

    if (words->n <= form.n || !sv_ends(*words, form))
        return false;
    keep = words->n - form.n;
    if (words->p[keep - 1] == ' ')
        keep--;
    else if (!joined)
        return false;
    words->n = keep;
    return true;
}

static bool cut_prefix(struct sv *words, struct sv form, bool joined)
{
    struct sv rest;

    if (words->n <= form.n || !sv_starts(*words, form))
        return false;
    rest = sv_from(*words, form.n);
    if (*rest.p == ' ')
        rest = sv_from(rest, 1);
    else if (!joined)
        return false;
    *words = rest;
    return true;
}

static bool cut_any(struct sv *words)
{
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
        if (cut_suffix(words, sv_str(suffixes[i]), false))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(joined_suffixes); i++)
        if (cut_suffix(words, sv_str(joined_suffixes[i]), true))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (cut_prefix(words, sv_str(prefixes[i]), false))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(joined_prefixes); i++)
        if (cut_prefix(words, sv_str(joined_prefixes[i]), true))
            return true;
    return false;
}

int publisher_normalise(struct sv name, struct buf *to)
{
    auto_buf words = BUF_INIT(0);
    auto_free uint8_t *folded = NULL;
    size_t folded_size = 0;
    struct sv rest;

    name = sv_trim(name);
    if (!name.n || name.n > PUBLISHER_NAME_MAX || u8_check((const uint8_t *)name.p, name.n))
        return PUBLISHER_NO_NAME;
    name = without_address(name);
    folded = u8_casefold((const uint8_t *)name.p, name.n, NULL, UNINORM_NFKC, NULL, &folded_size);
    if (!folded) {
        to->failed = true;
        return PUBLISHER_NO_NAME;
    }
    append_words(&words, folded, folded_size);
    rest = buf_view(&words);
    if (!buf_ok(&words))
        to->failed = true;
    if (!rest.n || !buf_ok(&words))
        return PUBLISHER_NO_NAME;
    while (cut_any(&rest))
        ;
    buf_sv(to, rest);
    return 0;
}
