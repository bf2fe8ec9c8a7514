/* The compiled part of logan: rows of a log cut into columns, in one pass and without Python's lock.

   It does what logan/cutting.py does with pyarrow.csv, several times as fast; where it could not be compiled, logan
   does without it, and the same tests hold both ways to the same answers. It trusts nothing: each line is counted,
   each date, time and number is read to its end, and a line that is not exactly what the field list says is handed
   back by its place, to be read by Python with care.

   Only the stable part of Python's C interface is used (abi3 of 3.11), so one build serves every later Python. */

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

/* What logan/native.py asks for; another one with each change of what is offered. */
enum { VERSION = 1 };

enum { SKIP, DATE, TIME, DICTIONARY, TEXT, NUMBER, CHECKED, CODE, KINDS };
enum { NARROW = 16 };     /* a number of 32 bits, never negative */
enum { MAX_FIELDS = 512 };
enum { MAX_LINE = 1 << 20 };
#define MICROSECONDS INT64_C(1000000)
#define DAY (86400 * MICROSECONDS)

/* ---- bytes ---------------------------------------------------------------------------------------------------- */

static inline int lowest_bit(uint64_t mask) {
#ifdef _MSC_VER
    unsigned long place;
    _BitScanForward64(&place, mask);
    return (int)place;
#else
    return __builtin_ctzll(mask);
#endif
}

/* Which of 64 bytes are a blank or a line feed. */
static inline uint64_t separators(const uint8_t *bytes) {
    uint64_t mask = 0;
#ifdef HAVE_SSE2
    const __m128i blank = _mm_set1_epi8(' '), feed = _mm_set1_epi8('\n');
    for (int part = 0; part < 4; part++) {
        __m128i block = _mm_loadu_si128((const __m128i *)(bytes + 16 * part));
        __m128i found = _mm_or_si128(_mm_cmpeq_epi8(block, blank), _mm_cmpeq_epi8(block, feed));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(found) << (16 * part);
    }
#else
    for (int place = 0; place < 64; place++)
        mask |= (uint64_t)(bytes[place] == ' ' || bytes[place] == '\n') << place;
#endif
    return mask;
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
static inline bool same(const uint8_t *one, const uint8_t *other, size_t length, const uint8_t *end) {
    if (length < 8)
        return short_word(one, length, end) == short_word(other, length, end);
    for (size_t at = 0; at + 8 < length; at += 8)
        if (word(one + at) != word(other + at))
            return false;
    return word(one + length - 8) == word(other + length - 8);
}

/* ---- distinct values ------------------------------------------------------------------------------------------ */

typedef struct {
    uint32_t start, length;
    uint64_t hash;
} Value;

typedef struct {
    uint32_t *slots; /* number of a value, from 1; 0 where there is none */
    Value *values;
    uint32_t size, count; /* slots (a power of two), values; there is room for size / 2 values */
} Values;

static bool values_begin(Values *values) {
    values->size = 256;
    values->count = 0;
    values->slots = calloc(values->size, sizeof(uint32_t));
    values->values = malloc(values->size / 2 * sizeof(Value));
    return values->slots && values->values;
}

static bool values_grow(Values *values) {
    if (values->size > UINT32_MAX / 4)
        return false;
    uint32_t size = values->size * 4;
    uint32_t *slots = calloc(size, sizeof(uint32_t));
    Value *grown = realloc(values->values, (size_t)size / 2 * sizeof(Value));
    if (grown)
        values->values = grown;
    if (!slots || !grown) {
        free(slots);
        return false;
    }
    for (uint32_t number = 0; number < values->count; number++) {
        uint32_t slot = (uint32_t)values->values[number].hash & (size - 1);
        while (slots[slot])
            slot = (slot + 1) & (size - 1);
        slots[slot] = number + 1;
    }
    free(values->slots);
    values->slots = slots;
    values->size = size;
    return true;
}

/* The number of a value, from 0, or -1 where memory ran out; `end` is where the data end. */
static inline int32_t values_number(Values *values, const uint8_t *data, uint32_t start, uint32_t length,
                                    const uint8_t *end) {
    uint64_t hash = hashed(data + start, length, end);
    uint32_t slot = (uint32_t)hash & (values->size - 1), number;
    while ((number = values->slots[slot])) {
        Value *known = &values->values[number - 1];
        if (known->hash == hash && known->length == length &&
            same(data + known->start, data + start, length, end))
            return (int32_t)(number - 1);
        slot = (slot + 1) & (values->size - 1);
    }
    if (values->count == values->size / 2) {
        if (!values_grow(values))
            return -1;
        slot = (uint32_t)hash & (values->size - 1);
        while (values->slots[slot])
            slot = (slot + 1) & (values->size - 1);
    }
    values->values[values->count] = (Value){start, length, hash};
    values->slots[slot] = ++values->count;
    return (int32_t)(values->count - 1);
}

/* ---- dates, times and numbers: as logan/parsing.py reads them --------------------------------------------------- */

static inline int digits(const uint8_t *bytes, int count) {
    int value = 0;
    for (int place = 0; place < count; place++) {
        unsigned digit = bytes[place] - '0';
        if (digit > 9)
            return -1;
        value = 10 * value + (int)digit;
    }
    return value;
}

/* Days since 1970 of YYYY-MM-DD, or -1. A clock without a battery begins in 1980; 9026 is a torn year. */
static int64_t day_of(const uint8_t *bytes, size_t length) {
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (length != 10 || bytes[4] != '-' || bytes[7] != '-')
        return -1;
    int year = digits(bytes, 4), month = digits(bytes + 5, 2), day = digits(bytes + 8, 2);
    if (year < 1980 || year > 2199 || month < 1 || month > 12 || day < 1)
        return -1;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > month_days[month - 1] + (leap && month == 2))
        return -1;
    int64_t days = (year - 1970) * INT64_C(365) + (year - 1969) / 4 - (year - 1901) / 100 + (year - 1601) / 400;
    for (int past = 1; past < month; past++)
        days += month_days[past - 1] + (leap && past == 2);
    return days + day - 1;
}

/* Microseconds since midnight of H:MM, HH:MM:SS or HH:MM:SS.fff, or -1. */
static inline int64_t clock_of(const uint8_t *bytes, size_t length) {
    if (length > 1 && bytes[1] == ':') {
        uint8_t padded[32] = "0";
        if (length >= sizeof padded)
            return -1;
        memcpy(padded + 1, bytes, length);
        return length < 4 ? -1 : clock_of(padded, length + 1);
    }
    if (length < 5 || bytes[2] != ':')
        return -1;
    int hours = digits(bytes, 2), minutes = digits(bytes + 3, 2), seconds = 0;
    int64_t fraction = 0;
    if (length > 5) {
        if (length < 8 || bytes[5] != ':')
            return -1;
        seconds = digits(bytes + 6, 2);
    }
    if (length > 8) {
        if (length == 9 || (bytes[8] != '.' && bytes[8] != ','))
            return -1;
        int64_t unit = MICROSECONDS / 10;
        for (size_t place = 9; place < length; place++, unit /= 10) {
            unsigned digit = bytes[place] - '0';
            if (digit > 9)
                return -1;
            fraction += unit * digit;
        }
    }
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59)
        return -1;
    return (hours * 3600 + minutes * 60 + seconds) * MICROSECONDS + fraction;
}

/* Whether a value is a number of its width, which is put into `number`. */
static inline bool number_of(const uint8_t *bytes, size_t length, bool narrow, int64_t *number) {
    bool negative = bytes[0] == '-';
    size_t place = negative;
    if (length == place || length - place > 19)
        return false;
    uint64_t value = 0; /* 19 digits do not overflow it */
    for (; place < length; place++) {
        unsigned digit = bytes[place] - '0';
        if (digit > 9)
            return false;
        value = 10 * value + digit;
    }
    if (value > (narrow ? (uint64_t)INT32_MAX : (uint64_t)INT64_MAX) || (negative && narrow && value))
        return false;
    *number = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* ---- columns -------------------------------------------------------------------------------------------------- */

typedef struct {
    int field, kind;
    bool narrow;
    PyObject *numbers; /* bytes: int32 of each row for codes, int64 for numbers */
    PyObject *valid;   /* bytes: a bit for each row */
    uint8_t *bits;
    void *rows;        /* what is in `numbers` */
    int64_t nulls;
    Values values;
    Value *spans;      /* of a text */
    Value last;        /* the value of the row before, which often comes again */
    int32_t code;      /* of the last value */
    bool again;        /* whether this row's is the same */
} Column;

typedef struct {
    int64_t number, start, stop, before; /* the line, where it is, and the rows before it */
} Odd;

typedef struct {
    const uint8_t *data;
    size_t length;
    int fields, count;
    Column *columns;
    int64_t *time;
    int64_t lines, rows, blank, room; /* lines seen, rows made, and room for rows */
    Odd *odd;
    size_t odds, odd_room;
    int64_t day; /* of the last date, in microseconds */
    bool no_memory, no_room;
} Cutter;

static void odd_line(Cutter *cutter, size_t start, size_t stop) {
    if (cutter->odds == cutter->odd_room) {
        size_t room = cutter->odd_room ? 2 * cutter->odd_room : 64;
        Odd *grown = realloc(cutter->odd, room * sizeof(Odd));
        if (!grown) {
            cutter->no_memory = true;
            return;
        }
        cutter->odd = grown;
        cutter->odd_room = room;
    }
    cutter->odd[cutter->odds++] = (Odd){cutter->lines, (int64_t)start, (int64_t)stop, cutter->rows};
}

static inline bool is_null(const uint8_t *bytes, size_t length) { return !length || (length == 1 && *bytes == '-'); }

/* Whether a value is that of the row before. */
static inline bool is_last(const Cutter *cutter, const Column *column, uint32_t start, uint32_t length) {
    return length == column->last.length &&
           same(cutter->data + start, cutter->data + column->last.start, length, cutter->data + cutter->length);
}

/* Whether the value belongs into a date, time or number column, where it is put. */
static inline bool checked(Cutter *cutter, Column *column, uint32_t start, uint32_t length) {
    int64_t row = cutter->rows, value = 0;
    const uint8_t *bytes = cutter->data + start;
    switch (column->kind) {
    case DATE:
        if (!is_last(cutter, column, start, length)) {
            if ((value = day_of(bytes, length)) < 0)
                return false;
            column->last = (Value){start, length, 0};
            cutter->day = value * DAY;
        }
        cutter->time[row] = cutter->day;
        return true;
    case TIME:
        if ((value = clock_of(bytes, length)) < 0)
            return false;
        cutter->time[row] += value;
        return true;
    case NUMBER: {
        bool null = is_null(bytes, length);
        if (!null && !number_of(bytes, length, column->narrow, &value))
            return false;
        ((int64_t *)column->rows)[row] = value;
        column->bits[row >> 3] &= (uint8_t) ~(1 << (row & 7)); /* what a line left that turned out to be odd */
        column->bits[row >> 3] |= (uint8_t)(!null << (row & 7));
        return true;
    }
    default: /* the same values again and again: only a new one is looked at */
        column->again = is_last(cutter, column, start, length);
        if (column->again || is_null(bytes, length))
            return true;
        if (!number_of(bytes, length, column->narrow, &value))
            return false;
        if (column->kind == CHECKED)
            column->last = (Value){start, length, 0};
        return true;
    }
}

static inline void kept(Cutter *cutter, Column *column, uint32_t start, uint32_t length) {
    int64_t row = cutter->rows;
    const uint8_t *data = cutter->data;
    bool there = !is_null(data + start, length);
    if (column->kind == TEXT)
        column->spans[row] = (Value){start, there ? length : 0, 0};
    else if (!there)
        ((int32_t *)column->rows)[row] = 0;
    else {
        if (column->kind == CODE ? !column->again : !is_last(cutter, column, start, length)) {
            column->code = values_number(&column->values, data, start, length, data + cutter->length);
            cutter->no_memory |= column->code < 0;
            column->last.length = length;
        }
        column->last.start = start;
        ((int32_t *)column->rows)[row] = column->code;
    }
    column->bits[row >> 3] |= (uint8_t)(there << (row & 7));
    column->nulls += !there;
}

/* One line with as many values as there are fields; `starts` has one place more, as if another value began. */
static inline void cut_line(Cutter *cutter, const uint32_t *starts) {
    if (cutter->rows == cutter->room) {
        cutter->no_room = true;
        return;
    }
    int at = 0;
    for (; at < cutter->count; at++) { /* first what can be wrong, so that nothing is kept of a line that is */
        Column *column = &cutter->columns[at];
        if (column->kind == DICTIONARY || column->kind == TEXT)
            break;
        uint32_t start = starts[column->field];
        if (!checked(cutter, column, start, starts[column->field + 1] - 1 - start)) {
            odd_line(cutter, starts[0], starts[cutter->fields] - 1);
            return;
        }
    }
    for (at = 0; at < cutter->count; at++) {
        Column *column = &cutter->columns[at];
        uint32_t start = starts[column->field], length = starts[column->field + 1] - 1 - start;
        if (column->kind == DICTIONARY || column->kind == TEXT || column->kind == CODE)
            kept(cutter, column, start, length);
        else if (column->kind == NUMBER)
            column->nulls += is_null(cutter->data + start, length);
    }
    cutter->rows++;
}

/* The end of a line: `stop` is where its line feed is, or the end of the data. */
static inline void end_line(Cutter *cutter, uint32_t *starts, int64_t found, size_t stop) {
    size_t start = starts[0], end = stop;
    if (end > start && cutter->data[end - 1] == '\r')
        end--;
    if (end == start)
        cutter->blank++;
    else if (found == cutter->fields - 1 && end - start <= MAX_LINE && cutter->data[end - 1] != '\r') {
        starts[cutter->fields] = (uint32_t)end + 1;
        cut_line(cutter, starts);
    } else
        odd_line(cutter, start, end);
    cutter->lines++;
}

static void cut_all(Cutter *cutter) {
    uint32_t starts[MAX_FIELDS + 1] = {0};
    int64_t found = 0; /* separators in this line */
    uint8_t last[64] = {0};
    for (size_t base = 0; base < cutter->length; base += 64) {
        const uint8_t *block = cutter->data + base;
        if (cutter->length - base < 64) {
            memcpy(last, block, cutter->length - base);
            block = last;
        }
        for (uint64_t mask = separators(block); mask; mask &= mask - 1) {
            size_t place = (size_t)lowest_bit(mask);
            uint32_t next = (uint32_t)(base + place) + 1;
            if (block[place] == ' ') {
                if (++found < cutter->fields)
                    starts[found] = next;
            } else {
                end_line(cutter, starts, found, base + place);
                starts[0] = next;
                found = 0;
            }
        }
        if (cutter->no_memory || cutter->no_room)
            return;
    }
    if (starts[0] < cutter->length)
        end_line(cutter, starts, found, cutter->length);
}

/* ---- lines ---------------------------------------------------------------------------------------------------- */

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
    int64_t *directives;  /* pairs of offset and line feeds before it */
    size_t count, room;
    bool no_memory;
} Survey;

static void directive(Survey *survey, int64_t offset, int64_t feeds) {
    if (survey->count + 2 > survey->room) {
        size_t room = survey->room ? 2 * survey->room : 16;
        int64_t *grown = realloc(survey->directives, room * sizeof(int64_t));
        if (!grown) {
            survey->no_memory = true;
            return;
        }
        survey->directives = grown;
        survey->room = room;
    }
    survey->directives[survey->count++] = offset;
    survey->directives[survey->count++] = feeds;
}

static void survey_all(Survey *survey, const uint8_t *data, size_t length) {
    uint64_t fed = 1, returned = 0; /* whether the byte before ended a line, or was a CR */
    uint8_t last[64];
    for (size_t base = 0; base < length && !survey->no_memory; base += 64) {
        const uint8_t *bytes = data + base;
        if (length - base < 64) {
            memset(last, ' ', sizeof last);
            memcpy(last, bytes, length - base);
            bytes = last;
        }
        Block block = looked_at(bytes);
        survey->nul |= block.nul;
        survey->high |= block.high;
        survey->lone |= ((block.returns << 1 | returned) & ~block.feeds) != 0;
        for (uint64_t starts = block.hashes & (block.feeds << 1 | fed); starts; starts &= starts - 1) {
            int place = lowest_bit(starts);
            int64_t feeds = survey->feeds;
            for (uint64_t before = block.feeds & (((uint64_t)1 << place) - 1); before; before &= before - 1)
                feeds++;
            directive(survey, (int64_t)base + place, feeds);
        }
        fed = block.feeds >> 63;
        returned = block.returns >> 63;
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
    Py_BEGIN_ALLOW_THREADS
    survey_all(&found, buffer.buf, (size_t)buffer.len);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&buffer);
    PyObject *directives = found.no_memory ? PyErr_NoMemory() : PyList_New((Py_ssize_t)(found.count / 2));
    for (size_t at = 0; directives && at < found.count; at += 2) {
        PyObject *pair = Py_BuildValue("(LL)", (long long)found.directives[at], (long long)found.directives[at + 1]);
        if (!pair || PyList_SetItem(directives, (Py_ssize_t)(at / 2), pair)) {
            Py_DECREF(directives);
            directives = NULL;
        }
    }
    free(found.directives);
    return directives ? Py_BuildValue("(LOOON)", (long long)found.feeds, found.lone ? Py_True : Py_False,
                                      found.nul ? Py_True : Py_False, found.high ? Py_True : Py_False, directives)
                      : NULL;
}

/* ---- answers -------------------------------------------------------------------------------------------------- */

static bool begin_column(Column *column, int64_t room) {
    Py_ssize_t width = column->kind == NUMBER ? 8 : 4;
    column->last.length = UINT32_MAX; /* no value is like that */
    if (column->kind == SKIP || column->kind == DATE || column->kind == TIME || column->kind == CHECKED)
        return true;
    column->valid = PyBytes_FromStringAndSize(NULL, room / 8 + 1);
    if (!column->valid)
        return false;
    column->bits = (uint8_t *)PyBytes_AsString(column->valid);
    memset(column->bits, 0, (size_t)(room / 8 + 1));
    if (column->kind == TEXT) {
        column->spans = malloc((size_t)(room + 1) * sizeof(Value));
        if (!column->spans)
            PyErr_NoMemory();
        return column->spans != NULL;
    }
    column->numbers = PyBytes_FromStringAndSize(NULL, (room + 1) * width);
    if (!column->numbers)
        return false;
    column->rows = PyBytes_AsString(column->numbers);
    if (column->kind != NUMBER && !values_begin(&column->values)) {
        PyErr_NoMemory();
        return false;
    }
    return true;
}

static void end_column(Column *column) {
    Py_XDECREF(column->numbers);
    Py_XDECREF(column->valid);
    free(column->spans);
    free(column->values.slots);
    free(column->values.values);
}

/* Stretches of the data one behind the other, as a column of Arrow holds them: offsets (int32) and bytes. */
static PyObject *gathered(const uint8_t *data, const Value *spans, int64_t count) {
    size_t total = 0;
    for (int64_t at = 0; at < count; at++)
        total += spans[at].length;
    PyObject *offsets = PyBytes_FromStringAndSize(NULL, (count + 1) * 4);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)total);
    if (!offsets || !bytes) {
        Py_XDECREF(offsets);
        Py_XDECREF(bytes);
        return NULL;
    }
    int32_t *offset = (int32_t *)PyBytes_AsString(offsets);
    uint8_t *target = (uint8_t *)PyBytes_AsString(bytes);
    size_t end = 0; /* with Python's lock held: names could grow meanwhile */
    for (int64_t at = 0; at < count; at++) {
        offset[at] = (int32_t)end;
        memcpy(target + end, data + spans[at].start, spans[at].length);
        end += spans[at].length;
    }
    offset[count] = (int32_t)end;
    return Py_BuildValue("(NN)", offsets, bytes);
}

/* (valid or None, nulls, numbers or None, values (offsets, bytes) or None, count of values) */
static PyObject *told(const Cutter *cutter, const Column *column) {
    PyObject *values = NULL;
    int64_t count = 0;
    if (column->kind == TEXT)
        values = gathered(cutter->data, column->spans, count = cutter->rows);
    else if (column->kind != NUMBER)
        values = gathered(cutter->data, column->values.values, count = column->values.count);
    if (!values && column->kind != NUMBER)
        return NULL;
    return Py_BuildValue("(OLONL)", column->nulls ? column->valid : Py_None, (long long)column->nulls,
                         column->numbers ? column->numbers : Py_None, values ? values : Py_NewRef(Py_None),
                         (long long)count);
}

static PyObject *answer(const Cutter *cutter, PyObject *time) {
    PyObject *columns = PyList_New(0);
    if (!columns)
        return NULL;
    for (int field = 0; field < cutter->fields; field++) /* in the order of the fields */
        for (int at = 0; at < cutter->count; at++) {
            const Column *column = &cutter->columns[at];
            if (column->field != field || !column->valid)
                continue;
            PyObject *one = told(cutter, column);
            if (!one || PyList_Append(columns, one)) {
                Py_XDECREF(one);
                Py_DECREF(columns);
                return NULL;
            }
            Py_DECREF(one);
        }
    return Py_BuildValue("(LLLOy#N)", (long long)cutter->lines, (long long)cutter->rows, (long long)cutter->blank, time,
                         cutter->odd ? (const char *)cutter->odd : "", (Py_ssize_t)(cutter->odds * sizeof(Odd)),
                         columns);
}

/* The date first, to which the time is added; then what else can be wrong. */
static int turn(int kind) { return kind == DATE ? 0 : kind == DICTIONARY || kind == TEXT ? 2 : 1; }

/* Columns of the fields that are read, in the order in which they are looked at. */
static int chosen(Column *columns, const uint8_t *kinds, int fields) {
    int count = 0;
    for (int now = 0; now < 3; now++)
        for (int field = 0; field < fields; field++) {
            int kind = kinds[field] & (NARROW - 1);
            if (kind != SKIP && turn(kind) == now)
                columns[count++] = (Column){.field = field, .kind = kind, .narrow = kinds[field] & NARROW};
        }
    return count;
}

static bool sensible(const uint8_t *kinds, Py_ssize_t fields, Py_ssize_t length, Py_ssize_t room) {
    int dates = 0, times = 0;
    for (Py_ssize_t field = 0; field < fields; field++) {
        int kind = kinds[field] & (NARROW - 1);
        if (kind >= KINDS)
            return false;
        dates += kind == DATE;
        times += kind == TIME;
    }
    return fields > 1 && fields <= MAX_FIELDS && dates == 1 && times == 1 && length < INT32_MAX - 64 && room >= 0 &&
           room <= length + 1;
}

PyDoc_STRVAR(cut_doc, "cut(data, lines, kinds) -> (lines, rows, blank, time, odd, columns)\n\n"
                      "The columns of up to `lines` lines of `data`; `kinds` has a byte for each field.\n"
                      "Raises ValueError where the kinds make no sense or there are more lines.");

static PyObject *cut(PyObject *module, PyObject *arguments) {
    Py_buffer data;
    const char *kinds;
    Py_ssize_t fields, room;
    PyObject *time = NULL, *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*ny#", &data, &room, &kinds, &fields))
        return NULL;
    bool ready = sensible((const uint8_t *)kinds, fields, data.len, room);
    if (ready && room > data.len / (fields + 13) + 1) /* a row takes a date, a time and a byte behind each value */
        room = data.len / (fields + 13) + 1;
    Cutter cutter = {.data = data.buf, .length = (size_t)data.len, .fields = (int)fields, .room = room};
    if (!ready)
        PyErr_SetString(PyExc_ValueError, "fields that cannot be read, or too much data");
    else if (!(cutter.columns = calloc((size_t)fields, sizeof(Column))) ||
             !(time = PyBytes_FromStringAndSize(NULL, (room + 1) * 8))) {
        PyErr_NoMemory();
        ready = false;
    } else {
        cutter.time = (int64_t *)PyBytes_AsString(time);
        cutter.count = chosen(cutter.columns, (const uint8_t *)kinds, cutter.fields);
        for (int at = 0; ready && at < cutter.count; at++)
            ready = begin_column(&cutter.columns[at], room);
    }
    if (ready) {
        Py_BEGIN_ALLOW_THREADS
        cut_all(&cutter);
        Py_END_ALLOW_THREADS
        if (cutter.no_memory)
            PyErr_NoMemory();
        else if (cutter.no_room)
            PyErr_SetString(PyExc_ValueError, "more lines than were announced");
        else
            result = answer(&cutter, time);
    }
    for (int at = 0; at < cutter.count; at++)
        end_column(&cutter.columns[at]);
    free(cutter.columns);
    free(cutter.odd);
    Py_XDECREF(time);
    PyBuffer_Release(&data);
    return result;
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject_HEAD
    Values values;
    uint8_t *text; /* all names, one behind the other */
    size_t size, room;
} Names;

static PyObject *names_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    (void)keywords;
    if (!PyArg_ParseTuple(arguments, ""))
        return NULL;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Names *names = (Names *)allocate(type, 0);
    if (names && !values_begin(&names->values)) {
        Py_DECREF(names);
        return PyErr_NoMemory();
    }
    return (PyObject *)names;
}

static void names_delete(PyObject *self) {
    Names *names = (Names *)self;
    PyTypeObject *type = Py_TYPE(self);
    free(names->values.slots);
    free(names->values.values);
    free(names->text);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static Py_ssize_t names_length(PyObject *self) { return ((Names *)self)->values.count; }

/* Room for `more` bytes; texts of 2 GiB and more could not be told in a column of Arrow. */
static bool names_room(Names *names, size_t more) {
    if (more > INT32_MAX - names->size) {
        PyErr_SetString(PyExc_OverflowError, "more than 2 GiB of names");
        return false;
    }
    if (names->size + more > names->room) {
        size_t room = names->size + more + names->room / 2 + 4096;
        uint8_t *grown = realloc(names->text, room);
        if (!grown) {
            PyErr_NoMemory();
            return false;
        }
        names->text = grown;
        names->room = room;
    }
    return true;
}

static bool names_number(Names *names, const int32_t *offsets, Py_ssize_t count, const uint8_t *bytes, int64_t *target) {
    for (Py_ssize_t at = 0; at < count; at++) {
        uint32_t length = (uint32_t)(offsets[at + 1] - offsets[at]), before = names->values.count;
        if (!names_room(names, length))
            return false;
        if (length)
            memcpy(names->text + names->size, bytes + offsets[at], length);
        int32_t number = values_number(&names->values, names->text, (uint32_t)names->size, length,
                                       names->text + names->size + length);
        if (number < 0) {
            PyErr_NoMemory();
            return false;
        }
        if (names->values.count > before)
            names->size += length; /* it is new, and stays where it is */
        target[at] = number;
    }
    return true;
}

static bool ascending(const int32_t *offsets, Py_ssize_t count, Py_ssize_t size) {
    for (Py_ssize_t at = 0; at < count; at++)
        if (offsets[at] < 0 || offsets[at] > offsets[at + 1])
            return false;
    return count < 0 || offsets[count] <= size;
}

PyDoc_STRVAR(number_doc, "number(offsets, data) -> bytes\n\n"
                         "The number (int64, from 0) of each value of a column of Arrow; new values get the next ones.");

static PyObject *names_method_number(PyObject *self, PyObject *arguments) {
    Py_buffer offsets, data;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*y*", &offsets, &data))
        return NULL;
    Py_ssize_t count = offsets.len / 4 - 1;
    if (count < 0 || !ascending(offsets.buf, count, data.len))
        PyErr_SetString(PyExc_ValueError, "no offsets of values");
    else if ((result = PyBytes_FromStringAndSize(NULL, count * 8)) &&
             !names_number((Names *)self, offsets.buf, count, data.buf, (int64_t *)PyBytes_AsString(result))) {
        Py_DECREF(result);
        result = NULL;
    }
    PyBuffer_Release(&offsets);
    PyBuffer_Release(&data);
    return result;
}

PyDoc_STRVAR(pick_doc, "pick(numbers) -> (offsets, data)\n\nThe names of these numbers (int64, from 0), as Arrow holds them.");

static PyObject *names_method_pick(PyObject *self, PyObject *numbers) {
    Names *names = (Names *)self;
    Py_buffer buffer;
    PyObject *result = NULL;
    if (PyObject_GetBuffer(numbers, &buffer, PyBUF_SIMPLE))
        return NULL;
    Py_ssize_t count = buffer.len / 8;
    const int64_t *wanted = buffer.buf;
    Value *spans = malloc((size_t)(count + 1) * sizeof(Value));
    uint64_t total = 0;
    bool known = spans != NULL;
    for (Py_ssize_t at = 0; known && at < count; at++) {
        known = wanted[at] >= 0 && wanted[at] < names->values.count;
        if (known)
            total += (spans[at] = names->values.values[wanted[at]]).length;
    }
    if (!spans)
        PyErr_NoMemory();
    else if (!known || total > INT32_MAX)
        PyErr_SetString(PyExc_IndexError, "no such names, or more than 2 GiB of them");
    else
        result = gathered(names->text, spans, count);
    free(spans);
    PyBuffer_Release(&buffer);
    return result;
}

static PyMethodDef names_methods[] = {{"number", names_method_number, METH_VARARGS, number_doc},
                                      {"pick", names_method_pick, METH_O, pick_doc},
                                      {NULL, NULL, 0, NULL}};

PyDoc_STRVAR(names_doc, "Distinct byte strings, numbered from 0 in the order of their coming. For one thread at a time.");

static PyType_Slot names_slots[] = {{Py_tp_new, names_new},         {Py_tp_dealloc, names_delete},
                                    {Py_sq_length, names_length},   {Py_tp_methods, names_methods},
                                    {Py_tp_doc, (void *)names_doc}, {0, NULL}};

static PyType_Spec names_spec = {"logan._kernel.Names", sizeof(Names), 0, Py_TPFLAGS_DEFAULT, names_slots};

static PyMethodDef methods[] = {
    {"cut", cut, METH_VARARGS, cut_doc},
    {"survey", survey, METH_O, survey_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_kernel", "Rows of a log cut into columns.", -1, methods,
                                        NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) {
    PyObject *text = PyUnicode_FromString("logan"); /* whose hash is another one in each process */
    if (!text)
        return NULL;
    seed = mixed((uint64_t)PyObject_Hash(text));
    key = mixed(seed ^ UINT64_C(0xD6E8FEB86659FD93));
    other_key = mixed(key) | 1;
    Py_DECREF(text);
    PyObject *module = PyModule_Create(&definition), *type = module ? PyType_FromSpec(&names_spec) : NULL;
    if (!type || PyModule_AddObjectRef(module, "Names", type) || PyModule_AddIntConstant(module, "VERSION", VERSION))
        Py_CLEAR(module);
    Py_XDECREF(type);
    return module;
}
