"""Files → rows in columns: what is read at a time, where a line ends, which layout it has, and what stands in it.

`blocks` cuts logs into work, `threads` shares it out, `parsing` makes batches of columns of it.
"""
