/* Small files, read one behind the other: asking Python for its lock around each of the six calls that reading a file
   takes would cost more than to read it, where another thread has the lock. */

#ifndef LOGAN_FILES_H
#define LOGAN_FILES_H

#include "bytes.h"

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
typedef wchar_t Letter;
#define open_file(path) _wopen(path, _O_RDONLY | _O_BINARY | _O_NOINHERIT)
#define read_file(file, to, room) _read(file, to, (unsigned)(room))
#define close_file _close
#else
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
typedef char Letter;
#define open_file(path) open(path, O_RDONLY | O_CLOEXEC)
#define read_file read
#define close_file close
#endif

typedef struct {
    Letter *path; /* NULL: a name that the system cannot have */
    int64_t size; /* as it was listed; then how many bytes came, or -1 */
} Small;

/* Read a file that holds no more than it did when it was listed; tells whether it did, and it could be read. */
static int read_small(Small *small, uint8_t *to, int64_t room) {
    int file = small->path && small->size < room ? open_file(small->path) : -1;
    if (file < 0)
        return 0;
    int64_t length = 0, more = 1;
    while (more > 0 && length <= small->size) {
        more = (int64_t)read_file(file, to + length, (size_t)(small->size + 1 - length));
#ifndef _WIN32
        if (more < 0 && errno == EINTR) {
            more = 1;
            continue;
        }
#endif
        length += more > 0 ? more : 0;
    }
    close_file(file);
    if (more)
        return 0;
    small->size = length;
    return 1;
}

static void read_all(Small *small, Py_ssize_t count, uint8_t *to, int64_t room) {
    for (Py_ssize_t n = 0; n < count; n++)
        if (read_small(small + n, to, room)) {
            to += small[n].size;
            room -= small[n].size;
        } else
            small[n].size = -1;
}

static Letter *letters(PyObject *path) {
#ifdef _WIN32
    return PyUnicode_AsWideCharString(path, NULL);
#else
    PyObject *encoded = PyUnicode_EncodeFSDefault(path);
    char *text = NULL;
    Py_ssize_t length;
    if (encoded && !PyBytes_AsStringAndSize(encoded, &text, &length)) {
        Letter *copy = PyMem_Malloc((size_t)length + 1);
        if (copy)
            memcpy(copy, text, (size_t)length + 1);
        text = copy;
    }
    Py_XDECREF(encoded);
    return text;
#endif
}

PyDoc_STRVAR(read_doc, "read(paths, sizes, memory) -> list\n\n"
                       "Read files of known sizes into memory, one behind the other. How many bytes each has, or -1:\n"
                       "nothing of it is there, as it cannot be read, has grown, or does not fit with a byte to spare.");

static PyObject *read_files(PyObject *module, PyObject *arguments) {
    PyObject *paths, *sizes, *result = NULL;
    Py_buffer memory;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!O!w*", &PyList_Type, &paths, &PyList_Type, &sizes, &memory))
        return NULL;
    Py_ssize_t count = PyList_Size(paths);
    Small *small = PyMem_Calloc((size_t)count + 1, sizeof *small);
    if (!small)
        PyErr_NoMemory();
    int good = small && PyList_Size(sizes) == count;
    for (Py_ssize_t n = 0; good && n < count; n++) {
        small[n].path = letters(PyList_GetItem(paths, n));
        if (!small[n].path && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_ValueError)) /* a NUL, or half a pair */
            PyErr_Clear();
        small[n].size = PyErr_Occurred() ? -1 : PyLong_AsLongLong(PyList_GetItem(sizes, n));
        good = !PyErr_Occurred() && small[n].size >= 0;
    }
    if (good) {
        Py_BEGIN_ALLOW_THREADS
        read_all(small, count, memory.buf, memory.len);
        Py_END_ALLOW_THREADS
        result = PyList_New(count);
        for (Py_ssize_t n = 0; result && n < count; n++)
            if (PyList_SetItem(result, n, PyLong_FromLongLong(small[n].size)))
                Py_CLEAR(result);
    } else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "as many sizes as paths, none below 0");
    for (Py_ssize_t n = 0; small && n < count; n++)
        PyMem_Free(small[n].path);
    PyMem_Free(small);
    PyBuffer_Release(&memory);
    return result;
}

#endif
