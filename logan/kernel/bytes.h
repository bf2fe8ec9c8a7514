/* Bytes sixteen and eight at a time, and hashes of them. */

#ifndef LOGAN_BYTES_H
#define LOGAN_BYTES_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define HAVE_SSE2 1
#endif
#ifdef _MSC_VER
#include <intrin.h>
#endif

static inline int lowest_bit(uint64_t mask) {
#ifdef _MSC_VER
    unsigned long place;
    _BitScanForward64(&place, mask);
    return (int)place;
#else
    return __builtin_ctzll(mask);
#endif
}

/* Which of 64 bytes are one that is looked for. */
static inline uint64_t places_of(const uint8_t *bytes, char wanted) {
    uint64_t mask = 0;
#ifdef HAVE_SSE2
    for (int part = 0; part < 4; part++) {
        __m128i block = _mm_loadu_si128((const __m128i *)(bytes + 16 * part));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(wanted))) << (16 * part);
    }
#else
    for (int place = 0; place < 64; place++)
        mask |= (uint64_t)(bytes[place] == (uint8_t)wanted) << place;
#endif
    return mask;
}

/* Memory that will be needed soon. */
static inline void prefetch(const void *place) {
#ifdef HAVE_SSE2
    _mm_prefetch((const char *)place, _MM_HINT_T0);
#elif defined(__GNUC__)
    __builtin_prefetch(place);
#else
    (void)place;
#endif
}

static inline uint64_t word(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, 8);
    return value;
}

/* Others in each process, so that nobody can write a log that makes many hashes equal. */
static uint64_t seed, key, other_key;

static inline uint64_t mixed(uint64_t value) {
    value *= UINT64_C(0x9E3779B97F4A7C15);
    return value ^ value >> 29;
}

/* Both halves of the product of two secret numbers, which tells nothing about how a change of one changes it: with a
   product of half the size, or with a known factor, the highest bits change others in a way that anybody can undo
   eight bytes further on. */
static inline uint64_t folded(uint64_t one, uint64_t other) {
#if defined(__SIZEOF_INT128__)
    unsigned __int128 product = (unsigned __int128)one * other;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#elif defined(_MSC_VER) && defined(_M_X64)
    uint64_t high, low = _umul128(one, other, &high);
    return low ^ high;
#else
    uint64_t a = one >> 32, b = (uint32_t)one, c = other >> 32, d = (uint32_t)other;
    uint64_t middle = a * d + (b * d >> 32), rest = (uint32_t)middle + b * c;
    return one * other ^ (a * c + (middle >> 32) + (rest >> 32));
#endif
}

/* Fewer than eight bytes as a number, read at once where there are eight before `end`. */
static inline uint64_t short_word(const uint8_t *bytes, size_t length, const uint8_t *end) {
    uint64_t value = 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    (void)end;
#else
    if (end - bytes >= 8)
        return length ? word(bytes) << (64 - 8 * length) : 0;
#endif
    for (size_t at = length; at > 0; at--)
        value = value << 8 | bytes[at - 1];
    return length ? value << (64 - 8 * length) : 0;
}

static inline uint64_t hashed(const uint8_t *bytes, size_t length, const uint8_t *end) {
    uint64_t hash = seed ^ length;
    if (length < 8)
        return folded(short_word(bytes, length, end) ^ key, hash ^ other_key);
    for (size_t at = 0; at + 16 < length; at += 16)
        hash = folded(word(bytes + at) ^ key, word(bytes + at + 8) ^ hash);
    if (length > 16) /* the last sixteen, some of which may have been there before */
        return folded(folded(word(bytes + length - 16) ^ key, word(bytes + length - 8) ^ hash), other_key);
    return folded(folded(word(bytes) ^ key, word(bytes + length - 8) ^ hash), other_key);
}

/* Whether two stretches of the same length hold the same: most are short, and a call would take longer. */
static inline bool same(const uint8_t *one, const uint8_t *one_end, const uint8_t *other, const uint8_t *other_end,
                        size_t length) {
    if (length < 8)
        return short_word(one, length, one_end) == short_word(other, length, other_end);
    for (size_t at = 0; at + 8 < length; at += 8)
        if (word(one + at) != word(other + at))
            return false;
    return word(one + length - 8) == word(other + length - 8);
}

/* An array with room for one more, twice as large if there was none; NULL, and the array as it was, without memory. */
static void *with_room(void *items, size_t count, size_t *room, size_t width) {
    if (count < *room)
        return items;
    size_t more = *room ? 2 * *room : 64;
    void *grown = realloc(items, more * width);
    if (grown)
        *room = more;
    return grown;
}

#endif
