/* The compiled part of logan: rows of a log cut into columns, in one pass and without Python's lock.

   It does what logan/reading/cutting.py does with pyarrow.csv, several times as fast; where it could not be compiled, logan
   does without it, and the same tests hold both ways to the same answers. It trusts nothing: each line is counted,
   each date, time and number is read to its end, and a line that is not exactly what the field list says is handed
   back by its place, to be read by Python with care.

   Only the stable part of Python's C interface is used (abi3 of 3.11), so one build serves every later Python. */

#include "codes.h"
#include "files.h"
#include "lines.h"
#include "table.h"

/* What logan/native.py asks for; another one with each change of what is offered. */
enum { VERSION = 4 };

static PyMethodDef methods[] = {
    {"cut", cut, METH_VARARGS, cut_doc},
    {"read", read_files, METH_VARARGS, read_doc},
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
