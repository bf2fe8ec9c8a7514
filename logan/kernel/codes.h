/* Values and numbers by the codes that rows have. */

#ifndef LOGAN_CODES_H
#define LOGAN_CODES_H

#include "names.h"

PyDoc_STRVAR(take_doc, "take(offsets, data, numbers) -> (offsets, data)\n\n"
                       "The texts that have these numbers (int64, from 0).");

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

PyDoc_STRVAR(add_doc, "add(target, table, codes)\n\n"
                      "Add to each number of `target` (int64) that of `table` (int64) which is at the row's code (int32);\n"
                      "nothing where the code is below 0.");

static PyObject *add(PyObject *module, PyObject *arguments) {
    Py_buffer target, table, codes;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "w*y*y*", &target, &table, &codes))
        return NULL;
    Py_ssize_t rows = codes.len / 4;
    bool inside = true, known = target.len / 8 == rows;
    if (known) {
        int64_t *sums = target.buf;
        const int64_t *values = table.buf;
        const int32_t *at = codes.buf;
        int64_t size = table.len / 8;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t row = 0; row < rows; row++) {
            if (at[row] < 0)
                continue;
            if (at[row] >= size)
                inside = false;
            else
                sums[row] += values[at[row]];
        }
        Py_END_ALLOW_THREADS
        if (!inside)
            PyErr_SetString(PyExc_IndexError, "a code that is not in the table");
    } else
        PyErr_SetString(PyExc_ValueError, "as many codes as numbers are needed");
    PyBuffer_Release(&target);
    PyBuffer_Release(&table);
    PyBuffer_Release(&codes);
    return known && inside ? Py_NewRef(Py_None) : NULL;
}

#endif
