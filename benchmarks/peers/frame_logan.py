"""A folder of logs as a DataFrame, all columns, by `logan.read`; the number of rows on stdout."""

import sys

import logan

print(len(logan.read(sys.argv[1:])))
