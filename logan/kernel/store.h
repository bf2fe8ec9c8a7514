/* Distinct values, numbered in the order of their coming. */

#ifndef LOGAN_STORE_H
#define LOGAN_STORE_H

#include "bytes.h"

enum { GROUP = 64 }; /* values and lines that are worked at together: there is a bit for each of them */

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

#endif
