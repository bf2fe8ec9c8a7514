/* Values and numbers by the codes that rows have. */

#ifndef LOGAN_CODES_H
#define LOGAN_CODES_H

#include "names.h"

PyDoc_STRVAR(take_doc, "take(offsets, data, numbers) -> (offsets, data)\n\n"
                       "The values of a column of Arrow that have these numbers (int64, from 0).");

static PyObject *take(PyObject *module, PyObject *arguments) {
    Py_buffer offsets, data, numbers;
    PyObject *result = NULL;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "y*y*y*", &offsets, &data, &numbers))
        return NULL;
    if (well_formed(&offsets, &data))
        result = numbered(data.buf, offsets.buf, of_offsets, offsets.len / 4 - 1, &numbers);
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

#endif
