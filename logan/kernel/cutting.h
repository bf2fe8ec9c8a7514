/* Lines cut into columns, a group at a time, and which of them are odd. */

#ifndef LOGAN_CUTTING_H
#define LOGAN_CUTTING_H

#include "names.h"
#include "values.h"

enum { SKIP, DATE, TIME, DICTIONARY, TEXT, NUMBER, CHECKED, CODE, KINDS };
enum { NARROW = 16 };     /* a number of 32 bits, never negative */
enum { MAX_FIELDS = 512 };
enum { MAX_LINE = 1 << 20 };
enum { KNOWN_BITS = 6, KNOWN = 1 << KNOWN_BITS };

/* Rows are made of so many lines at a time, column by column: all that is asked of a column is in the core's cache, and
   what does not depend on each other is done at once. */
typedef struct {
    int field, kind;
    bool narrow, kept;
    PyObject *numbers; /* bytes: int32 of each row for codes, -1 where there is no value; int64 for numbers */
    void *rows;        /* what is in `numbers` */
    PyObject *present; /* bytes: whether there is a value, for each row of texts and numbers, */
    uint8_t *mask;     /* 1 or 0; */
    bool missing;      /* and whether any of them is 0 */
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
    uint32_t *starts; /* where the values begin of the lines of a group; one more for each, as if another began; and
                         room for what begins within 64 bytes, whatever was there before */
    int64_t numbers[GROUP]; /* of these lines */
    int waiting;
    int trouble;
    bool no_room;
} Cutter;

static void odd_line(Cutter *cutter, int64_t number, size_t start, size_t stop) {
    Odd *odd = with_room(cutter->odd, cutter->odds, &cutter->odd_room, sizeof(Odd));
    if (!odd) {
        cutter->trouble = NO_MEMORY;
        return;
    }
    cutter->odd = odd;
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
                cutter->time[cutter->rows + at] = 0;
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

/* Fewer than eight bytes and how many they are, as a number that is none else's. */
static inline uint64_t short_value(const Cutter *cutter, Value value) {
    return short_word(cutter->data + value.start, value.length, cutter->end) | value.length;
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
            uint64_t word = short_value(cutter, value);
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
            rows[at] = column->group[at] - 1; /* without a value 0 - 1 */
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
            uint64_t word = short_value(cutter, value);
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
        rows[at] = -1;
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

static void keep_there(Cutter *cutter, Column *column) {
    uint8_t *mask = column->mask + cutter->rows;
    for (int at = 0; at < cutter->waiting; at++)
        mask[at] = column->there >> at & 1;
    column->missing |= cutter->waiting && column->there != UINT64_MAX >> (GROUP - cutter->waiting);
}

/* Rows of the lines that wait. */
static void cut_group(Cutter *cutter) {
    uint64_t bad = check(cutter); /* first what can be wrong, so that nothing is kept of a line that is */
    if (bad) {
        part(cutter, bad);
        check(cutter);
    }
    if (cutter->rows + cutter->waiting > cutter->room) {
        cutter->no_room = true;
        return;
    }
    for (int at = 0; at < cutter->count; at++) {
        Column *column = &cutter->columns[at];
        if (!column->kept)
            continue;
        if (column->kind == CODE)
            keep_codes(cutter, column);
        else if (column->kind == DICTIONARY)
            keep_values(cutter, column);
        else if (column->kind == TEXT)
            keep_texts(cutter, column);
        if (column->mask)
            keep_there(cutter, column);
    }
    cutter->rows += cutter->waiting;
    cutter->waiting = 0;
}

/* The end of a line: `stop` is where its line feed is, or the end of the data. Returns where the values of the next one
   are to be put. */
static inline uint32_t *end_line(Cutter *cutter, uint32_t *starts, int found, size_t stop) {
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

/* Notes where values begin behind blanks, of which there may be more than a line has: `found` says how many there were
   before, and as many as there are fields stand for all that are too many. Returns how many there are now. */
static inline int begin_values(const Cutter *cutter, uint32_t *starts, int found, uint64_t blanks, size_t base) {
    uint32_t *next = starts + found;
    for (; blanks; blanks &= blanks - 1)
        *++next = (uint32_t)(base + (size_t)lowest_bit(blanks)) + 1;
    return next - starts < cutter->fields ? (int)(next - starts) : cutter->fields;
}

static void cut_all(Cutter *cutter) {
    size_t length = (size_t)(cutter->end - cutter->data);
    uint32_t *starts = cutter->starts;
    int found = 0; /* separators in this line */
    uint8_t last[64] = {0};
    starts[0] = 0;
    for (size_t base = 0; base < length; base += 64) {
        const uint8_t *block = cutter->data + base;
        if (length - base < 64) {
            memcpy(last, block, length - base);
            block = last;
        }
        uint64_t blanks = places_of(block, ' ');
        for (uint64_t feeds = places_of(block, '\n'); feeds; feeds &= feeds - 1) {
            uint64_t before = (feeds - 1) & ~feeds;
            size_t stop = base + (size_t)lowest_bit(feeds);
            found = begin_values(cutter, starts, found, blanks & before, base);
            blanks &= ~before;
            starts = end_line(cutter, starts, found, stop);
            starts[0] = (uint32_t)stop + 1;
            found = 0;
        }
        found = begin_values(cutter, starts, found, blanks, base);
        if (cutter->trouble || cutter->no_room)
            return;
    }
    if (starts[0] < length)
        end_line(cutter, starts, found, length);
    cut_group(cutter);
}

#endif
