"""`python -m segtool`, and the command `segtool`.

Little of what Python makes here is garbage before it is let go, and to look for it as often as usual is a twentieth of
a small run: it is looked for less often from the first import on.
"""

import gc

gc.set_threshold(200_000, 20, 20)

from segtool.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
