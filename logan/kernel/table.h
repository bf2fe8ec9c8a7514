/* cut(): a table of columns, as Python gets it. */

#ifndef LOGAN_TABLE_H
#define LOGAN_TABLE_H

#include "cutting.h"

static bool begin_column(Column *column, int64_t room) {
    Py_ssize_t width = column->kind == NUMBER ? 8 : 4;
    column->last.length = UINT32_MAX; /* no value is like that */
    if (column->kind == SKIP || column->kind == DATE || column->kind == TIME || column->kind == CHECKED)
        return true;
    column->kept = true;
    if (column->kind == TEXT || column->kind == NUMBER) {
        column->present = PyBytes_FromStringAndSize(NULL, room);
        if (!column->present)
            return false;
        column->mask = (uint8_t *)PyBytes_AsString(column->present);
    }
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
    Py_XDECREF(column->present);
    free(column->spans);
    store_end(&column->own);
}

/* (mask of what is there or None, numbers or None, values (offsets, bytes) or None) */
static PyObject *told(const Cutter *cutter, const Column *column) {
    PyObject *values = NULL;
    if (column->kind == TEXT)
        values = gathered(cutter->data, column->spans, cutter->rows);
    else if (column->kind != NUMBER && column->store == &column->own)
        values = gathered(column->own.text, column->own.values, column->own.count);
    if (!values && PyErr_Occurred())
        return NULL;
    return Py_BuildValue("(OON)", column->missing ? column->present : Py_None,
                         column->numbers ? column->numbers : Py_None, values ? values : Py_NewRef(Py_None));
}

static PyObject *answer(const Cutter *cutter, PyObject *time) {
    PyObject *columns = PyList_New(0);
    if (!columns)
        return NULL;
    for (int field = 0; field < cutter->fields; field++) /* in the order of the fields */
        for (int at = 0; at < cutter->count; at++) {
            const Column *column = &cutter->columns[at];
            if (column->field != field || !column->kept)
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
             !(cutter.starts = malloc(((size_t)GROUP * (size_t)(fields + 1) + 64) * sizeof(uint32_t))) ||
             !(time = PyBytes_FromStringAndSize(NULL, (room + GROUP) * 8))) {
        PyErr_NoMemory();
        ready = false;
    } else {
        cutter.time = (int64_t *)PyBytes_AsString(time);
        cutter.count = chosen(cutter.columns, (const uint8_t *)kinds, cutter.fields);
        ready = given(&cutter, names);
        for (int at = 0; ready && at < cutter.count; at++)
            ready = begin_column(&cutter.columns[at], room + GROUP); /* of which some may turn out to be odd */
    }
    if (ready) {
        Py_BEGIN_ALLOW_THREADS
        cut_all(&cutter);
        Py_END_ALLOW_THREADS
        raise_trouble(cutter.trouble);
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

#endif
