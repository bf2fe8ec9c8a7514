/* Where lines end, which of them are directives, and what has to be cleaned before they are cut. */

#ifndef LOGAN_LINES_H
#define LOGAN_LINES_H

#include "bytes.h"

typedef struct {
    uint64_t feeds, returns, hashes; /* a bit for each of 64 bytes */
    bool nul, high;
} Block;

static inline Block looked_at(const uint8_t *bytes) {
    Block found = {0};
#ifdef HAVE_SSE2
    __m128i least = _mm_set1_epi8(-1), all = _mm_setzero_si128();
    for (int part = 0; part < 4; part++) {
        __m128i block = _mm_loadu_si128((const __m128i *)(bytes + 16 * part));
        least = _mm_min_epu8(least, block);
        all = _mm_or_si128(all, block);
#define PLACES(byte) ((uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(byte))) << (16 * part))
        found.feeds |= PLACES('\n');
        found.returns |= PLACES('\r');
        found.hashes |= PLACES('#');
#undef PLACES
    }
    found.nul = _mm_movemask_epi8(_mm_cmpeq_epi8(least, _mm_setzero_si128()));
    found.high = _mm_movemask_epi8(all);
#else
    for (int place = 0; place < 64; place++) {
        uint64_t bit = UINT64_C(1) << place;
        found.feeds |= bytes[place] == '\n' ? bit : 0;
        found.returns |= bytes[place] == '\r' ? bit : 0;
        found.hashes |= bytes[place] == '#' ? bit : 0;
        found.nul |= !bytes[place];
        found.high |= bytes[place] > 127;
    }
#endif
    return found;
}

typedef struct {
    int64_t feeds;
    bool lone, nul, high; /* a CR without a line feed behind it, a NUL, a byte above 127 */
    int64_t (*directives)[2]; /* the offset, and the line feeds before it */
    size_t count, room;
    bool no_memory;
} Survey;

static void directive(Survey *survey, int64_t offset, int64_t feeds) {
    int64_t (*grown)[2] = with_room(survey->directives, survey->count, &survey->room, sizeof *grown);
    if (!grown) {
        survey->no_memory = true;
        return;
    }
    survey->directives = grown;
    grown[survey->count][0] = offset;
    grown[survey->count++][1] = feeds;
}

/* Bytes that are looked at together: there is no '#' in them, so line feeds need not be told apart. */
#ifdef HAVE_SSE2
typedef struct {
    __m128i feeds, lone, least, all; /* feeds: in each of 16 places, up to 252 */
} Glance;

/* Adds 64 bytes, and looks at the one behind them. Returns whether there is a '#', and nothing is to be added. */
static inline bool glanced(Glance *glance, const uint8_t *bytes) {
    const __m128i feed = _mm_set1_epi8('\n'), back = _mm_set1_epi8('\r'), hash = _mm_set1_epi8('#');
    Glance sum = *glance;
    __m128i hashes = _mm_setzero_si128();
    for (int part = 0; part < 4; part++) {
        __m128i block = _mm_loadu_si128((const __m128i *)(bytes + 16 * part));
        __m128i behind = _mm_loadu_si128((const __m128i *)(bytes + 16 * part + 1));
        sum.least = _mm_min_epu8(sum.least, block);
        sum.all = _mm_or_si128(sum.all, block);
        sum.feeds = _mm_sub_epi8(sum.feeds, _mm_cmpeq_epi8(block, feed));
        sum.lone = _mm_or_si128(sum.lone, _mm_andnot_si128(_mm_cmpeq_epi8(behind, feed), _mm_cmpeq_epi8(block, back)));
        hashes = _mm_or_si128(hashes, _mm_cmpeq_epi8(block, hash));
    }
    if (_mm_movemask_epi8(hashes))
        return true;
    *glance = sum;
    return false;
}

/* How many of `length` bytes, 64 at a time and no more than 63 times, are done with; what was seen is told. */
static size_t passed_over(Survey *survey, const uint8_t *data, size_t length) {
    const __m128i zero = _mm_setzero_si128();
    Glance glance = {zero, zero, _mm_set1_epi8(-1), zero};
    size_t base = 0;
    while (base < 63 * 64 && base + 64 < length && !glanced(&glance, data + base))
        base += 64;
    __m128i sums = _mm_sad_epu8(glance.feeds, zero);
    survey->feeds += _mm_cvtsi128_si32(sums) + _mm_cvtsi128_si32(_mm_srli_si128(sums, 8));
    survey->lone |= _mm_movemask_epi8(glance.lone) != 0;
    survey->nul |= _mm_movemask_epi8(_mm_cmpeq_epi8(glance.least, zero)) != 0;
    survey->high |= _mm_movemask_epi8(glance.all) != 0;
    return base;
}
#else
static size_t passed_over(Survey *survey, const uint8_t *data, size_t length) {
    (void)survey, (void)data, (void)length;
    return 0;
}
#endif

static void survey_all(Survey *survey, const uint8_t *data, size_t length) {
    uint8_t last[64];
    for (size_t base = 0; base < length && !survey->no_memory; base += 64) {
        size_t done = passed_over(survey, data + base, length - base);
        if (done) {
            base += done - 64;
            continue;
        }
        uint64_t fed = !base || data[base - 1] == '\n'; /* whether the byte before ended a line, */
        uint64_t next = length - base <= 64 || data[base + 64] == '\n'; /* and the byte behind ends one */
        const uint8_t *bytes = data + base;
        if (length - base < 64) {
            memset(last, ' ', sizeof last);
            memcpy(last, bytes, length - base);
            bytes = last;
        }
        Block block = looked_at(bytes);
        survey->nul |= block.nul;
        survey->high |= block.high;
        survey->lone |= (block.returns & ~(block.feeds >> 1 | next << 63)) != 0;
        for (uint64_t starts = block.hashes & (block.feeds << 1 | fed); starts; starts &= starts - 1) {
            int place = lowest_bit(starts);
            int64_t feeds = survey->feeds;
            for (uint64_t before = block.feeds & (((uint64_t)1 << place) - 1); before; before &= before - 1)
                feeds++;
            directive(survey, (int64_t)base + place, feeds);
        }
        for (uint64_t feeds = block.feeds; feeds; feeds &= feeds - 1)
            survey->feeds++;
    }
    survey->lone |= length && data[length - 1] == '\r';
}

PyDoc_STRVAR(survey_doc, "survey(data) -> (feeds, lone, nul, high, directives)\n\n"
                         "The number of line feeds; whether there is a CR without a line feed behind it, a NUL, a byte\n"
                         "above 127; and of each '#' that begins a line the offset and the line feeds before it.");

static PyObject *survey(PyObject *module, PyObject *data) {
    Py_buffer buffer;
    (void)module;
    if (PyObject_GetBuffer(data, &buffer, PyBUF_SIMPLE))
        return NULL;
    Survey found = {0};
    /* what takes less than asking for Python's lock again is done without giving it back */
    PyThreadState *state = buffer.len > 1 << 18 ? PyEval_SaveThread() : NULL;
    survey_all(&found, buffer.buf, (size_t)buffer.len);
    if (state)
        PyEval_RestoreThread(state);
    PyBuffer_Release(&buffer);
    PyObject *directives = found.no_memory ? PyErr_NoMemory() : PyList_New((Py_ssize_t)found.count);
    for (size_t at = 0; directives && at < found.count; at++) {
        const int64_t *place = found.directives[at];
        PyObject *pair = Py_BuildValue("(LL)", (long long)place[0], (long long)place[1]);
        if (!pair || PyList_SetItem(directives, (Py_ssize_t)at, pair)) {
            Py_DECREF(directives);
            directives = NULL;
        }
    }
    free(found.directives);
    return directives ? Py_BuildValue("(LOOON)", (long long)found.feeds, found.lone ? Py_True : Py_False,
                                      found.nul ? Py_True : Py_False, found.high ? Py_True : Py_False, directives)
                      : NULL;
}

/* The offset of the first NUL or byte above 127 from a place on, or the length. */
static inline size_t next_special(const uint8_t *data, size_t place, size_t length) {
#ifdef HAVE_SSE2
    for (; place + 16 <= length; place += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(data + place));
        int found = _mm_movemask_epi8(_mm_or_si128(block, _mm_cmpeq_epi8(block, _mm_setzero_si128())));
        if (found)
            return place + (size_t)lowest_bit((uint64_t)(uint32_t)found);
    }
#endif
    while (place < length && data[place] && data[place] < 128)
        place++;
    return place;
}

/* How many of up to four bytes make a character of UTF-8 as Unicode defines it, or 0. */
static int character(const uint8_t *bytes, int count) {
    uint8_t lead = bytes[0], least = 0x80, most = 0xBF;
    int size = lead >= 0xC2 && lead <= 0xDF ? 2 : lead >= 0xE0 && lead <= 0xEF ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
    if (lead == 0xE0)
        least = 0xA0; /* no longer than it has to be, */
    else if (lead == 0xED)
        most = 0x9F; /* no surrogate, */
    else if (lead == 0xF0)
        least = 0x90;
    else if (lead == 0xF4)
        most = 0x8F; /* and none beyond the last */
    if (!size || count < size || bytes[1] < least || bytes[1] > most)
        return 0;
    for (int at = 2; at < size; at++)
        if (bytes[at] < 0x80 || bytes[at] > 0xBF)
            return 0;
    return size;
}

typedef struct {
    uint8_t *text; /* NULL while it is only measured */
    size_t length;
    bool changed;
} Clean;

static inline void written(Clean *clean, const uint8_t *bytes, size_t count) {
    if (clean->text)
        memcpy(clean->text + clean->length, bytes, count);
    clean->length += count;
}

static void clean_all(Clean *clean, const uint8_t *data, size_t length, bool escape) {
    for (size_t place = 0; place < length;) {
        size_t special = next_special(data, place, length);
        written(clean, data + place, special - place);
        place = special;
        if (place == length || !data[place]) {
            clean->changed |= place < length;
            place++;
            continue;
        }
        uint8_t bytes[4];
        size_t behind[4];
        int count = 0;
        for (size_t at = place; at < length && count < 4; at++) /* NULs may stand within a character */
            if (data[at]) {
                behind[count] = at + 1;
                bytes[count++] = data[at];
            }
        int size = escape ? character(bytes, count) : 1;
        if (size)
            written(clean, bytes, (size_t)size);
        else {
            uint8_t text[4] = {'\\', 'x', (uint8_t)"0123456789abcdef"[bytes[0] >> 4],
                               (uint8_t)"0123456789abcdef"[bytes[0] & 15]};
            written(clean, text, sizeof text);
        }
        size_t next = behind[size ? size - 1 : 0];
        clean->changed |= next - place != (size_t)size; /* a NUL within it, or escaped */
        place = next;
    }
}

PyDoc_STRVAR(clean_doc, "clean(data, escape) -> bytes or data\n\n"
                        "The data without NULs; with `escape`, bytes that are no UTF-8 as text such as \\xa7.\n"
                        "The data themselves where nothing is to be done.");

static PyObject *clean(PyObject *module, PyObject *arguments) {
    Py_buffer data;
    int escape;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*p", &data, &escape))
        return NULL;
    Clean clean = {NULL, 0, false};
    Py_BEGIN_ALLOW_THREADS
    clean_all(&clean, data.buf, (size_t)data.len, escape);
    Py_END_ALLOW_THREADS
    bool changed = clean.changed;
    PyObject *result = changed ? PyBytes_FromStringAndSize(NULL, (Py_ssize_t)clean.length) : Py_NewRef(data.obj);
    if (result && changed) {
        clean = (Clean){(uint8_t *)PyBytes_AsString(result), 0, false};
        Py_BEGIN_ALLOW_THREADS
        clean_all(&clean, data.buf, (size_t)data.len, escape);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&data);
    return result;
}

#endif
