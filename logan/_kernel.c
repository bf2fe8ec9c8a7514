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
enum { VERSION = 2 };

enum { SKIP, DATE, TIME, DICTIONARY, TEXT, NUMBER, CHECKED, CODE, KINDS };
enum { NARROW = 16 };     /* a number of 32 bits, never negative */
enum { MAX_FIELDS = 512 };
enum { MAX_LINE = 1 << 20 };
enum { GROUP = 64 }; /* lines that are made rows of together: there is a bit for each of them */
enum { KNOWN_BITS = 6, KNOWN = 1 << KNOWN_BITS };
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

/* ---- distinct values ------------------------------------------------------------------------------------------ */

typedef struct {
    uint32_t start, length;
    uint64_t hash;
} Value;

/* Distinct values, numbered from 0, and their text, one behind the other. */
typedef struct {
    uint32_t *slots; /* number of a value, from 1; 0 where there is none */
    Value *values;
    uint32_t size, count; /* slots (a power of two), values; there is room for size / 2 values */
    uint8_t *text;
    size_t filled, room;
    int32_t *offsets; /* with memory that does not move: where each begins, and the last ends; */
    uint32_t most;    /* and how many there is room for. Else NULL and 0 */
} Store;

enum { NO_MEMORY = -1, FULL = -2, TOO_MUCH = -3 }; /* instead of a number */

static bool store_begin(Store *store) {
    store->size = 256;
    store->count = 0;
    store->slots = calloc(store->size, sizeof(uint32_t));
    store->values = malloc(store->size / 2 * sizeof(Value));
    return store->slots && store->values;
}

static void store_end(Store *store) {
    free(store->slots);
    free(store->values);
    if (!store->offsets)
        free(store->text);
}

static bool store_grow(Store *store) {
    if (store->size > UINT32_MAX / 4)
        return false;
    uint32_t size = store->size * 4;
    uint32_t *slots = calloc(size, sizeof(uint32_t));
    Value *grown = realloc(store->values, (size_t)size / 2 * sizeof(Value));
    if (grown)
        store->values = grown;
    if (!slots || !grown) {
        free(slots);
        return false;
    }
    for (uint32_t number = 0; number < store->count; number++) {
        uint32_t slot = (uint32_t)store->values[number].hash & (size - 1);
        while (slots[slot])
            slot = (slot + 1) & (size - 1);
        slots[slot] = number + 1;
    }
    free(store->slots);
    store->slots = slots;
    store->size = size;
    return true;
}

/* Room for `more` bytes; texts of 2 GiB and more could not be told in a column of Arrow. */
static int32_t store_room(Store *store, size_t more) {
    if (more <= store->room - store->filled)
        return 0;
    if (store->offsets)
        return FULL;
    if (more > INT32_MAX - store->filled)
        return TOO_MUCH;
    size_t room = store->filled + more + store->room / 2 + 4096;
    uint8_t *grown = realloc(store->text, room);
    if (!grown)
        return NO_MEMORY;
    store->text = grown;
    store->room = room;
    return 0;
}

/* A new value. */
static int32_t store_add(Store *store, const uint8_t *bytes, Value value) {
    int32_t trouble = store_room(store, value.length);
    if (trouble)
        return trouble;
    if (store->offsets && store->count == store->most)
        return FULL;
    if (store->count == store->size / 2 && !store_grow(store))
        return NO_MEMORY;
    uint32_t slot = (uint32_t)value.hash & (store->size - 1);
    while (store->slots[slot])
        slot = (slot + 1) & (store->size - 1);
    if (value.length)
        memcpy(store->text + store->filled, bytes, value.length);
    value.start = (uint32_t)store->filled;
    store->filled += value.length;
    store->values[store->count] = value;
    store->slots[slot] = ++store->count;
    if (store->offsets)
        store->offsets[store->count] = (int32_t)store->filled;
    return (int32_t)(store->count - 1);
}

/* The number of a value of some bytes, whose hash is known; `end` is where the bytes around it end. */
static inline int32_t store_number(Store *store, const uint8_t *bytes, Value value, const uint8_t *end) {
    uint32_t slot = (uint32_t)value.hash & (store->size - 1), number;
    while ((number = store->slots[slot])) {
        const Value *known = &store->values[number - 1];
        if (known->hash == value.hash && known->length == value.length &&
            same(store->text + known->start, store->text + store->room, bytes, end, value.length))
            return (int32_t)(number - 1);
        slot = (slot + 1) & (store->size - 1);
    }
    return store_add(store, bytes, value);
}

/* The numbers of many values, each of which starts in the data; a bit in `there` says which rows have one. Most of the
   time that a single one takes is waiting for memory: for the slot, for the value that it names and for that value's
   text. Many wait together. Returns the first trouble. */
static int32_t store_numbers(Store *store, const uint8_t *data, const uint8_t *end, const Value *wanted, uint64_t there,
                             int32_t *numbers) {
    uint32_t known[GROUP];
    int32_t trouble = 0;
    for (uint64_t left = there; left; left &= left - 1)
        prefetch(&store->slots[(uint32_t)wanted[lowest_bit(left)].hash & (store->size - 1)]);
    for (uint64_t left = there; left; left &= left - 1) {
        int at = lowest_bit(left);
        known[at] = store->slots[(uint32_t)wanted[at].hash & (store->size - 1)];
        prefetch(&store->values[known[at] ? known[at] - 1 : 0]);
    }
    for (uint64_t left = there; left; left &= left - 1) {
        int at = lowest_bit(left);
        if (known[at])
            prefetch(store->text + store->values[known[at] - 1].start);
    }
    for (uint64_t left = there; left && !trouble; left &= left - 1) {
        int at = lowest_bit(left);
        numbers[at] = store_number(store, data + wanted[at].start, wanted[at], end);
        trouble = numbers[at] < 0 ? numbers[at] : 0;
    }
    return trouble;
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

/* What Python sees of a store; it is here because columns may use one. */
typedef struct {
    PyObject_HEAD
    Store store;
    PyObject *bytes, *bounds; /* what holds memory that does not move */
    bool busy;                /* while a thread numbers names without Python's lock */
} Names;

static PyObject *names_type;

static bool is_busy(const Names *names) {
    if (names->busy)
        PyErr_SetString(PyExc_RuntimeError, "another thread is numbering these names");
    return names->busy;
}

/* The exception for a trouble, but for FULL. */
static void raise(int32_t trouble) {
    if (trouble == NO_MEMORY)
        PyErr_NoMemory();
    else if (trouble == TOO_MUCH)
        PyErr_SetString(PyExc_OverflowError, "more than 2 GiB of names");
}

/* ---- columns -------------------------------------------------------------------------------------------------- */

/* Rows are made of so many lines at a time, column by column: all that is asked of a column is in the core's cache, and
   what does not depend on each other is done at once. */
typedef struct {
    int field, kind;
    bool narrow;
    PyObject *numbers; /* bytes: int32 of each row for codes, int64 for numbers */
    PyObject *valid;   /* bytes: a bit for each row */
    uint8_t *bits;
    void *rows;        /* what is in `numbers` */
    int64_t nulls;
    Store own, *store; /* distinct values: of these data, or */
    Names *names;      /* of others too */
    Value *spans;      /* of a text */
    Value last;        /* the last value that was looked at, which often comes again */
    uint64_t there;    /* the rows of the group that have a value */
    uint64_t words[KNOWN]; /* short values, and */
    int32_t codes[KNOWN];  /* their codes, from 1; those of the group whose code is not known yet are 0 */
    int32_t group[GROUP];
} Column;

typedef struct {
    int64_t number, start, stop, before; /* the line, where it is, and the rows before it */
} Odd;

typedef struct {
    const uint8_t *data, *end;
    int fields, count;
    Column *columns;
    int64_t *time;
    int64_t lines, rows, blank, room; /* lines seen, rows made, and room for rows */
    Odd *odd;
    size_t odds, odd_room;
    int64_t day; /* of the last date, in microseconds */
    uint32_t *starts; /* where the values begin of the lines of a group; one more for each, as if another began */
    int64_t numbers[GROUP]; /* of these lines */
    int waiting;
    int trouble;
    bool no_room;
} Cutter;

static void odd_line(Cutter *cutter, int64_t number, size_t start, size_t stop) {
    if (cutter->odds == cutter->odd_room) {
        size_t room = cutter->odd_room ? 2 * cutter->odd_room : 64;
        Odd *grown = realloc(cutter->odd, room * sizeof(Odd));
        if (!grown) {
            cutter->trouble = NO_MEMORY;
            return;
        }
        cutter->odd = grown;
        cutter->odd_room = room;
    }
    cutter->odd[cutter->odds++] = (Odd){number, (int64_t)start, (int64_t)stop, cutter->rows};
}

static inline bool is_null(const uint8_t *bytes, size_t length) { return !length || (length == 1 && *bytes == '-'); }

static inline Value value_at(const Cutter *cutter, const Column *column, int at) {
    const uint32_t *starts = cutter->starts + (size_t)at * (size_t)(cutter->fields + 1) + column->field;
    return (Value){starts[0], starts[1] - 1 - starts[0], 0};
}

static inline bool is_last(const Cutter *cutter, const Column *column, Value value) {
    return value.length == column->last.length && same(cutter->data + value.start, cutter->end,
                                                       cutter->data + column->last.start, cutter->end, value.length);
}

/* Which values of a group, a bit for each, do not belong into a column of dates. */
static uint64_t check_dates(Cutter *cutter, Column *column) {
    uint64_t bad = 0;
    for (int at = 0; at < cutter->waiting; at++) {
        Value value = value_at(cutter, column, at);
        if (!is_last(cutter, column, value)) {
            int64_t day = day_of(cutter->data + value.start, value.length);
            if (day < 0) {
                bad |= UINT64_C(1) << at;
                continue;
            }
            column->last = value;
            cutter->day = day * DAY;
        }
        cutter->time[cutter->rows + at] = cutter->day;
    }
    return bad;
}

/* The same of times, which are added to the dates. */
static uint64_t check_times(Cutter *cutter, Column *column) {
    uint64_t bad = 0;
    for (int at = 0; at < cutter->waiting; at++) {
        Value value = value_at(cutter, column, at);
        int64_t clock = clock_of(cutter->data + value.start, value.length);
        if (clock < 0)
            bad |= UINT64_C(1) << at;
        else
            cutter->time[cutter->rows + at] += clock;
    }
    return bad;
}

static uint64_t check_numbers(Cutter *cutter, Column *column) {
    uint64_t bad = 0;
    int64_t *rows = (int64_t *)column->rows + cutter->rows;
    column->there = 0;
    for (int at = 0; at < cutter->waiting; at++) {
        Value value = value_at(cutter, column, at);
        const uint8_t *bytes = cutter->data + value.start;
        rows[at] = 0;
        if (is_null(bytes, value.length))
            continue;
        column->there |= UINT64_C(1) << at;
        if (!number_of(bytes, value.length, column->narrow, &rows[at]))
            bad |= UINT64_C(1) << at;
    }
    return bad;
}

/* Numbers that are not kept: mostly the same, so only another one is looked at. */
static uint64_t check_others(Cutter *cutter, Column *column) {
    uint64_t bad = 0;
    for (int at = 0; at < cutter->waiting; at++) {
        Value value = value_at(cutter, column, at);
        const uint8_t *bytes = cutter->data + value.start;
        int64_t number;
        if (is_last(cutter, column, value) || is_null(bytes, value.length))
            continue;
        if (!number_of(bytes, value.length, column->narrow, &number))
            bad |= UINT64_C(1) << at;
        else
            column->last = value;
    }
    return bad;
}

static inline int known_at(uint64_t word) { return (int)(word * UINT64_C(0x9E3779B97F4A7C15) >> (64 - KNOWN_BITS)); }

/* Numbers of which there are few: what is known already needs no look. */
static uint64_t check_codes(Cutter *cutter, Column *column) {
    uint64_t bad = 0;
    column->there = 0;
    for (int at = 0; at < cutter->waiting; at++) {
        Value value = value_at(cutter, column, at);
        const uint8_t *bytes = cutter->data + value.start;
        int64_t number;
        column->group[at] = 0;
        if (is_null(bytes, value.length))
            continue;
        column->there |= UINT64_C(1) << at;
        if (value.length < 8) {
            uint64_t word = short_word(bytes, value.length, cutter->end);
            int place = known_at(word);
            if (column->words[place] == word && (column->group[at] = column->codes[place]))
                continue;
        }
        if (!number_of(bytes, value.length, column->narrow, &number))
            bad |= UINT64_C(1) << at;
    }
    return bad;
}

/* Which lines of the group hold something that does not belong there. */
static uint64_t check(Cutter *cutter) {
    uint64_t bad = 0;
    for (int at = 0; at < cutter->count; at++) {
        Column *column = &cutter->columns[at];
        switch (column->kind) {
        case DATE: bad |= check_dates(cutter, column); break;
        case TIME: bad |= check_times(cutter, column); break;
        case NUMBER: bad |= check_numbers(cutter, column); break;
        case CHECKED: bad |= check_others(cutter, column); break;
        case CODE: bad |= check_codes(cutter, column); break;
        default: break;
        }
    }
    return bad;
}

/* The lines that are good move up; the others are odd. */
static void part(Cutter *cutter, uint64_t bad) {
    size_t width = (size_t)cutter->fields + 1;
    int64_t before = cutter->rows;
    int good = 0;
    for (int at = 0; at < cutter->waiting; at++) {
        uint32_t *starts = cutter->starts + (size_t)at * width;
        if (bad >> at & 1)
            odd_line(cutter, cutter->numbers[at], starts[0], starts[cutter->fields] - 1);
        else {
            memmove(cutter->starts + (size_t)good++ * width, starts, width * sizeof *starts);
            cutter->rows++;
        }
    }
    cutter->rows = before;
    cutter->waiting = good;
}

static void keep_codes(Cutter *cutter, Column *column) {
    int32_t *rows = (int32_t *)column->rows + cutter->rows;
    for (int at = 0; at < cutter->waiting; at++) {
        if (!(column->there >> at & 1) || column->group[at]) {
            rows[at] = column->there >> at & 1 ? column->group[at] - 1 : 0;
            continue;
        }
        Value value = value_at(cutter, column, at);
        value.hash = hashed(cutter->data + value.start, value.length, cutter->end);
        rows[at] = store_number(column->store, cutter->data + value.start, value, cutter->end);
        if (rows[at] < 0) {
            cutter->trouble = rows[at];
            return;
        }
        if (value.length < 8) {
            uint64_t word = short_word(cutter->data + value.start, value.length, cutter->end);
            column->words[known_at(word)] = word;
            column->codes[known_at(word)] = rows[at] + 1;
        }
    }
}

static void keep_values(Cutter *cutter, Column *column) {
    int32_t *rows = (int32_t *)column->rows + cutter->rows;
    Value values[GROUP];
    column->there = 0;
    for (int at = 0; at < cutter->waiting; at++) {
        Value value = value_at(cutter, column, at);
        rows[at] = 0;
        if (is_null(cutter->data + value.start, value.length))
            continue;
        column->there |= UINT64_C(1) << at;
        value.hash = hashed(cutter->data + value.start, value.length, cutter->end);
        values[at] = value;
    }
    int32_t trouble = store_numbers(column->store, cutter->data, cutter->end, values, column->there, rows);
    if (trouble)
        cutter->trouble = trouble;
}

static void keep_texts(Cutter *cutter, Column *column) {
    column->there = 0;
    for (int at = 0; at < cutter->waiting; at++) {
        Value value = value_at(cutter, column, at);
        if (is_null(cutter->data + value.start, value.length))
            value.length = 0;
        else
            column->there |= UINT64_C(1) << at;
        column->spans[cutter->rows + at] = value;
    }
}

/* Eight bytes at a time: there is room behind the last row. */
static void keep_there(Cutter *cutter, Column *column) {
    uint8_t *bits = column->bits + (cutter->rows >> 3);
    int shift = (int)(cutter->rows & 7);
    for (uint64_t left = column->there; left; bits++) {
        *bits |= (uint8_t)(left << shift);
        left >>= 8 - shift;
        shift = 0;
    }
    for (int at = 0; at < cutter->waiting; at++)
        column->nulls += !(column->there >> at & 1);
}

/* Rows of the lines that wait. */
static void cut_group(Cutter *cutter) {
    if (cutter->rows + cutter->waiting > cutter->room) {
        cutter->no_room = true;
        return;
    }
    uint64_t bad = check(cutter); /* first what can be wrong, so that nothing is kept of a line that is */
    if (bad) {
        part(cutter, bad);
        check(cutter);
    }
    for (int at = 0; at < cutter->count; at++) {
        Column *column = &cutter->columns[at];
        if (!column->bits)
            continue;
        if (column->kind == CODE)
            keep_codes(cutter, column);
        else if (column->kind == DICTIONARY)
            keep_values(cutter, column);
        else if (column->kind == TEXT)
            keep_texts(cutter, column);
        keep_there(cutter, column);
    }
    cutter->rows += cutter->waiting;
    cutter->waiting = 0;
}

/* The end of a line: `stop` is where its line feed is, or the end of the data. Returns where the values of the next one
   are to be put. */
static inline uint32_t *end_line(Cutter *cutter, uint32_t *starts, int64_t found, size_t stop) {
    size_t start = starts[0], end = stop;
    if (end > start && cutter->data[end - 1] == '\r')
        end--;
    if (end == start)
        cutter->blank++;
    else if (found == cutter->fields - 1 && end - start <= MAX_LINE && cutter->data[end - 1] != '\r') {
        starts[cutter->fields] = (uint32_t)end + 1;
        cutter->numbers[cutter->waiting++] = cutter->lines;
        if (cutter->waiting == GROUP)
            cut_group(cutter);
    } else {
        cut_group(cutter);
        odd_line(cutter, cutter->lines, start, end);
    }
    cutter->lines++;
    return cutter->starts + (size_t)cutter->waiting * (size_t)(cutter->fields + 1);
}

static void cut_all(Cutter *cutter) {
    size_t length = (size_t)(cutter->end - cutter->data);
    uint32_t *starts = cutter->starts;
    int64_t found = 0; /* separators in this line */
    uint8_t last[64] = {0};
    starts[0] = 0;
    for (size_t base = 0; base < length; base += 64) {
        const uint8_t *block = cutter->data + base;
        if (length - base < 64) {
            memcpy(last, block, length - base);
            block = last;
        }
        for (uint64_t mask = separators(block); mask; mask &= mask - 1) {
            size_t place = (size_t)lowest_bit(mask);
            uint32_t next = (uint32_t)(base + place) + 1;
            if (block[place] == ' ') {
                if (++found < cutter->fields)
                    starts[found] = next;
            } else {
                starts = end_line(cutter, starts, found, base + place);
                starts[0] = next;
                found = 0;
            }
        }
        if (cutter->trouble || cutter->no_room)
            return;
    }
    if (starts[0] < length)
        end_line(cutter, starts, found, length);
    cut_group(cutter);
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

/* ---- cleaning ------------------------------------------------------------------------------------------------- */

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
        place = behind[size ? size - 1 : 0];
    }
}

PyDoc_STRVAR(clean_doc, "clean(data, escape) -> bytes\n\n"
                        "The data without NULs; with `escape`, bytes that are no UTF-8 as text such as \\xa7.");

static PyObject *clean(PyObject *module, PyObject *arguments) {
    Py_buffer data;
    int escape;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*p", &data, &escape))
        return NULL;
    Clean clean = {NULL, 0};
    Py_BEGIN_ALLOW_THREADS
    clean_all(&clean, data.buf, (size_t)data.len, escape);
    Py_END_ALLOW_THREADS
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)clean.length);
    if (result) {
        clean = (Clean){(uint8_t *)PyBytes_AsString(result), 0};
        Py_BEGIN_ALLOW_THREADS
        clean_all(&clean, data.buf, (size_t)data.len, escape);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&data);
    return result;
}

/* ---- answers -------------------------------------------------------------------------------------------------- */

static bool begin_column(Column *column, int64_t room) {
    Py_ssize_t width = column->kind == NUMBER ? 8 : 4;
    column->last.length = UINT32_MAX; /* no value is like that */
    if (column->kind == SKIP || column->kind == DATE || column->kind == TIME || column->kind == CHECKED)
        return true;
    column->valid = PyBytes_FromStringAndSize(NULL, room / 8 + 1 + GROUP / 8);
    if (!column->valid)
        return false;
    column->bits = (uint8_t *)PyBytes_AsString(column->valid);
    memset(column->bits, 0, (size_t)(room / 8 + 1 + GROUP / 8));
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
    if (column->kind == NUMBER || column->store)
        return true;
    column->store = &column->own;
    if (!store_begin(column->store)) {
        PyErr_NoMemory();
        return false;
    }
    return true;
}

static void end_column(Column *column) {
    if (column->names)
        column->names->busy = false;
    Py_XDECREF(column->numbers);
    Py_XDECREF(column->valid);
    free(column->spans);
    store_end(&column->own);
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
    else if (column->kind != NUMBER && column->store == &column->own)
        values = gathered(column->own.text, column->own.values, count = column->own.count);
    if (!values && PyErr_Occurred())
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

PyDoc_STRVAR(cut_doc, "cut(data, lines, kinds, names) -> (lines, rows, blank, time, odd, columns)\n\n"
                      "The columns of up to `lines` lines of `data`; `kinds` has a byte for each field, `names` a Names\n"
                      "or None: those in which the values of that column are numbered, and which then are not told.\n"
                      "Raises ValueError where the kinds make no sense, there are more lines, or names are full.");

/* The names that were given for the columns. */
static bool given(Cutter *cutter, PyObject *names) {
    for (int at = 0; at < cutter->count; at++) {
        Column *column = &cutter->columns[at];
        PyObject *one = PyTuple_GetItem(names, column->field);
        if (!one)
            return false;
        if (one == Py_None || (column->kind != DICTIONARY && column->kind != CODE))
            continue;
        if ((PyObject *)Py_TYPE(one) != names_type) {
            PyErr_SetString(PyExc_TypeError, "names or None are needed");
            return false;
        }
        if (is_busy((Names *)one))
            return false;
        ((Names *)one)->busy = true;
        column->names = (Names *)one;
        column->store = &column->names->store;
    }
    return true;
}

static PyObject *cut(PyObject *module, PyObject *arguments) {
    Py_buffer data;
    const char *kinds;
    Py_ssize_t fields, room;
    PyObject *names, *time = NULL, *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*ny#O!", &data, &room, &kinds, &fields, &PyTuple_Type, &names))
        return NULL;
    bool ready = sensible((const uint8_t *)kinds, fields, data.len, room) && PyTuple_Size(names) == fields;
    if (ready && room > data.len / (fields + 13) + 1) /* a row takes a date, a time and a byte behind each value */
        room = data.len / (fields + 13) + 1;
    Cutter cutter = {.data = data.buf, .end = (const uint8_t *)data.buf + data.len, .fields = (int)fields, .room = room};
    if (!ready)
        PyErr_SetString(PyExc_ValueError, "fields that cannot be read, or too much data");
    else if (!(cutter.columns = calloc((size_t)fields, sizeof(Column))) ||
             !(cutter.starts = malloc((size_t)GROUP * (size_t)(fields + 1) * sizeof(uint32_t))) ||
             !(time = PyBytes_FromStringAndSize(NULL, (room + 1) * 8))) {
        PyErr_NoMemory();
        ready = false;
    } else {
        cutter.time = (int64_t *)PyBytes_AsString(time);
        cutter.count = chosen(cutter.columns, (const uint8_t *)kinds, cutter.fields);
        ready = given(&cutter, names);
        for (int at = 0; ready && at < cutter.count; at++)
            ready = begin_column(&cutter.columns[at], room);
    }
    if (ready) {
        Py_BEGIN_ALLOW_THREADS
        cut_all(&cutter);
        Py_END_ALLOW_THREADS
        raise(cutter.trouble);
        if (cutter.trouble == FULL || cutter.no_room)
            PyErr_SetString(PyExc_ValueError, "more lines or names than were announced");
        else if (!cutter.trouble)
            result = answer(&cutter, time);
    }
    for (int at = 0; at < cutter.count; at++)
        end_column(&cutter.columns[at]);
    free(cutter.columns);
    free(cutter.starts);
    free(cutter.odd);
    Py_XDECREF(time);
    PyBuffer_Release(&data);
    return result;
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

/* Memory that never moves. The system gives it where it is written to, so there may be plenty. */
static bool names_fixed(Names *names, Py_ssize_t most, Py_ssize_t room) {
    names->bytes = PyBytes_FromStringAndSize(NULL, room);
    names->bounds = PyBytes_FromStringAndSize(NULL, (most + 1) * 4);
    if (!names->bytes || !names->bounds)
        return false;
    names->store.text = (uint8_t *)PyBytes_AsString(names->bytes);
    names->store.offsets = (int32_t *)PyBytes_AsString(names->bounds);
    names->store.offsets[0] = 0;
    names->store.room = (size_t)room;
    names->store.most = (uint32_t)most;
    return true;
}

static PyObject *names_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    Py_ssize_t most = 0, room = 0;
    (void)keywords;
    if (!PyArg_ParseTuple(arguments, "|nn", &most, &room))
        return NULL;
    if (most < 0 || most > 1 << 24 || room < 0 || room > 1 << 30) {
        PyErr_SetString(PyExc_ValueError, "no such room for names");
        return NULL;
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Names *names = (Names *)allocate(type, 0);
    if (names && !store_begin(&names->store)) {
        Py_DECREF(names);
        return PyErr_NoMemory();
    }
    if (names && most && !names_fixed(names, most, room)) {
        Py_DECREF(names);
        return NULL;
    }
    return (PyObject *)names;
}

static void names_delete(PyObject *self) {
    Names *names = (Names *)self;
    PyTypeObject *type = Py_TYPE(self);
    store_end(&names->store);
    Py_XDECREF(names->bytes);
    Py_XDECREF(names->bounds);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static Py_ssize_t names_length(PyObject *self) { return ((Names *)self)->store.count; }

/* The numbers of many names, without Python's lock. Returns the first trouble. */
static int32_t names_number(Store *store, const int32_t *offsets, Py_ssize_t count, const uint8_t *bytes,
                            int64_t *target) {
    const uint8_t *end = bytes + (count ? offsets[count] : 0);
    int32_t trouble = 0, numbers[GROUP];
    Value wanted[GROUP];
    for (Py_ssize_t first = 0; first < count && !trouble; first += GROUP) {
        int size = count - first < GROUP ? (int)(count - first) : GROUP;
        for (int at = 0; at < size; at++) {
            uint32_t start = (uint32_t)offsets[first + at], length = (uint32_t)offsets[first + at + 1] - start;
            wanted[at] = (Value){start, length, hashed(bytes + start, length, end)};
        }
        trouble = store_numbers(store, bytes, end, wanted, UINT64_MAX >> (GROUP - size), numbers);
        for (int at = 0; at < size && !trouble; at++)
            target[first + at] = numbers[at];
    }
    return trouble;
}

static bool ascending(const int32_t *offsets, Py_ssize_t count, Py_ssize_t size) {
    for (Py_ssize_t at = 0; at < count; at++)
        if (offsets[at] < 0 || offsets[at] > offsets[at + 1])
            return false;
    return count < 0 || offsets[count] <= size;
}

/* Whether offsets of values in so many bytes ascend; those of no values may be empty. */
static bool well_formed(const Py_buffer *offsets, const Py_buffer *data) {
    Py_ssize_t count = offsets->len / 4 - 1;
    if (count >= 0 && ascending(offsets->buf, count, data->len))
        return true;
    PyErr_SetString(PyExc_ValueError, "no offsets of values");
    return false;
}

PyDoc_STRVAR(number_doc, "number(offsets, data) -> bytes or None\n\n"
                         "The number (int64, from 0) of each value of a column of Arrow; new values get the next ones.\n"
                         "None where there was room for so many names only and they are more.");

static PyObject *names_method_number(PyObject *self, PyObject *arguments) {
    Names *names = (Names *)self;
    Py_buffer offsets, data;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*y*", &offsets, &data))
        return NULL;
    Py_ssize_t count = offsets.len / 4 - 1;
    if (well_formed(&offsets, &data) && !is_busy(names) && (result = PyBytes_FromStringAndSize(NULL, count * 8))) {
        int64_t *target = (int64_t *)PyBytes_AsString(result);
        int32_t trouble;
        names->busy = true;
        Py_BEGIN_ALLOW_THREADS
        trouble = names_number(&names->store, offsets.buf, count, data.buf, target);
        Py_END_ALLOW_THREADS
        names->busy = false;
        raise(trouble);
        if (trouble) {
            Py_DECREF(result);
            result = trouble == FULL ? Py_NewRef(Py_None) : NULL;
        }
    }
    PyBuffer_Release(&offsets);
    PyBuffer_Release(&data);
    return result;
}

PyDoc_STRVAR(parts_doc, "parts() -> (count, offsets, data)\n\n"
                        "The names so far as Arrow holds them, in memory that does not move: only what comes behind them is\n"
                        "written. For names with room for so many only.");

static PyObject *names_method_parts(PyObject *self, PyObject *nothing) {
    Names *names = (Names *)self;
    (void)nothing;
    if (is_busy(names))
        return NULL;
    if (!names->bytes) {
        PyErr_SetString(PyExc_TypeError, "names that may move");
        return NULL;
    }
    return Py_BuildValue("(LOO)", (long long)names->store.count, names->bounds, names->bytes);
}

PyDoc_STRVAR(pick_doc, "pick(numbers) -> (offsets, data)\n\nThe names of these numbers (int64, from 0), as Arrow holds them.");

static PyObject *names_method_pick(PyObject *self, PyObject *numbers) {
    Names *names = (Names *)self;
    Py_buffer buffer;
    PyObject *result = NULL;
    if (is_busy(names) || PyObject_GetBuffer(numbers, &buffer, PyBUF_SIMPLE))
        return NULL;
    Py_ssize_t count = buffer.len / 8;
    const int64_t *wanted = buffer.buf;
    Value *spans = malloc((size_t)(count + 1) * sizeof(Value));
    uint64_t total = 0;
    bool known = spans != NULL;
    for (Py_ssize_t at = 0; known && at < count; at++) {
        known = wanted[at] >= 0 && wanted[at] < names->store.count;
        if (known)
            total += (spans[at] = names->store.values[wanted[at]]).length;
    }
    if (!spans)
        PyErr_NoMemory();
    else if (!known || total > INT32_MAX)
        PyErr_SetString(PyExc_IndexError, "no such names, or more than 2 GiB of them");
    else
        result = gathered(names->store.text, spans, count);
    free(spans);
    PyBuffer_Release(&buffer);
    return result;
}

static PyMethodDef names_methods[] = {{"number", names_method_number, METH_VARARGS, number_doc},
                                      {"pick", names_method_pick, METH_O, pick_doc},
                                      {"parts", names_method_parts, METH_NOARGS, parts_doc},
                                      {NULL, NULL, 0, NULL}};

PyDoc_STRVAR(names_doc, "Distinct byte strings, numbered from 0 in the order of their coming. For one thread at a time.");

static PyType_Slot names_slots[] = {{Py_tp_new, names_new},         {Py_tp_dealloc, names_delete},
                                    {Py_sq_length, names_length},   {Py_tp_methods, names_methods},
                                    {Py_tp_doc, (void *)names_doc}, {0, NULL}};

static PyType_Spec names_spec = {"logan._kernel.Names", sizeof(Names), 0, Py_TPFLAGS_DEFAULT, names_slots};

/* ---- values by code ------------------------------------------------------------------------------------------- */

PyDoc_STRVAR(take_doc, "take(offsets, data, numbers) -> (offsets, data)\n\n"
                       "The values of a column of Arrow that have these numbers (int64, from 0).");

static PyObject *take(PyObject *module, PyObject *arguments) {
    Py_buffer offsets, data, numbers;
    PyObject *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*y*", &offsets, &data, &numbers))
        return NULL;
    Py_ssize_t count = numbers.len / 8, known = offsets.len / 4 - 1;
    const int64_t *wanted = numbers.buf;
    const int32_t *bounds = offsets.buf;
    Value *spans = malloc((size_t)(count + 1) * sizeof(Value));
    uint64_t total = 0;
    bool good = well_formed(&offsets, &data);
    for (Py_ssize_t at = 0; spans && good && at < count; at++) {
        good = wanted[at] >= 0 && wanted[at] < known;
        if (good) {
            uint32_t start = (uint32_t)bounds[wanted[at]], length = (uint32_t)bounds[wanted[at] + 1] - start;
            spans[at] = (Value){start, length, 0};
            total += length;
        }
    }
    if (!spans)
        PyErr_NoMemory();
    else if (!good || total > INT32_MAX) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_IndexError, "no such values, or more than 2 GiB of them");
    } else
        result = gathered(data.buf, spans, count);
    free(spans);
    PyBuffer_Release(&offsets);
    PyBuffer_Release(&data);
    PyBuffer_Release(&numbers);
    return result;
}

PyDoc_STRVAR(add_doc, "add(target, table, codes, valid, offset)\n\n"
                      "Add to each number of `target` (int64) that of `table` (int64) which is at the row's code (int32),\n"
                      "where the row's bit in `valid` (from bit `offset` on; None: everywhere) is set.");

static PyObject *add(PyObject *module, PyObject *arguments) {
    Py_buffer target, table, codes, valid = {0};
    PyObject *bits;
    Py_ssize_t offset;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "w*y*y*On", &target, &table, &codes, &bits, &offset))
        return NULL;
    bool known = bits == Py_None || !PyObject_GetBuffer(bits, &valid, PyBUF_SIMPLE);
    Py_ssize_t rows = codes.len / 4;
    if (known && (target.len / 8 != rows || offset < 0 || (valid.buf && valid.len < (offset + rows + 7) / 8))) {
        PyErr_SetString(PyExc_ValueError, "as many codes and bits as numbers are needed");
        known = false;
    }
    bool inside = true;
    if (known) {
        int64_t *sums = target.buf;
        const int64_t *values = table.buf;
        const int32_t *at = codes.buf;
        const uint8_t *there = valid.buf;
        uint64_t size = (uint64_t)(table.len / 8);
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t row = 0; row < rows; row++) {
            Py_ssize_t bit = row + offset;
            if (there && !(there[bit >> 3] >> (bit & 7) & 1))
                continue;
            if ((uint64_t)(int64_t)at[row] >= size)
                inside = false;
            else
                sums[row] += values[at[row]];
        }
        Py_END_ALLOW_THREADS
        if (!inside)
            PyErr_SetString(PyExc_IndexError, "a code that is not in the table");
    }
    PyBuffer_Release(&target);
    PyBuffer_Release(&table);
    PyBuffer_Release(&codes);
    if (valid.buf)
        PyBuffer_Release(&valid);
    return known && inside ? Py_NewRef(Py_None) : NULL;
}

static PyMethodDef methods[] = {
    {"cut", cut, METH_VARARGS, cut_doc},
    {"survey", survey, METH_O, survey_doc},
    {"clean", clean, METH_VARARGS, clean_doc},
    {"add", add, METH_VARARGS, add_doc},
    {"take", take, METH_VARARGS, take_doc},
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
    names_type = type; /* as long as the process lives */
    return module;
}
