/* Names: a store that lives on, as a type of Python. */

#ifndef LOGAN_NAMES_H
#define LOGAN_NAMES_H

#include "store.h"

/* What Python sees of a store. */
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
static void raise_trouble(int32_t trouble) {
    if (trouble == NO_MEMORY)
        PyErr_NoMemory();
    else if (trouble == TOO_MUCH)
        PyErr_SetString(PyExc_OverflowError, "more than 2 GiB of names");
}

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
                         "The number (int64, from 0) of each text; new ones get the next numbers.\n"
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
        raise_trouble(trouble);
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
                        "The names so far, in memory that does not move: only what comes behind them is\n"
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

/* Where the text of a value is that has a number. */
typedef Value (*Told)(const void *, int64_t);

static Value of_store(const void *store, int64_t number) { return ((const Store *)store)->values[number]; }

static Value of_offsets(const void *offsets, int64_t number) {
    const int32_t *bounds = (const int32_t *)offsets + number;
    return (Value){(uint32_t)bounds[0], (uint32_t)(bounds[1] - bounds[0]), 0};
}

/* The values that have these numbers (int64), of so many that are known. */
static PyObject *numbered(const uint8_t *text, const void *values, Told told, int64_t known, const Py_buffer *numbers) {
    Py_ssize_t count = numbers->len / 8;
    const int64_t *wanted = numbers->buf;
    Value *spans = malloc((size_t)(count + 1) * sizeof(Value));
    uint64_t total = 0;
    bool good = true;
    if (!spans)
        return PyErr_NoMemory();
    for (Py_ssize_t at = 0; good && at < count; at++) {
        good = wanted[at] >= 0 && wanted[at] < known;
        if (good)
            total += (spans[at] = told(values, wanted[at])).length;
    }
    PyObject *result = NULL;
    if (good && total <= INT32_MAX)
        result = gathered(text, spans, count);
    else
        PyErr_SetString(PyExc_IndexError, "no such values, or more than 2 GiB of them");
    free(spans);
    return result;
}

PyDoc_STRVAR(pick_doc, "pick(numbers) -> (offsets, data)\n\nThe names of these numbers (int64, from 0).");

static PyObject *names_method_pick(PyObject *self, PyObject *numbers) {
    Names *names = (Names *)self;
    Py_buffer buffer;
    PyObject *result = NULL;
    if (is_busy(names) || PyObject_GetBuffer(numbers, &buffer, PyBUF_SIMPLE))
        return NULL;
    result = numbered(names->store.text, &names->store, of_store, names->store.count, &buffer);
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

#endif
