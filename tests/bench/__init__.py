"""The benchmark: segtool beside what people would use instead, over the same files, in one run.

python -m tests.bench            the whole comparison, and its report
python -m tests.bench --help     sizes, rounds, single contenders, how time grows
"""
