"""What is allowed and probably not meant: the warnings of `segtool check`.

`review.review` asks every one of them. They are about what rules say, about what is in the files, or about both; what
has to be counted over the contacts is counted together, in one query. Refuses to stop anything: a lint is a warning,
and a run does not look at them.
"""
