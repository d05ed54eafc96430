"""A second, naive reading of the segment language, against which the program is compared.

Nothing here is shared with the package: no vectors, no caches that matter, one loop per contact
and per condition, so that a mistake in the program is not made twice.
"""
